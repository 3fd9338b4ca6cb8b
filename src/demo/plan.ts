/** Who takes part in a trade. `ref` names the party in the caller's own system; the same ref is the same party everywhere. */
export interface Party {
  readonly kind: 'buyer' | 'seller' | 'partner'
  readonly ref: string
  readonly name: string
}

/** What a partner gets of a line: a part of its price, or a fixed amount. */
export type Split = { readonly partner: Party, readonly rate: string } | { readonly partner: Party, readonly amount: string }

/** One line of a trade to make. Amounts are decimal strings of the trade's currency. */
export interface PlannedLine {
  readonly ref: string
  readonly seller: Party
  readonly description: string
  readonly quantity: number
  readonly unitPrice: string
  readonly shipping: string
  readonly fulfilment: 'instant' | 'virtual' | 'express' | 'mail'
  readonly commissionRate?: string
  readonly splits?: readonly Split[]
}

/** How many of a line, the line named by its ref. */
export interface Quantity {
  readonly ref: string
  readonly quantity: number
}

interface PaymentFacts {
  readonly amount: string
  readonly provider: string
  readonly providerRef: string
  /** The revision of the trade that was agreed to; without it whatever it is. */
  readonly revision?: number
}

/** What happens to a trade. Shipments and confirmations without `lines` are of all that is left. */
export type Action =
  | { readonly kind: 'payment' } & PaymentFacts
  | { readonly kind: 'unknown_payment', readonly tradeRef: string, readonly currency: string } & PaymentFacts
  | { readonly kind: 'shipment', readonly lines?: readonly Quantity[] }
  | { readonly kind: 'confirmation', readonly lines?: readonly Quantity[] }
  | { readonly kind: 'cancellation', readonly by: 'buyer' | 'seller' | 'platform', readonly sellerAgreed?: true }
  /** The buyer asks for money back: of all that is left of every line, or an amount of the one line. */
  | { readonly kind: 'refund', readonly goods: 'kept' | 'returned', readonly amount?: string, readonly sellerAgreed?: true }
  /** What becomes of the oldest open refund case. */
  | { readonly kind: 'refund_refusal' | 'refund_withdrawal' | 'return_shipment' | 'return_receipt' }
  /** Every line has another price. */
  | { readonly kind: 'repricing', readonly unitPrice: string }
  | { readonly kind: 'hold', readonly reason: 'compliance' | 'identity' }
  /** Nobody does anything until the service itself brings the trade into a state. */
  | { readonly kind: 'silence', readonly until: string }

/** An action with its name, unique within its plan: it is part of the idempotency key, so a repeated play has no second effect. */
export type Step = Action & {
  readonly name: string
  /** RFC 3339, the business's own time; the service's time where there is none. */
  readonly occurredAt?: string
  /** The code the service should refuse with; without it the step should succeed. */
  readonly refusedWith?: string
}

/** One trade to play, or payments that belong to none. */
export interface Plan {
  /** The trade's `external_ref`; in front of every idempotency key of the plan. */
  readonly ref: string
  readonly trade: { readonly buyer: Party, readonly currency: string, readonly lines: readonly PlannedLine[] } | null
  readonly steps: readonly Step[]
}
