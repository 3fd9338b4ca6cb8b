import { sql, type RawBuilder } from 'kysely'
import type { BatchTransaction } from '../../db/transaction.ts'
import { sendFor, unnest, type Columns } from '../../db/unnest.ts'
import type { RowChange } from '../../journal/row-kind.ts'
import { storeSellerTerms } from '../../parties/seller-terms.ts'
import { nextDeadline } from './deadlines.ts'
import type { StoredSplit } from './load-trades.ts'
import { LINE_COINS, LINE_PLACE, LINE_PROGRESS, placedLines, SPLIT_POSTED, type PlacedLine } from './line-columns.ts'
import { saveAllocations } from './save-allocations.ts'
import { saveExchanges } from './save-exchanges.ts'
import { storeCoins } from './store-coins.ts'
import { saveMemberships } from './save-memberships.ts'
import { hasNewTerms, saveTerms } from './save-terms.ts'
import { lineState, tradeState } from './states.ts'
import { DECLARED, hasNewDeclared, saveDeclaredOfNew } from './store-declared.ts'
import type { Split, Trade } from './trade.ts'

/**
 * Writes new and changed trades: of a changed one its money, state and deadline, and those of its lines that changed.
 * Fails when a trade is not as it was loaded.
 */
export async function saveTrades (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<Trade>>): Promise<void> {
  const opened = changes.flatMap(({ before, after }) => before === null ? [after] : [])
  const changed = changes.flatMap(({ before, after }) => before === null ? [] : [{ before, after }])
  await Promise.all([
    opened.length === 0 ? null : insertTrades(trx, tenantId, opened),
    changed.length === 0 ? null : updateTrades(trx, tenantId, changed),
    saveAllocations(trx, tenantId, changes),
    saveMemberships(trx, tenantId, changes),
    saveTerms(trx, tenantId, changes),
    saveExchanges(trx, tenantId, changes),
    saveDeclaredOfNew(trx, tenantId, changes)
  ])
}

async function insertTrades (trx: BatchTransaction, tenantId: number, trades: readonly Trade[]): Promise<void> {
  await sql`
    with new_trades as (
      insert into trades (tenant_id, ${names(OPENED)}, next_attempt_at)
      select ${tenantId}, t.*, t.next_deadline_at from ${unnest('t', trades, OPENED)}
    )
    insert into trade_lines (tenant_id, ${names(OPENED_LINE)}, split_posted)
    select ${tenantId}, ${names(OPENED_LINE)}, split_posted::bigint[]
    from ${unnest('l', trades.flatMap(placedLines), { ...OPENED_LINE, ...SPLIT_POSTED })}`.execute(trx)
}

async function updateTrades (trx: BatchTransaction, tenantId: number, changes: readonly ChangedTrade[]): Promise<void> {
  // Of a trade with new terms all lines are written with them: in one statement, because no check may see one half of what moves between pools.
  const lines = changes.filter(({ before, after }) => !hasNewTerms(before, after)).flatMap(({ before, after }) => placedLines(after).flatMap((placed) => {
    const { line, position } = placed
    const loaded = before.lines[position - 1]
    // A line's state may change with its trade's, though nothing else of it does.
    const isChanged = loaded === undefined || line !== loaded || lineState(after, line) !== lineState(before, loaded)
    return isChanged ? [{ ...placed, isCoined: line.coins !== loaded?.coins }] : []
  }))
  // What is declared is written with the money that it may not exceed.
  const declares = changes.some(hasNewDeclared)
  const alsoDeclared = declares ? sql`, declared = c.declared, declared_lowered_at = c.declared_lowered_at` : sql``
  const columns = declares ? { ...CHANGED, ...DECLARED } : CHANGED
  await Promise.all([
    sendFor(changes, async (part) => await sql`
      with changed as (
        update trades t set state = c.state, version = c.version, total = c.total, coins_value = c.coins_value, paid = c.paid, released = c.released, refunded = c.refunded,
          refund_pending = c.refund_pending, charged_back = c.charged_back, closed_unpaid_at = c.closed_unpaid_at, ship_by = c.ship_by,
          after_sale_by = c.after_sale_by, after_sale_ended_at = c.after_sale_ended_at,
          next_deadline_at = c.next_deadline_at, next_attempt_at = c.next_deadline_at${alsoDeclared}
        from ${unnest('c', part, columns)}
        where t.tenant_id = ${tenantId} and t.id = c.id and t.version = c.loaded_version
        returning 1
      )
      select demand(count(*) = ${part.length}, 'a trade changed while it was locked') from changed`.execute(trx)),
    saveLines(trx, tenantId, lines.filter(({ isCoined }) => !isCoined), LINE),
    saveLines(trx, tenantId, lines.filter(({ isCoined }) => isCoined), { ...LINE, ...LINE_COINS })
  ])
}

/** Writes lines in those columns, each once. */
async function saveLines (trx: BatchTransaction, tenantId: number, lines: readonly PlacedLine[], columns: Columns<PlacedLine>): Promise<void> {
  const set = Object.keys(columns).filter((name) => !(name in LINE_PLACE)).map((name) => `${name} = c.${name}${name in SPLIT_POSTED ? '::bigint[]' : ''}`).join(', ')
  await sendFor(lines, async (part) => await sql`
    with changed as (
      update trade_lines l set ${sql.raw(set)}
      from ${unnest('c', part, columns)}
      where l.tenant_id = ${tenantId} and l.trade_id = c.trade_id and l.position = c.position
      returning 1
    )
    select demand(count(*) = ${part.length}, 'a line of a trade is missing') from changed`.execute(trx))
}

const LINE: Columns<PlacedLine> = { ...LINE_PLACE, ...LINE_PROGRESS, ...SPLIT_POSTED }

interface ChangedTrade {
  readonly before: Trade
  readonly after: Trade
}

const OPENED: Columns<Trade> = {
  id: ['uuid', ({ id }) => id],
  external_ref: ['text', ({ externalRef }) => externalRef],
  buyer_id: ['uuid', ({ buyerId }) => buyerId],
  currency: ['text', ({ currency }) => currency],
  fee_base: ['text', ({ feeBase }) => feeBase],
  state: ['text', tradeState],
  revision: ['integer', ({ revision }) => revision],
  version: ['integer', ({ version }) => version],
  total: ['bigint', ({ total }) => total],
  coins_value: ['bigint', ({ coinsValue }) => coinsValue],
  coins: ['jsonb', ({ coins }) => storeCoins(coins)],
  paid: ['bigint', ({ paid }) => paid],
  released: ['bigint', ({ released }) => released],
  refunded: ['bigint', ({ refunded }) => refunded],
  refund_pending: ['bigint', ({ refundPending }) => refundPending],
  charged_back: ['bigint', ({ chargedBack }) => chargedBack],
  created_at: ['timestamptz', ({ createdAt }) => createdAt],
  pay_by: ['timestamptz', ({ payBy }) => payBy],
  closed_unpaid_at: ['timestamptz', ({ closedUnpaidAt }) => closedUnpaidAt],
  ship_by: ['timestamptz', ({ shipBy }) => shipBy],
  after_sale_by: ['timestamptz', ({ afterSaleBy }) => afterSaleBy],
  next_deadline_at: ['timestamptz', nextDeadline]
}

const CHANGED: Columns<ChangedTrade> = {
  id: ['uuid', ({ after }) => after.id],
  loaded_version: ['integer', ({ before }) => before.version],
  state: ['text', ({ after }) => tradeState(after)],
  version: ['integer', ({ after }) => after.version],
  total: ['bigint', ({ after }) => after.total],
  // With the total, because coins are never worth more than that.
  coins_value: ['bigint', ({ after }) => after.coinsValue],
  paid: ['bigint', ({ after }) => after.paid],
  released: ['bigint', ({ after }) => after.released],
  refunded: ['bigint', ({ after }) => after.refunded],
  refund_pending: ['bigint', ({ after }) => after.refundPending],
  charged_back: ['bigint', ({ after }) => after.chargedBack],
  closed_unpaid_at: ['timestamptz', ({ after }) => after.closedUnpaidAt],
  ship_by: ['timestamptz', ({ after }) => after.shipBy],
  after_sale_by: ['timestamptz', ({ after }) => after.afterSaleBy],
  after_sale_ended_at: ['timestamptz', ({ after }) => after.afterSaleEndedAt],
  next_deadline_at: ['timestamptz', ({ after }) => nextDeadline(after)]
}

const OPENED_LINE: Columns<PlacedLine> = {
  ...LINE_PLACE,
  id: ['uuid', ({ line }) => line.id],
  ref: ['text', ({ line }) => line.ref],
  seller_id: ['uuid', ({ line }) => line.sellerId],
  description: ['text', ({ line }) => line.description],
  quantity: ['integer', ({ line }) => line.quantity],
  unit_price: ['bigint', ({ line }) => line.unitPrice],
  shipping: ['bigint', ({ line }) => line.shipping],
  fulfilment: ['text', ({ line }) => line.fulfilment],
  commission_rate: ['text', ({ line }) => line.commissionRate],
  splits: ['jsonb', ({ line }) => JSON.stringify(line.splits.map(storeSplit))],
  seller_terms: ['jsonb', ({ line }) => storeSellerTerms(line.sellerTerms)],
  milestones: ['jsonb', ({ line }) => line.milestones.length === 0 ? null : JSON.stringify(line.milestones)],
  coins: ['bigint', ({ line }) => line.coins.taken],
  ...LINE_PROGRESS
}

function names (columns: object): RawBuilder<unknown> {
  return sql.raw(Object.keys(columns).join(', '))
}

function storeSplit (split: Split): StoredSplit {
  return 'rate' in split ? { partner: split.partnerId, rate: split.rate } : { partner: split.partnerId, amount: split.amount.toString() }
}
