import { externalId } from '../../kernel/ids.ts'
import { Refusal } from '../../kernel/refusals.ts'
import type { Books, Operation, Origin } from '../../journal/operation.ts'
import { takeBackAccounts } from '../release/take-back.ts'
import { CASE_ACTIONS_BY_STATE, type CaseAction, type CaseActor, type RefundCase } from '../trade/refund-case.ts'
import type { TradeAnswer } from '../trade/show-trade.ts'
import { requireNotFrozen } from '../trade/states.ts'
import type { Trade } from '../trade/trade.ts'
import { answerTrade, type TradeTarget } from '../trade/trade-operation.ts'
import { workOnTrade } from '../steps/trade-step.ts'
import { REFUND_CASES } from './case-rows.ts'
import { actOnCases } from './settle-case.ts'

/** Which case of which trade is meant, by its inside id (null when the text was none). */
export interface CaseTarget extends TradeTarget {
  readonly caseId: string | null
}

/** What somebody does to a case; a return is shipped somehow. */
export interface CaseMove extends CaseActor {
  readonly action: Exclude<CaseAction, 'escalate'>
  readonly carrier?: string | null
  readonly trackingNumber?: string | null
  /** When it happened, where it posts something; the decision's time where that is not told. */
  readonly occurredAt?: Date | null
}

/**
 * Agrees to a case, refuses it, ships or confirms its return, or withdraws it, and gives its money back where that ends it so.
 * Refuses `not_found`, `version_mismatch`, and `illegal_in_case_state` for what its state does not allow, also when its time is over: a time
 * that has ended is over, whether or not the timer has come yet.
 */
export function actOnCase (origin: Origin, { caseId, ...target }: CaseTarget, move: CaseMove): Operation<TradeAnswer> {
  return workOnTrade(origin, target, {
    name: `refund_case.${move.action}`,
    weight: 10,
    movesCoins: true,
    accounts (trade) {
      const lineId = trade.refundCases.find(({ id }) => id === caseId)?.lineId
      return takeBackAccounts(trade, trade.lines.filter(({ id }) => id === lineId))
    },
    decide (books, trade) {
      requireNotFrozen(trade)
      const found = requireAllowed(books, requireCase(books, trade, caseId), move.action)
      const { action, by, key, carrier = null, trackingNumber = null, occurredAt = null } = move
      const refundCase = action === 'ship_return' ? { ...found, carrier, trackingNumber } : found
      return actOnCases(books, trade, [refundCase], { action, by, key }, occurredAt)
    },
    answer: ({ trade, transactions }) => answerTrade(trade, transactions)
  })
}

/** The open case that is meant. One that is closed refuses every action; refuses `not_found` for what is no case of this trade. */
export function requireCase (books: Books, trade: Trade, caseId: string | null): RefundCase {
  const open = trade.refundCases.find(({ id }) => id === caseId)
  if (open !== undefined) return open
  const closed = caseId === null ? null : books.find(REFUND_CASES, caseId)
  if (closed?.tradeId !== trade.id) throw new Refusal('not_found')
  throw illegal(closed, `This case is ${closed.state}.`)
}

/** Refuses `illegal_in_case_state`, with the state and what it allows, unless the case's state allows the action and its time is not over. */
export function requireAllowed ({ now }: Books, refundCase: RefundCase, action: CaseAction): RefundCase {
  const { state, dueAt } = refundCase
  if (!CASE_ACTIONS_BY_STATE[state].includes(action)) throw illegal(refundCase, `A case that is ${state} does not allow "${action}".`)
  if (dueAt !== null && dueAt <= now) throw illegal(refundCase, `The time of ${externalId('cas', refundCase.id)} ended at ${dueAt.toISOString()}.`)
  return refundCase
}

function illegal ({ state }: Pick<RefundCase, 'state'>, detail: string): Refusal {
  return new Refusal('illegal_in_case_state', detail, { current_state: state, allowed_actions: CASE_ACTIONS_BY_STATE[state] })
}
