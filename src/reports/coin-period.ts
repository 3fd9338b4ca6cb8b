import type { Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import { Refusal } from '../kernel/refusals.ts'
import { lastSeqBefore, reach } from '../ledger/as-of.ts'
import { parsePeriod, type Period } from '../ledger/period.ts'
import type { CoinPeriod } from './coin-flows.ts'
import { TIMEZONE } from './control.ts'

/** Both ends of a period, each by a recorded time or by the number of a transaction. */
export interface PeriodText {
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly opening_seq?: number | undefined
  readonly as_of_seq?: number | undefined
}

/** A period that was looked up: everything after `after`, up to and with `seq`. */
export interface ReachedPeriod extends CoinPeriod {
  readonly period: Period
  readonly generatedAt: Date
}

/**
 * Finds the transactions of a period. Refuses `invalid_time`; `invalid_request` for an end that is named twice, for a period that ends before it begins, and for
 * a number that the books have not reached.
 */
export async function reachPeriod (db: Kysely<Database>, tenantId: number, text: PeriodText): Promise<ReachedPeriod> {
  const { opening_seq: opening, as_of_seq: closing } = text
  if (text.from !== undefined && opening !== undefined) throw refuse('/opening_seq', 'name where the period begins by its time or by a seq, not by both')
  if (text.to !== undefined && closing !== undefined) throw refuse('/as_of_seq', 'name where the period ends by its time or by a seq, not by both')
  const period = parsePeriod(text)
  const { seq: reached, generatedAt } = await reach(db, tenantId, closing === undefined ? { kind: 'now' } : { kind: 'seq', seq: BigInt(closing) })
  const seq = period.to === null ? reached : await lastSeqBefore(db, tenantId, period.to)
  const after = opening !== undefined ? BigInt(opening) : period.from === null ? 0n : await lastSeqBefore(db, tenantId, period.from)
  if (opening !== undefined && after > seq) throw refuse('/opening_seq', 'the period ends before it begins')
  // What is recorded while this looks is not part of a period that begins in the future.
  return { period, after: after < seq ? after : seq, seq, generatedAt }
}

/** The head of a report of a period. */
export function showPeriodHead ({ period, after, seq, generatedAt }: ReachedPeriod) {
  return {
    from: period.from?.toISOString() ?? null,
    to: period.to?.toISOString() ?? null,
    as_of: generatedAt.toISOString(),
    timezone: TIMEZONE,
    opening_seq: Number(after),
    seq: Number(seq),
    generated_at: generatedAt.toISOString()
  }
}

function refuse (pointer: string, detail: string): Refusal {
  return new Refusal('invalid_request', detail, { errors: [{ pointer, code: 'invalid_request', detail }] })
}
