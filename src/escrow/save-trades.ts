import { sql, type Transaction } from 'kysely'
import type { Database } from '../db/schema.ts'
import type { RowChange } from '../journal/row-kind.ts'
import { nextDeadline } from './deadlines.ts'
import type { StoredSplit } from './load-trades.ts'
import { saveAllocations } from './save-allocations.ts'
import { lineState, tradeState } from './states.ts'
import type { Line, Split, Trade } from './trade.ts'

/** A line with its place in its trade. */
interface PlacedLine {
  readonly trade: Trade
  readonly line: Line
  /** From 1. */
  readonly position: number
}

/**
 * Writes new and changed trades: of a changed one its money, state and deadline, and those of its lines that changed.
 * Throws when a trade is not as it was loaded.
 */
export async function saveTrades (trx: Transaction<Database>, tenantId: number, changes: ReadonlyArray<RowChange<Trade>>): Promise<void> {
  const opened = changes.flatMap(({ before, after }) => before === null ? [after] : [])
  const changed = changes.flatMap(({ before, after }) => before === null ? [] : [{ before, after }])
  if (opened.length > 0) await insertTrades(trx, tenantId, opened)
  if (changed.length > 0) await updateTrades(trx, tenantId, changed)
  await saveAllocations(trx, tenantId, changes)
}

async function insertTrades (trx: Transaction<Database>, tenantId: number, trades: readonly Trade[]): Promise<void> {
  const lines = trades.flatMap((trade) => placedLines(trade))
  await sql`
    with new_trades as (
      insert into trades (tenant_id, id, external_ref, buyer_id, currency, fee_base, state, revision, version, total, coins_value, paid,
        released, refunded, refund_pending, charged_back, created_at, pay_by, closed_unpaid_at, next_deadline_at, next_attempt_at)
      select ${tenantId}, t.*, t.next_deadline_at
      from unnest(${trades.map((trade) => trade.id)}::uuid[], ${trades.map((trade) => trade.externalRef)}::text[],
        ${trades.map((trade) => trade.buyerId)}::uuid[], ${trades.map((trade) => trade.currency)}::text[],
        ${trades.map((trade) => trade.feeBase)}::text[], ${trades.map(tradeState)}::text[],
        ${trades.map((trade) => trade.revision)}::integer[], ${trades.map((trade) => trade.version)}::integer[],
        ${trades.map((trade) => trade.total)}::bigint[], ${trades.map((trade) => trade.coinsValue)}::bigint[],
        ${trades.map((trade) => trade.paid)}::bigint[], ${trades.map((trade) => trade.released)}::bigint[],
        ${trades.map((trade) => trade.refunded)}::bigint[], ${trades.map((trade) => trade.refundPending)}::bigint[],
        ${trades.map((trade) => trade.chargedBack)}::bigint[], ${trades.map((trade) => timeText(trade.createdAt))}::timestamptz[],
        ${trades.map((trade) => timeText(trade.payBy))}::timestamptz[], ${trades.map((trade) => timeText(trade.closedUnpaidAt))}::timestamptz[],
        ${trades.map((trade) => timeText(nextDeadline(trade)))}::timestamptz[])
        as t (id, external_ref, buyer_id, currency, fee_base, state, revision, version, total, coins_value, paid,
          released, refunded, refund_pending, charged_back, created_at, pay_by, closed_unpaid_at, next_deadline_at)
    )
    insert into trade_lines (tenant_id, trade_id, position, id, ref, seller_id, description, quantity, unit_price, shipping, fulfilment,
      commission_rate, splits, state, shipped, confirmed, refunded, released_shipping, settled_shipping, commission_posted, confirm_by, split_posted)
    select ${tenantId}, trade_id, position, id, ref, seller_id, description, quantity, unit_price, shipping, fulfilment,
      commission_rate, splits, state, shipped, confirmed, refunded, released_shipping, settled_shipping, commission_posted, confirm_by, split_posted::bigint[]
    from unnest(${lines.map(({ trade }) => trade.id)}::uuid[], ${lines.map(({ position }) => position)}::smallint[],
      ${lines.map(({ line }) => line.id)}::uuid[], ${lines.map(({ line }) => line.ref)}::text[], ${lines.map(({ line }) => line.sellerId)}::uuid[],
      ${lines.map(({ line }) => line.description)}::text[], ${lines.map(({ line }) => line.quantity)}::integer[],
      ${lines.map(({ line }) => line.unitPrice)}::bigint[], ${lines.map(({ line }) => line.shipping)}::bigint[],
      ${lines.map(({ line }) => line.fulfilment)}::text[], ${lines.map(({ line }) => line.commissionRate)}::text[],
      ${lines.map(({ line }) => JSON.stringify(line.splits.map(storeSplit)))}::jsonb[], ${progressOf(lines)})
      as l (trade_id, position, id, ref, seller_id, description, quantity, unit_price, shipping, fulfilment, commission_rate, splits,
        state, shipped, confirmed, refunded, released_shipping, settled_shipping, commission_posted, confirm_by, split_posted)`.execute(trx)
}

async function updateTrades (
  trx: Transaction<Database>, tenantId: number, changes: ReadonlyArray<{ readonly before: Trade, readonly after: Trade }>
): Promise<void> {
  const trades = changes.map(({ after }) => after)
  const lines = changes.flatMap(({ before, after }) => placedLines(after).filter(({ line, position }) => {
    const loaded = before.lines[position - 1]
    // A line's state may change with its trade's, though nothing else of it does.
    return loaded === undefined || line !== loaded || lineState(after, line) !== lineState(before, loaded)
  }))
  const { rows } = await sql<{ trades: bigint, lines: bigint }>`
    with changed_trades as (
      update trades t set state = c.state, version = c.version, paid = c.paid, released = c.released, refunded = c.refunded,
        refund_pending = c.refund_pending, closed_unpaid_at = c.closed_unpaid_at,
        next_deadline_at = c.next_deadline_at, next_attempt_at = c.next_deadline_at
      from unnest(${trades.map((trade) => trade.id)}::uuid[], ${changes.map(({ before }) => before.version)}::integer[],
        ${trades.map(tradeState)}::text[], ${trades.map((trade) => trade.version)}::integer[], ${trades.map((trade) => trade.paid)}::bigint[],
        ${trades.map((trade) => trade.released)}::bigint[], ${trades.map((trade) => trade.refunded)}::bigint[],
        ${trades.map((trade) => trade.refundPending)}::bigint[], ${trades.map((trade) => timeText(trade.closedUnpaidAt))}::timestamptz[],
        ${trades.map((trade) => timeText(nextDeadline(trade)))}::timestamptz[])
        as c (id, loaded_version, state, version, paid, released, refunded, refund_pending, closed_unpaid_at, next_deadline_at)
      where t.tenant_id = ${tenantId} and t.id = c.id and t.version = c.loaded_version
      returning 1
    ), changed_lines as (
      update trade_lines l set state = c.state, shipped = c.shipped, confirmed = c.confirmed, refunded = c.refunded,
        released_shipping = c.released_shipping, settled_shipping = c.settled_shipping, commission_posted = c.commission_posted,
        confirm_by = c.confirm_by, split_posted = c.split_posted::bigint[]
      from unnest(${lines.map(({ trade }) => trade.id)}::uuid[], ${lines.map(({ position }) => position)}::smallint[], ${progressOf(lines)})
        as c (trade_id, position, state, shipped, confirmed, refunded, released_shipping, settled_shipping, commission_posted, confirm_by, split_posted)
      where l.tenant_id = ${tenantId} and l.trade_id = c.trade_id and l.position = c.position
      returning 1
    )
    select (select count(*) from changed_trades) as trades, (select count(*) from changed_lines) as lines`.execute(trx)
  const done = rows[0]
  if (Number(done?.trades) !== trades.length) throw new Error('a trade changed while it was locked')
  if (Number(done?.lines) !== lines.length) throw new Error('a line of a trade is missing')
}

/** The columns of `trade_lines` that change, as arrays in one order: state … split_posted. */
function progressOf (lines: readonly PlacedLine[]) {
  return sql`${lines.map(({ trade, line }) => lineState(trade, line))}::text[], ${lines.map(({ line }) => line.shipped)}::integer[],
    ${lines.map(({ line }) => line.confirmed)}::integer[], ${lines.map(({ line }) => line.refunded)}::integer[],
    ${lines.map(({ line }) => line.releasedShipping)}::bigint[], ${lines.map(({ line }) => line.settledShipping)}::bigint[],
    ${lines.map(({ line }) => line.commissionPosted)}::bigint[], ${lines.map(({ line }) => timeText(line.confirmBy))}::timestamptz[],
    ${lines.map(({ line }) => `{${line.splitPosted.join(',')}}`)}::text[]`
}

function placedLines (trade: Trade): PlacedLine[] {
  return trade.lines.map((line, index) => ({ trade, line, position: index + 1 }))
}

function storeSplit (split: Split): StoredSplit {
  return 'rate' in split ? { partner: split.partnerId, rate: split.rate } : { partner: split.partnerId, amount: split.amount.toString() }
}

function timeText (time: Date | null): string | null {
  return time === null ? null : time.toISOString()
}
