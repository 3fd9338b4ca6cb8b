import type { Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import { inBatchTransaction } from '../db/transaction.ts'
import { Refusal } from '../kernel/refusals.ts'
import { isSame, NotNamed } from './batch-state.ts'
import { decideBatch, type BatchEntry } from './decide-batch.ts'
import { classifyFailure } from './failures.ts'
import { loadBatch } from './load.ts'
import type { BatchFacts } from './observer.ts'
import { outcomeOfThrown, type Outcome } from './outcome.ts'
import { writeBatch } from './write.ts'

/** An entry as it waits: after `expiresAt` (milliseconds of `performance.now()`) it is answered undecided. */
export interface WaitingEntry extends BatchEntry {
  readonly expiresAt: number
  settle (outcome: Outcome): void
}

const BACKOFF_FIRST_MS = 5
const BACKOFF_MAX_MS = 500

/** Who is told how batches fare. */
export interface BatchWatch {
  committed (facts: BatchFacts): void
  /** The transaction was rolled back: it runs `again` as a whole, or its operations one by one. */
  failed (error: unknown, again: boolean): void
}

/**
 * Runs a batch until every entry is settled: one transaction for all; again after a failure that a second run may cure, with
 * growing pauses; one by one after a failure that one of them caused. Entries that expire meanwhile answer `unavailable`:
 * their keys make repeating them safe. Never rejects.
 */
export async function runBatch (db: Kysely<Database>, tenantId: number, entries: readonly WaitingEntry[], watch: BatchWatch): Promise<void> {
  let waiting = entries
  let pauseMs = BACKOFF_FIRST_MS
  for (;;) {
    waiting = dropExpired(waiting)
    if (waiting.length === 0) return
    try {
      const outcomes = await attempt(db, tenantId, waiting, watch)
      const misled: WaitingEntry[] = []
      const learners: WaitingEntry[] = []
      for (const entry of waiting) {
        const outcome = outcomes.get(entry) ?? { kind: 'failed', error: new Error('no outcome') }
        const wiser = learn(entry, outcome)
        if (wiser !== null) learners.push(wiser)
        else if (waiting.length > 1 && isNotNamed(outcome)) misled.push(entry)
        else entry.settle(outcome)
      }
      if (learners.length > 0) await runBatch(db, tenantId, learners, watch)
      for (const entry of misled) await runBatch(db, tenantId, [entry], watch)
      return
    } catch (error) {
      const again = classifyFailure(error) === 'rerun'
      watch.failed(error, again)
      if (!again && waiting.length === 1) {
        waiting[0]?.settle({ kind: 'failed', error })
        return
      }
      if (!again) {
        for (const entry of waiting) await runBatch(db, tenantId, [entry], watch)
        return
      }
    }
    // Half the pause is chance, so that two processes that met once do not meet again and again.
    await new Promise((resolve) => setTimeout(resolve, pauseMs * (0.5 + Math.random() / 2)))
    pauseMs = Math.min(pauseMs * 2, BACKOFF_MAX_MS)
  }
}

function dropExpired (entries: readonly WaitingEntry[]): readonly WaitingEntry[] {
  const now = performance.now()
  if (entries.every((entry) => entry.expiresAt > now)) return entries
  return entries.filter((entry) => {
    if (entry.expiresAt > now) return true
    entry.settle({ kind: 'refused', refusal: new Refusal('unavailable') })
    return false
  })
}

async function attempt (db: Kysely<Database>, tenantId: number, entries: readonly WaitingEntry[], watch: BatchWatch): Promise<Map<BatchEntry, Outcome>> {
  const startedAt = performance.now()
  let loadedAt = startedAt
  let decidedAt = startedAt
  const outcomes = await inBatchTransaction(db, async (trx) => {
    const { state, answers, context, clockAheadMs, unnamed } = await loadBatch(trx, tenantId, entries)
    loadedAt = performance.now()
    const named = entries.filter((entry) => !unnamed.has(entry))
    const decided = decideBatch(named, state, answers, context)
    decidedAt = performance.now()
    const outcomes = new Map<BatchEntry, Outcome>()
    for (const [entry, error] of unnamed) outcomes.set(entry, outcomeOfThrown(error))
    decided.forEach((outcome, index) => { const entry = named[index]; if (entry !== undefined) outcomes.set(entry, outcome) })
    return { result: outcomes, write: async () => { await writeBatch(trx, tenantId, { state, answers, clockAheadMs }) } }
  })
  watch.committed({
    operations: entries.length,
    weight: weightOf(entries),
    loadMs: loadedAt - startedAt,
    decideMs: decidedAt - loadedAt,
    commitMs: performance.now() - decidedAt
  })
  return outcomes
}

/** What the operations of a batch said they write, about. */
export function weightOf (entries: readonly WaitingEntry[]): number {
  return entries.reduce((sum, { operation }) => sum + operation.weight, 0)
}

/** More than this no operation finds out it needs: it asks for something else every time. */
const LEARNT_MAX = 10

/**
 * An operation may need a row that only a row it named leads to, such as the group that a trade belongs to, though it is locked before; or an account that it
 * seldom posts to, and that is not worth naming every time.
 * It runs again with that named; those of a batch that learnt something run together. Answers null where there is nothing new to learn.
 */
function learn (entry: WaitingEntry, outcome: Outcome): WaitingEntry | null {
  if (outcome.kind !== 'failed' || !(outcome.error instanceof NotNamed) || outcome.error.learnt === undefined) return null
  const { learnt: found } = outcome.error
  const { learnt = [] } = entry
  const isKnown = learnt.some((each) => isSame(each, found))
  return isKnown || learnt.length >= LEARNT_MAX ? null : { ...entry, learnt: [...learnt, found] }
}

/** What a neighbour made in the batch could not be named beforehand; alone, the operation finds it there. */
function isNotNamed (outcome: Outcome): boolean {
  return outcome.kind === 'failed' && outcome.error instanceof NotNamed
}
