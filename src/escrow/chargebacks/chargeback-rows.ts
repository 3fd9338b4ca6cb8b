import { sql } from 'kysely'
import type { BatchTransaction } from '../../db/transaction.ts'
import { eachId, sendFor, unnest, type Columns } from '../../db/unnest.ts'
import type { Claim } from '../../journal/operation.ts'
import type { RowChange, RowKind } from '../../journal/row-kind.ts'
import type { Chargeback } from './chargeback.ts'
import { readTakes, storeTakes, type StoredTakes } from './store-takes.ts'

/** Chargebacks: locked before the refunds and trades that they take money from, because they name them. */
export const CHARGEBACKS: RowKind<Chargeback> = {
  name: 'chargeback',
  rank: 12,
  idOf: (chargeback) => chargeback.id,
  load: loadChargebacks,
  save: saveChargebacks
}

/** The claim that makes a provider's reference one chargeback for ever. */
export function chargebackClaim ({ provider, providerRef }: Pick<Chargeback, 'provider' | 'providerRef'>): Claim {
  return { kind: 'chargeback', key: `${provider}:${providerRef}` }
}

/** A row as the database has it. */
export type ChargebackRow = Omit<Chargeback, 'takes'> & { readonly takes: StoredTakes | null }

/** What a `ChargebackRow` is read from. */
export const chargebackColumns = sql`
  id, provider, provider_ref as "providerRef", state, payment_provider_ref as "paymentProviderRef", amount, fee, opened_at as "openedAt", unit,
  outcome, outcome_fee as "outcomeFee", fee_returned as "feeReturned", decided_at as "decidedAt", payment_id as "paymentId", takes, transactions,
  created_at as "createdAt", version`

/** The chargeback of a row. */
export function chargebackOf (row: ChargebackRow): Chargeback {
  return { ...row, takes: row.takes === null ? null : readTakes(row.takes) }
}

async function loadChargebacks (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<Chargeback[]> {
  const { rows } = await sql<ChargebackRow>`
    select chargeback.* from ${eachId(ids)}
    cross join lateral (
      select ${chargebackColumns} from chargebacks where tenant_id = ${tenantId} and id = wanted.id limit 1 for no key update
    ) as chargeback`.execute(trx)
  return rows.map(chargebackOf)
}

/** Writes new and changed chargebacks. Fails when one is not as it was loaded. */
async function saveChargebacks (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<Chargeback>>): Promise<void> {
  const added = changes.flatMap(({ before, after }) => before === null ? [after] : [])
  const changed = changes.flatMap(({ before, after }) => before === null ? [] : [{ before, after }])
  await Promise.all([
    added.length === 0
      ? null
      : sql`
        insert into chargebacks (tenant_id, ${sql.raw(Object.keys({ ...ADDED, ...TOLD }).join(', '))}, transactions)
        select ${tenantId}, ${sql.raw(Object.keys({ ...ADDED, ...TOLD }).join(', '))}, transactions::uuid[]
        from ${unnest('c', added, { ...ADDED, ...TOLD, ...TRANSACTIONS })}`.execute(trx),
    sendFor(changed, async (part) => await sql`
      with changed as (
        update chargebacks b set ${sql.raw(Object.keys(TOLD).map((name) => `${name} = c.${name}`).join(', '))}, transactions = c.transactions::uuid[]
        from ${unnest('c', part.map(({ before, after }) => ({ ...after, loadedVersion: before.version })), { ...CHANGED, ...TOLD, ...TRANSACTIONS })}
        where b.tenant_id = ${tenantId} and b.id = c.id and b.version = c.loaded_version
        returning 1
      )
      select demand(count(*) = ${part.length}, 'a chargeback changed while it was locked') from changed`.execute(trx))
  ])
}

const ADDED: Columns<Chargeback> = {
  id: ['uuid', ({ id }) => id],
  provider: ['text', ({ provider }) => provider],
  provider_ref: ['text', ({ providerRef }) => providerRef],
  created_at: ['timestamptz', ({ createdAt }) => createdAt]
}

const CHANGED: Columns<Chargeback & { readonly loadedVersion: number }> = {
  id: ['uuid', ({ id }) => id],
  loaded_version: ['integer', ({ loadedVersion }) => loadedVersion]
}

const TOLD: Columns<Chargeback> = {
  state: ['text', ({ state }) => state],
  payment_provider_ref: ['text', ({ paymentProviderRef }) => paymentProviderRef],
  amount: ['bigint', ({ amount }) => amount],
  fee: ['bigint', ({ fee }) => fee],
  opened_at: ['timestamptz', ({ openedAt }) => openedAt],
  unit: ['text', ({ unit }) => unit],
  outcome: ['text', ({ outcome }) => outcome],
  outcome_fee: ['bigint', ({ outcomeFee }) => outcomeFee],
  fee_returned: ['bigint', ({ feeReturned }) => feeReturned],
  decided_at: ['timestamptz', ({ decidedAt }) => decidedAt],
  payment_id: ['uuid', ({ paymentId }) => paymentId],
  takes: ['jsonb', ({ takes }) => takes === null ? null : storeTakes(takes)],
  version: ['integer', ({ version }) => version]
}

/** An array inside an array would lose its borders: it travels as text. */
const TRANSACTIONS: Columns<Chargeback> = { transactions: ['text', ({ transactions }) => `{${transactions.join(',')}}`] }
