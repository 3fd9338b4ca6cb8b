import { setTimeout as sleep } from 'node:timers/promises'
import { exchangeWith, type Exchange } from './exchange.ts'

/** A service that restarts is back by then. */
const GIVE_UP_MS = 60_000
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 5000
/** The service, or what stands before it, says that it cannot answer now. */
const BUSY_STATUSES: readonly number[] = [429, 502, 503, 504]
/** What the service calls its own failure is worth another try, and not worth waiting for. */
const FAILED_ATTEMPTS_MAX = 3

/** What the service answered to one request. `replayed`: it was answered before, and nothing happened this time. */
export interface Answer<Body> {
  readonly body: Body
  readonly replayed: boolean
}

/** The service understood a request and would not do it. */
export class RefusedByService extends Error {
  readonly status: number
  readonly code: string

  constructor (request: string, status: number, problem: Problem) {
    super(`${request} was refused with ${status} ${problem.code ?? ''}: ${problem.detail ?? ''}`)
    this.name = 'RefusedByService'
    this.status = status
    this.code = problem.code ?? 'unknown'
  }
}

/**
 * A small client of a service at `url`. While the service cannot be reached or asks to come again later, the same request is sent again
 * with the same idempotency key and growing pauses: it has one effect at most.
 */
export class Client {
  readonly url: string
  readonly #key: string
  readonly #exchange: Exchange
  /** Requests that were answered. */
  requests = 0
  /** Requests that were sent again. */
  retries = 0

  constructor (url: string, key: string) {
    this.url = url.replace(/\/+$/, '')
    this.#key = key
    this.#exchange = exchangeWith(this.url)
  }

  /** Answers what the service has at a path. Throws {@link RefusedByService}, or the last failure when it stays unreachable. */
  async get<Body> (path: string): Promise<Body> {
    return (await this.#send<Body>('GET', path)).body
  }

  /** Sends a body under an idempotency key. Throws as {@link Client.get}. */
  async post<Body> (path: string, idempotencyKey: string, body: object): Promise<Answer<Body>> {
    return await this.#send<Body>('POST', path, { idempotencyKey, body })
  }

  async #send<Body> (method: string, path: string, content?: { readonly idempotencyKey: string, readonly body: object }): Promise<Answer<Body>> {
    const request = `${method} ${path}`
    const headers = {
      authorization: `Bearer ${this.#key}`,
      ...content === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': content.idempotencyKey }
    }
    const body = content === undefined ? null : JSON.stringify(content.body)
    const deadline = Date.now() + GIVE_UP_MS
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#exchange(method, path, headers, body).catch((error: unknown) => {
        if (Date.now() > deadline) throw new Error(`${request} did not reach ${this.url}`, { cause: error })
        return null
      })
      if (answer !== null) {
        if (answer.status < 300) {
          this.requests += 1
          return { body: JSON.parse(answer.text) as Body, replayed: answer.headers['idempotent-replayed'] === 'true' }
        }
        const problem = problemOf(answer.text)
        const isBusy = BUSY_STATUSES.includes(answer.status) && Date.now() < deadline
        if (!isBusy && (problem.retryable !== true || attempt >= FAILED_ATTEMPTS_MAX)) throw new RefusedByService(request, answer.status, problem)
      }
      this.retries += 1
      await sleep(pauseMs(attempt, answer?.headers['retry-after'] ?? ''))
    }
  }
}

interface Problem {
  readonly code?: string
  readonly detail?: string
  readonly retryable?: boolean
}

/** A problem (RFC 9457), or nothing that says why: what stands between us and the service may answer anything. */
function problemOf (text: string): Problem {
  try {
    return JSON.parse(text) as Problem
  } catch {
    return {}
  }
}

/** As long as the service asks, else twice as long each time; a little uneven, so that many clients do not come back together. */
function pauseMs (attempt: number, retryAfter: string): number {
  const asked = Number(retryAfter) * 1000
  const grown = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS)
  return Math.max(grown, asked > 0 ? asked : 0) * (1 + Math.random() / 4)
}
