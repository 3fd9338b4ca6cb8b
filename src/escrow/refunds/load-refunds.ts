import { sql, type QueryExecutorProvider, type RawBuilder } from 'kysely'
import type { BatchTransaction } from '../../db/transaction.ts'
import { eachId } from '../../db/unnest.ts'
import type { Refund, RefundAttempt } from './refund.ts'

/** Locks refunds in id order, then reads their attempts: what a lock had to wait for is seen. Both statements are sent at once and run one after the other. */
export async function loadRefunds (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<Refund[]> {
  const [{ rows: roots }, attempts] = await Promise.all([
    sql<RefundRoot>`
      select refund.* from ${eachId(ids)}
      cross join lateral (
        select ${ROOT_COLUMNS} from refunds where tenant_id = ${tenantId} and id = wanted.id limit 1 for no key update
      ) as refund`.execute(trx),
    readAttempts(trx, tenantId, ids)
  ])
  return assemble(roots, attempts)
}

/** Reads the refunds that a condition (and an order) selects from `refunds`, with their attempts, without locking them. */
export async function readRefunds (db: QueryExecutorProvider, tenantId: number, selection: RawBuilder<unknown>): Promise<Refund[]> {
  const { rows: roots } = await sql<RefundRoot>`select ${ROOT_COLUMNS} from refunds where tenant_id = ${tenantId} and ${selection}`.execute(db)
  return roots.length === 0 ? [] : assemble(roots, await readAttempts(db, tenantId, roots.map(({ id }) => id)))
}

type RefundRoot = Omit<Refund, 'attempts'>

const ROOT_COLUMNS = sql`
  id, payment_id as "paymentId", trade_id as "tradeId", unit, amount, status, created_at as "createdAt", version`

type AttemptRow = RefundAttempt & { readonly refundId: string }

async function readAttempts (db: QueryExecutorProvider, tenantId: number, refundIds: readonly string[]): Promise<AttemptRow[]> {
  const { rows } = await sql<AttemptRow>`
    select attempt.* from ${eachId(refundIds)} cross join lateral (
      select refund_id as "refundId", channel, account, reference, outcome, reason, excess,
        occurred_at as "occurredAt", decided_at as "decidedAt", created_at as "createdAt"
      from refund_attempts where tenant_id = ${tenantId} and refund_id = wanted.id
      order by position offset 0
    ) as attempt`.execute(db)
  return rows
}

function assemble (roots: readonly RefundRoot[], attempts: readonly AttemptRow[]): Refund[] {
  const byRefund = new Map<string, RefundAttempt[]>()
  for (const { refundId, ...attempt } of attempts) byRefund.set(refundId, [...byRefund.get(refundId) ?? [], attempt])
  return roots.map((root) => ({ ...root, attempts: byRefund.get(root.id) ?? [] }))
}
