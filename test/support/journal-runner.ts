import type { Journal } from '../../src/journal/journal.ts'
import type { Operation } from '../../src/journal/operation.ts'
import { outcomeOfThrown, type Outcome } from '../../src/journal/outcome.ts'

/** Submits operations to a real Journal in one turn, so that they share a batch, and answers what became of each. */
export async function runOnJournal (journal: Journal, operations: ReadonlyArray<Operation<unknown>>): Promise<Outcome[]> {
  const settled = await Promise.allSettled(operations.map(async (operation) => await journal.submit(operation)))
  return settled.map((result) => {
    if (result.status === 'fulfilled') return { kind: 'answered', ...result.value }
    return outcomeOfThrown(result.reason)
  })
}
