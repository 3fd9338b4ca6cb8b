import { readTerms, storeTerms, type StoredTerms } from '../../coins/programme-rows.ts'
import type { TakenLot } from '../../coins/wallet.ts'
import type { TradeCoins } from './trade.ts'

/** What a trade has to do with coins, as it is stored. */
export interface StoredCoins extends StoredTerms {
  readonly programme: string
  readonly unit: string
  readonly value: string
  readonly version: number
  readonly lots: ReadonlyArray<{ readonly id: string, readonly origin: string, readonly funder: string | null, readonly expires_at: string | null, readonly coins: string, readonly returned: string }>
}

/** For the database; null without a programme. */
export function storeCoins (coins: TradeCoins | null): string | null {
  if (coins === null) return null
  const { terms: { id, unit, coinValue, version, ...terms }, lots } = coins
  const stored: StoredCoins = { programme: id, unit, value: coinValue.toString(), version, ...storeTerms(terms), lots: lots.map(storeLot) }
  return JSON.stringify(stored)
}

/** From what the database has, of a trade in that currency. */
export function readCoins (stored: StoredCoins | null, currency: string): TradeCoins | null {
  if (stored === null) return null
  const { programme, unit, value, version, lots, ...terms } = stored
  return { terms: { id: programme, currency, unit, coinValue: BigInt(value), version, ...readTerms(terms) }, lots: lots.map(readLot) }
}

function storeLot ({ id, originId, funderId, expiresAt, coins, returned }: TakenLot): StoredCoins['lots'][number] {
  return { id, origin: originId, funder: funderId, expires_at: expiresAt?.toISOString() ?? null, coins: coins.toString(), returned: returned.toString() }
}

function readLot ({ id, origin, funder, expires_at: expiresAt, coins, returned }: StoredCoins['lots'][number]): TakenLot {
  return { id, originId: origin, funderId: funder, expiresAt: expiresAt === null ? null : new Date(expiresAt), coins: BigInt(coins), returned: BigInt(returned) }
}
