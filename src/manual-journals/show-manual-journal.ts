import { externalId } from '../kernel/ids.ts'
import { formatAmount } from '../kernel/money.ts'
import { unitOf } from '../kernel/units.ts'
import type { AccountName } from '../ledger/accounts.ts'
import type { ProposalState } from '../two-persons/proposal.ts'
import type { ManualJournal } from './manual-journal.ts'

interface SideJson {
  readonly class: string
  readonly owner: string
}

/** A journal by hand, as callers see it. People are the keys they use. */
export interface ManualJournalJson {
  readonly id: string
  readonly state: ProposalState
  readonly description: string
  readonly currency: string
  readonly total: string
  readonly occurred_at: string
  readonly postings: ReadonlyArray<{ readonly debit: SideJson, readonly credit: SideJson, readonly amount: string }>
  readonly reverses: string | null
  readonly reversed_by: string | null
  readonly proposed_by: string
  readonly proposed_at: string
  readonly decided_by: string | null
  readonly decided_at: string | null
  readonly reason: string | null
  readonly transaction: string | null
}

/** The outside form of a manual journal. */
export function showManualJournal (journal: ManualJournal): ManualJournalJson {
  const unit = unitOf(journal.unit)
  return {
    id: externalId('jnl', journal.id),
    state: journal.state,
    description: journal.description,
    currency: journal.unit,
    total: formatAmount(totalOf(journal), unit),
    occurred_at: journal.occurredAt.toISOString(),
    postings: journal.postings.map(({ debit, credit, amount }) => ({ debit: showSide(debit), credit: showSide(credit), amount: formatAmount(amount, unit) })),
    reverses: journal.reverses === null ? null : externalId('jnl', journal.reverses),
    reversed_by: journal.reversedBy === null ? null : externalId('jnl', journal.reversedBy),
    proposed_by: externalId('key', journal.proposedBy),
    proposed_at: journal.proposedAt.toISOString(),
    decided_by: journal.decidedBy === null ? null : externalId('key', journal.decidedBy),
    decided_at: journal.decidedAt?.toISOString() ?? null,
    reason: journal.reason,
    transaction: journal.transactionId === null ? null : externalId('txn', journal.transactionId)
  }
}

/** The sum of a journal's postings in minor units. */
export function totalOf ({ postings }: Pick<ManualJournal, 'postings'>): bigint {
  return postings.reduce((total, { amount }) => total + amount, 0n)
}

function showSide ({ class: accountClass, owner }: AccountName): SideJson {
  return { class: accountClass, owner }
}
