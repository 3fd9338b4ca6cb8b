import type { ModelMilestone } from './condition-model.ts'

/**
 * What trades must do, said a second time in the simplest way: every unit of every line is a word in a list, money follows from the
 * whole history of its steps, and rates are fractions of whole numbers. It shares no code with the service.
 */

export type ModelSplit = { readonly partner: string, readonly rate: string } | { readonly partner: string, readonly amount: bigint }

/**
 * Units take their even part of what is open; units that are dropped take nothing: their money is named. Amounts are named: given back of what is held, released of what is held, taken back of what
 * was released and given back; frozen with the units it was for, or without any, and free again. A chargeback takes from everywhere at once, and
 * gives the same back when it is won. A release may go by quotes of exchange rates, by the currency that each leads to.
 */
export type ModelStep =
  | { readonly kind: 'refund' | 'drop', readonly units: bigint }
  | { readonly kind: 'confirm', readonly units: bigint, readonly quotes?: ModelQuotes }
  | { readonly kind: 'freeze' | 'thaw', readonly units: bigint, readonly goods: bigint, readonly shipping: bigint }
  | { readonly kind: 'give' | 'take', readonly goods: bigint, readonly shipping: bigint }
  | { readonly kind: 'release', readonly goods: bigint, readonly shipping: bigint, readonly quotes?: ModelQuotes }
  | ModelTaken & { readonly kind: 'charge' | 'uncharge', readonly of: object }

/** What one currency is worth in another one. */
export interface ModelQuote {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly rate: string
  readonly expiresAt: number
}

export type ModelQuotes = ReadonlyMap<string, ModelQuote>

/** What a chargeback took of a line, by where it was. */
export interface ModelTaken {
  readonly refunded: ModelParts
  readonly open: ModelParts
  readonly frozen: ModelParts
  readonly released: ModelParts
}

export interface ModelParts {
  readonly goods: bigint
  readonly shipping: bigint
}

export type CaseWord = 'requested' | 'awaiting_return' | 'return_shipped' | 'refused' | 'arbitration' | 'refunded' | 'cancelled'

/** A wish for money back of a line: how far it has come, until when, and what is left of the line's time to confirm. */
export interface ModelCase {
  readonly id: string
  readonly isReturn: boolean
  readonly units: number | null
  readonly asked: bigint | null
  state: CaseWord
  /** Never for one that is in arbitration. */
  dueAt: number
  remainingMs: number | null
  /** Whether the goods went back already. */
  sentBack: boolean
}

export interface ModelLine {
  readonly seller: string
  price: bigint
  shipping: bigint
  readonly rate: string
  readonly splits: readonly ModelSplit[]
  readonly confirmAfterMs: number
  readonly units: Array<'pending' | 'shipped' | 'confirmed' | 'refunded' | 'frozen' | 'returned'>
  /** What became of its money, step by step. */
  readonly steps: ModelStep[]
  /** What its money is released by, and which facts became true; without milestones confirmation alone releases it. */
  readonly milestones: readonly ModelMilestone[]
  readonly facts: Set<string>
  confirmBy: number | null
  /** Since when something of it should have been released. */
  releaseBy: number | null
  /** Whether its buyer has extended that. */
  extended: boolean
  /** What its buyer wants back just now. */
  refundCase: ModelCase | null
}

/** Buyers who get an offer together or not at all. */
export interface ModelGroup {
  readonly size: number
  readonly price: bigint
  readonly currency: string
  readonly seller: string
  readonly quantityMax: number | null
  readonly fillBy: number
  seats: number
  state: 'open' | 'filled' | 'failed'
}

export interface ModelTrade {
  readonly ref: string
  readonly currency: string
  readonly feeBase: 'price' | 'price_and_shipping'
  readonly payBy: number
  readonly lines: readonly ModelLine[]
  /** The group that it is a member of, whether it has a seat there, and what became of it. */
  readonly group: { readonly of: ModelGroup, seated: boolean, outcome: 'filled' | 'missed' | null } | null
  /** Payments in the order they were first applied. */
  readonly applied: Map<string, { amount: bigint, refunded: bigint, chargedBack: bigint }>
  /** What chargebacks took of what was paid above the price, and should have gone back. */
  surplusTaken: bigint
  /** How much of what is refunded has left, by what was told of its refunds. */
  left: bigint
  closedUnpaid: boolean
  revision: number
  shipBy: number | null
  shipOverdue: boolean
  afterSaleBy: number | null
  afterSaleEnded: boolean
  holds: Array<{ readonly id: string, readonly kind: string }>
  /** Those that nobody has decided. */
  disputes: ModelDispute[]
}

/** What is in dispute of one line, by its place. */
export interface ModelDisputedLine {
  readonly place: number
  readonly units: number
  /** Less what chargebacks took of it. */
  frozen: ModelParts
  readonly releasedUnits: number
  readonly released: { readonly goods: bigint, readonly shipping: bigint }
  readonly waitMs: number | null
}

export interface ModelDispute {
  readonly by: string
  readonly lines: readonly ModelDisputedLine[]
  readonly evidenceBy: number
  /** Until the timer has come. */
  reviewed: boolean
}

export interface ModelPayment {
  readonly key: string
  readonly currency: string
  readonly amount: bigint
  readonly tradeRef: string | null
  inSuspense: bigint
  returned: bigint
  /** What chargebacks took of it before any trade had it. */
  chargedBack: bigint
  /** Why not all of it was taken when it came. */
  reason: string | null
}

export function sum (amounts: Iterable<bigint>): bigint {
  let total = 0n
  for (const amount of amounts) total += amount
  return total
}

/** A fraction, rounded half to even. */
export function rounded (numerator: bigint, denominator: bigint): bigint {
  const twice = 2n * numerator + denominator
  const up = twice / (2n * denominator)
  const isTie = twice % (2n * denominator) === 0n
  return isTie && up % 2n === 1n ? up - 1n : up
}
