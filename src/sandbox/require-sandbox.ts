import type { Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import { Refusal } from '../kernel/refusals.ts'

/** Refuses `sandbox_only` for a live tenant. For what is only read: operations decide it with what they load. */
export async function requireSandbox (db: Kysely<Database>, tenantId: number): Promise<void> {
  const { kind } = await db.selectFrom('tenants').select('kind').where('id', '=', tenantId).executeTakeFirstOrThrow()
  if (kind !== 'sandbox') throw new Refusal('sandbox_only')
}
