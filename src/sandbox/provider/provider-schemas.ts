import { Type as T } from 'typebox'
import { CHARGEBACK_OUTCOMES } from '../../escrow/chargebacks/chargeback.ts'
import { FAILURE_REASONS } from '../../escrow/refunds/refund.ts'
import { component } from '../../http/components.ts'
import { Currency, Exactly, Id, Money, Nullable, Page, PageQuery, Rate, Reference, Timestamp } from '../../http/schemas.ts'
import { DAY_MS, SECOND_MS } from '../../kernel/time.ts'
import { REFUND_RULES } from './behaviour.ts'
import { REFUND_ENDS } from './decide-refund.ts'
import { FACT_KINDS, REPORTS_MAX } from './fact.ts'
import { PAY_MODES } from './pay.ts'

const LATER_MAX_SECONDS = 366 * DAY_MS / SECOND_MS

const timing = {
  after_seconds: T.Optional(T.Integer({ minimum: 0, maximum: LATER_MAX_SECONDS, default: 0, description: 'How long until it happens, by the test clock.' })),
  report_after_seconds: T.Optional(T.Array(T.Integer({ minimum: 0, maximum: LATER_MAX_SECONDS }), {
    minItems: 1, maxItems: REPORTS_MAX, default: [0], description: 'How long after that it is reported: once for each, so that `[0, 0]` tells the same fact twice and `[86400]` a day late.'
  }))
}

const payment = {
  mode: T.Optional(T.Enum([...PAY_MODES], {
    type: 'string',
    default: 'full',
    description: 'What the buyer pays: what is due (of a trade that awaits nothing, its whole price), half of it, all of it twice in two payments, or a tenth more.'
  })),
  amount: T.Optional({ ...Money, description: 'A decimal string: what he pays instead of what `mode` would make it.' }),
  currency: T.Optional(Currency),
  revision: T.Optional(T.Integer({ minimum: 1, description: 'The revision of the trade that he agreed to, which the report then carries.' })),
  ...timing
}

export const PayRequest = T.Union([Exactly({ trade: Id('trd'), ...payment }), Exactly({ trade_external_ref: Reference, ...payment })], {
  examples: [{ trade: 'trd_01kaj6n8k2f5rvt4r9e8q7m3ze' }, { trade_external_ref: 'ORD-1', mode: 'short', after_seconds: 3600, report_after_seconds: [0, 0] }]
})

export const RefundRequest = Exactly({
  outcome: T.Enum([...REFUND_ENDS], { type: 'string', description: 'It is paid out; it fails; or it is paid out and comes back.' }),
  reason: T.Optional(T.Enum([...FAILURE_REASONS], { type: 'string', default: 'other', description: 'Why it fails, or comes back.' })),
  ...timing
}, { examples: [{ outcome: 'failure', reason: 'account_closed' }] })

export const ChargebackRequest = Exactly({
  payment_provider_ref: { ...Reference, description: 'What the provider calls the payment that it takes back. It may be one that it has not reported; one that it does not have needs an `amount`.' },
  amount: T.Optional({ ...Money, description: 'A decimal string: how much of it; without it all, whatever went back already.' }),
  currency: T.Optional({ ...Currency, description: 'Of a payment that the provider does not have.' }),
  fee: T.Optional({ ...Money, description: 'A decimal string: what it takes beside that.' }),
  ...timing
}, { examples: [{ payment_provider_ref: 'sbx_01kaj6n8k2f5rvt4r9e8q7m3zg', fee: '15.00', report_after_seconds: [0, 0] }] })

export const OutcomeRequest = Exactly({
  outcome: T.Enum([...CHARGEBACK_OUTCOMES], { type: 'string', description: '`won`: it gives the money back; `lost`: it does not.' }),
  fee: T.Optional({ ...Money, description: 'A decimal string: a further fee.' }),
  fee_returned: T.Optional({ ...Money, description: 'A decimal string: what it gives back of its fees.' }),
  ...timing,
  after_seconds: T.Optional({ ...timing.after_seconds, description: 'How long until it happens, by the test clock; of an opening that is still to come, how long after that.' })
}, { examples: [{ outcome: 'won', fee_returned: '15.00', after_seconds: 2_592_000 }] })

export const FactBody = component('SandboxFact', T.Object({
  id: Id('sbx'),
  kind: T.Enum([...FACT_KINDS], { type: 'string', description: 'What happened.' }),
  provider_ref: T.String({ description: 'What the provider calls the payment, the attempt or the chargeback.' }),
  payment_provider_ref: Nullable(T.String({ description: 'What it calls the payment that a chargeback takes back.' })),
  trade: Nullable(Id('trd')),
  trade_external_ref: Nullable(Reference),
  refund: Nullable(Id('rfd')),
  currency: Currency,
  amount: Money,
  fee: { ...Money, description: 'A decimal string: what the provider keeps.' },
  fee_returned: { ...Money, description: 'A decimal string: what it gives back of its fees.' },
  reason: Nullable(T.Enum([...FAILURE_REASONS], { type: 'string' })),
  occurred_at: { ...Timestamp, description: 'When it happens, by the test clock.' },
  report_at: T.Array(Timestamp, { description: 'When it is reported, once for each.' }),
  reported: T.Integer({ minimum: 0, description: 'How often it has been.' })
}, { description: 'Something that happened at the sandbox provider, or is to happen.' }))

export const FactsBody = component('SandboxFacts', T.Object({ data: T.Array(FactBody) }))
export const FactPage = Page('SandboxFactPage', FactBody)
export const FactQuery = PageQuery({})

const behaviour = {
  fee_rate: { ...Rate, description: 'What it keeps of every payment: a decimal string; "0.006" is 0.6 percent.' },
  refunds: T.Enum([...REFUND_RULES], { type: 'string', description: 'What becomes of refunds that nobody decides by hand, from now on.' }),
  refund_after_seconds: T.Integer({ minimum: 0, maximum: LATER_MAX_SECONDS, description: 'How long after they became payable; what bounces comes back as long after that.' })
}

export const BehaviourBody = component('SandboxProvider', T.Object(behaviour, { description: 'How the provider behaves without being told for each case.' }))
export const BehaviourChange = Exactly({
  fee_rate: T.Optional(behaviour.fee_rate), refunds: T.Optional(behaviour.refunds), refund_after_seconds: T.Optional(behaviour.refund_after_seconds)
}, { examples: [{ refunds: 'succeed', refund_after_seconds: 3600 }] })

export const SettlementQuery = Exactly({
  day: T.String({ format: 'date', description: 'A day of the test clock, in UTC.', examples: ['2026-01-31'] })
})

export const SettlementBody = T.String()

export const BEHAVIOUR_EXAMPLE = { fee_rate: '0.006', refunds: 'succeed', refund_after_seconds: 3600 }

export const PAYMENT_FACT_EXAMPLE = {
  id: 'sbx_01kaj6n8k2f5rvt4r9e8q7m3zg',
  kind: 'payment',
  provider_ref: 'sbx_01kaj6n8k2f5rvt4r9e8q7m3zg',
  payment_provider_ref: null,
  trade: 'trd_01kaj6n8k2f5rvt4r9e8q7m3ze',
  trade_external_ref: null,
  refund: null,
  currency: 'CNY',
  amount: '44.80',
  fee: '0.27',
  fee_returned: '0.00',
  reason: null,
  occurred_at: '2026-01-31T08:00:00.000Z',
  report_at: ['2026-01-31T08:00:00.000Z'],
  reported: 1
}

export const REFUND_FACT_EXAMPLE = {
  ...PAYMENT_FACT_EXAMPLE,
  id: 'sbx_01kaj6n8k2f5rvt4r9e8q7m3zh',
  kind: 'refund_failure',
  provider_ref: 'sbx_01kaj6n8k2f5rvt4r9e8q7m3zh',
  refund: 'rfd_01kaj6n8k2f5rvt4r9e8q7m3zj',
  fee: '0.00',
  reason: 'account_closed'
}

export const CHARGEBACK_FACT_EXAMPLE = {
  ...PAYMENT_FACT_EXAMPLE,
  id: 'sbx_01kaj6n8k2f5rvt4r9e8q7m3zk',
  kind: 'chargeback_opened',
  provider_ref: 'sbx_01kaj6n8k2f5rvt4r9e8q7m3zk',
  payment_provider_ref: PAYMENT_FACT_EXAMPLE.provider_ref,
  fee: '15.00',
  report_at: [PAYMENT_FACT_EXAMPLE.occurred_at, PAYMENT_FACT_EXAMPLE.occurred_at],
  reported: 2
}

export const OUTCOME_FACT_EXAMPLE = {
  ...CHARGEBACK_FACT_EXAMPLE,
  id: 'sbx_01kaj6n8k2f5rvt4r9e8q7m3zm',
  kind: 'chargeback_won',
  fee: '0.00',
  fee_returned: '15.00',
  occurred_at: '2026-03-02T08:00:00.000Z',
  report_at: ['2026-03-02T08:00:00.000Z'],
  reported: 0
}

export const SETTLEMENT_EXAMPLE = [
  'line,type,provider_ref,currency,gross,fee,net,occurred_at,fact',
  '1,payment,sbx_01kaj6n8k2f5rvt4r9e8q7m3zg,CNY,44.80,0.27,44.53,2026-01-31T08:00:00.000Z,sbx_01kaj6n8k2f5rvt4r9e8q7m3zg',
  'total,1,,CNY,44.80,0.27,44.53,,',
  ''
].join('\n')
