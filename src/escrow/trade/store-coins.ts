import { sql } from 'kysely'
import { readTerms, storeTerms, type StoredTerms } from '../../coins/programme-rows.ts'
import type { TakenLot } from '../../coins/wallet.ts'
import type { BatchTransaction } from '../../db/transaction.ts'
import { sendFor, unnest, type Columns } from '../../db/unnest.ts'
import type { RowChange } from '../../journal/row-kind.ts'
import { NO_COINS, type LineCoins } from './line-coins.ts'
import type { Trade, TradeCoins } from './trade.ts'

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

interface PlacedCoins {
  readonly tradeId: string
  readonly position: number
  readonly coins: LineCoins
}

const COLUMNS: Columns<PlacedCoins> = {
  trade_id: ['uuid', ({ tradeId }) => tradeId],
  position: ['smallint', ({ position }) => position],
  coins: ['bigint', ({ coins }) => coins.taken],
  coins_redeemed: ['bigint', ({ coins }) => coins.redeemed],
  coins_returned: ['bigint', ({ coins }) => coins.returned],
  coins_earned: ['bigint', ({ coins }) => coins.earned],
  coins_funded: ['bigint', ({ coins }) => coins.funded]
}

/** Writes what coins of lines came to, taken ones too; a batch without any of that sends nothing. Fails when a line is missing. */
export async function saveLineCoins (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<Trade>>): Promise<void> {
  const changed = changes.flatMap(({ before, after }) => after.lines.flatMap((line, index): PlacedCoins[] =>
    line.coins === (before?.lines[index]?.coins ?? NO_COINS) ? [] : [{ tradeId: after.id, position: index + 1, coins: line.coins }]))
  await sendFor(changed, async (part) => await sql`
    with changed as (
      update trade_lines l set coins = c.coins, coins_redeemed = c.coins_redeemed, coins_returned = c.coins_returned, coins_earned = c.coins_earned, coins_funded = c.coins_funded
      from ${unnest('c', part, COLUMNS)}
      where l.tenant_id = ${tenantId} and l.trade_id = c.trade_id and l.position = c.position
      returning 1
    )
    select demand(count(*) = ${part.length}, 'a line with coins is missing') from changed`.execute(trx))
}
