import { Type as T } from 'typebox'
import { component } from '../http/components.ts'
import { Currency, Exactly, Id, Money, Nullable, Page, PageQuery, Timestamp } from '../http/schemas.ts'
import { ClassName } from '../ledger/schemas.ts'
import { PROPOSAL_STATES } from '../two-persons/proposal.ts'
import { MANUAL_CLASS_NAMES } from './manual-accounts.ts'
import { POSTINGS_MAX } from './manual-journal.ts'

const State = T.Enum([...PROPOSAL_STATES], { type: 'string', description: 'Only a posted journal is in the books.' })

/** Words that stay in the books for ever. */
const Words = T.String({
  minLength: 1,
  maxLength: 500,
  pattern: '^[^\\p{Cc}\\p{Zl}\\p{Zp}]+$',
  description: '1 to 500 visible characters in one line. It stays in the books for ever, so it is not for personal data.',
  examples: ['Bank charges of January']
})

const RequestSide = Exactly({
  class: ClassName,
  owner: T.Optional(T.String({ pattern: '^[a-z0-9_-]{1,40}$', description: 'The name of the provider or bank account, where the class has one.', examples: ['main'] }))
}, { description: `An account. By hand may be posted to: ${MANUAL_CLASS_NAMES.join(', ')}.` })

/** A journal to propose. */
export const ManualJournalRequest = Exactly({
  description: Words,
  occurred_at: T.Optional(Timestamp),
  currency: Currency,
  postings: T.Array(Exactly({ debit: RequestSide, credit: RequestSide, amount: Money }), { minItems: 1, maxItems: POSTINGS_MAX })
}, {
  examples: [{
    description: 'Bank charges of January',
    occurred_at: '2026-01-31T15:59:59Z',
    currency: 'CNY',
    postings: [{ debit: { class: 'provider_fee_expense' }, credit: { class: 'bank_operating', owner: 'main' }, amount: '12.50' }]
  }]
})

/** A reversal to propose. */
export const ReversalRequest = Exactly({ description: T.Optional(Words), occurred_at: T.Optional(Timestamp) }, {
  examples: [{ description: 'Charged twice', occurred_at: '2026-02-02T02:00:00Z' }]
})

export const RejectionRequest = Exactly({ reason: Words }, { examples: [{ reason: 'The bank says 12.05' }] })

/** The path parameter of a reversal. */
export const ReversalParams = Exactly({
  id: T.String({
    pattern: '^(jnl|txn)_[0-7][0-9a-hjkmnp-tv-z]{25}$',
    description: 'The id of a manual journal (`jnl_…`), or of the transaction that it posted (`txn_…`).',
    examples: ['jnl_01kaj6n8k2f5rvt4r9e8q7m3zd']
  })
})

const Side = T.Object({ class: ClassName, owner: T.String() })

export const ManualJournalBody = component('ManualJournal', T.Object({
  id: Id('jnl'),
  state: State,
  description: T.String(),
  currency: Currency,
  total: Money,
  occurred_at: Timestamp,
  postings: T.Array(T.Object({ debit: Side, credit: Side, amount: Money })),
  reverses: Nullable(Id('jnl')),
  reversed_by: Nullable(Id('jnl')),
  proposed_by: Id('key'),
  proposed_at: Timestamp,
  decided_by: Nullable(Id('key')),
  decided_at: Nullable(Timestamp),
  reason: Nullable(T.String()),
  transaction: Nullable(Id('txn'))
}, { description: 'What finance staff book by hand: proposed by one person, decided by another. A person is an API key, whatever its secret.' }))

export const ManualJournalPage = Page('ManualJournalPage', ManualJournalBody)

export const ManualJournalQuery = PageQuery({ state: T.Optional(State) })

export const PROPOSED_EXAMPLE = {
  id: 'jnl_01kaj6n8k2f5rvt4r9e8q7m3zd',
  state: 'proposed',
  description: 'Bank charges of January',
  currency: 'CNY',
  total: '12.50',
  occurred_at: '2026-01-31T15:59:59.000Z',
  postings: [{ debit: { class: 'provider_fee_expense', owner: '' }, credit: { class: 'bank_operating', owner: 'main' }, amount: '12.50' }],
  reverses: null,
  reversed_by: null,
  proposed_by: 'key_01kaj6n8k2f5rvt4r9e8q7m3ze',
  proposed_at: '2026-02-01T06:30:00.000Z',
  decided_by: null,
  decided_at: null,
  reason: null,
  transaction: null
}

const decided = { decided_by: 'key_01kaj6n8k2f5rvt4r9e8q7m3zf', decided_at: '2026-02-01T07:00:00.000Z' }

export const POSTED_EXAMPLE = { ...PROPOSED_EXAMPLE, ...decided, state: 'posted', transaction: 'txn_01kaj6n8k2f5rvt4r9e8q7m3zg' }
export const REJECTED_EXAMPLE = { ...PROPOSED_EXAMPLE, ...decided, state: 'rejected', reason: 'The bank says 12.05' }
export const WITHDRAWN_EXAMPLE = { ...PROPOSED_EXAMPLE, ...decided, state: 'withdrawn', decided_by: PROPOSED_EXAMPLE.proposed_by }
export const REVERSAL_EXAMPLE = {
  ...PROPOSED_EXAMPLE,
  id: 'jnl_01kaj6n8k2f5rvt4r9e8q7m3zh',
  description: 'Charged twice',
  postings: [{ debit: { class: 'bank_operating', owner: 'main' }, credit: { class: 'provider_fee_expense', owner: '' }, amount: '12.50' }],
  reverses: PROPOSED_EXAMPLE.id
}
