import type { Kysely, Transaction } from 'kysely'
import type { Database } from './schema.ts'

/**
 * Runs a step in one write transaction: all of it is committed when this answers, nothing of it when it throws.
 * The one place that opens write transactions: the Journal's batches, and the few writes that are no operation of it.
 */
export async function inTransaction<Result> (db: Kysely<Database>, step: (trx: Transaction<Database>) => Promise<Result>): Promise<Result> {
  return await db.transaction().execute(step)
}
