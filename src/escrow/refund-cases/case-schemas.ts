import { Type as T } from 'typebox'
import { component } from '../../http/components.ts'
import { Currency, Exactly, Id, Money, Nullable, Page, PageQuery, Timestamp } from '../../http/schemas.ts'
import { CASE_ACTORS, CASE_STEPS } from '../trade/refund-case.ts'
import { CaseKind, caseProperties, CaseReason, CaseStateName, Quantity } from '../steps/case-schemas.ts'
import { LINES_MAX, OccurredAt } from '../steps/trade-schemas.ts'

/** A request for refunds. */
export const RefundRequest = Exactly({
  lines: T.Array(Exactly({
    line: Id('lin'),
    kind: CaseKind,
    quantity: T.Optional(Quantity),
    amount: T.Optional(Money)
  }), { minItems: 1, maxItems: LINES_MAX, description: 'One case is opened for each. Without a quantity and an amount it is about all that is left of the line.' }),
  reason: CaseReason,
  by: T.Optional(T.Enum(['buyer', 'platform'], { type: 'string', description: 'Who asks: the buyer where that is not told.' })),
  agreed_by_seller: T.Optional(T.Boolean({ description: 'Whether the seller has agreed already: then the money goes back at once, or the buyer may ship the return.' })),
  occurred_at: OccurredAt
}, { examples: [{ lines: [{ line: 'lin_01kaj6n8k2f5rvt4r9e8q7m3zf', kind: 'refund_only', amount: '5.00' }], reason: 'damaged' }] })

/** What makes a case's money go back, by the seller or the platform for him. */
export const AgreementRequest = Exactly({
  by: T.Optional(T.Enum(['seller', 'platform'], { type: 'string', description: 'Who does it: the seller where that is not told.' })),
  occurred_at: OccurredAt
}, { examples: [{}] })

/** The refusal of a case, by the seller or the platform for him. */
export const RefusalRequest = Exactly({
  by: T.Optional(T.Enum(['seller', 'platform'], { type: 'string', description: 'Who refuses: the seller where that is not told.' }))
}, { examples: [{}] })

/** The withdrawal of a case, by the buyer or the platform for him. */
export const WithdrawalRequest = Exactly({
  by: T.Optional(T.Enum(['buyer', 'platform'], { type: 'string', description: 'Who withdraws: the buyer where that is not told.' }))
}, { examples: [{}] })

/** A return on its way to the seller. */
export const ReturnShipmentRequest = Exactly({
  carrier: T.Optional(T.String({ minLength: 1, maxLength: 100 })),
  tracking_number: T.Optional(T.String({ minLength: 1, maxLength: 100 }))
}, { examples: [{ carrier: 'SF Express', tracking_number: 'SF0987654321' }] })

/** The path parameters of a route about one case of a trade. */
export const CaseParams = Exactly({ id: Id('trd'), case_id: Id('cas') })

export const CaseRecordBody = component('RefundCaseRecord', T.Object({
  ...caseProperties,
  trade: Id('trd'),
  seller: Id('pty'),
  currency: Currency,
  refunded: { ...Money, description: 'What was given back.' },
  closed_at: Nullable(Timestamp),
  steps: T.Array(T.Object({
    action: T.Enum([...CASE_STEPS], { type: 'string' }),
    by: T.Enum([...CASE_ACTORS], { type: 'string' }),
    key: Nullable(Id('key')),
    at: Timestamp
  }), { description: 'What was done to it, by whom and with which key; a timer has none. Oldest first.' })
}, { description: 'A refund case, open or closed, with its history.' }))

export const CasePage = Page('RefundCasePage', CaseRecordBody)

export const CaseQuery = PageQuery({
  state: T.Optional(CaseStateName),
  trade: T.Optional(Id('trd')),
  seller: T.Optional(Id('pty'))
})
