import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Journal } from '../journal/journal.ts'
import { inOrder } from './in-order.ts'
import { isRetryable, Refusal, type RefusalCode, type RefusalFacts } from '../kernel/refusals.ts'
import { SECOND_MS } from '../kernel/time.ts'
import type { CampaignTarget } from './change-campaign.ts'
import { grantToBuyer, type GrantJson, type GrantOrigin, type WantedGrant } from './grant-to-buyer.ts'

/** A row of a request for grants: its number from 1, with the grant that it asks for or what is wrong with it. */
export interface GrantRow {
  readonly row: number
  /** Null where it cannot be told. */
  readonly ref: string | null
  readonly wanted: WantedGrant | Refusal
}

/** What became of a row. One that is undecided may be sent again. */
export type RowResult = { readonly row: number } & (GrantJson | RefusedRow)

interface RefusedRow extends Pick<RefusalFacts, 'errors'> {
  readonly ref: string | null
  readonly outcome: 'refused' | 'undecided'
  readonly code: RefusalCode
  readonly detail: string
}

/** All rows of a request together. */
export interface GrantTotals {
  readonly rows: number
  readonly granted: number
  readonly refused: number
  readonly undecided: number
  /** Coins of the granted rows. */
  readonly coins: string
}

/**
 * How many rows of a request wait in the Journal at once: about a batch's worth, so that whoever comes in between waits for one batch, and no request fills
 * the queue of its tenant.
 */
const AT_ONCE_MAX = 500
/** How long a row is tried again while too much waits. */
const PATIENCE_MS = 20 * SECOND_MS
const PAUSE_FIRST_MS = 20
const PAUSE_MAX_MS = 500
/** How often a row is tried whose outcome could not be told. */
const TRIES_MAX = 3

interface BulkWork {
  readonly journal: Pick<Journal, 'submit'>
  readonly log: Pick<Logger, 'error'>
  readonly origin: GrantOrigin
  readonly campaign: CampaignTarget
}

/**
 * Grants rows, each by itself: an operation of its own, so that a bad one harms no neighbour and what was granted is not undone by what comes after it. Answers them in
 * their order, as they are decided. Where the Journal cannot decide any more, the rest is answered undecided without being tried.
 */
export function grantInBulk ({ journal, log, origin, campaign }: BulkWork, rows: AsyncIterable<GrantRow>): AsyncGenerator<RowResult> {
  let isOver = false
  return inOrder(rows, AT_ONCE_MAX, async ({ row, ref, wanted }) => {
    if (wanted instanceof Refusal) return { row, ...refused(ref, wanted) }
    if (isOver) return { row, ...refused(ref, new Refusal('unavailable')) }
    try {
      const { answer, replayed } = await persist(async () => await journal.submit(grantToBuyer(origin, campaign, wanted)))
      const granted = JSON.parse(answer) as GrantJson
      return { row, ...granted, repeated: granted.repeated || replayed }
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal('internal')
      if (refusal !== error) log.error({ err: error }, 'a grant failed')
      if (refusal.code === 'unavailable' || refusal.code === 'overloaded') isOver = true
      return { row, ...refused(ref, refusal) }
    }
  })
}

/** A row that was refused, or that nobody could decide. */
export function refused (ref: string | null, refusal: Refusal): RefusedRow {
  const { errors } = refusal.facts
  return { ref, outcome: isRetryable(refusal.code) ? 'undecided' : 'refused', code: refusal.code, detail: refusal.message, ...errors === undefined ? {} : { errors } }
}

/** Counts results. */
export class GrantTally {
  #rows = 0
  #granted = 0
  #undecided = 0
  #coins = 0n

  /** Counts one more result, and answers it. */
  add (result: RowResult): RowResult {
    this.#rows += 1
    if (result.outcome === 'granted') {
      this.#granted += 1
      this.#coins += BigInt(result.coins)
    }
    if (result.outcome === 'undecided') this.#undecided += 1
    return result
  }

  get totals (): GrantTotals {
    return { rows: this.#rows, granted: this.#granted, refused: this.#rows - this.#granted - this.#undecided, undecided: this.#undecided, coins: this.#coins.toString() }
  }
}

/** Tries again, with growing pauses, while too much waits, and a few times where the outcome is unknown: the row's key makes that safe. */
async function persist<Result> (attempt: () => Promise<Result>): Promise<Result> {
  const giveUpAt = performance.now() + PATIENCE_MS
  let pauseMs = PAUSE_FIRST_MS
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt()
    } catch (error) {
      const code = error instanceof Refusal ? error.code : null
      const goesOn = code === 'overloaded' || (code === 'unavailable' && tries < TRIES_MAX)
      if (!goesOn || performance.now() > giveUpAt) throw error
    }
    // Half the pause is chance, so that rows which were turned away together do not come back together.
    await sleep(pauseMs * (0.5 + Math.random() / 2))
    pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS)
  }
}
