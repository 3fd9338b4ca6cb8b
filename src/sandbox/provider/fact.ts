import type { Reading } from '../../escrow/chargebacks/concerned.ts'

/** The name of the imitated provider, as payments and its clearing account have it. */
export const SANDBOX_PROVIDER = 'sandbox'

export const FACT_KINDS = ['payment', 'refund_success', 'refund_failure', 'refund_bounce', 'chargeback_opened', 'chargeback_won', 'chargeback_lost'] as const
export type FactKind = (typeof FACT_KINDS)[number]

/** How often one fact is told at most. */
export const REPORTS_MAX = 10

/** Something that happened at the provider, and when it tells us: late, several times, or later than what happened after it. */
export interface Fact {
  readonly id: string
  readonly kind: FactKind
  /** What it calls the payment, the attempt to refund it or the chargeback; facts about one thing share it. */
  readonly reference: string
  /** What it calls the payment that a chargeback takes back. */
  readonly paymentReference: string | null
  readonly tradeId: string | null
  readonly tradeExternalRef: string | null
  readonly refundId: string | null
  /** Minor units of `unit`, and so are the fee that the provider keeps, and what it gives back of one. */
  readonly unit: string
  readonly amount: bigint
  readonly fee: bigint
  readonly feeReturned: bigint
  /** The revision of the trade that the payer agreed to, where that is told. */
  readonly revision: number | null
  readonly reason: string | null
  /** When it happens at the provider, by the test clock: perhaps later than now. */
  readonly occurredAt: Date
  /** When it is told, in that order, and how often it has been. */
  readonly tellAt: readonly Date[]
  readonly told: number
  readonly createdAt: Date
  readonly version: number
}

/** A fact that the sweep found to be told: whose it is, and what was read of the payment that it takes back. */
export type DueFact = Fact & { readonly tenantId: number, readonly reading: Reading }

/** What a caller says about time: when it happens, and how long after that it is told, each time. Milliseconds. */
export interface Timing {
  readonly afterMs: number
  readonly reportAfterMs: readonly number[]
}

/** The moments of a fact that is decided at `now`. */
export function momentsOf ({ afterMs, reportAfterMs }: Timing, now: Date): Pick<Fact, 'occurredAt' | 'tellAt'> {
  const occurredAt = new Date(now.getTime() + afterMs)
  return { occurredAt, tellAt: reportAfterMs.toSorted((one, other) => one - other).map((ms) => new Date(occurredAt.getTime() + ms)) }
}

/** When it is told next; null when it is told as often as it should be. */
export function nextTelling ({ tellAt, told }: Fact): Date | null {
  return tellAt[told] ?? null
}
