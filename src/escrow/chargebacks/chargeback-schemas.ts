import { Type as T } from 'typebox'
import { component } from '../../http/components.ts'
import { Currency, Exactly, Id, Money, Nullable, Page, PageQuery, Reference, Timestamp } from '../../http/schemas.ts'
import { Transactions } from '../steps/trade-schemas.ts'
import { Provider } from '../trade/money-place-schemas.ts'
import { CHARGEBACK_OUTCOMES, CHARGEBACK_STATES } from './chargeback.ts'

const ProviderRef = T.String({ ...Reference, description: 'What the provider calls the chargeback: one chargeback for ever.', examples: ['CB-1'] })
const PaymentRef = T.String({ ...Reference, description: 'What the provider calls the payment that it took back.', examples: ['P-1'] })
const Outcome = T.Enum([...CHARGEBACK_OUTCOMES], { type: 'string', description: '`won`: the provider gave the money back; `lost`: it stays gone.' })
const OccurredAt = T.Optional({ ...Timestamp, description: 'When it happened at the provider; now where that is not told.' })

export const OpeningRequest = Exactly({
  provider: Provider,
  provider_ref: ProviderRef,
  payment_provider_ref: PaymentRef,
  amount: { ...Money, description: 'What the provider took back of the payment.' },
  currency: T.Optional(Currency),
  fee: T.Optional({ ...Money, description: 'What it took beside that for its trouble.' }),
  occurred_at: OccurredAt
}, { examples: [{ provider: 'sandbox', provider_ref: 'CB-1', payment_provider_ref: 'P-1', amount: '44.80', currency: 'CNY', fee: '15.00', occurred_at: '2026-03-01T08:00:00Z' }] })

const outcomeProperties = {
  outcome: Outcome,
  fee: T.Optional({ ...Money, description: 'A further fee.' }),
  fee_returned: T.Optional({ ...Money, description: 'What the provider gave back of its fees.' }),
  occurred_at: OccurredAt
}

export const OutcomeRequest = Exactly(outcomeProperties, { examples: [{ outcome: 'won', occurred_at: '2026-04-01T08:00:00Z' }] })

export const NamedOutcomeRequest = Exactly({ provider: Provider, provider_ref: ProviderRef, currency: T.Optional(Currency), ...outcomeProperties }, {
  examples: [{ provider: 'sandbox', provider_ref: 'CB-1', outcome: 'lost', fee: '15.00', currency: 'CNY', occurred_at: '2026-04-01T08:00:00Z' }]
})

const Taken = T.Object({
  suspense: { ...Money, description: 'What waited in suspense.' },
  returned: { ...Money, description: 'What should have gone back of that, and had not left.' },
  trades: T.Array(T.Object({
    trade: Id('trd'),
    refunded: { ...Money, description: 'What should have gone back, and had not left.' },
    held: { ...Money, description: 'What the trade held.' },
    released: { ...Money, description: 'What sellers, partners and the commission gave back.' }
  })),
  loss: { ...Money, description: 'What was found nowhere: our loss.' }
}, { description: 'Where its money was taken, and given back to when it was won.' })

const chargebackProperties = {
  id: Id('chb'),
  state: T.Enum([...CHARGEBACK_STATES], { type: 'string', description: '`awaiting_opening`: only its outcome was told. Its trades are frozen while it is `open`.' }),
  provider: Provider,
  provider_ref: ProviderRef,
  payment_provider_ref: Nullable(PaymentRef),
  payment: Nullable({ ...Id('pay'), description: 'Null while no payment of that name is known: its money is in `unidentified_debits`.' }),
  currency: Nullable(Currency),
  amount: Nullable(Money),
  fee: Nullable(Money),
  outcome: Nullable(Outcome),
  outcome_fee: Nullable(Money),
  fee_returned: Nullable(Money),
  taken: Nullable(Taken),
  opened_at: Nullable(Timestamp),
  decided_at: Nullable(Timestamp),
  created_at: Timestamp,
  version: T.Integer({ minimum: 1 })
}

export const ChargebackStepBody = component('ChargebackStep', T.Object({ ...chargebackProperties, transactions: Transactions }, {
  description: 'A chargeback as a report left it, and the transactions that the report posted.'
}))

export const ChargebackBody = component('Chargeback', T.Object({
  ...chargebackProperties,
  booked: T.Array(T.Object({ transaction: Id('txn'), kind: T.String(), occurred_at: Timestamp, recorded_at: Timestamp }), {
    description: 'Every transaction that it posted, in that order.'
  })
}, { description: 'What a provider took back of a payment: amount = what was taken of suspense, returns and trades, and our loss.' }))

export const ChargebackPage = Page('ChargebackPage', ChargebackBody)

export const ChargebackQuery = PageQuery({
  state: T.Optional(T.Enum([...CHARGEBACK_STATES], { type: 'string' })),
  trade: T.Optional(Id('trd')),
  payment: T.Optional(Id('pay'))
})
