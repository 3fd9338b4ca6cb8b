import { setTimeout as sleep } from 'node:timers/promises'
import { sql, type Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Database } from '../db/schema.ts'
import type { Journal } from '../journal/journal.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../kernel/time.ts'
import type { DueWork } from './due-work.ts'
import { forgetKeys } from './forget-keys.ts'
import { sweepDue } from './sweep-due.ts'

export interface SweeperOptions {
  /** A pool; one of its connections is kept for as long as this process sweeps. */
  readonly db: Kysely<Database>
  readonly journal: Journal
  readonly log: Logger
  readonly work: ReadonlyArray<DueWork<unknown>>
  readonly intervalMs: number
  /** How long idempotency keys are remembered, where this one forgets them. */
  readonly keptDays?: number
  /** What is to be done every minute and is no operation of the Journal. */
  readonly chores?: ReadonlyArray<() => Promise<unknown>>
  /** In which turn this work is done: of the processes on one database, one takes each turn. What may hang has a turn of its own. */
  readonly turn?: keyof typeof SWEEP_LOCKS
}

/** What sweeps; `stop` answers when nothing of it runs any more. */
export interface Sweeper {
  stop (): Promise<void>
}

const FORGET_INTERVAL_MS = HOUR_MS
const CHORES_INTERVAL_MS = MINUTE_MS
/** After a failure of the sweep itself, such as a lost connection. */
const RECOVERY_MS = SECOND_MS
/** Any numbers that no other advisory lock of this database has: the letters "hold" and "outg". */
const SWEEP_LOCKS = { books: 0x686f6c64, outgoing: 0x6f757467 } as const

/**
 * Looks for due work again and again, and submits it. Of all processes on one database one sweeps, the others stand by; two at once
 * would do no harm, because each piece of work has one key and is decided from the books as they then are.
 */
export function startSweeper (options: SweeperOptions): Sweeper {
  const ending = new AbortController()
  const ended = runUntil(ending.signal, options)
  return {
    async stop () {
      ending.abort()
      await ended
    }
  }
}

async function runUntil (ending: AbortSignal, options: SweeperOptions): Promise<void> {
  const isOver = (): boolean => ending.aborted
  while (!isOver()) {
    let pauseMs = options.intervalMs
    try {
      await options.db.connection().execute(async (connection) => { await sweepWhileFirst(connection, ending, options) })
    } catch (error) {
      if (!isOver()) options.log.warn({ err: error }, 'the sweep was interrupted and begins anew')
      pauseMs = Math.max(pauseMs, RECOVERY_MS)
    }
    await pause(pauseMs, ending)
  }
}

/** Sweeps on one connection, which holds the lock as long as it lives. Returns at once when another process holds it. */
async function sweepWhileFirst (connection: Kysely<Database>, ending: AbortSignal, { journal, log, work, intervalMs, keptDays, chores = [], turn = 'books' }: SweeperOptions): Promise<void> {
  const { rows } = await sql<{ isFirst: boolean }>`select pg_try_advisory_lock(${SWEEP_LOCKS[turn]}) as "isFirst"`.execute(connection)
  if (rows[0]?.isFirst !== true) return
  try {
    const failures = new Map<string, number>()
    let forgetAt = performance.now()
    let choresAt = performance.now()
    while (!ending.aborted) {
      const behind: boolean[] = []
      for (const each of work) behind.push(await sweepDue(connection, each, { journal, log, failures }))
      if (keptDays !== undefined && performance.now() >= forgetAt) {
        await forgetKeys(connection, keptDays, ending)
        forgetAt = performance.now() + FORGET_INTERVAL_MS
      }
      if (performance.now() >= choresAt) {
        for (const chore of chores) await chore().catch((error: unknown) => { log.error({ err: error }, 'a chore failed and is tried again') })
        choresAt = performance.now() + CHORES_INTERVAL_MS
      }
      if (!behind.includes(true)) await pause(intervalMs, ending)
    }
  } finally {
    await sql`select pg_advisory_unlock(${SWEEP_LOCKS[turn]})`.execute(connection)
  }
}

/** Sleeps, unless or until the end is called for. */
async function pause (ms: number, ending: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: ending }).catch((error: unknown) => {
    if (!ending.aborted) throw error
  })
}
