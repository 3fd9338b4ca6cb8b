import type { Operation, Origin } from '../../journal/operation.ts'
import { requireAllowed, requireCase, type CaseTarget } from '../refund-cases/act-on-case.ts'
import { actOnCases } from '../refund-cases/settle-case.ts'
import { workOnTrade } from '../steps/trade-step.ts'
import { requireNotFrozen } from '../trade/states.ts'
import { escalatedPart } from './escalated-part.ts'
import { answerDisputed, startDispute, type DisputedTradeAnswer } from './open-dispute.ts'

/** Who escalates, and with which key (its inside id). */
export interface Escalation {
  readonly by: 'buyer' | 'platform'
  readonly key: string
}

/**
 * Brings a refused case before an arbitrator: it waits for the end of a dispute about what it claims, also when the after-sale window ends meanwhile.
 * Nothing posts. The award closes the case with what it gives to the buyer; withdrawing the dispute cancels it.
 * Refuses `not_found`, `version_mismatch`, `chargeback_open`, `illegal_in_case_state`, and `nothing_to_dispute` where nothing of it is shipped.
 */
export function escalateCase (origin: Origin, { caseId, ...target }: CaseTarget, { by, key }: Escalation): Operation<DisputedTradeAnswer> {
  return workOnTrade(origin, target, {
    name: 'refund_case.escalate',
    weight: 16,
    decide (books, trade) {
      requireNotFrozen(trade)
      const refundCase = requireAllowed(books, requireCase(books, trade, caseId), 'escalate')
      const contested = trade.lines.filter(({ id }) => id === refundCase.lineId).map((line) => ({ line, part: escalatedPart(line, refundCase) }))
      const escalated = actOnCases(books, trade, [refundCase], { action: 'escalate', by, key })
      return startDispute(books, escalated.trade, { by, person: key, reason: 'refund_refused' }, contested)
    },
    answer: answerDisputed
  })
}
