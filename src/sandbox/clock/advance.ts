import { setTimeout as sleep } from 'node:timers/promises'
import { sql, type Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Database } from '../../db/schema.ts'
import { inTransaction } from '../../db/transaction.ts'
import type { Journal } from '../../journal/journal.ts'
import type { DueWork } from '../../timers/due-work.ts'
import { sweepDue } from '../../timers/sweep-due.ts'

/** With what an advance moves the clock and does what is due. */
export interface ClockWork {
  readonly db: Kysely<Database>
  readonly journal: Pick<Journal, 'submit'>
  readonly log: Logger
  /** Everything that time brings about, of all features. */
  readonly work: ReadonlyArray<DueWork<unknown>>
}

/** How much one request does at most: it answers how far it came, and the next one goes on. */
export interface AdvanceLimits {
  readonly stepsMax: number
  readonly longestMs: number
}

export const ADVANCE_LIMITS: AdvanceLimits = { stepsMax: 500, longestMs: 10_000 }

/** After a step that could not do what is due, because others had the Journal busy. */
const PAUSE_MS = 20

/** How far an advance came. */
export interface Advanced {
  /** Whether it did not arrive: deadlines before its end are left. */
  readonly hasMore: boolean
  /** At how many moments the clock stopped on its way. */
  readonly steps: number
}

/**
 * Moves a sandbox's clock to a moment as time would have passed: to its next deadline, where everything due is done before the clock goes
 * on, and so on, because what happens at one deadline may set the next. It never passes a deadline that is committed, whoever sets it
 * meanwhile. Two advances at once go together; one that was broken off leaves the clock at a deadline, where the next one goes on.
 */
export async function advanceClock ({ db, journal, log, work }: ClockWork, tenantId: number, to: Date, { stepsMax, longestMs } = ADVANCE_LIMITS): Promise<Advanced> {
  const endsAt = performance.now() + longestMs
  const failures = new Map<string, number>()
  let steps = 0
  let waited = false
  for (;;) {
    const { now, moved, isDue } = await moveClock(db, { tenantId, work, to })
    if (!isDue && now >= to) return { hasMore: false, steps }
    if (moved) steps += 1
    else if (waited) await sleep(PAUSE_MS)
    waited = !moved
    for (const each of work) {
      while (await sweepDue(db, each, { journal, log, failures, tenantId }) && performance.now() < endsAt);
    }
    if (steps >= stepsMax || performance.now() >= endsAt) return { hasMore: true, steps }
  }
}

interface Move {
  readonly tenantId: number
  readonly work: ReadonlyArray<DueWork<unknown>>
  readonly to: Date
}

/**
 * Moves the clock to the next deadline, or to the end where none comes before. Nothing moves while something is due. The counter's row is
 * the last lock of every batch: while we hold it no deadline can appear that we do not see, and who was decided before decides again.
 */
async function moveClock (db: Kysely<Database>, { tenantId, work, to }: Move): Promise<{ now: Date, moved: boolean, isDue: boolean }> {
  return await inTransaction(db, async (trx) => {
    const { rows: [clock] } = await sql<{ now: Date }>`
      select clock_timestamp() + clock_ahead_ms * interval '1 millisecond' as now from tenant_counters
      where tenant_id = ${tenantId} for no key update`.execute(trx)
    if (clock === undefined) throw new Error(`tenant ${tenantId} has no counter`)
    const next = earliest(await Promise.all(work.map(async (each) => await each.next(trx, tenantId))))
    const goal = next === null || next > to ? to : next
    const isDue = next !== null && next <= goal
    if (goal <= clock.now) return { now: clock.now, moved: false, isDue: next !== null && next <= clock.now }
    const { rows: [moved] } = await sql<{ now: Date }>`
      update tenant_counters set clock_ahead_ms = greatest(clock_ahead_ms, ceil(extract(epoch from ${goal.toISOString()}::timestamptz - clock_timestamp()) * 1000)::bigint)
      where tenant_id = ${tenantId}
      returning clock_timestamp() + clock_ahead_ms * interval '1 millisecond' as now`.execute(trx)
    return { now: moved?.now ?? clock.now, moved: true, isDue }
  })
}

function earliest (times: ReadonlyArray<Date | null>): Date | null {
  return times.reduce((first, time) => first === null || (time !== null && time < first) ? time : first, null)
}
