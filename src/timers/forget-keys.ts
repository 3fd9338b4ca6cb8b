import { sql, type Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'

const CHUNK = 1000

/**
 * Deletes idempotency keys that are older than `keptDays`, in chunks that hold no lock for long. Answers how many.
 * Afterwards a repeated request may be taken for a new one; what must never happen twice is kept by claims, which stay.
 */
export async function forgetKeys (db: Kysely<Database>, keptDays: number, ending: AbortSignal): Promise<number> {
  let forgotten = 0
  while (!ending.aborted) {
    const { numAffectedRows = 0n } = await sql`
      delete from idempotency_keys where (tenant_id, key) in (
        select tenant_id, key from idempotency_keys
        where created_at < now() - make_interval(days => ${keptDays}) order by created_at limit ${CHUNK})`.execute(db)
    forgotten += Number(numAffectedRows)
    if (numAffectedRows < CHUNK) break
  }
  return forgotten
}
