import { sql, type Kysely } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { inTransaction } from '../../db/transaction.ts'
import { unnest, type Columns } from '../../db/unnest.ts'
import type { FieldOwner } from '../identities/identity-fields.ts'
import { erase, lockIdentity } from './erase-identity.ts'
import type { ErasureLog } from './erasure-log.ts'

const CHUNK = 1000

/**
 * Erases again whatever the log says was erased and the database has back, because a backup was restored. Answers how many that were. Identities that the backup does not know are no matter: they are gone with
 * what came after it.
 */
export async function replayErasures (db: Kysely<Database>, log: ErasureLog): Promise<number> {
  const entries = await log.read()
  let count = 0
  for (let start = 0; start < entries.length; start += CHUNK) {
    for (const owner of await findUnerased(db, entries.slice(start, start + CHUNK))) {
      count += await inTransaction(db, async (trx) => {
        const known = await lockIdentity(trx, owner.tenantId, owner.identityId)
        if (known === null || known.erasedAt !== null) return 0
        await erase(trx, owner, { actor: 'service', details: { replayed: true } })
        return 1
      })
    }
  }
  return count
}

/** Every erasure that the database knows of, for a log that was lost. */
export async function listErasures (db: Kysely<Database>): Promise<FieldOwner[]> {
  const { rows } = await sql<FieldOwner>`
    select tenant_id as "tenantId", id as "identityId" from identities where erased_at is not null order by tenant_id, erased_at, id`.execute(db)
  return rows
}

async function findUnerased (db: Kysely<Database>, owners: readonly FieldOwner[]): Promise<FieldOwner[]> {
  if (owners.length === 0) return []
  const { rows } = await sql<FieldOwner>`
    select i.tenant_id as "tenantId", i.id as "identityId" from ${unnest('o', owners, COLUMNS)}
    join identities i on i.tenant_id = o.tenant_id and i.id = o.identity_id where i.erased_at is null`.execute(db)
  return rows
}

const COLUMNS: Columns<FieldOwner> = {
  tenant_id: ['integer', ({ tenantId }) => tenantId],
  identity_id: ['uuid', ({ identityId }) => identityId]
}
