import { percentile } from './statistics.ts'

/** What one variant did in one round. */
export interface Sample {
  /** Transfers, trades or requests that were committed. */
  readonly done: number
  readonly ratePerSecond: number
  /** Of one call: a batch where the variant calls for batches. */
  readonly p50Ms: number
  readonly p99Ms: number
}

/**
 * Runs `step` again and again with `clients` calls in flight, each client sending its next as soon as the last is answered, for at least
 * `seconds`. `step` answers how much it did. What is in flight at the end is waited for and counts, with the time it took.
 */
export async function drive ({ clients, seconds, step }: {
  readonly clients: number, readonly seconds: number, readonly step: (client: number) => Promise<number>
}): Promise<Sample> {
  const startedAt = performance.now()
  const endAt = startedAt + seconds * 1000
  const latencies: number[] = []
  let done = 0
  const work = async (client: number): Promise<void> => {
    let at = performance.now()
    do {
      const added = await step(client)
      // Read after the wait: other clients add to it meanwhile.
      done += added
      const answeredAt = performance.now()
      latencies.push(answeredAt - at)
      at = answeredAt
    } while (at < endAt)
  }
  await Promise.all(Array.from({ length: clients }, (_, client) => work(client)))
  const took = (performance.now() - startedAt) / 1000
  return { done, ratePerSecond: done / took, p50Ms: percentile(latencies, 50), p99Ms: percentile(latencies, 99) }
}
