import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { send, type Answer } from './service.ts'
import type { Random } from './soak-random.ts'
import type { Stage } from './soak-stage.ts'

const GIVE_UP_MS = 120_000
const REPLAYS_AT_ONCE = 16

/** What was sent and what was answered: the same must be answered to the same for as long as keys are kept. */
interface Acknowledged {
  readonly secret: string
  readonly path: string
  readonly body: object
  readonly key: string
  readonly mark: string
}

/** What several clients did and saw. */
export interface Diary {
  readonly acknowledged: Acknowledged[]
  retries: number
  finding (what: string): void
}

/** A caller that repeats what it got no answer to, with the same key, at any process, and does not wait for ever for a silent one. */
export class SoakClient {
  readonly #stage: Stage
  readonly #secret: string
  readonly #name: string
  readonly #diary: Diary
  readonly #random: Random
  #requests = 0

  constructor (name: string, { stage, secret, diary, random }: { stage: Stage, secret: string, diary: Diary, random: Random }) {
    this.#name = name
    this.#stage = stage
    this.#secret = secret
    this.#diary = diary
    this.#random = random
  }

  /** Sends a request under a key of its own until it is answered. Throws when that takes for ever. */
  async post (path: string, body: object): Promise<Answer> {
    const key = `${this.#name}-${this.#requests += 1}`
    const answer = await this.#untilAnswered('POST', path, body, key)
    this.#diary.acknowledged.push({ secret: this.#secret, path, body, key, mark: markOf(answer) })
    return answer
  }

  /** Reads until it is answered. */
  async get (path: string): Promise<Answer> {
    return await this.#untilAnswered('GET', path)
  }

  async #untilAnswered (method: 'GET' | 'POST', path: string, body?: object, key?: string): Promise<Answer> {
    const giveUpAt = performance.now() + GIVE_UP_MS
    while (performance.now() < giveUpAt) {
      const patience = sleep(this.#random.whole(2_000, 6_000), null, { ref: false })
      const answer = await Promise.race([send(this.#stage.anyUrl(this.#random), this.#secret, method, path, body, key), patience]).catch(() => null)
      if (answer !== null && answer.status < 500 && answer.status !== 429) return answer
      if (answer !== null && (answer.body as { retryable?: boolean }).retryable !== true) this.#diary.finding(`${method} ${path} was answered ${answer.text}`)
      this.#diary.retries += 1
      await sleep(this.#random.whole(20, 200))
    }
    throw new Error(`${method} ${path} with key ${String(key)} was never answered`)
  }
}

/** Sends everything that was acknowledged once more: what was answered must be answered again, to the byte. */
export async function replayAll (stage: Stage, { diary, random }: { diary: Diary, random: Random }): Promise<number> {
  const left = [...diary.acknowledged]
  let found = 0
  await Promise.all(Array.from({ length: REPLAYS_AT_ONCE }, async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const { secret, path, body, key, mark } = next
      const answer = await send(stage.anyUrl(random), secret, 'POST', path, body, key)
      if (!answer.replayed) diary.finding(`POST ${path} with key ${key} was not known any more: ${answer.text}`)
      else if (markOf(answer) !== mark) diary.finding(`POST ${path} with key ${key} is answered otherwise: ${answer.text}`)
      else found += 1
    }
  }))
  return found
}

/** A problem names the request it answers, which differs; what it says of the trade does not. */
function markOf ({ status, body, text }: Answer): string {
  if (status < 300) return createHash('sha256').update(text).digest('base64')
  const { detail, current_state: state } = body as { detail?: string, current_state?: string }
  return JSON.stringify([status, body.code, detail, state])
}
