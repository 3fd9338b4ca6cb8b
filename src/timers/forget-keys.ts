import { sql, type Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'

/** After this a repeated request may be taken for a new one; what must never happen twice is kept by claims, which stay. */
const KEPT_DAYS = 30
const CHUNK = 1000

/** Deletes idempotency keys that are older than their time, in chunks that hold no lock for long. Answers how many. */
export async function forgetKeys (db: Kysely<Database>, ending: AbortSignal): Promise<number> {
  let forgotten = 0
  while (!ending.aborted) {
    const { numAffectedRows = 0n } = await sql`
      delete from idempotency_keys where (tenant_id, key) in (
        select tenant_id, key from idempotency_keys
        where created_at < now() - make_interval(days => ${KEPT_DAYS}) order by created_at limit ${CHUNK})`.execute(db)
    forgotten += Number(numAffectedRows)
    if (numAffectedRows < CHUNK) break
  }
  return forgotten
}
