import { Type as T } from 'typebox'
import { component } from '../../http/components.ts'
import { Currency, Exactly, Id, Money, Nullable, Page, PageQuery, Reference, Timestamp } from '../../http/schemas.ts'
import { Provider } from '../trade/money-place-schemas.ts'
import { SUSPENSE_REASONS } from './payment-rows.ts'
import { Transactions } from '../steps/trade-schemas.ts'

const factProperties = {
  amount: Money,
  currency: T.Optional(Currency),
  provider: Provider,
  provider_ref: Reference,
  revision: T.Optional(T.Integer({
    minimum: 1, description: 'The revision of the trade that was agreed to. When the trade has another one by now, the payment waits in suspense.'
  })),
  occurred_at: T.Optional(Timestamp)
}

/** A payment for a trade that the path names. */
export const TradePaymentRequest = Exactly(factProperties, {
  examples: [{ amount: '44.80', provider: 'sandbox', provider_ref: 'P-1', occurred_at: '2026-01-31T08:00:00Z' }]
})

/** A payment whose trade may not be known. */
export const PaymentRequest = Exactly({ ...factProperties, trade_external_ref: T.Optional(Reference) }, {
  examples: [{ trade_external_ref: 'ORD-1', amount: '44.80', currency: 'CNY', provider: 'sandbox', provider_ref: 'P-1', occurred_at: '2026-01-31T08:00:00Z' }]
})

export const MatchRequest = Exactly({ trade: Id('trd'), amount: T.Optional(Money) }, {
  examples: [{ trade: 'trd_01kaj6n8k2f5rvt4r9e8q7m3ze', amount: '44.80' }]
})

export const ReturnRequest = Exactly({ amount: T.Optional(Money) }, { examples: [{ amount: '44.80' }] })

const paymentProperties = {
  id: Id('pay'),
  provider: Provider,
  provider_ref: Reference,
  currency: Currency,
  amount: Money,
  occurred_at: Timestamp,
  trade: Nullable(Id('trd')),
  trade_external_ref: Nullable(Reference),
  applied: Money,
  in_suspense: Money,
  suspense_reason: Nullable(T.Enum([...SUSPENSE_REASONS], {
    type: 'string', description: 'Why its trade did not take all of it when it came, also when that was matched or given back since.'
  })),
  returned: Money,
  charged_back: { ...Money, description: 'What the provider took back of what no trade took.' },
  created_at: Timestamp,
  version: T.Integer({ minimum: 1 })
}

export const PaymentBody = component('Payment', T.Object(paymentProperties, {
  description: 'A payment as its provider told it: amount = applied + in_suspense + returned + charged_back, at every moment.'
}))

export const PaymentStepBody = component('PaymentStep', T.Object({ ...paymentProperties, transactions: Transactions }, {
  description: 'A payment as a step left it, and the transactions that the step posted.'
}))

export const PaymentPage = Page('PaymentPage', PaymentBody)

export const PaymentQuery = PageQuery({
  provider: T.Optional(Provider),
  provider_ref: T.Optional(Reference),
  in_suspense: T.Optional(T.Boolean({ description: 'With `true` only payments of which money waits in suspense, with `false` only the others.' }))
})
