import { Type as T } from 'typebox'
import { component } from '../../http/components.ts'
import { Id, Money, Nullable, Timestamp } from '../../http/schemas.ts'
import { CASE_ACTIONS, CASE_KINDS, CASE_REASONS, CASE_STATES } from '../trade/refund-case.ts'

const QUANTITY_MAX = 1_000_000

/** Units of a line. */
export const Quantity = T.Integer({ minimum: 1, maximum: QUANTITY_MAX })

export const CaseStateName = T.Enum([...CASE_STATES], { type: 'string', description: 'How far it has come; a refunded or cancelled one is closed.' })
export const CaseKind = T.Enum([...CASE_KINDS], { type: 'string', description: 'Whether what was shipped comes back first.' })
export const CaseReason = T.Enum([...CASE_REASONS], { type: 'string', description: 'Why the buyer wants his money back.' })

/** What a refund case shows, also in its trade. */
export const caseProperties = {
  id: Id('cas'),
  line: Id('lin'),
  kind: CaseKind,
  state: CaseStateName,
  reason: CaseReason,
  quantity: Nullable(Quantity),
  asked: Nullable(Money),
  amount: { ...Money, description: 'What it comes to, as of its last step; once it is closed as refunded, what went back.' },
  opened_at: Timestamp,
  due_at: Nullable(Timestamp),
  carrier: Nullable(T.String()),
  tracking_number: Nullable(T.String()),
  allowed_actions: T.Array(T.Enum([...CASE_ACTIONS], { type: 'string' }), { description: 'What can be done with it now.' })
}

export const CaseBody = component('RefundCase', T.Object(caseProperties, {
  description: 'A wish for money back of one line: of units, of an amount, of units for an amount, or of all that is left.'
}))
