import { CompiledQuery, type DatabaseConnection, type Kysely, type QueryExecutorProvider, type Transaction } from 'kysely'
import type { Database } from './schema.ts'

/**
 * Runs a step in one write transaction: all of it is committed when this answers, nothing of it when it throws.
 * For the few writes that are no operation of the Journal.
 */
export async function inTransaction<Result> (db: Kysely<Database>, step: (trx: Transaction<Database>) => Promise<Result>): Promise<Result> {
  return await db.transaction().execute(step)
}

/**
 * The transaction of a batch, to execute statements on. They are sent as they are given, without waiting for the answers of those
 * before, and run in that order; once one has failed, all others fail and nothing is committed.
 */
export type BatchTransaction = QueryExecutorProvider

/** What a batch came to, and the writes it has sent and not waited for. */
export interface Sent<Result> {
  readonly result: Result
  readonly written: Promise<unknown>
}

/**
 * Runs a batch in one write transaction whose commit is sent right behind its writes: they share one round trip. A write must therefore
 * fail in the database itself when it finds something else than it expected (`demand` in the migrations), and cannot be judged here.
 * All of it is committed when this answers; when it throws nothing is, save where the connection broke while the commit was under way.
 * For pools whose connections pipeline.
 */
export async function inBatchTransaction<Result> (db: Kysely<Database>, step: (trx: BatchTransaction) => Promise<Sent<Result>>): Promise<Result> {
  const executor = db.getExecutor()
  return await executor.provideConnection(async (connection) => {
    const send = async (text: string): Promise<unknown> => await connection.executeQuery(CompiledQuery.raw(text))
    // The statements behind the one that failed only say that one has. Which promise of them is rejected first is chance.
    const failures: unknown[] = []
    const watched: DatabaseConnection = {
      streamQuery: (query, chunkSize) => connection.streamQuery(query, chunkSize),
      executeQuery: async (query) => await connection.executeQuery<never>(query).catch((error: unknown) => {
        failures.push(error)
        throw error
      })
    }
    // What Kysely gives a transaction lets one statement wait for the other.
    const pipelined = executor.withConnectionProvider({ provideConnection: async (consumer) => await consumer(watched) })
    const begun = send('begin')
    // It is looked at below; until then its failure must not count as one that nobody handles.
    begun.catch(() => {})
    let sent: Sent<Result>
    try {
      sent = await step({ getExecutor: () => pipelined })
    } catch (error) {
      await Promise.allSettled([begun, send('rollback')])
      throw failures[0] ?? error
    }
    const ends = await Promise.allSettled([begun, sent.written, send('commit')])
    for (const end of ends) if (end.status === 'rejected') throw failures[0] ?? end.reason
    return sent.result
  })
}
