import { sql } from 'kysely'
import type { BatchTransaction } from '../../db/transaction.ts'
import { unnest, type Columns } from '../../db/unnest.ts'
import type { RowChange } from '../../journal/row-kind.ts'
import { LINE_COINS, LINE_PLACE, LINE_PROGRESS, placedLines, SPLIT_POSTED, type PlacedLine } from './line-columns.ts'
import type { StoredHold, StoredMetFact } from './load-trades.ts'
import type { MetFact } from './release-terms.ts'
import { storeCases } from './store-cases.ts'
import { storeCoins } from './store-coins.ts'
import { storeDisputes } from './store-disputes.ts'
import { newLine, type Hold, type Line, type Trade } from './trade.ts'

const TRADE_TERMS: Columns<Trade> = {
  id: ['uuid', ({ id }) => id],
  revision: ['integer', ({ revision }) => revision],
  coins: ['jsonb', ({ coins }) => storeCoins(coins)],
  ship_overdue_at: ['timestamptz', ({ shipOverdueAt }) => shipOverdueAt],
  holds: ['jsonb', ({ holds }) => storeHolds(holds)],
  refund_cases: ['jsonb', ({ refundCases }) => storeCases(refundCases)],
  disputes: ['jsonb', ({ disputes }) => storeDisputes(disputes)]
}

const LINE_TERMS: Columns<PlacedLine> = {
  ...LINE_PLACE,
  ...LINE_PROGRESS,
  ...SPLIT_POSTED,
  ...LINE_COINS,
  unit_price: ['bigint', ({ line }) => line.unitPrice],
  shipping: ['bigint', ({ line }) => line.shipping],
  confirm_extended: ['boolean', ({ line }) => line.confirmExtended],
  charged_back_goods: ['bigint', ({ line }) => line.chargedBackAmount.goods],
  charged_back_shipping: ['bigint', ({ line }) => line.chargedBackAmount.shipping],
  frozen_units: ['integer', ({ line }) => line.frozenUnits],
  frozen_goods: ['bigint', ({ line }) => line.frozenAmount.goods],
  frozen_shipping: ['bigint', ({ line }) => line.frozenAmount.shipping],
  met: ['jsonb', ({ line }) => storeMet(line.met)],
  release_by: ['timestamptz', ({ line }) => line.releaseBy]
}

/**
 * Writes what seldom changes: the revision and prices of trades that were repriced, the lots of coins that went back, their holds and open refund cases, the lines whose time was extended, whose money
 * is in dispute or was charged back (all their progress), what is met of release conditions, and that a shipment is overdue. A batch without any of that sends nothing. Fails when a trade or a line is missing.
 */
export async function saveTerms (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<Trade>>): Promise<void> {
  const trades = changes.flatMap(({ before, after }) => hasNewTerms(before, after) ? [after] : [])
  if (trades.length === 0) return
  const lines = trades.flatMap(placedLines)
  await Promise.all([
    sql`
      with changed as (
        update trades t set revision = c.revision, coins = c.coins, ship_overdue_at = c.ship_overdue_at, holds = c.holds, refund_cases = c.refund_cases, disputes = c.disputes
        from ${unnest('c', trades, TRADE_TERMS)}
        where t.tenant_id = ${tenantId} and t.id = c.id
        returning 1
      )
      select demand(count(*) = ${trades.length}, 'a trade with new terms is missing') from changed`.execute(trx),
    sql`
      with changed as (
        update trade_lines l set state = c.state, shipped = c.shipped, confirmed = c.confirmed, refunded = c.refunded,
          returned = c.returned, released_goods = c.released_goods, released_shipping = c.released_shipping,
          refunded_goods = c.refunded_goods, refunded_shipping = c.refunded_shipping, commission_posted = c.commission_posted,
          confirm_by = c.confirm_by, split_posted = c.split_posted::bigint[], coins = c.coins, coins_redeemed = c.coins_redeemed, coins_returned = c.coins_returned,
          coins_earned = c.coins_earned, coins_funded = c.coins_funded, unit_price = c.unit_price, shipping = c.shipping, confirm_extended = c.confirm_extended,
          charged_back_goods = c.charged_back_goods, charged_back_shipping = c.charged_back_shipping,
          frozen_units = c.frozen_units, frozen_goods = c.frozen_goods, frozen_shipping = c.frozen_shipping, met = c.met, release_by = c.release_by
        from ${unnest('c', lines, LINE_TERMS)}
        where l.tenant_id = ${tenantId} and l.trade_id = c.trade_id and l.position = c.position
        returning 1
      )
      select demand(count(*) = ${lines.length}, 'a line with new terms is missing') from changed`.execute(trx)
  ])
}

/** A new trade is compared with what its insertion leaves. */
export function hasNewTerms (before: Trade | null, after: Trade): boolean {
  if (before === null) return after.shipOverdueAt !== null || after.holds.length > 0 || after.refundCases.length > 0 || after.disputes.length > 0 || after.lines.some((line) => hasNewLineTerms(newLine(line.id, line), line))
  return after.revision !== before.revision || after.coins !== before.coins || after.holds !== before.holds || after.refundCases !== before.refundCases || after.disputes !== before.disputes || after.shipOverdueAt !== before.shipOverdueAt ||
    after.lines.some((line, index) => hasNewLineTerms(before.lines[index] ?? line, line))
}

function hasNewLineTerms (before: Line, after: Line): boolean {
  return after.confirmExtended !== before.confirmExtended || after.frozenUnits !== before.frozenUnits ||
    after.frozenAmount !== before.frozenAmount || after.chargedBackAmount !== before.chargedBackAmount ||
    after.met.length !== before.met.length || after.releaseBy !== before.releaseBy
}

function storeHolds (holds: readonly Hold[]): string | null {
  const stored = holds.map(({ id, kind, placedAt, blocksShipment }): StoredHold => ({ id, kind, placed_at: placedAt.toISOString(), ...blocksShipment ? { blocks_shipment: true } : {} }))
  return stored.length === 0 ? null : JSON.stringify(stored)
}

function storeMet (met: readonly MetFact[]): string | null {
  const stored = met.map((fact): StoredMetFact => ({ ...fact, at: fact.at.toISOString() }))
  return stored.length === 0 ? null : JSON.stringify(stored)
}
