import { sql, type Kysely } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { inTransaction } from '../../db/transaction.ts'
import { idArray } from '../../db/unnest.ts'
import { parseIdNumber } from '../forms/id-number.ts'
import type { Keyring } from '../keyring/keyring.ts'
import { idText } from './identity-tags.ts'
import { indexForQuota, quotaYear } from './quota-index.ts'
import { readIdentityFields } from './read-identity.ts'

/** Makes identities that a trade of this year names findable within this year: they may have been registered in another one. Those that were erased, or are nobody's, are left alone. */
export async function keepIndexed (db: Kysely<Database>, keyring: Keyring, tenantId: number, identityIds: readonly string[]): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    select i.id from tenant_counters c join identities i on i.tenant_id = c.tenant_id and i.id = any(${idArray(identityIds)}::uuid[])
    where c.tenant_id = ${tenantId} and i.erased_at is null
      and not exists (select from quota_index q where q.tenant_id = i.tenant_id and q.year = ${quotaYear} and q.identity_id = i.id)`.execute(db)
  for (const { id } of rows) {
    await inTransaction(db, async (trx) => {
      // An erasure that comes now waits, and takes what this adds with it.
      const { rows: [known] } = await sql`select from identities where tenant_id = ${tenantId} and id = ${id} and erased_at is null for share`.execute(trx)
      if (known === undefined) return
      const { id_type: type = '', id_number: number = '', id_country: country } = await readIdentityFields(trx, keyring, tenantId, id, ['id_type', 'id_number', 'id_country'])
      await indexForQuota(trx, keyring, { tenantId, identityId: id }, idText(parseIdNumber({ type, number, country }, { type: '', number: '' })))
    })
  }
}
