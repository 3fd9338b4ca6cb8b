import { externalId } from '../kernel/ids.ts'
import { formatAmount, parsePositiveAmount } from '../kernel/money.ts'
import { Refusal } from '../kernel/refusals.ts'
import { findUnit, unitOf } from '../kernel/units.ts'
import { nameKey } from '../ledger/accounts.ts'
import type { Books, Operation, Origin, Posting } from '../journal/operation.ts'
import { newProposal } from '../two-persons/proposal.ts'
import { manualAccount, type ProposedSide } from './manual-accounts.ts'
import type { ManualJournal, ManualTerms } from './manual-journal.ts'
import { MANUAL_JOURNALS } from './manual-journal-rows.ts'
import { showManualJournal, totalOf, type ManualJournalJson } from './show-manual-journal.ts'

/** What somebody proposes to book, checked as far as its text goes. Without a time it is the proposal's. */
export type Proposal = Omit<ManualTerms, 'occurredAt'> & { readonly occurredAt: Date | null }

/** A proposal as it is sent. */
export interface ProposalText {
  readonly description: string
  readonly currency: string
  readonly postings: ReadonlyArray<{ readonly debit: ProposedSide, readonly credit: ProposedSide, readonly amount: string }>
}

/** Reads a proposal. Refuses `unknown_currency`, `invalid_amount`, `account_not_manual`, and `invalid_request` for one account on both sides. */
export function parseProposal ({ description, currency, postings }: ProposalText, occurredAt: Date | null): Proposal {
  const unit = findUnit(currency)
  if (unit === null) throw new Refusal('unknown_currency', undefined, { errors: [{ pointer: '/currency', code: 'unknown_currency' }] })
  return {
    description,
    unit: unit.code,
    occurredAt,
    postings: postings.map((posting, index): Posting => {
      const pointer = `/postings/${index}`
      const debit = manualAccount(posting.debit, unit.code, `${pointer}/debit`)
      const credit = manualAccount(posting.credit, unit.code, `${pointer}/credit`)
      if (nameKey(debit) === nameKey(credit)) {
        const detail = 'A posting moves an amount between two accounts, and these are one.'
        throw new Refusal('invalid_request', detail, { errors: [{ pointer, code: 'invalid_request', detail }] })
      }
      return { debit, credit, amount: parsePositiveAmount(posting.amount, unit, `${pointer}/amount`) }
    })
  }
}

/** Proposes a journal; nothing is booked before another person approves it. `person` is the inside id of the caller's key. */
export function proposeJournal (origin: Origin, person: string, proposal: Proposal): Operation<ManualJournalJson> {
  return {
    ...origin,
    name: 'manual_journal.propose',
    lane: 'request',
    weight: 3,
    decide: (books) => propose(books, { ...proposal, occurredAt: proposal.occurredAt ?? books.now }, { person, reverses: null })
  }
}

/** What a reversal says of itself; without words it says what it reverses, and without a time it is the proposal's. */
export interface ReversalWords {
  readonly description: string | null
  readonly occurredAt: Date | null
}

/**
 * Proposes to take back a posted journal (by its inside id, null when the text was none): the same postings mirrored, the last first.
 * Refuses `not_found`, `not_reversible` for one that was not posted, and `already_reversed`.
 */
export function proposeReversal (origin: Origin, person: string, journalId: string | null, { description, occurredAt }: ReversalWords): Operation<ManualJournalJson> {
  return {
    ...origin,
    name: 'manual_journal.reverse',
    lane: 'request',
    weight: 3,
    needs: [{ kind: MANUAL_JOURNALS, ids: () => journalId === null ? [] : [journalId] }],
    decide (books) {
      const original = journalId === null ? null : books.find(MANUAL_JOURNALS, journalId)
      if (original === null) throw new Refusal('not_found')
      if (original.state !== 'posted') throw new Refusal('not_reversible', 'Only a journal that was posted can be reversed.', { current_state: original.state })
      requireNotReversed(original)
      return propose(books, {
        description: description ?? `Reversal of ${externalId('jnl', original.id)}`,
        unit: original.unit,
        occurredAt: occurredAt ?? books.now,
        postings: mirrored(original.postings)
      }, { person, reverses: original.id })
    }
  }
}

/** Refuses `already_reversed`. */
export function requireNotReversed ({ reversedBy }: ManualJournal): void {
  if (reversedBy !== null) throw new Refusal('already_reversed', `It was reversed by ${externalId('jnl', reversedBy)}.`)
}

function mirrored (postings: readonly Posting[]): Posting[] {
  return postings.map(({ debit, credit, amount }) => ({ debit: credit, credit: debit, amount })).reverse()
}

function propose (books: Books, terms: ManualTerms, { person, reverses }: { readonly person: string, readonly reverses: string | null }): ManualJournalJson {
  const journal: ManualJournal = {
    ...terms,
    ...newProposal(person, books.now),
    id: books.newId(),
    reverses,
    reversedBy: null,
    reason: null
  }
  books.save(MANUAL_JOURNALS, journal)
  books.append({
    type: 'manual_journal.proposed',
    subject: externalId('jnl', journal.id),
    data: {
      currency: journal.unit,
      total: formatAmount(totalOf(journal), unitOf(journal.unit)),
      proposed_by: externalId('key', person),
      ...reverses === null ? {} : { reverses: externalId('jnl', reverses) }
    }
  })
  return showManualJournal(journal)
}
