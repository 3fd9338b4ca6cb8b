import { sql, type Kysely } from 'kysely'
import { createKey } from '../../src/auth/keys.ts'
import type { Database } from '../../src/db/schema.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { readConcerned } from '../../src/escrow/chargebacks/read-chargebacks.ts'
import { readRefunds } from '../../src/escrow/refunds/load-refunds.ts'
import { showRefund } from '../../src/escrow/refunds/show-refund.ts'
import type { Journal } from '../../src/journal/journal.ts'
import type { Operation } from '../../src/journal/operation.ts'
import { outcomeOfThrown, type Outcome } from '../../src/journal/outcome.ts'
import type { Runner } from './trade-world.ts'

/** Submits operations to a real Journal in one turn, so that they share a batch, and answers what became of each. */
export async function runOnJournal (journal: Journal, operations: ReadonlyArray<Operation<unknown>>): Promise<Outcome[]> {
  const settled = await Promise.allSettled(operations.map(async (operation) => await journal.submit(operation)))
  return settled.map((result) => {
    if (result.status === 'fulfilled') return { kind: 'answered', ...result.value }
    return outcomeOfThrown(result.reason)
  })
}

/** A world's operations on a real Journal, the refunds of its tenant, and what is read of a payment before it is charged back. */
export function runnerOn (journal: Journal, db: Kysely<Database>, tenantId: number): Runner {
  return {
    run: async (operations) => await runOnJournal(journal, operations),
    refunds: async () => (await readRefunds(db, tenantId, sql`true order by id`)).map(showRefund),
    reading: async (payment) => await readConcerned(db, tenantId, payment)
  }
}

/** The inside ids of two arbitrators' keys, made for a tenant. */
export async function newArbitrators (db: Kysely<Database>, tenantId: number): Promise<string[]> {
  return await inTransaction(db, async (trx) => {
    const ids = []
    for (const name of ['first', 'second']) {
      const { apiKey } = await createKey(trx, { tenantId, tenantKind: 'sandbox', name: `${name} arbitrator`, role: 'arbitrator', actor: 'cli' })
      ids.push(apiKey.id)
    }
    return ids
  })
}
