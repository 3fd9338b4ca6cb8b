import { Type as T } from 'typebox'
import { component } from '../http/components.ts'
import { Currency, Exactly, Id, Money, Nullable, Page, PageQuery, Timestamp } from '../http/schemas.ts'
import { PROPOSAL_STATES } from '../two-persons/proposal.ts'
import { WRITE_OFF_REASONS } from './write-off.ts'

const State = T.Enum([...PROPOSAL_STATES], { type: 'string', description: 'Only a posted write-off is in the books.' })
const Reason = T.Enum([...WRITE_OFF_REASONS], { type: 'string', description: 'Why it will not be paid. A code, so that no personal data comes into the books.' })

/** A write-off to propose. */
export const WriteOffRequest = Exactly({
  party: Id('pty'),
  currency: Currency,
  amount: T.Optional(Money),
  reason: Reason
}, { examples: [{ party: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zd', currency: 'CNY', amount: '12.50', reason: 'insolvent' }] })

export const WriteOffBody = component('WriteOff', T.Object({
  id: Id('wof'),
  state: State,
  party: Id('pty'),
  currency: Currency,
  amount: Money,
  written_off: Nullable(Money),
  reason: Reason,
  proposed_by: Id('key'),
  proposed_at: Timestamp,
  decided_by: Nullable(Id('key')),
  decided_at: Nullable(Timestamp),
  transaction: Nullable(Id('txn'))
}, {
  description: 'What is given up of what a party owes: proposed by one person, decided by another. A person is an API key, whatever its secret. ' +
    '`written_off` is what of `amount` was still owed when it was approved.'
}))

export const WriteOffPage = Page('WriteOffPage', WriteOffBody)

export const WriteOffQuery = PageQuery({ state: T.Optional(State) })

const Receivable = component('Receivable', T.Object({
  party: Id('pty'),
  currency: Currency,
  owed: Money,
  owing_since: Timestamp,
  age_days: T.Integer({ minimum: 0, description: 'Whole days since then.' })
}, { description: 'What a seller or partner owes us in one currency, and since when it has owed anything in it without a break.' }))

export const ReceivablePage = Page('ReceivablePage', Receivable)

export const ReceivableQuery = PageQuery({ party: T.Optional(Id('pty')), currency: T.Optional(Currency) })

export const RECEIVABLE_EXAMPLE = {
  party: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zd',
  currency: 'CNY',
  owed: '12.50',
  owing_since: '2026-01-02T06:30:00.000Z',
  age_days: 30
}

export const PROPOSED_EXAMPLE = {
  id: 'wof_01kaj6n8k2f5rvt4r9e8q7m3zd',
  state: 'proposed',
  party: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zd',
  currency: 'CNY',
  amount: '12.50',
  written_off: null,
  reason: 'insolvent',
  proposed_by: 'key_01kaj6n8k2f5rvt4r9e8q7m3ze',
  proposed_at: '2026-02-01T06:30:00.000Z',
  decided_by: null,
  decided_at: null,
  transaction: null
}

const decided = { decided_by: 'key_01kaj6n8k2f5rvt4r9e8q7m3zf', decided_at: '2026-02-01T07:00:00.000Z' }

export const POSTED_EXAMPLE = { ...PROPOSED_EXAMPLE, ...decided, state: 'posted', written_off: '10.00', transaction: 'txn_01kaj6n8k2f5rvt4r9e8q7m3zg' }
export const REJECTED_EXAMPLE = { ...PROPOSED_EXAMPLE, ...decided, state: 'rejected' }
export const WITHDRAWN_EXAMPLE = { ...PROPOSED_EXAMPLE, ...decided, state: 'withdrawn', decided_by: PROPOSED_EXAMPLE.proposed_by }
