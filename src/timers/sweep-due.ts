import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Database } from '../db/schema.ts'
import type { Journal } from '../journal/journal.ts'
import type { Operation } from '../journal/operation.ts'
import { isRetryable, Refusal } from '../kernel/refusals.ts'
import { HOUR_MS, SECOND_MS } from '../kernel/time.ts'
import type { DueWork } from './due-work.ts'

const CHUNK_MAX = 500
const BACKOFF_FIRST_MS = 5 * SECOND_MS
const BACKOFF_MAX_MS = HOUR_MS
/** What is outdated so often in a row is no chance any more. */
const OUTDATED_MAX = 5

interface Sweep {
  readonly journal: Pick<Journal, 'submit'>
  readonly log: Logger
  /** How often each piece of work has failed in a row. Forgotten when the process ends: then it is tried again sooner. */
  readonly failures: Map<string, number>
  /** Only what is due for this one. */
  readonly tenantId?: number
}

/**
 * Submits one chunk of due work and waits for all of it. What fails steps back, longer each time, so that it starves nobody.
 * Answers whether there may be more to do right now.
 */
export async function sweepDue<Due> (db: Kysely<Database>, work: DueWork<Due>, { journal, log, failures, tenantId }: Sweep): Promise<boolean> {
  const chunk = await work.find(db, CHUNK_MAX, tenantId)
  const results = await Promise.allSettled(chunk.map(async (due) => await journal.submit(withoutRefusals(await work.operation(due)))))
  let isPressed = false
  for (const [index, result] of results.entries()) {
    const due = chunk[index]
    if (due === undefined) continue
    const key = work.keyOf(due)
    if (result.status === 'fulfilled' && !result.value.replayed) {
      failures.delete(key)
      continue
    }
    if (result.status === 'rejected' && result.reason instanceof Refusal && isRetryable(result.reason.code)) {
      // The Journal has too much to do: nothing is wrong with this work.
      isPressed = true
      continue
    }
    const failed = (failures.get(key) ?? 0) + 1
    const isOutdated = result.status === 'rejected' && failed < OUTDATED_MAX && work.isOutdated?.(result.reason) === true
    const delayMs = isOutdated ? 0 : Math.min(BACKOFF_FIRST_MS * 2 ** (failed - 1), BACKOFF_MAX_MS)
    // It may have been done since it was found: by another process, or by a commit of ours whose answer got lost.
    if (!await work.postpone(db, due, delayMs)) {
      failures.delete(key)
      continue
    }
    failures.set(key, failed)
    if (isOutdated) continue
    const reason = result.status === 'rejected' ? { err: result.reason as unknown } : { reason: 'done before, and due all the same' }
    log.error({ ...reason, work: work.name, due: key, failed, delayMs }, 'due work failed and is tried again later')
  }
  return chunk.length === CHUNK_MAX && !isPressed
}

/**
 * A refusal tells a caller, and is kept with the key for good. Due work has no caller, and what is in its way today may be gone at the
 * next try: here a refusal is a failure like any other, which leaves the key free.
 */
function withoutRefusals (operation: Operation<unknown>): Operation<unknown> {
  return {
    ...operation,
    decide (books) {
      try {
        return operation.decide(books)
      } catch (error) {
        throw error instanceof Refusal ? new Error(`refused: ${error.code}`, { cause: error }) : error
      }
    }
  }
}
