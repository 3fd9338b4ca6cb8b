import type { Kysely, Transaction } from 'kysely'
import type { Database } from './schema.ts'

/**
 * Runs a step in one write transaction: all of it is committed when this answers, nothing of it when it throws.
 * The one place that opens transactions. What moves money or changes a trade goes through the Journal instead.
 */
export async function inTransaction<Result> (db: Kysely<Database>, step: (trx: Transaction<Database>) => Promise<Result>): Promise<Result> {
  return await db.transaction().execute(step)
}
