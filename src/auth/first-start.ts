import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import type { Databases } from '../db/pools.ts'
import { inTransaction } from '../db/transaction.ts'
import { ROLES, type Role } from '../kernel/principal.ts'
import { createTenant } from '../tenants/tenants.ts'
import { createKey } from './keys.ts'

// Chosen once, at random: whoever makes the first tenant holds this lock.
const FIRST_START_LOCK = 3_917_240_665_108_733n
const TENANT_NAME = 'demo'

/**
 * Makes a sandbox tenant with a key for each role when there is no tenant at all, writes the keys to `credentials.json` in that folder,
 * readable by its owner only, and answers the path of the file; null when there was a tenant already.
 * Of several processes that start at once on a new database, one does this.
 */
export async function makeFirstTenant ({ read }: Databases, dataDir: string): Promise<string | null> {
  const path = join(dataDir, 'credentials.json')
  const written: string[] = []
  try {
    return await inTransaction(read, async (trx) => {
      await sql`select pg_advisory_xact_lock(${FIRST_START_LOCK})`.execute(trx)
      if (await trx.selectFrom('tenants').select('id').limit(1).executeTakeFirst() !== undefined) return null
      const tenantId = await createTenant(trx, { name: TENANT_NAME, kind: 'sandbox', actor: 'service' })
      const keys = {} as Record<Role, string>
      for (const role of ROLES) {
        const { secret } = await createKey(trx, { tenantId, tenantKind: 'sandbox', name: `first ${role} key`, role, actor: 'service' })
        keys[role] = secret
      }
      // Before the commit: keys that nobody could ever read must not come to be.
      await writeSecretly(dataDir, path, `${JSON.stringify({ tenant: TENANT_NAME, keys }, null, 2)}\n`)
      written.push(path)
      return path
    })
  } catch (error) {
    for (const file of written) await rm(file, { force: true })
    throw error
  }
}

async function writeSecretly (folder: string, path: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const draft = `${path}.${process.pid}`
  await writeFile(draft, text, { mode: 0o600, flag: 'w' })
  await rename(draft, path)
}
