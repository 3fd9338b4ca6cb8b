import { Type as T, type TProperties } from 'typebox'
import { component } from '../../http/components.ts'
import { Currency, Exactly, Id, Money, Nullable, Page, PageQuery, Reference, Timestamp } from '../../http/schemas.ts'
import { BankAccount, Provider } from '../trade/money-place-schemas.ts'
import { CHANNELS, FAILURE_REASONS, OUTCOMES, REFUND_STATUSES } from './refund.ts'

const Reason = T.Enum([...FAILURE_REASONS], { type: 'string', description: 'Why it failed, or came back. A closed list: what providers write may name people.' })

const AttemptReference = T.String({
  ...Reference,
  description: 'What the provider or bank calls this attempt. It is one attempt of one refund for ever: whoever tries again needs another one.',
  examples: ['R-1']
})

/** The bodies of all reports of one channel; what it is called through differs, the rest does not. */
function reportsOf<Properties extends TProperties, Example extends object> (through: Properties, example: Example) {
  const properties = { ...through, occurred_at: T.Optional({ ...Timestamp, description: 'When it happened at the provider or bank; now where that is not told.' }) }
  const told = { ...example, occurred_at: '2026-01-31T08:00:00Z' }
  const plain = Exactly(properties, { examples: [told] })
  return {
    sending: plain,
    success: plain,
    failure: Exactly({ ...properties, reason: Reason }, { examples: [{ ...told, reason: 'account_closed' }] }),
    bounce: Exactly({ ...properties, reason: T.Optional(Reason) }, { examples: [{ ...told, reason: 'account_closed' }] })
  }
}

export const PROVIDER_REPORTS = reportsOf({ provider: Provider, provider_ref: AttemptReference }, { provider: 'sandbox', provider_ref: 'R-1' })
export const BANK_REPORTS = reportsOf({ bank_account: BankAccount, bank_ref: AttemptReference }, { bank_account: 'main', bank_ref: 'B-1' })

const Status = T.Enum([...REFUND_STATUSES], {
  type: 'string',
  description: 'How far it came, by its attempts. Unless it is `succeeded` its money is owed: `bounced` has left and come back, `failed` has never left. `charged_back` is no longer owed: the provider took its payment back before it left.'
})

const AttemptBody = component('RefundAttempt', T.Object({
  channel: T.Enum([...CHANNELS], { type: 'string' }),
  account: T.String({ description: 'The name of the provider or bank account.' }),
  reference: AttemptReference,
  outcome: T.Enum([...OUTCOMES], { type: 'string', description: 'The strongest that was told of it: `failed` gives way to `succeeded`, that to `bounced`.' }),
  reason: Nullable(Reason),
  excess: T.Boolean({ description: 'Whether another attempt had paid already: its money waits in `unidentified_debits`.' }),
  occurred_at: Timestamp,
  decided_at: { ...Timestamp, description: 'When we took down its outcome.' },
  created_at: { ...Timestamp, description: 'When it was told for the first time.' }
}, { description: 'One try to pay a refund out.' }))

const refundProperties = {
  id: Id('rfd'),
  status: Status,
  payment: Id('pay'),
  trade: Nullable(Id('trd')),
  currency: Currency,
  amount: Money,
  paid_twice: T.Boolean({ description: 'Whether it left more than once and that has not come back. Finance must look.' }),
  attempts: T.Array(AttemptBody, { description: 'In the order in which they were first told.' }),
  created_at: Timestamp,
  version: T.Integer({ minimum: 1 })
}

export const RefundBody = component('Refund', T.Object(refundProperties, { description: 'Money of one payment that is owed back to where it came from, and how it left.' }))

export const RefundStepBody = component('RefundStep', T.Object({
  ...refundProperties,
  transactions: T.Array(Id('txn'), { description: 'The transactions that this report posted.' })
}, { description: 'A refund as a report left it, and the transactions that the report posted.' }))

export const RefundPage = Page('RefundPage', RefundBody)

export const RefundQuery = PageQuery({
  status: T.Optional(Status),
  trade: T.Optional(Id('trd')),
  payment: T.Optional(Id('pay'))
})
