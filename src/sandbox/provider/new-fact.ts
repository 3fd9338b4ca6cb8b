import type { Books } from '../../journal/operation.ts'
import { externalId } from '../../kernel/ids.ts'
import { momentsOf, type Fact, type Timing } from './fact.ts'

/** What is said of a new fact: when it happens and is told, and what it is about; what is left out it has nothing of. */
export type NewFact = Pick<Fact, 'kind' | 'unit' | 'amount'> & Partial<Omit<Fact, 'id' | 'told' | 'createdAt' | 'version'>> & { readonly timing: Timing }

/** A fact that is decided now. Without a reference it is the first about a thing, and its own id is the provider's name for that. */
export function newFact (books: Pick<Books, 'newId' | 'now'>, { timing, ...said }: NewFact): Fact {
  const id = books.newId()
  return {
    reference: externalId('sbx', id),
    paymentReference: null,
    tradeId: null,
    tradeExternalRef: null,
    refundId: null,
    fee: 0n,
    feeReturned: 0n,
    revision: null,
    reason: null,
    ...momentsOf(timing, books.now),
    ...said,
    id,
    told: 0,
    createdAt: books.now,
    version: 1
  }
}
