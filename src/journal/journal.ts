import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Database } from '../db/schema.ts'
import { Refusal } from '../kernel/refusals.ts'
import type { PostedTransaction } from './batch-state.ts'
import type { JournalObserver } from './observer.ts'
import { FairShare } from './fair-share.ts'
import type { Operation } from './operation.ts'
import type { Outcome } from './outcome.ts'
import { runBatch, weightOf, type WaitingEntry } from './run-batch.ts'
import { TenantQueue } from './tenant-queue.ts'

/** How much the Journal takes on. */
export interface JournalLimits {
  /** Batches in flight, one per tenant; also the connections it needs. */
  readonly batchesMax: number
  /** Rows, about, that one batch may write. */
  readonly batchWeightMax: number
  /** Operations waiting for one tenant (people's requests and due work each), and in all; more are refused. */
  readonly tenantQueueMax: number
  readonly queueMax: number
  /** After this an operation that was not decided is dropped. */
  readonly deadlineMs: number
}

export const JOURNAL_LIMITS: JournalLimits = {
  batchesMax: 8, batchWeightMax: 5_000, tenantQueueMax: 10_000, queueMax: 50_000, deadlineMs: 15_000
}

/** A decided operation: its answer as JSON text, whether it was stored before, and what it posted (empty for a replay). */
export interface Decided {
  readonly answer: string
  readonly replayed: boolean
  readonly transactions: readonly PostedTransaction[]
}

/**
 * The one way to move money or change a trade. Operations of one tenant that wait together share one transaction; each is answered
 * after the commit that holds its effects, its events and its idempotency key. There is no timer: a batch is whatever
 * queued while the one before it ran, so a lonely operation does not wait for company.
 */
export class Journal {
  readonly #db: Kysely<Database>
  readonly #log: Logger
  readonly #limits: JournalLimits
  readonly #observer: JournalObserver | undefined
  readonly #queues = new Map<number, TenantQueue>()
  /** Tenants with something waiting and no batch in flight, in the order of their turns. */
  readonly #ready = new Set<TenantQueue>()
  readonly #share = new FairShare()
  #queued = 0
  #running = 0
  #stopping = false
  #pumpScheduled = false
  #idle: () => void = () => {}

  constructor ({ db, log, limits = JOURNAL_LIMITS, observer }: { db: Kysely<Database>, log: Logger, limits?: JournalLimits, observer?: JournalObserver }) {
    this.#db = db
    this.#observer = observer
    this.#log = log
    this.#limits = limits
  }

  /**
   * Decides an operation and answers once it is committed.
   * Rejects with its `Refusal`; with `overloaded` when too much waits; with `unavailable` when it could not be decided in time or its
   * outcome is unknown: then the same key may be sent again and has one effect at most.
   */
  async submit<Answer> (operation: Operation<Answer>, deadlineMs = this.#limits.deadlineMs): Promise<Decided> {
    return await this.#enqueue(operation, false, deadlineMs)
  }

  /** Decides an operation on the books as they stand and forgets it: nothing is written, not even its key. */
  async preview<Answer> (operation: Operation<Answer>, deadlineMs = this.#limits.deadlineMs): Promise<Decided> {
    return await this.#enqueue(operation, true, deadlineMs)
  }

  /** What waits and what runs, for metrics. */
  stats (): { queued: number, running: number } {
    return { queued: this.#queued, running: this.#running }
  }

  /** Takes nothing more, finishes what waits for up to `graceMs`, and answers `unavailable` to what was not decided by then. */
  async stop (graceMs: number): Promise<void> {
    this.#stopping = true
    if (this.#queued === 0 && this.#running === 0) return
    const idle = new Promise<void>((resolve) => { this.#idle = resolve })
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>((resolve) => { timer = setTimeout(resolve, graceMs) })
    await Promise.race([idle, patience])
    clearTimeout(timer)
    for (const queue of this.#queues.values()) {
      for (const entry of queue.drain()) entry.settle({ kind: 'refused', refusal: new Refusal('unavailable') })
    }
  }

  #enqueue (operation: Operation<unknown>, dryRun: boolean, deadlineMs: number): Promise<Decided> {
    if (this.#stopping) return Promise.reject(new Refusal('unavailable', 'This process is stopping; send the same request again.'))
    const queue = this.#queueOf(operation.tenantId)
    if (this.#queued >= this.#limits.queueMax || queue.sizeOf(operation.lane) >= this.#limits.tenantQueueMax) return Promise.reject(new Refusal('overloaded'))
    return new Promise<Decided>((resolve, reject) => {
      queue.add({
        operation,
        dryRun,
        expiresAt: performance.now() + deadlineMs,
        settle: (outcome) => { settle(outcome, resolve, reject) }
      })
      this.#queued += 1
      if (!queue.running) {
        this.#ready.add(queue)
        this.#share.arrived(operation.tenantId, operation.weight, performance.now())
      }
      this.#schedulePump()
    })
  }

  #queueOf (tenantId: number): TenantQueue {
    const known = this.#queues.get(tenantId)
    if (known !== undefined) return known
    const queue = new TenantQueue(tenantId)
    this.#queues.set(tenantId, queue)
    return queue
  }

  /** Everything that one turn of the event loop brings shares a batch. */
  #schedulePump (): void {
    if (this.#pumpScheduled) return
    this.#pumpScheduled = true
    setImmediate(() => {
      this.#pumpScheduled = false
      this.#pump()
    })
  }

  #pump (): void {
    for (const queue of this.#ready) {
      if (this.#running >= this.#limits.batchesMax) return
      this.#ready.delete(queue)
      if (queue.size === 0) continue
      const now = performance.now()
      this.#run(queue, queue.take(this.#share.of(queue.tenantId, this.#limits.batchWeightMax, now), this.#share.expected(queue.tenantId, now)))
    }
  }

  #run (queue: TenantQueue, entries: readonly WaitingEntry[]): void {
    queue.running = true
    this.#running += 1
    this.#queued -= entries.length
    const weight = weightOf(entries)
    this.#share.begun(queue.tenantId, weight)
    void runBatch(this.#db, queue.tenantId, entries, {
      committed: (facts) => { this.#observer?.committed(facts) },
      failed: (error, again) => {
        this.#log[again ? 'warn' : 'error']({ err: error, tenant: queue.tenantId, operations: entries.length }, again ? 'batch runs again' : 'batch runs one by one')
        this.#observer?.failed(again)
      }
    }).finally(() => {
      queue.running = false
      this.#share.ended(queue.tenantId, { weight, requests: weightOf(entries.filter(({ operation }) => operation.lane === 'request')), now: performance.now() })
      this.#running -= 1
      if (queue.size > 0) this.#ready.add(queue)
      else this.#queues.delete(queue.tenantId)
      if (this.#running === 0 && this.#queued === 0) this.#idle()
      // Those who were just answered ask again in this turn: the next batch is not begun without them.
      this.#schedulePump()
    })
  }
}

function settle (outcome: Outcome, resolve: (decided: Decided) => void, reject: (error: unknown) => void): void {
  switch (outcome.kind) {
    case 'answered': resolve({ answer: outcome.answer, replayed: outcome.replayed, transactions: outcome.transactions }); break
    case 'refused': reject(outcome.refusal); break
    case 'failed': reject(outcome.error); break
  }
}
