import type { Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import { NO_FLOWS, plus, type CoinPeriod, type OriginFlows } from './coin-flows.ts'
import { readMoves, type MovePart, type MovePlace } from './coin-movements.ts'
import { readRedemptions } from './coin-redemptions.ts'

/** How many rows one statement looks at, so that no report holds a snapshot for long. */
export interface CoinPages {
  readonly moves: number
  readonly redemptions: number
}

const PAGES: CoinPages = { moves: 20_000, redemptions: 2_000 }

/**
 * What became of all coins until both ends of a period, by their origin. Issue, claw-back, expiry and what came back come from the moves of
 * lots and the entries that they name; redemption from the entries of the accounts it books to and the lots that each trade
 * took. None of these ever changes, so parts that are read one after the other are as exact as all at once.
 */
export async function readCoinFlows (db: Kysely<Database>, tenantId: number, period: CoinPeriod, pages = PAGES): Promise<OriginFlows[]> {
  const flows = new Map<string, OriginFlows>()
  const add = ({ currency, funderId, source, campaign, month, opening, closing }: OriginFlows): void => {
    const key = JSON.stringify([currency, funderId, source, campaign, month])
    const known = flows.get(key) ?? { opening: NO_FLOWS, closing: NO_FLOWS }
    flows.set(key, { currency, funderId, source, campaign, month, opening: plus(known.opening, opening), closing: plus(known.closing, closing) })
  }
  let after: MovePlace = null
  do {
    const part: MovePart = await readMoves(db, tenantId, period, { after, limit: pages.moves })
    part.flows.forEach(add)
    after = part.end
  } while (after !== null)
  for await (const part of readRedemptions(db, tenantId, period, pages.redemptions)) {
    for (const { opening, closing, ...origin } of part) add({ ...origin, opening: { ...NO_FLOWS, redeemed: opening }, closing: { ...NO_FLOWS, redeemed: closing } })
  }
  return [...flows.values()]
}
