import { externalId } from '../kernel/ids.ts'
import { formatAmount } from '../kernel/money.ts'
import { unitOf } from '../kernel/units.ts'
import type { Books, Operation, Origin, Rows } from '../journal/operation.ts'
import { requireProposed, requireProposer, requireSecondPerson } from '../two-persons/proposal.ts'
import { POSTINGS_MAX, type ManualJournal } from './manual-journal.ts'
import { MANUAL_JOURNALS } from './manual-journal-rows.ts'
import { requireNotReversed } from './propose.ts'
import { showManualJournal, totalOf, type ManualJournalJson } from './show-manual-journal.ts'

/** Which journal (by its inside id, null when the text was none) and who decides: the inside id of the caller's key. */
export interface Decision {
  readonly journalId: string | null
  readonly person: string
}

/**
 * Posts a proposed journal. Refuses `not_found`, `journal_decided`, `second_person_required` for whoever proposed it,
 * `already_reversed` when another reversal came first, and what posting refuses; a refused journal stays proposed.
 */
export function approveJournal (origin: Origin, decision: Decision): Operation<ManualJournalJson> {
  return {
    ...origin,
    name: 'manual_journal.approve',
    lane: 'request',
    // Its postings are known only when it is loaded.
    weight: POSTINGS_MAX,
    needs: needs(decision),
    accounts: (rows) => findJournal(rows, decision)?.postings.flatMap(({ debit, credit }) => [debit, credit]) ?? [],
    decide (books) {
      const journal = requireProposed(findJournal(books, decision), 'journal_decided')
      requireSecondPerson(journal, decision.person)
      const original = journal.reverses === null ? null : books.find(MANUAL_JOURNALS, journal.reverses)
      if (original !== null) requireNotReversed(original)
      const transactionId = books.post({
        kind: original === null ? 'manual.journal' : 'manual.reversal',
        subject: externalId('jnl', journal.id),
        description: journal.description,
        occurredAt: journal.occurredAt,
        ...original?.transactionId == null ? {} : { reverses: original.transactionId },
        postings: journal.postings
      })
      if (transactionId === null) throw new Error('a journal without amounts was proposed')
      if (original !== null) books.save(MANUAL_JOURNALS, { ...original, reversedBy: journal.id })
      return settle(books, { ...journal, state: 'posted', transactionId }, decision)
    }
  }
}

/** Rejects a proposed journal. Refuses `not_found`, `journal_decided`, and `second_person_required` for whoever proposed it. */
export function rejectJournal (origin: Origin, decision: Decision, reason: string): Operation<ManualJournalJson> {
  return {
    ...origin,
    name: 'manual_journal.reject',
    lane: 'request',
    weight: 3,
    needs: needs(decision),
    decide (books) {
      const journal = requireProposed(findJournal(books, decision), 'journal_decided')
      requireSecondPerson(journal, decision.person)
      return settle(books, { ...journal, state: 'rejected', reason }, decision)
    }
  }
}

/** Takes a proposal back. Refuses `not_found`, `journal_decided`, and `not_the_proposer` for anybody else. */
export function withdrawJournal (origin: Origin, decision: Decision): Operation<ManualJournalJson> {
  return {
    ...origin,
    name: 'manual_journal.withdraw',
    lane: 'request',
    weight: 3,
    needs: needs(decision),
    decide (books) {
      const journal = requireProposed(findJournal(books, decision), 'journal_decided')
      requireProposer(journal, decision.person)
      return settle(books, { ...journal, state: 'withdrawn' }, decision)
    }
  }
}

function needs ({ journalId }: Decision) {
  return [{ kind: MANUAL_JOURNALS, ids: () => journalId === null ? [] : [journalId] }]
}

function findJournal (rows: Rows, { journalId }: Decision): ManualJournal | null {
  return journalId === null ? null : rows.find(MANUAL_JOURNALS, journalId)
}

function settle (books: Books, journal: ManualJournal & { readonly state: 'posted' | 'rejected' | 'withdrawn' }, { person }: Decision): ManualJournalJson {
  const decided = { ...journal, decidedBy: person, decidedAt: books.now }
  books.save(MANUAL_JOURNALS, decided)
  books.append({
    type: `manual_journal.${journal.state}`,
    subject: externalId('jnl', journal.id),
    data: {
      currency: journal.unit,
      total: formatAmount(totalOf(journal), unitOf(journal.unit)),
      proposed_by: externalId('key', journal.proposedBy),
      decided_by: externalId('key', person),
      ...journal.transactionId === null ? {} : { transaction: externalId('txn', journal.transactionId) },
      ...journal.reverses === null ? {} : { reverses: externalId('jnl', journal.reverses) }
    }
  })
  return showManualJournal(decided)
}
