import { sql, type Kysely, type Transaction } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { tenantNow } from '../../tenants/clock.ts'
import type { Keyring } from '../keyring/keyring.ts'
import { keyFor, mac, newDataKey } from '../keyring/seal.ts'
import { unwrapKey, wrapKey } from '../keyring/wrap.ts'
import type { FieldOwner } from './identity-fields.ts'

/** Quotas are those of China, and so are their years. */
const YEAR_ZONE = 'Asia/Shanghai'

/** The year, in China, of a tenant's clock; `c` is the tenant's row of tenant_counters. */
export const quotaYear = sql<number>`extract(year from ${tenantNow} at time zone ${YEAR_ZONE})::integer`

/**
 * Makes an identity findable, within this year, among those of the same document: by a tag under a key of the year. It is the one place where two rows of one document look
 * alike, and it goes with the year.
 */
export async function indexForQuota (trx: Transaction<Database>, keyring: Keyring, { tenantId, identityId }: FieldOwner, document: string): Promise<void> {
  const { rows: [now] } = await sql<{ year: number }>`select ${quotaYear} as year from tenant_counters c where c.tenant_id = ${tenantId}`.execute(trx)
  if (now === undefined) throw new Error(`tenant ${tenantId} has no counter`)
  const key = keyFor('index quota', await yearKey(trx, keyring, tenantId, now.year))
  await sql`
    insert into quota_index (tenant_id, year, identity_id, tag) values (${tenantId}, ${now.year}, ${identityId}, ${mac(key, document)})
    on conflict do nothing`.execute(trx)
}

/** The inside ids of all identities of this tenant with the same document, this one among them, as they were indexed in that year of the tenant's clock. */
export async function identitiesOfOnePerson (db: Kysely<Database>, { tenantId, identityId }: FieldOwner, year: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select other.identity_id as id
    from quota_index own join quota_index other on other.tenant_id = own.tenant_id and other.year = own.year and other.tag = own.tag
    where own.tenant_id = ${tenantId} and own.year = ${year} and own.identity_id = ${identityId}
    order by other.identity_id`.execute(db)
  return rows.map(({ id }) => id)
}

/** Forgets the keys of the years that are over, and with them who was who in those; answers how many. */
export async function forgetQuotaYears (db: Kysely<Database>): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from quota_years y using tenant_counters c where c.tenant_id = y.tenant_id and y.year < ${quotaYear}`.execute(db)
  return Number(numAffectedRows)
}

/** What the key of a year is wrapped for. */
export function aboutYear (tenantId: number, year: number): string {
  return `${tenantId}|quota|${year}`
}

async function yearKey (trx: Transaction<Database>, keyring: Keyring, tenantId: number, year: number): Promise<Buffer> {
  const { keyId, wrapped } = wrapKey(keyring, newDataKey(), aboutYear(tenantId, year))
  await sql`
    insert into quota_years (tenant_id, year, key_id, wrapped_key) values (${tenantId}, ${year}, ${keyId}, ${wrapped}) on conflict do nothing`.execute(trx)
  // Who was first is seen by a statement of its own.
  const { rows: [kept] } = await sql<{ keyId: string, wrapped: Buffer }>`
    select key_id as "keyId", wrapped_key as wrapped from quota_years where tenant_id = ${tenantId} and year = ${year}`.execute(trx)
  if (kept === undefined) throw new Error(`the key of the year ${year} is gone`)
  return unwrapKey(keyring, kept, aboutYear(tenantId, year))
}
