import { sql } from 'kysely'
import type { BatchTransaction } from '../../db/transaction.ts'
import { eachId, sendFor, unnest, type Columns } from '../../db/unnest.ts'
import type { RowChange, RowKind } from '../../journal/row-kind.ts'

/** Why money of a payment went to suspense. */
export const SUSPENSE_REASONS = ['unknown_trade', 'other_currency', 'other_revision', 'not_awaiting_payment', 'too_many_payments', 'surplus'] as const
export type SuspenseReason = (typeof SUSPENSE_REASONS)[number]

/** What a provider told us of money that came in, and what became of it: applied + inSuspense + returned + chargedBack = amount, minor units. */
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
  /** The other trades that it was matched to, in that order. */
  readonly otherTrades: readonly string[]
  readonly applied: bigint
  readonly inSuspense: bigint
  /** Why its trade did not take all of it when it came; null when it did. */
  readonly suspenseReason: SuspenseReason | null
  readonly returned: bigint
  /** What the provider took back of what no trade took. */
  readonly chargedBack: bigint
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
  trade_external_ref as "tradeExternalRef", coalesce(other_trades, '{}') as "otherTrades", applied, in_suspense as "inSuspense", suspense_reason as "suspenseReason",
  returned, charged_back as "chargedBack", created_at as "createdAt", version`

async function loadPayments (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<Payment[]> {
  const { rows } = await sql<Payment>`
    select payment.* from ${eachId(ids)}
    cross join lateral (
      select ${paymentColumns} from payments where tenant_id = ${tenantId} and id = wanted.id limit 1 for no key update
    ) as payment`.execute(trx)
  return rows
}

async function savePayments (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<Payment>>): Promise<void> {
  const added = changes.flatMap(({ before, after }) => before === null ? [after] : [])
  const changed = changes.flatMap(({ before, after }) => before === null ? [] : [{ before, after }])
  await Promise.all([
    added.length === 0
      ? null
      : sql`
        insert into payments (tenant_id, id, provider, provider_ref, unit, amount, occurred_at, trade_id, trade_external_ref,
          applied, in_suspense, suspense_reason, returned, created_at, version)
        select ${tenantId}, p.* from ${unnest('p', added, ADDED)}`.execute(trx),
    sendFor(changed, async (part) => await sql`
      with changed as (
        update payments p set trade_id = c.trade_id, other_trades = c.other_trades::uuid[], applied = c.applied, in_suspense = c.in_suspense,
          returned = c.returned, charged_back = c.charged_back, version = c.version
        from ${unnest('c', part, CHANGED)}
        where p.tenant_id = ${tenantId} and p.id = c.id and p.version = c.loaded_version
        returning 1
      )
      select demand(count(*) = ${part.length}, 'a payment changed while it was locked') from changed`.execute(trx))
  ])
}

const ADDED: Columns<Payment> = {
  id: ['uuid', ({ id }) => id],
  provider: ['text', ({ provider }) => provider],
  provider_ref: ['text', ({ providerRef }) => providerRef],
  unit: ['text', ({ unit }) => unit],
  amount: ['bigint', ({ amount }) => amount],
  occurred_at: ['timestamptz', ({ occurredAt }) => occurredAt],
  trade_id: ['uuid', ({ tradeId }) => tradeId],
  trade_external_ref: ['text', ({ tradeExternalRef }) => tradeExternalRef],
  applied: ['bigint', ({ applied }) => applied],
  in_suspense: ['bigint', ({ inSuspense }) => inSuspense],
  suspense_reason: ['text', ({ suspenseReason }) => suspenseReason],
  returned: ['bigint', ({ returned }) => returned],
  created_at: ['timestamptz', ({ createdAt }) => createdAt],
  version: ['integer', ({ version }) => version]
}

const CHANGED: Columns<{ readonly before: Payment, readonly after: Payment }> = {
  id: ['uuid', ({ after }) => after.id],
  loaded_version: ['integer', ({ before }) => before.version],
  trade_id: ['uuid', ({ after }) => after.tradeId],
  // An array inside an array would lose its borders: it travels as text.
  other_trades: ['text', ({ after }) => after.otherTrades.length === 0 ? null : `{${after.otherTrades.join(',')}}`],
  applied: ['bigint', ({ after }) => after.applied],
  in_suspense: ['bigint', ({ after }) => after.inSuspense],
  returned: ['bigint', ({ after }) => after.returned],
  charged_back: ['bigint', ({ after }) => after.chargedBack],
  version: ['integer', ({ after }) => after.version]
}
