import { externalId } from '../../kernel/ids.ts'
import { formatAmount } from '../../kernel/money.ts'
import type { Unit } from '../../kernel/units.ts'
import { CASE_ACTIONS_BY_STATE, type CaseAction, type CaseKind, type CaseState, type RefundCase } from './refund-case.ts'

/** A refund case as callers see it: outside ids, amounts as decimal strings of its trade's currency. */
export interface CaseJson {
  readonly id: string
  readonly line: string
  readonly kind: CaseKind
  readonly state: CaseState
  readonly reason: RefundCase['reason']
  readonly quantity: number | null
  readonly asked: string | null
  readonly amount: string
  readonly opened_at: string
  readonly due_at: string | null
  readonly carrier: string | null
  readonly tracking_number: string | null
  readonly allowed_actions: readonly CaseAction[]
}

/** The outside form of a case. */
export function showCase (refundCase: Omit<RefundCase, 'remainingMs'>, unit: Unit): CaseJson {
  return {
    id: externalId('cas', refundCase.id),
    line: externalId('lin', refundCase.lineId),
    kind: refundCase.kind,
    state: refundCase.state,
    reason: refundCase.reason,
    quantity: refundCase.quantity,
    asked: refundCase.asked === null ? null : formatAmount(refundCase.asked, unit),
    amount: formatAmount(refundCase.amount, unit),
    opened_at: refundCase.openedAt.toISOString(),
    due_at: refundCase.dueAt?.toISOString() ?? null,
    carrier: refundCase.carrier,
    tracking_number: refundCase.trackingNumber,
    allowed_actions: CASE_ACTIONS_BY_STATE[refundCase.state]
  }
}
