import { setTimeout as sleep } from 'node:timers/promises'

/** A service that restarts is back by then. */
const GIVE_UP_MS = 60_000
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5000
const REQUEST_TIMEOUT_MS = 40_000
const RETRIED_STATUSES: readonly number[] = [429, 502, 503, 504]

/** What the service answered to one request. `replayed`: it was answered before, and nothing happened this time. */
export interface Answer<Body> {
  readonly body: Body
  readonly replayed: boolean
}

/** The service understood a request and would not do it. */
export class RefusedByService extends Error {
  readonly status: number
  readonly code: string

  constructor (request: string, status: number, problem: { readonly code?: string, readonly detail?: string }) {
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
  /** Requests that were answered. */
  requests = 0
  /** Requests that were sent again. */
  retries = 0

  constructor (url: string, key: string) {
    this.url = url.replace(/\/+$/, '')
    this.#key = key
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
    const deadline = Date.now() + GIVE_UP_MS
    for (let attempt = 1; ; attempt++) {
      const response = await this.#fetch(method, path, content).catch((error: unknown) => {
        if (Date.now() > deadline) throw new Error(`${request} did not reach ${this.url}`, { cause: error })
        return null
      })
      if (response !== null) {
        const { status } = response
        const body: unknown = await response.json().catch(() => ({}))
        if (response.ok) {
          this.requests += 1
          return { body: body as Body, replayed: response.headers.get('idempotent-replayed') === 'true' }
        }
        const problem = body as { code?: string, detail?: string, retryable?: boolean }
        const retried = RETRIED_STATUSES.includes(status) || problem.retryable === true
        if (!retried || Date.now() > deadline) throw new RefusedByService(request, status, problem)
      }
      this.retries += 1
      await sleep(pauseMs(attempt, response?.headers.get('retry-after') ?? null))
    }
  }

  async #fetch (method: string, path: string, content?: { readonly idempotencyKey: string, readonly body: object }): Promise<Response> {
    const headers = { authorization: `Bearer ${this.#key}` }
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
    if (content === undefined) return await fetch(this.url + path, { method, headers, signal })
    return await fetch(this.url + path, {
      method,
      headers: { ...headers, 'content-type': 'application/json', 'idempotency-key': content.idempotencyKey },
      body: JSON.stringify(content.body),
      signal
    })
  }
}

/** As long as the service asks, else twice as long each time; a little uneven, so that many clients do not come back together. */
function pauseMs (attempt: number, retryAfter: string | null): number {
  const asked = Number(retryAfter) * 1000
  const grown = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS)
  return Math.max(grown, asked > 0 ? asked : 0) * (1 + Math.random() / 4)
}
