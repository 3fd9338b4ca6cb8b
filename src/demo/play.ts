import type { TradeAnswer } from './api.ts'
import type { Client } from './client.ts'
import { Parties } from './parties.ts'
import type { Plan } from './plan.ts'
import { playPlan, type Played } from './play-plan.ts'

interface PlayOptions<P extends Plan> {
  /** How many plans are played at a time; the steps of each one follow each other. */
  readonly inFlight: number
  readonly onPlayed?: (played: Played<P>) => void
}

/** Plays plans, many at a time, and answers what became of each, in the order of the plans. Fails when the service stays unreachable. */
export async function playAll<P extends Plan> (client: Client, plans: readonly P[], { inFlight, onPlayed }: PlayOptions<P>): Promise<Array<Played<P>>> {
  const parties = new Parties(client)
  return await inParallel(plans, inFlight, async (plan) => {
    const played = await playPlan(client, parties, plan)
    onPlayed?.(played)
    return played
  })
}

/**
 * Reads every played trade again and answers a sentence about each that is not as its last step left it.
 * A trade of a later version has moved on since, by a timer or by somebody else: that is no mistake, and is left out.
 */
export async function readBack (client: Client, played: ReadonlyArray<Played<Plan>>, inFlight: number): Promise<string[]> {
  const trades = played.flatMap(({ trade }) => trade === null ? [] : [trade])
  const differences = await inParallel(trades, inFlight, async (answered) => {
    const now = await client.get<TradeAnswer>(`/v1/trades/${answered.id}`)
    if (now.version > answered.version) return []
    return FIGURES.filter((name) => now[name] !== answered[name])
      .map((name) => `${answered.external_ref}: ${name} was answered as ${answered[name]}, and is read as ${now[name]}`)
  })
  return differences.flat()
}

const FIGURES = ['version', 'state', 'currency', 'total', 'paid', 'held', 'released', 'refunded'] as const

/** Does work for every item, at most `limit` at a time, and answers the results in the items' order. */
async function inParallel<Item, Result> (items: readonly Item[], limit: number, work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  const entries = items.entries()
  await Promise.all(Array.from({ length: limit }, async () => {
    for (const [index, item] of entries) results[index] = await work(item)
  }))
  return results
}
