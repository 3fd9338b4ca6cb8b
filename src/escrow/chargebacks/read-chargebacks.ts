import { sql, type Kysely } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { idArray } from '../../db/unnest.ts'
import { externalId } from '../../kernel/ids.ts'
import { toPage, type Page } from '../../kernel/page.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { paymentClaim } from '../payments/record-payment.ts'
import type { ChargebackState } from './chargeback.ts'
import { chargebackColumns, chargebackOf, type ChargebackRow } from './chargeback-rows.ts'
import type { Reading } from './concerned.ts'
import { showChargeback, type ChargebackJson } from './show-chargeback.ts'

/** A chargeback with every transaction that it posted, in that order. */
export interface BookedChargebackJson extends ChargebackJson {
  readonly booked: ReadonlyArray<{ readonly transaction: string, readonly kind: string, readonly occurred_at: string, readonly recorded_at: string }>
}

/** What a list of chargebacks is narrowed to; inside ids, null where the text was none. */
export interface ChargebackFilter {
  readonly state: ChargebackState | undefined
  readonly trade: string | null | undefined
  readonly payment: string | null | undefined
}

/** One chargeback by its inside id (null when the text was none). Refuses `not_found` when the tenant has none of that id. */
export async function readChargeback (db: Kysely<Database>, tenantId: number, id: string | null): Promise<BookedChargebackJson> {
  const { rows } = await sql<ChargebackRow>`select ${chargebackColumns} from chargebacks where tenant_id = ${tenantId} and id = ${id}`.execute(db)
  const [shown] = await withBooked(db, tenantId, rows)
  if (shown === undefined) throw new Refusal('not_found')
  return shown
}

/** A page of a tenant's chargebacks, newest first; `before` is the inside id of the last one of the page before. */
export async function listChargebacks (
  db: Kysely<Database>, tenantId: number, { state, trade, payment }: ChargebackFilter, { limit, before }: { readonly limit: number, readonly before: string | null }
): Promise<Page<BookedChargebackJson>> {
  const conditions = [sql`tenant_id = ${tenantId}`]
  if (state !== undefined) conditions.push(sql`state = ${state}`)
  if (payment !== undefined) conditions.push(sql`payment_id = ${payment}`)
  if (trade !== undefined) {
    // By the trade's payments, which an index leads to.
    conditions.push(sql`payment_id in (select payment_id from payment_allocations where tenant_id = ${tenantId} and trade_id = ${trade})
      and jsonb_path_exists(takes, '$.trades[*] ? (@.trade == $trade)', jsonb_build_object('trade', ${trade}::text))`)
  }
  if (before !== null) conditions.push(sql`id < ${before}`)
  const { rows } = await sql<ChargebackRow>`
    select ${chargebackColumns} from chargebacks where ${sql.join(conditions, sql` and `)} order by id desc limit ${limit + 1}`.execute(db)
  const shown = await withBooked(db, tenantId, rows)
  return toPage(shown.map((json, index) => ({ json, id: rows[index]?.id ?? '' })), limit, ({ id }) => externalId('chb', id), ({ json }) => json)
}

/** The trades and refunds of the payment that a provider names so; none while it is not known. Without locks: the decision looks again. */
export async function readConcerned (db: Kysely<Database>, tenantId: number, named: { readonly provider: string, readonly providerRef: string }): Promise<Reading> {
  const { kind, key } = paymentClaim(named)
  const { rows: [row] } = await sql<{ trades: string[], refunds: string[] }>`
    select array_remove(p.trade_id || coalesce(p.other_trades, '{}'), null) as trades,
      array(select r.id from refunds r where r.tenant_id = p.tenant_id and r.payment_id = p.id order by r.id) as refunds
    from claims c join payments p on p.tenant_id = c.tenant_id and p.id = c.holder
    where c.tenant_id = ${tenantId} and c.kind = ${kind} and c.key = ${key}`.execute(db)
  return { tradeIds: row?.trades ?? [], refundIds: row?.refunds ?? [] }
}

async function withBooked (db: Kysely<Database>, tenantId: number, rows: readonly ChargebackRow[]): Promise<BookedChargebackJson[]> {
  const { rows: found } = await sql<{ id: string, kind: string, occurredAt: Date, recordedAt: Date }>`
    select id, kind, occurred_at as "occurredAt", recorded_at as "recordedAt" from transactions
    where tenant_id = ${tenantId} and id = any(${idArray(rows.flatMap(({ transactions }) => transactions))}::uuid[])`.execute(db)
  const byId = new Map(found.map((transaction) => [transaction.id, transaction]))
  return rows.map((row) => ({
    ...showChargeback(chargebackOf(row)),
    booked: row.transactions.flatMap((id) => byId.get(id) ?? []).map(({ id, kind, occurredAt, recordedAt }) =>
      ({ transaction: externalId('txn', id), kind, occurred_at: occurredAt.toISOString(), recorded_at: recordedAt.toISOString() }))
  }))
}
