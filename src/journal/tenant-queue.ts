import { weightOf, type WaitingEntry } from './run-batch.ts'

/** Due work fills at most this part of a batch as it is, so that a backlog of timers neither pushes people's requests aside nor makes them wait. */
const DUE_SHARE = 1 / 4

/** Due work gets at least so heavy where no request waits: lighter batches would cost more than they do. */
const DUE_ALONE_MIN = 100

/** What waits for one tenant: people's requests and due work, each in order of arrival. */
export class TenantQueue {
  readonly tenantId: number
  running = false
  readonly #lanes = { request: new Lane(), due: new Lane() }

  constructor (tenantId: number) {
    this.tenantId = tenantId
  }

  get size (): number {
    return this.#lanes.request.size + this.#lanes.due.size
  }

  sizeOf (lane: 'request' | 'due'): number {
    return this.#lanes[lane].size
  }

  add (entry: WaitingEntry): void {
    this.#lanes[entry.operation.lane].add(entry)
  }

  /**
   * Takes the next batch: as many entries as fit `weightMax`, at least one, due work up to its share of it and at least one piece. Where no
   * request waits, due work has its share beside `expected`, the weight of requests that are on their way; null where none are.
   */
  take (weightMax: number, expected: number | null): WaitingEntry[] {
    const requests = this.#lanes.request.take(weightMax)
    const due = this.#lanes.due.take(Math.min(weightMax * DUE_SHARE, requests.length > 0 ? besides(weightOf(requests)) : dueAlone(expected)))
    return [...requests, ...due]
  }

  /** Takes everything that waits. */
  drain (): WaitingEntry[] {
    return [...this.#lanes.request.take(Infinity), ...this.#lanes.due.take(Infinity)]
  }
}

function dueAlone (expected: number | null): number {
  return expected === null ? Infinity : Math.max(DUE_ALONE_MIN, besides(expected))
}

/** What due work may weigh beside requests of that weight. */
function besides (requests: number): number {
  return requests * DUE_SHARE / (1 - DUE_SHARE)
}

/** First in, first out, without moving the rest at every take. */
class Lane {
  #entries: WaitingEntry[] = []
  #next = 0

  get size (): number {
    return this.#entries.length - this.#next
  }

  add (entry: WaitingEntry): void {
    this.#entries.push(entry)
  }

  take (weightMax: number): WaitingEntry[] {
    let end = this.#next
    let weight = 0
    for (; end < this.#entries.length; end += 1) {
      weight += this.#entries[end]?.operation.weight ?? 0
      if (weight > weightMax && end > this.#next) break
    }
    const taken = this.#entries.slice(this.#next, end)
    this.#next = end
    if (this.#next === this.#entries.length) {
      this.#entries = []
      this.#next = 0
    }
    return taken
  }
}
