import { sql } from 'kysely'
import type { BatchTransaction } from '../db/transaction.ts'
import { eachId, unnest, type Columns } from '../db/unnest.ts'
import type { RowChange, RowKind } from '../journal/row-kind.ts'
import type { Party } from './party.ts'

/** Parties: read by what names them, and never changed after they were made, so that nobody waits for a popular seller. */
export const PARTIES: RowKind<Party> = {
  name: 'party',
  rank: 5,
  idOf: (party) => party.id,
  load: loadParties,
  save: insertParties
}

/** What a `Party` is read from. */
export const partyColumns = sql`id, kind, external_ref as "externalRef", name, created_at as "createdAt"`

async function loadParties (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<Party[]> {
  const { rows } = await sql<Party>`
    select party.* from ${eachId(ids)}
    cross join lateral (
      select ${partyColumns} from parties where tenant_id = ${tenantId} and id = wanted.id limit 1
    ) as party`.execute(trx)
  return rows
}

async function insertParties (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<Party>>): Promise<void> {
  const parties = changes.map(({ before, after }) => {
    if (before !== null) throw new Error(`party ${after.id} cannot change`)
    return after
  })
  await sql`
    insert into parties (tenant_id, id, kind, external_ref, name, created_at)
    select ${tenantId}, p.* from ${unnest('p', parties, COLUMNS)}`.execute(trx)
}

const COLUMNS: Columns<Party> = {
  id: ['uuid', ({ id }) => id],
  kind: ['text', ({ kind }) => kind],
  external_ref: ['text', ({ externalRef }) => externalRef],
  name: ['text', ({ name }) => name],
  created_at: ['timestamptz', ({ createdAt }) => createdAt]
}
