import { sql, type Transaction } from 'kysely'
import type { Database } from '../db/schema.ts'
import type { RowChange } from '../journal/row-kind.ts'
import type { Trade } from './trade.ts'

/** Writes the allocations that came to trades, and those whose amounts changed. Throws when one is missing. */
export async function saveAllocations (trx: Transaction<Database>, tenantId: number, changes: ReadonlyArray<RowChange<Trade>>): Promise<void> {
  const placed = changes.flatMap(({ before, after }) => after.allocations.map((allocation, index) =>
    ({ tradeId: after.id, position: index + 1, allocation, known: before?.allocations[index] ?? null })))
  const added = placed.filter(({ known }) => known === null)
  const changed = placed.filter(({ known, allocation }) => known !== null && known !== allocation)
  if (added.length === 0 && changed.length === 0) return
  const { rows } = await sql<{ changed: bigint }>`
    with added as (
      insert into payment_allocations (tenant_id, trade_id, position, payment_id, amount, refunded, charged_back)
      select ${tenantId}, * from unnest(${added.map(({ tradeId }) => tradeId)}::uuid[], ${added.map(({ position }) => position)}::smallint[],
        ${added.map(({ allocation }) => allocation.paymentId)}::uuid[], ${added.map(({ allocation }) => allocation.amount)}::bigint[],
        ${added.map(({ allocation }) => allocation.refunded)}::bigint[], ${added.map(({ allocation }) => allocation.chargedBack)}::bigint[])
    ), changed as (
      update payment_allocations a set amount = c.amount, refunded = c.refunded
      from unnest(${changed.map(({ tradeId }) => tradeId)}::uuid[], ${changed.map(({ position }) => position)}::smallint[],
        ${changed.map(({ allocation }) => allocation.amount)}::bigint[], ${changed.map(({ allocation }) => allocation.refunded)}::bigint[])
        as c (trade_id, position, amount, refunded)
      where a.tenant_id = ${tenantId} and a.trade_id = c.trade_id and a.position = c.position
      returning 1
    )
    select count(*) as changed from changed`.execute(trx)
  if (Number(rows[0]?.changed) !== changed.length) throw new Error('an allocation of a trade is missing')
}
