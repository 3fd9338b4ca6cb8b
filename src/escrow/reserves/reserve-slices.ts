import { sql } from 'kysely'
import type { BatchTransaction } from '../../db/transaction.ts'
import { idArray, unnest, type Columns } from '../../db/unnest.ts'
import type { RowChange, RowKind } from '../../journal/row-kind.ts'

/** What was kept back of one release to a seller. Minor units of `unit`. */
export interface ReserveSlice {
  readonly id: string
  readonly partyId: string
  readonly tradeId: string
  readonly lineId: string
  readonly unit: string
  readonly amount: bigint
  /** The credits of the seller's reserve account right after the slice was put into it. */
  readonly upto: bigint
  readonly createdAt: Date
  readonly maturesAt: Date
  readonly maturedAt: Date | null
  /** What went on to the seller when it matured. */
  readonly released: bigint | null
}

/** Slices of sellers' reserves: written with the release that they are kept back of, loaded only when they mature. */
export const RESERVE_SLICES: RowKind<ReserveSlice> = {
  name: 'reserve slice',
  rank: 45,
  idOf: (slice) => slice.id,
  load: loadSlices,
  save: saveSlices
}

/** What a `ReserveSlice` is read from. */
export const sliceColumns = sql`
  id, party_id as "partyId", trade_id as "tradeId", line_id as "lineId", unit, amount, upto, created_at as "createdAt", matures_at as "maturesAt",
  matured_at as "maturedAt", released`

async function loadSlices (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<ReserveSlice[]> {
  const { rows } = await sql<ReserveSlice>`
    select ${sliceColumns} from reserve_slices where tenant_id = ${tenantId} and id = any(${idArray(ids)}::uuid[]) order by id for no key update`.execute(trx)
  return rows
}

async function saveSlices (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<ReserveSlice>>): Promise<void> {
  const added = changes.flatMap(({ before, after }) => before === null ? [after] : [])
  const matured = changes.flatMap(({ before, after }) => before === null ? [] : [after])
  await Promise.all([
    added.length === 0
      ? null
      : sql`
        insert into reserve_slices (tenant_id, id, party_id, trade_id, line_id, unit, amount, upto, created_at, matures_at, next_attempt_at)
        select ${tenantId}, s.*, s.matures_at from ${unnest('s', added, ADDED)}`.execute(trx),
    matured.length === 0
      ? null
      : sql`
        with matured as (
          update reserve_slices s set matured_at = m.matured_at, released = m.released, next_attempt_at = null
          from ${unnest('m', matured, MATURED)}
          where s.tenant_id = ${tenantId} and s.id = m.id and s.matured_at is null
          returning 1
        )
        select demand(count(*) = ${matured.length}, 'a reserve slice matured while it was locked') from matured`.execute(trx)
  ])
}

const ADDED: Columns<ReserveSlice> = {
  id: ['uuid', ({ id }) => id],
  party_id: ['uuid', ({ partyId }) => partyId],
  trade_id: ['uuid', ({ tradeId }) => tradeId],
  line_id: ['uuid', ({ lineId }) => lineId],
  unit: ['text', ({ unit }) => unit],
  amount: ['bigint', ({ amount }) => amount],
  upto: ['bigint', ({ upto }) => upto],
  created_at: ['timestamptz', ({ createdAt }) => createdAt],
  matures_at: ['timestamptz', ({ maturesAt }) => maturesAt]
}

const MATURED: Columns<ReserveSlice> = {
  id: ['uuid', ({ id }) => id],
  matured_at: ['timestamptz', ({ maturedAt }) => maturedAt],
  released: ['bigint', ({ released }) => released]
}
