import { sql } from 'kysely'
import type { BatchTransaction } from '../../db/transaction.ts'
import { eachId, idArray, unnest, type Columns } from '../../db/unnest.ts'
import type { RowChange, RowKind } from '../../journal/row-kind.ts'

/** Whose identities a trade names for customs, by inside ids: who paid, who ordered, and to whom it goes. */
export interface TradeCustoms {
  readonly tradeId: string
  readonly payerId: string
  readonly ordererId: string
  readonly consigneeId: string
  /** When the trade was declared first; its parties are frozen from then on. */
  readonly declaredAt: Date | null
  /** The hold that waits for a match; null where none does. */
  readonly holdId: string | null
  /** The match that is to lift it. */
  readonly clearedBy: string | null
  readonly version: number
}

/** The customs side of trades, by the trade's id; locked after the trade itself. */
export const TRADE_CUSTOMS: RowKind<TradeCustoms> = {
  name: 'trade customs',
  rank: 22,
  idOf: ({ tradeId }) => tradeId,
  load: loadCustoms,
  save: saveCustoms
}

/** What is read of an identity that a trade is to name. */
export interface KnownIdentity {
  readonly id: string
  readonly isErased: boolean
}

/** Identities by their ids, without what is in them; read by whoever names them, and not locked. */
export const KNOWN_IDENTITIES: RowKind<KnownIdentity> = {
  name: 'identity',
  rank: 6,
  idOf: ({ id }) => id,
  load: loadIdentities,
  save: () => { throw new Error('identities are not written by the Journal') }
}

/** What a `TradeCustoms` is read from. */
export const customsColumns = sql`
  trade_id as "tradeId", payer_id as "payerId", orderer_id as "ordererId", consignee_id as "consigneeId", declared_at as "declaredAt",
  hold_id as "holdId", cleared_by as "clearedBy", version`

async function loadCustoms (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<TradeCustoms[]> {
  const { rows } = await sql<TradeCustoms>`
    select ${customsColumns} from trade_customs where tenant_id = ${tenantId} and trade_id = any(${idArray(ids)}::uuid[]) order by trade_id for no key update`.execute(trx)
  return rows
}

async function loadIdentities (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<KnownIdentity[]> {
  const { rows } = await sql<KnownIdentity>`
    select identity.* from ${eachId(ids)}
    cross join lateral (
      select id, erased_at is not null as "isErased" from identities where tenant_id = ${tenantId} and id = wanted.id limit 1
    ) as identity`.execute(trx)
  return rows
}

async function saveCustoms (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<TradeCustoms>>): Promise<void> {
  const added = changes.flatMap(({ before, after }) => before === null ? [after] : [])
  const changed = changes.flatMap(({ before, after }) => before === null ? [] : [after])
  await Promise.all([
    added.length === 0
      ? null
      : sql`
        insert into trade_customs (tenant_id, trade_id, payer_id, orderer_id, consignee_id, declared_at, hold_id, cleared_by, version)
        select ${tenantId}, a.* from ${unnest('a', added, COLUMNS)}`.execute(trx),
    changed.length === 0
      ? null
      : sql`
        with changed as (
          update trade_customs t set payer_id = c.payer_id, orderer_id = c.orderer_id, consignee_id = c.consignee_id, declared_at = c.declared_at,
            hold_id = c.hold_id, cleared_by = c.cleared_by, lift_at = case when c.cleared_by is not null then t.lift_at end, version = c.version
          from ${unnest('c', changed, COLUMNS)}
          where t.tenant_id = ${tenantId} and t.trade_id = c.trade_id
          returning 1
        )
        select demand(count(*) = ${changed.length}, 'the customs side of a trade is missing') from changed`.execute(trx)
  ])
}

const COLUMNS: Columns<TradeCustoms> = {
  trade_id: ['uuid', ({ tradeId }) => tradeId],
  payer_id: ['uuid', ({ payerId }) => payerId],
  orderer_id: ['uuid', ({ ordererId }) => ordererId],
  consignee_id: ['uuid', ({ consigneeId }) => consigneeId],
  declared_at: ['timestamptz', ({ declaredAt }) => declaredAt],
  hold_id: ['uuid', ({ holdId }) => holdId],
  cleared_by: ['uuid', ({ clearedBy }) => clearedBy],
  version: ['integer', ({ version }) => version]
}
