import { sql, type Kysely } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { externalId } from '../../kernel/ids.ts'
import { toPage, type Page } from '../../kernel/page.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { readRefunds } from './load-refunds.ts'
import type { RefundStatus } from './refund.ts'
import { showRefund, type RefundJson } from './show-refund.ts'

/** Which refunds are wanted; ids are inside ones, null where none is asked for. */
export interface RefundFilter {
  readonly status: RefundStatus | undefined
  readonly tradeId: string | null
  readonly paymentId: string | null
}

/** One refund by its inside id (null when the text was none). Refuses `not_found` when the tenant has none of that id. */
export async function readRefund (db: Kysely<Database>, tenantId: number, id: string | null): Promise<RefundJson> {
  const [refund] = await readRefunds(db, tenantId, sql`id = ${id}`)
  if (refund === undefined) throw new Refusal('not_found')
  return showRefund(refund)
}

/** A page of a tenant's refunds, newest first; `before` is the inside id of the last one of the page before. */
export async function listRefunds (
  db: Kysely<Database>, tenantId: number, { status, tradeId, paymentId }: RefundFilter, { limit, before }: { readonly limit: number, readonly before: string | null }
): Promise<Page<RefundJson>> {
  const conditions = [sql`true`]
  if (status !== undefined) conditions.push(sql`status = ${status}`)
  if (tradeId !== null) conditions.push(sql`trade_id = ${tradeId}`)
  if (paymentId !== null) conditions.push(sql`payment_id = ${paymentId}`)
  if (before !== null) conditions.push(sql`id < ${before}`)
  const refunds = await readRefunds(db, tenantId, sql`${sql.join(conditions, sql` and `)} order by id desc limit ${limit + 1}`)
  return toPage(refunds, limit, ({ id }) => externalId('rfd', id), showRefund)
}
