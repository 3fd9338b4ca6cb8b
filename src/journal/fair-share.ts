/** For so long after its last batch a tenant counts as working: its next requests are on their way. */
const RECENT_MS = 100

/** Batches of a tenant get at least so heavy, whoever works beside it. */
const SHARE_MIN = 250

/**
 * How heavy a tenant's next batch may be while others work: as heavy as what they did last, all together. A tenant that floods its queue
 * would otherwise make everyone wait for its full batches each time, however few each of them asks for.
 */
export class FairShare {
  readonly #recent = new Map<number, { readonly weight: number, readonly at: number }>()
  /** The weight of the last requests that were answered, without the due work beside them. */
  readonly #answered = new Map<number, { readonly weight: number, readonly at: number }>()

  /** The weight that the next batch of this tenant may have, at most `max`. `now` is milliseconds of `performance.now()`. */
  of (tenantId: number, max: number, now: number): number {
    let others = 0
    for (const [id, { weight, at }] of this.#recent) {
      if (now - at > RECENT_MS) this.#recent.delete(id)
      else if (id !== tenantId) others += weight
    }
    return others === 0 ? max : Math.min(max, Math.max(SHARE_MIN, others))
  }

  /**
   * The weight of the requests of this tenant that are on their way, as they were the last time; null where nobody was answered just now. Due
   * work that took all the room while they come would make them wait for a batch many times as heavy as theirs.
   */
  expected (tenantId: number, now: number): number | null {
    for (const [id, { at }] of this.#answered) if (now - at > RECENT_MS) this.#answered.delete(id)
    return this.#answered.get(tenantId)?.weight ?? null
  }

  /** An operation of that weight waits. */
  arrived (tenantId: number, weight: number, now: number): void {
    const known = this.#recent.get(tenantId)
    if (known === undefined || now - known.at > RECENT_MS) this.#recent.set(tenantId, { weight, at: now })
  }

  /** A batch of that weight begins; until it ends its tenant is at work. */
  begun (tenantId: number, weight: number): void {
    this.#recent.set(tenantId, { weight, at: Infinity })
  }

  /** The batch ended; `requests` is what people's requests weighed of it. */
  ended (tenantId: number, { weight, requests, now }: { readonly weight: number, readonly requests: number, readonly now: number }): void {
    this.#recent.set(tenantId, { weight, at: now })
    if (requests > 0) this.#answered.set(tenantId, { weight: requests, at: now })
  }
}
