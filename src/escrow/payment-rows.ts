import { sql, type Transaction } from 'kysely'
import type { Database } from '../db/schema.ts'
import type { RowChange, RowKind } from '../journal/row-kind.ts'

/** What a provider told us of money that came in, and what became of it: applied + inSuspense + returned = amount, minor units. */
export interface Payment {
  readonly id: string
  /** The provider's name, and its own name for the payment: together they are one payment for ever. */
  readonly provider: string
  readonly providerRef: string
  readonly unit: string
  readonly amount: bigint
  readonly occurredAt: Date
  /** The trade it was reported for, or was matched to first. */
  readonly tradeId: string | null
  readonly tradeExternalRef: string | null
  readonly applied: bigint
  readonly inSuspense: bigint
  readonly returned: bigint
  readonly createdAt: Date
  readonly version: number
}

/** Payments: locked and read by the operations that match them or give them back. */
export const PAYMENTS: RowKind<Payment> = {
  name: 'payment',
  rank: 30,
  idOf: (payment) => payment.id,
  load: loadPayments,
  save: savePayments
}

/** What a `Payment` is read from. */
export const paymentColumns = sql`
  id, provider, provider_ref as "providerRef", unit, amount, occurred_at as "occurredAt", trade_id as "tradeId",
  trade_external_ref as "tradeExternalRef", applied, in_suspense as "inSuspense", returned, created_at as "createdAt", version`

async function loadPayments (trx: Transaction<Database>, tenantId: number, ids: readonly string[]): Promise<Payment[]> {
  const { rows } = await sql<Payment>`
    select ${paymentColumns} from payments where tenant_id = ${tenantId} and id = any(${ids}::uuid[])
    order by id for no key update`.execute(trx)
  return rows
}

async function savePayments (trx: Transaction<Database>, tenantId: number, changes: ReadonlyArray<RowChange<Payment>>): Promise<void> {
  const added = changes.flatMap(({ before, after }) => before === null ? [after] : [])
  const changed = changes.flatMap(({ before, after }) => before === null ? [] : [{ before, after }])
  const { rows } = await sql<{ changed: bigint }>`
    with added as (
      insert into payments (tenant_id, id, provider, provider_ref, unit, amount, occurred_at, trade_id, trade_external_ref,
        applied, in_suspense, returned, created_at, version)
      select ${tenantId}, * from unnest(${added.map((payment) => payment.id)}::uuid[], ${added.map((payment) => payment.provider)}::text[],
        ${added.map((payment) => payment.providerRef)}::text[], ${added.map((payment) => payment.unit)}::text[],
        ${added.map((payment) => payment.amount)}::bigint[], ${added.map((payment) => payment.occurredAt.toISOString())}::timestamptz[],
        ${added.map((payment) => payment.tradeId)}::uuid[], ${added.map((payment) => payment.tradeExternalRef)}::text[],
        ${added.map((payment) => payment.applied)}::bigint[], ${added.map((payment) => payment.inSuspense)}::bigint[],
        ${added.map((payment) => payment.returned)}::bigint[], ${added.map((payment) => payment.createdAt.toISOString())}::timestamptz[],
        ${added.map((payment) => payment.version)}::integer[])
    ), changed as (
      update payments p set trade_id = c.trade_id, applied = c.applied, in_suspense = c.in_suspense, returned = c.returned, version = c.version
      from unnest(${changed.map(({ after }) => after.id)}::uuid[], ${changed.map(({ before }) => before.version)}::integer[],
        ${changed.map(({ after }) => after.tradeId)}::uuid[], ${changed.map(({ after }) => after.applied)}::bigint[],
        ${changed.map(({ after }) => after.inSuspense)}::bigint[], ${changed.map(({ after }) => after.returned)}::bigint[],
        ${changed.map(({ after }) => after.version)}::integer[])
        as c (id, loaded_version, trade_id, applied, in_suspense, returned, version)
      where p.tenant_id = ${tenantId} and p.id = c.id and p.version = c.loaded_version
      returning 1
    )
    select count(*) as changed from changed`.execute(trx)
  if (Number(rows[0]?.changed) !== changed.length) throw new Error('a payment changed while it was locked')
}
