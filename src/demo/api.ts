/** The parts of the service's answers that the demo reads. Amounts are decimal strings. */
export interface TradeAnswer {
  readonly id: string
  readonly external_ref: string
  readonly state: string
  readonly currency: string
  readonly total: string
  readonly paid: string
  readonly held: string
  readonly released: string
  readonly refunded: string
  readonly lines: ReadonlyArray<{ readonly id: string, readonly ref: string }>
  /** Those that are open. */
  readonly refund_cases: ReadonlyArray<{ readonly id: string }>
  readonly version: number
}

export interface PaymentAnswer {
  readonly id: string
  readonly in_suspense: string
}

export interface PartyAnswer {
  readonly id: string
}

export interface Page<Item> {
  readonly data: readonly Item[]
}

export interface TrialBalance {
  readonly as_of: string
  readonly seq: number
  readonly units: ReadonlyArray<{
    readonly unit: string
    readonly debits: string
    readonly credits: string
    readonly accounts: ReadonlyArray<{ readonly class: string, readonly debits: string, readonly credits: string, readonly balance: string }>
  }>
}
