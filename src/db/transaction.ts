import { CompiledQuery, type Kysely, type QueryExecutorProvider, type Transaction } from 'kysely'
import type { Database } from './schema.ts'

/**
 * Runs a step in one write transaction: all of it is committed when this answers, nothing of it when it throws.
 * For the few writes that are no operation of the Journal.
 */
export async function inTransaction<Result> (db: Kysely<Database>, step: (trx: Transaction<Database>) => Promise<Result>): Promise<Result> {
  return await db.transaction().execute(step)
}

/**
 * The transaction of a batch, to execute statements on. Those of one turn of the event loop travel together and run in their order; once
 * one has failed, all behind it fail with the same error and nothing is committed.
 */
export type BatchTransaction = QueryExecutorProvider

/** What a batch came to, and how to write it: `write` gives all its statements in one turn of the event loop. */
export interface Decided<Result> {
  readonly result: Result
  readonly write: () => Promise<unknown>
}

/**
 * Runs a batch in one write transaction whose commit travels right behind its writes: they share one round trip. A write must therefore
 * fail in the database itself when it finds something else than it expected (`demand` in the migrations), and cannot be judged here.
 * All of it is committed when this answers; when it throws nothing is, save where the connection broke while the commit was under way.
 * For pools whose connections gather statements.
 */
export async function inBatchTransaction<Result> (db: Kysely<Database>, step: (trx: BatchTransaction) => Promise<Decided<Result>>): Promise<Result> {
  const executor = db.getExecutor()
  return await executor.provideConnection(async (connection) => {
    const send = async (text: string): Promise<unknown> => await connection.executeQuery(CompiledQuery.raw(text))
    // What Kysely gives a transaction lets one statement wait for the other.
    const gathering = executor.withConnectionProvider({ provideConnection: async (consumer) => await consumer(connection) })
    const begun = send('begin')
    // It is looked at below; until then its failure must not count as one that nobody handles.
    begun.catch(() => {})
    try {
      const { result, write } = await step({ getExecutor: () => gathering })
      // Asked for first, it comes when all statements were given and before their group leaves: where one could not even be made, no
      // commit goes with the others.
      let isWhole = true
      const committed = new Promise((resolve, reject) => {
        process.nextTick(() => {
          if (isWhole) send('commit').then(resolve, reject)
          else reject(new Error('a statement could not be made'))
        })
      })
      const written = write().catch((error: unknown) => {
        isWhole = false
        throw error
      })
      await Promise.all([begun, written, committed])
      return result
    } catch (error) {
      await Promise.allSettled([begun, send('rollback')])
      throw error
    }
  })
}
