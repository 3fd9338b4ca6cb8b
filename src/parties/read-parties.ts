import { sql, type Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import { externalId } from '../kernel/ids.ts'
import { toPage, type Page } from '../kernel/page.ts'
import { Refusal } from '../kernel/refusals.ts'
import { partyClaim } from './create-party.ts'
import { PARTY_KINDS, type PartyKind } from './party.ts'
import { partyColumns, partyOf, type PartyRow } from './party-rows.ts'
import { showParty, type PartyJson } from './show-party.ts'

/** One party by its inside id (null when the text was none). Refuses `not_found` when the tenant has none of that id. */
export async function readParty (db: Kysely<Database>, tenantId: number, id: string | null): Promise<PartyJson> {
  const { rows } = await sql<PartyRow>`select ${partyColumns} from parties where tenant_id = ${tenantId} and id = ${id}`.execute(db)
  if (rows[0] === undefined) throw new Refusal('not_found')
  return showParty(partyOf(rows[0]))
}

/** A page of a tenant's parties, newest first; `before` is the inside id of the last party of the page before. */
export async function listParties (
  db: Kysely<Database>,
  tenantId: number,
  { kind, externalRef }: { readonly kind: PartyKind | undefined, readonly externalRef: string | undefined },
  { limit, before }: { readonly limit: number, readonly before: string | null }
): Promise<Page<PartyJson>> {
  const conditions = [sql`tenant_id = ${tenantId}`]
  if (kind !== undefined) conditions.push(sql`kind = ${kind}`)
  if (externalRef !== undefined) {
    const keys = PARTY_KINDS.map((each) => partyClaim(each, externalRef).key)
    conditions.push(sql`id in (select holder from claims where tenant_id = ${tenantId} and kind = 'party' and key = any(${keys}::text[]))`)
  }
  if (before !== null) conditions.push(sql`id < ${before}`)
  const { rows } = await sql<PartyRow>`
    select ${partyColumns} from parties where ${sql.join(conditions, sql` and `)} order by id desc limit ${limit + 1}`.execute(db)
  return toPage(rows, limit, (row) => externalId('pty', row.id), (row) => showParty(partyOf(row)))
}
