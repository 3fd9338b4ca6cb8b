import { sql } from 'kysely'
import type { BatchTransaction } from '../db/transaction.ts'
import { eachId, sendFor, unnest, type Columns } from '../db/unnest.ts'
import type { RowChange, RowKind } from '../journal/row-kind.ts'
import type { Party } from './party.ts'
import { readSellerTerms, storeSellerTerms, type StoredTerms } from './seller-terms.ts'

/**
 * Parties: read by what names them, without a lock, so that nobody waits for a popular seller. Only their terms change; who changed them
 * on another process meanwhile is found by the version, and the batch is run again.
 */
export const PARTIES: RowKind<Party> = {
  name: 'party',
  rank: 5,
  idOf: (party) => party.id,
  load: loadParties,
  save: saveParties
}

/** A row as the database has it. */
export type PartyRow = Omit<Party, 'terms'> & { readonly terms: StoredTerms | null }

/** What a `PartyRow` is read from. */
export const partyColumns = sql`id, kind, external_ref as "externalRef", name, terms, version, created_at as "createdAt"`

/** The party of a row. */
export function partyOf (row: PartyRow): Party {
  return { ...row, terms: readSellerTerms(row.terms) }
}

async function loadParties (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<Party[]> {
  const { rows } = await sql<PartyRow>`
    select party.* from ${eachId(ids)}
    cross join lateral (
      select ${partyColumns} from parties where tenant_id = ${tenantId} and id = wanted.id limit 1
    ) as party`.execute(trx)
  return rows.map(partyOf)
}

async function saveParties (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<Party>>): Promise<void> {
  const added = changes.flatMap(({ before, after }) => before === null ? [after] : [])
  const changed = changes.flatMap(({ before, after }) => before === null ? [] : [{ before, after }])
  await Promise.all([
    added.length === 0
      ? null
      : sql`
        insert into parties (tenant_id, id, kind, external_ref, name, created_at)
        select ${tenantId}, p.* from ${unnest('p', added, ADDED)}`.execute(trx),
    sendFor(changed, async (part) => await sql`
      with changed as (
        update parties p set terms = c.terms, version = c.version
        from ${unnest('c', part, CHANGED)}
        where p.tenant_id = ${tenantId} and p.id = c.id and p.version = c.loaded_version
        returning 1
      )
      select demand(count(*) = ${part.length}, 'another process was first to change a party', '40001') from changed`.execute(trx))
  ])
}

const ADDED: Columns<Party> = {
  id: ['uuid', ({ id }) => id],
  kind: ['text', ({ kind }) => kind],
  external_ref: ['text', ({ externalRef }) => externalRef],
  name: ['text', ({ name }) => name],
  created_at: ['timestamptz', ({ createdAt }) => createdAt]
}

const CHANGED: Columns<{ readonly before: Party, readonly after: Party }> = {
  id: ['uuid', ({ after }) => after.id],
  loaded_version: ['integer', ({ before }) => before.version],
  terms: ['jsonb', ({ after }) => storeSellerTerms(after.terms)],
  version: ['integer', ({ after }) => after.version]
}
