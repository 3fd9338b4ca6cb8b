import { EXTENDED_TRADE_EXAMPLE, TRADE_EXAMPLE } from '../steps/examples.ts'
import { CASE_ACTIONS_BY_STATE, type CaseState } from '../trade/refund-case.ts'

const BUYER_KEY = 'key_01kaj6n8k2f5rvt4r9e8q7m3zp'
const REQUESTED_AT = '2026-02-03T08:00:00.000Z'

const REQUESTED = {
  id: 'cas_01kaj6n8k2f5rvt4r9e8q7m3zq',
  line: 'lin_01kaj6n8k2f5rvt4r9e8q7m3zf',
  kind: 'return_refund',
  state: 'requested',
  reason: 'damaged',
  quantity: 1,
  asked: null,
  amount: '19.90',
  opened_at: REQUESTED_AT,
  due_at: '2026-02-05T08:00:00.000Z',
  carrier: null,
  tracking_number: null,
  allowed_actions: CASE_ACTIONS_BY_STATE.requested
}

const PAUSED_TRADE = {
  ...EXTENDED_TRADE_EXAMPLE,
  lines: EXTENDED_TRADE_EXAMPLE.lines.map((line) => ({ ...line, confirm_by: null })),
  allowed_actions: [],
  version: 5
}

/** A trade with an open case that is in a state until then (null where no time runs), in the API description. */
function withCase (state: CaseState, dueAt: string | null, deadline: string, more: object = {}): object {
  return {
    ...PAUSED_TRADE,
    refund_cases: [{ ...REQUESTED, state, due_at: dueAt, allowed_actions: CASE_ACTIONS_BY_STATE[state], ...more }],
    deadlines: dueAt === null ? {} : { [deadline]: dueAt }
  }
}

export const REQUESTED_EXAMPLE = withCase('requested', REQUESTED.due_at, 'refund_answer_by')
export const AGREED_EXAMPLE = withCase('awaiting_return', '2026-02-10T09:00:00.000Z', 'return_by')
export const REFUSED_EXAMPLE = withCase('refused', '2026-02-06T09:00:00.000Z', 'escalate_by')
export const RETURNING_EXAMPLE = withCase('return_shipped', '2026-02-14T10:00:00.000Z', 'return_confirm_by', { carrier: 'SF Express', tracking_number: 'SF0987654321' })

/** An arbitrator decides about one of the two bowls. */
export const ARBITRATED_EXAMPLE = withCase('arbitration', null, 'escalate_by')

/** The trade after a case that was withdrawn: its time to confirm runs on. */
export const WITHDRAWN_EXAMPLE = { ...EXTENDED_TRADE_EXAMPLE, version: 6 }

/** The trade after one of its two bowls went back. */
export const REFUNDED_EXAMPLE = {
  ...EXTENDED_TRADE_EXAMPLE,
  held: '24.90',
  refunded: '19.90',
  refund_pending: '19.90',
  lines: EXTENDED_TRADE_EXAMPLE.lines.map((line) => ({ ...line, refunded: 1, returned: 1 })),
  version: 7,
  transactions: ['txn_01kaj6n8k2f5rvt4r9e8q7m3zr']
}

/** A case with its history. */
export const CASE_EXAMPLE = {
  ...REQUESTED,
  trade: TRADE_EXAMPLE.id,
  seller: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zg',
  currency: 'CNY',
  refunded: '0.00',
  closed_at: null,
  steps: [{ action: 'request', by: 'buyer', key: BUYER_KEY, at: REQUESTED_AT }]
}
