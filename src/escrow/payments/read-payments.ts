import { sql, type Kysely } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { externalId } from '../../kernel/ids.ts'
import { toPage, type Page } from '../../kernel/page.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { paymentColumns, type Payment } from './payment-rows.ts'
import { paymentClaim } from './record-payment.ts'
import { showPayment, type PaymentJson } from './show-payment.ts'

/** Which payments are wanted. */
export interface PaymentFilter {
  readonly provider: string | undefined
  readonly providerRef: string | undefined
  readonly inSuspense: boolean | undefined
}

/** One payment by its inside id (null when the text was none). Refuses `not_found` when the tenant has none of that id. */
export async function readPayment (db: Kysely<Database>, tenantId: number, id: string | null): Promise<PaymentJson> {
  const { rows } = await sql<Payment>`select ${paymentColumns} from payments where tenant_id = ${tenantId} and id = ${id}`.execute(db)
  if (rows[0] === undefined) throw new Refusal('not_found')
  return showPayment(rows[0])
}

/**
 * A page of a tenant's payments, newest first; `before` is the inside id of the last one of the page before.
 * Refuses `invalid_request` for a provider's reference without its provider.
 */
export async function listPayments (
  db: Kysely<Database>,
  tenantId: number,
  { provider, providerRef, inSuspense }: PaymentFilter,
  { limit, before }: { readonly limit: number, readonly before: string | null }
): Promise<Page<PaymentJson>> {
  const conditions = [sql`tenant_id = ${tenantId}`]
  if (provider !== undefined) conditions.push(sql`provider = ${provider}`)
  if (providerRef !== undefined) {
    if (provider === undefined) throw refuseLoneReference()
    const { kind, key } = paymentClaim({ provider, providerRef })
    conditions.push(sql`id in (select holder from claims where tenant_id = ${tenantId} and kind = ${kind} and key = ${key})`)
  }
  if (inSuspense !== undefined) conditions.push(inSuspense ? sql`in_suspense > 0` : sql`in_suspense = 0`)
  if (before !== null) conditions.push(sql`id < ${before}`)
  const { rows } = await sql<Payment>`
    select ${paymentColumns} from payments where ${sql.join(conditions, sql` and `)} order by id desc limit ${limit + 1}`.execute(db)
  return toPage(rows, limit, (payment) => externalId('pay', payment.id), showPayment)
}

function refuseLoneReference (): Refusal {
  const detail = 'A provider\'s reference means something only together with the provider: send `provider` as well.'
  return new Refusal('invalid_request', detail, { errors: [{ pointer: '/provider', code: 'required', detail }] })
}
