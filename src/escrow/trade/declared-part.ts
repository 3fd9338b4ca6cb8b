/** What one declaration tells customs of a payment, minor units. Zero where everything of it went back. */
export interface DeclaredPart {
  /** The declaration's. */
  readonly id: string
  readonly paymentId: string
  readonly amount: bigint
  /** Whether it declares the payment as one; else it is one of the payment's sub-orders. */
  readonly isWhole: boolean
}
