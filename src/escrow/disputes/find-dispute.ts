import type { Need, Rows } from '../../journal/operation.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { requireNotFrozen } from '../trade/states.ts'
import type { Trade } from '../trade/trade.ts'
import { TRADES } from '../trade/trade-rows.ts'
import { isUndecided, type Dispute } from './dispute.ts'
import { DISPUTES } from './dispute-rows.ts'

/** Which dispute a caller means and of which trade it is, by their inside ids (null when there is none): the trade is locked before it. */
export interface DisputeTarget {
  readonly disputeId: string | null
  readonly tradeId: string | null
}

/** What an operation on a dispute names. */
export function needsOf ({ disputeId, tradeId }: DisputeTarget): Need[] {
  return [{ kind: TRADES, ids: () => tradeId === null ? [] : [tradeId] }, { kind: DISPUTES, ids: () => disputeId === null ? [] : [disputeId] }]
}

/** The dispute and its trade, or null where there is none. */
export function findDispute (rows: Rows, { disputeId, tradeId }: DisputeTarget): { readonly dispute: Dispute, readonly trade: Trade } | null {
  const dispute = disputeId === null ? null : rows.find(DISPUTES, disputeId)
  const trade = tradeId === null ? null : rows.find(TRADES, tradeId)
  return dispute === null || trade === null || dispute.tradeId !== trade.id ? null : { dispute, trade }
}

/** The dispute that is meant and its trade. Refuses `not_found`, `dispute_decided` for one that is over, and `chargeback_open` while a chargeback of its trade is. */
export function requireUndecided (rows: Rows, target: DisputeTarget): { readonly dispute: Dispute, readonly trade: Trade } {
  const found = findDispute(rows, target)
  if (found === null) throw new Refusal('not_found')
  requireNotDecided(found.dispute)
  requireNotFrozen(found.trade)
  return found
}

/** Refuses `dispute_decided` for a dispute that is over. */
export function requireNotDecided (dispute: Dispute): void {
  if (!isUndecided(dispute)) throw new Refusal('dispute_decided', `It is ${dispute.state}.`, { current_state: dispute.state })
}
