import { sql, type Transaction } from 'kysely'
import type { Database } from '../db/schema.ts'
import type { RowChange, RowKind } from '../journal/row-kind.ts'

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

async function loadRefunds (trx: Transaction<Database>, tenantId: number, ids: readonly string[]): Promise<Refund[]> {
  const { rows } = await sql<Refund>`
    select id, payment_id as "paymentId", trade_id as "tradeId", unit, amount, status, created_at as "createdAt"
    from refunds where tenant_id = ${tenantId} and id = any(${ids}::uuid[]) order by id`.execute(trx)
  return rows
}

async function insertRefunds (trx: Transaction<Database>, tenantId: number, changes: ReadonlyArray<RowChange<Refund>>): Promise<void> {
  const refunds = changes.map(({ after }) => after)
  await sql`
    insert into refunds (tenant_id, id, payment_id, trade_id, unit, amount, status, created_at)
    select ${tenantId}, * from unnest(${refunds.map((refund) => refund.id)}::uuid[], ${refunds.map((refund) => refund.paymentId)}::uuid[],
      ${refunds.map((refund) => refund.tradeId)}::uuid[], ${refunds.map((refund) => refund.unit)}::text[],
      ${refunds.map((refund) => refund.amount)}::bigint[], ${refunds.map((refund) => refund.status)}::text[],
      ${refunds.map((refund) => refund.createdAt.toISOString())}::timestamptz[])`.execute(trx)
}
