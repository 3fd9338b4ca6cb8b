import { sql } from 'kysely'
import type { BatchTransaction } from '../../db/transaction.ts'
import { sendFor, unnest, type Columns } from '../../db/unnest.ts'
import type { RowChange } from '../../journal/row-kind.ts'
import type { Allocation, Trade } from './trade.ts'

/** An allocation with its place in its trade, from 1. */
interface PlacedAllocation {
  readonly tradeId: string
  readonly position: number
  readonly allocation: Allocation
}

const PLACE: Columns<PlacedAllocation> = {
  trade_id: ['uuid', ({ tradeId }) => tradeId],
  position: ['smallint', ({ position }) => position]
}

const ADDED: Columns<PlacedAllocation> = {
  ...PLACE,
  payment_id: ['uuid', ({ allocation }) => allocation.paymentId],
  amount: ['bigint', ({ allocation }) => allocation.amount],
  refunded: ['bigint', ({ allocation }) => allocation.refunded],
  charged_back: ['bigint', ({ allocation }) => allocation.chargedBack]
}

const CHANGED: Columns<PlacedAllocation> = {
  ...PLACE,
  amount: ['bigint', ({ allocation }) => allocation.amount],
  refunded: ['bigint', ({ allocation }) => allocation.refunded],
  charged_back: ['bigint', ({ allocation }) => allocation.chargedBack]
}

/** Writes the allocations that came to trades, and those whose amounts changed. Fails when one is missing. */
export async function saveAllocations (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<Trade>>): Promise<void> {
  const placed = changes.flatMap(({ before, after }) => after.allocations.map((allocation, index) =>
    ({ tradeId: after.id, position: index + 1, allocation, known: before?.allocations[index] ?? null })))
  const added = placed.filter(({ known }) => known === null)
  const changed = placed.filter(({ known, allocation }) => known !== null && known !== allocation)
  await Promise.all([
    added.length === 0
      ? null
      : sql`
        insert into payment_allocations (tenant_id, trade_id, position, payment_id, amount, refunded, charged_back)
        select ${tenantId}, a.* from ${unnest('a', added, ADDED)}`.execute(trx),
    sendFor(changed, async (part) => await sql`
      with changed as (
        update payment_allocations a set amount = c.amount, refunded = c.refunded, charged_back = c.charged_back
        from ${unnest('c', part, CHANGED)}
        where a.tenant_id = ${tenantId} and a.trade_id = c.trade_id and a.position = c.position
        returning 1
      )
      select demand(count(*) = ${part.length}, 'an allocation of a trade is missing') from changed`.execute(trx))
  ])
}
