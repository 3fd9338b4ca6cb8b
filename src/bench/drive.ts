import { percentile } from './statistics.ts'

/** What one variant did in one round. */
export interface Sample {
  /** Transfers, trades or whatever its unit is that were committed. */
  readonly done: number
  /** The same with what others did beside it, where it did not write alone: the bytes are divided by this. */
  readonly doneInAll?: number
  readonly ratePerSecond: number
  /** Of one call: a batch where the variant calls for batches. */
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Makes one call and answers how much it did, or 0 when there is nothing left to do. */
export type Step = (client: number) => Promise<number>

/**
 * Runs `step` again and again with `clients` calls in flight, each client sending its next as soon as the last is answered, for at least
 * `seconds` or until nothing is left to do. What is in flight at the end is waited for and counts, with the time it took.
 */
export async function drive ({ clients, seconds, step }: { readonly clients: number, readonly seconds: number, readonly step: Step }): Promise<Sample> {
  const startedAt = performance.now()
  const endAt = startedAt + seconds * 1000
  const latencies: number[] = []
  let done = 0
  const work = async (client: number): Promise<void> => {
    let at = performance.now()
    do {
      const added = await step(client)
      if (added === 0) return
      // Read after the wait: other clients add to it meanwhile.
      done += added
      const answeredAt = performance.now()
      latencies.push(answeredAt - at)
      at = answeredAt
    } while (at < endAt)
  }
  await Promise.all(Array.from({ length: clients }, (_, client) => work(client)))
  return sampleOf(done, (performance.now() - startedAt) / 1000, latencies)
}

/** A sample of what was done in so many seconds, with the milliseconds that each call took. */
export function sampleOf (done: number, seconds: number, latencies: readonly number[]): Sample {
  const sorted = Float64Array.from(latencies).sort()
  return { done, ratePerSecond: done / seconds, p50Ms: percentile(sorted, 50), p99Ms: percentile(sorted, 99) }
}

/** Runs `step` with `clients` calls in flight beside whatever else runs. The answered function ends that and answers how much was done. */
export function driveBeside (clients: number, step: Step): () => Promise<number> {
  const ending = new AbortController()
  let done = 0
  const work = async (client: number): Promise<void> => {
    while (!ending.signal.aborted) {
      const added = await step(client)
      if (added === 0) return
      done += added
    }
  }
  const ended = Promise.all(Array.from({ length: clients }, (_, client) => work(client)))
  // A failure is thrown where the end is waited for, not out of the blue.
  ended.catch(() => {})
  return async () => {
    ending.abort()
    await ended
    return done
  }
}
