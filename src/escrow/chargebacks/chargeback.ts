import type { Exchange } from '../trade/exchange.ts'
import type { LineAmount } from '../trade/line-amount.ts'

/** `awaiting_opening`: its outcome was told first. Only an `open` one freezes its trades. */
export const CHARGEBACK_STATES = ['awaiting_opening', 'open', 'won', 'lost'] as const
export type ChargebackState = (typeof CHARGEBACK_STATES)[number]

export const CHARGEBACK_OUTCOMES = ['won', 'lost'] as const
export type ChargebackOutcome = (typeof CHARGEBACK_OUTCOMES)[number]

/** What a chargeback took of one line, by where it was: refunded and not gone, held (`frozen`: that part of it which was in dispute), released. */
export interface LineTake {
  readonly lineId: string
  readonly refunded: LineAmount
  readonly held: LineAmount
  readonly frozen: LineAmount
  readonly released: LineAmount
  /** What of the released its seller gave back in the currency that he was paid in, the latest exchange first. */
  readonly exchanged: readonly Exchange[]
}

/** What it took of one trade, minor units. Of a trade that was never paid in full its lines bear nothing; nor do they what was paid above the price. */
export interface TradeTake {
  readonly tradeId: string
  readonly refunded: bigint
  readonly held: bigint
  readonly released: bigint
  readonly lines: readonly LineTake[]
}

/** Where the money of a chargeback was taken, minor units: together its amount. */
export interface Takes {
  /** From what waited in suspense, and from what should have gone back of that and had not left. */
  readonly suspense: bigint
  readonly returned: bigint
  readonly trades: readonly TradeTake[]
  /** Beyond what was paid and not given back. */
  readonly loss: bigint
}

/** What a provider told of taking a payment back, and what came of it. Amounts are minor units of `unit`. */
export interface Chargeback {
  readonly id: string
  /** The provider's name, and its own name for the chargeback: together they are one chargeback for ever. */
  readonly provider: string
  readonly providerRef: string
  readonly state: ChargebackState
  /** The opening; null while only the outcome was told. */
  readonly paymentProviderRef: string | null
  readonly amount: bigint | null
  readonly fee: bigint
  readonly openedAt: Date | null
  /** Null while neither an amount nor a fee was told. */
  readonly unit: string | null
  /** The outcome, with a further fee, and with what the provider gave back of its fees. */
  readonly outcome: ChargebackOutcome | null
  readonly outcomeFee: bigint
  readonly feeReturned: bigint
  readonly decidedAt: Date | null
  /** Its payment, and where its money was taken; both null while the payment is not known. */
  readonly paymentId: string | null
  readonly takes: Takes | null
  /** The inside ids of what it posted, in that order. */
  readonly transactions: readonly string[]
  readonly createdAt: Date
  readonly version: number
}

/** A chargeback of which the opening was told. */
export interface OpenedChargeback extends Chargeback {
  readonly paymentProviderRef: string
  readonly amount: bigint
  readonly openedAt: Date
  readonly unit: string
}

/** Whether the opening was told, or only the outcome. */
export function isOpened (chargeback: Chargeback): chargeback is OpenedChargeback {
  return chargeback.amount !== null
}

/** All that was taken of a trade, minor units. */
export function sumOfTake ({ refunded, held, released }: Pick<TradeTake, 'refunded' | 'held' | 'released'>): bigint {
  return refunded + held + released
}
