import { sql } from 'kysely'
import type { BatchTransaction } from '../../db/transaction.ts'
import { idArray, unnest, type Columns } from '../../db/unnest.ts'
import type { RowChange, RowKind } from '../../journal/row-kind.ts'

/** Money of one payment that is owed back to where it came from. Minor units of `unit`. */
export interface Refund {
  readonly id: string
  readonly paymentId: string
  /** Null when the money was never applied to a trade. */
  readonly tradeId: string | null
  readonly unit: string
  readonly amount: bigint
  readonly status: 'payable'
  readonly createdAt: Date
}

/** Refunds: written once, when they become payable, and loaded by no operation. */
export const REFUNDS: RowKind<Refund> = {
  name: 'refund',
  rank: 40,
  idOf: (refund) => refund.id,
  load: loadRefunds,
  save: insertRefunds
}

async function loadRefunds (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<Refund[]> {
  const { rows } = await sql<Refund>`
    select id, payment_id as "paymentId", trade_id as "tradeId", unit, amount, status, created_at as "createdAt"
    from refunds where tenant_id = ${tenantId} and id = any(${idArray(ids)}::uuid[]) order by id`.execute(trx)
  return rows
}

async function insertRefunds (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<Refund>>): Promise<void> {
  await sql`
    insert into refunds (tenant_id, id, payment_id, trade_id, unit, amount, status, created_at)
    select ${tenantId}, r.* from ${unnest('r', changes.map(({ after }) => after), COLUMNS)}`.execute(trx)
}

const COLUMNS: Columns<Refund> = {
  id: ['uuid', ({ id }) => id],
  payment_id: ['uuid', ({ paymentId }) => paymentId],
  trade_id: ['uuid', ({ tradeId }) => tradeId],
  unit: ['text', ({ unit }) => unit],
  amount: ['bigint', ({ amount }) => amount],
  status: ['text', ({ status }) => status],
  created_at: ['timestamptz', ({ createdAt }) => createdAt]
}
