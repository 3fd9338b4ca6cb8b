import type { Kysely } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { inBatchTransaction, type BatchTransaction } from '../../db/transaction.ts'
import { newId } from '../../kernel/ids.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { requireKeyring, type Keyring } from '../keyring/keyring.ts'
import type { FoundMatch } from '../trades/lift-hold.ts'
import { Answers } from './answer-questions.ts'
import { loadGrounds } from './load-grounds.ts'
import type { Outcome, Question } from './question.ts'
import { writeAnswers } from './write-answers.ts'

/** Questions that are answered together, and what is kept of their outcomes in the same commit. */
interface Call {
  readonly questions: readonly Question[]
  /** Sends what it writes at once, and waits for it after. */
  readonly keep?: (trx: BatchTransaction, outcomes: readonly Outcome[]) => Promise<void>
}

interface Waiting extends Call {
  readonly resolve: (outcomes: readonly Outcome[]) => void
  readonly reject: (error: unknown) => void
}

/** What questions are answered with. */
export interface MatchServices {
  /** Its pool must gather statements. */
  readonly db: Kysely<Database>
  readonly keyring: Keyring | null
  /** Lifts a hold that waited for a match; never rejects, because what it cannot do now is done when it is due. */
  readonly lift: (found: FoundMatch) => Promise<void>
}

/** So many questions share a transaction, unless one call alone brings more; and so many calls may wait for one tenant. */
const TOGETHER_MAX = 200
const WAITING_MAX = 2_000

/**
 * Answers questions about identities. Those of one tenant that wait together share one transaction, because each of them adds to the tenant's trail: one commit serves many. Nobody is told anything before the
 * commit that holds the trail of it.
 */
export class MatchDesk {
  readonly #db: Kysely<Database>
  readonly #keyring: Keyring | null
  readonly #lift: MatchServices['lift']
  readonly #queues = new Map<number, Waiting[]>()
  readonly #running = new Set<number>()

  constructor ({ db, keyring, lift }: MatchServices) {
    this.#db = db
    this.#keyring = keyring
    this.#lift = lift
  }

  /** What becomes of questions of one tenant, in their order. Rejects with `overloaded` where too many wait. */
  async ask (tenantId: number, call: Call): Promise<readonly Outcome[]> {
    const queue = this.#queues.get(tenantId) ?? []
    if (queue.length >= WAITING_MAX) throw new Refusal('overloaded')
    this.#queues.set(tenantId, queue)
    return await new Promise((resolve, reject) => {
      queue.push({ ...call, resolve, reject })
      // Everything that one turn of the event loop brings is answered together.
      if (queue.length === 1) setImmediate(() => { void this.#run(tenantId) })
    })
  }

  async #run (tenantId: number): Promise<void> {
    if (this.#running.has(tenantId)) return
    this.#running.add(tenantId)
    for (let together = this.#take(tenantId); together.length > 0; together = this.#take(tenantId)) await this.#answer(tenantId, together)
    this.#running.delete(tenantId)
    this.#queues.delete(tenantId)
  }

  #take (tenantId: number): Waiting[] {
    const queue = this.#queues.get(tenantId) ?? []
    let count = 0
    const end = queue.findIndex(({ questions }, index) => {
      count += questions.length
      return index > 0 && count > TOGETHER_MAX
    })
    return queue.splice(0, end === -1 ? queue.length : end)
  }

  /** What fails together is tried again one by one, so that only the culprit fails. */
  async #answer (tenantId: number, together: readonly Waiting[]): Promise<void> {
    try {
      await this.#answerTogether(tenantId, together)
    } catch (error) {
      const [only] = together
      if (together.length === 1) only?.reject(error)
      else for (const each of together) await this.#answer(tenantId, [each])
    }
  }

  async #answerTogether (tenantId: number, together: readonly Waiting[]): Promise<void> {
    const questions = together.flatMap((each) => each.questions)
    const { results, cleared } = await inBatchTransaction(this.#db, async (trx) => {
      const grounds = await loadGrounds(trx, tenantId, questions)
      const answers = new Answers(requireKeyring(this.#keyring, 'sandbox'), questions, grounds, newId)
      const results = divide(together, answers.outcomes)
      return {
        result: { results, cleared: answers.cleared },
        write: async () => await Promise.all([...results.map(async ({ call, outcomes }) => await call.keep?.(trx, outcomes)), writeAnswers(trx, tenantId, answers)])
      }
    })
    const lifted = new Map([...cleared].map(([tradeId, found]) => [tradeId, this.#lift({ tenantId, tradeId, ...found })]))
    for (const { call, outcomes } of results) {
      // Whoever hears of the match finds the hold lifted; nobody else waits for that.
      void Promise.all(call.questions.map(async ({ tradeId }) => await lifted.get(tradeId))).then(() => { call.resolve(outcomes) })
    }
  }
}

/** To each call its own outcomes. */
function divide (together: readonly Waiting[], outcomes: readonly Outcome[]): Array<{ readonly call: Waiting, readonly outcomes: readonly Outcome[] }> {
  let start = 0
  return together.map((call) => {
    const own = outcomes.slice(start, start + call.questions.length)
    start += call.questions.length
    return { call, outcomes: own }
  })
}
