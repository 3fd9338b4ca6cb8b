import { Refusal, type RefusalCode } from '../../kernel/refusals.ts'
import { disputeAbout, isDisputable } from './disputed.ts'
import { sumOf } from './line-amount.ts'
import { confirmableOf, isConditioned, openAttestations } from './release-conditions.ts'
import { heldOfLine, isFrozen, isShipmentBlocked, openCaseOf, priceOf, refundableOf, unconfirmedOf, unshippedOf, type Line, type Membership, type Trade } from './trade.ts'

export const TRADE_STATES = [
  'awaiting_payment', 'awaiting_group', 'awaiting_shipment', 'partially_shipped', 'awaiting_confirmation', 'completed', 'closed_unpaid', 'closed_refunded',
  'closed_charged_back'
] as const
export type TradeState = (typeof TRADE_STATES)[number]

export const LINE_STATES = ['pending', 'shipped', 'confirmed', 'refunded', 'cancelled'] as const
export type LineState = (typeof LINE_STATES)[number]

/** What payments, buyers, sellers and those who attest do; then what staff does. */
export const PUBLIC_ACTIONS = ['pay', 'reprice', 'ship', 'confirm', 'extend', 'cancel', 'attest', 'refund', 'dispute'] as const
export const ACTIONS = [...PUBLIC_ACTIONS, 'hold', 'lift'] as const
export type PublicAction = (typeof PUBLIC_ACTIONS)[number]
export type Action = (typeof ACTIONS)[number]

/**
 * What can be done in which state: the one table that refusals and `allowed_actions` both follow.
 * A payment that comes in another state is a fact all the same: it goes to suspense instead of the trade.
 */
export const ACTIONS_BY_STATE: Readonly<Record<TradeState, readonly Action[]>> = {
  awaiting_payment: ['pay', 'reprice', 'cancel', 'hold', 'lift'],
  // A seat is kept until the group is decided: nobody cancels alone what others count on.
  awaiting_group: ['hold', 'lift'],
  awaiting_shipment: ['ship', 'cancel', 'attest', 'refund', 'hold', 'lift'],
  partially_shipped: ['ship', 'confirm', 'extend', 'cancel', 'attest', 'refund', 'dispute', 'hold', 'lift'],
  awaiting_confirmation: ['confirm', 'extend', 'attest', 'refund', 'dispute', 'hold', 'lift'],
  completed: ['refund', 'dispute', 'lift'],
  closed_unpaid: ['lift'],
  closed_refunded: ['lift'],
  closed_charged_back: ['lift']
}

/** What can be done while a chargeback is open, where the state allows it: what moves neither money nor goods. */
export const FROZEN_ACTIONS: readonly Action[] = ['extend', 'hold', 'lift']

/** The state of a trade, which follows from what was paid and how far its lines have come. */
export function tradeState (trade: Trade): TradeState {
  if (trade.closedUnpaidAt !== null) return hasMissedGroup(trade) && trade.paid > 0n ? 'closed_refunded' : 'closed_unpaid'
  if (trade.paid < trade.total - trade.coinsValue) return 'awaiting_payment'
  if (awaitsGroup(trade)) return 'awaiting_group'
  const unshipped = trade.lines.some((line) => unshippedOf(line) > 0)
  const shipped = trade.lines.some((line) => line.shipped > 0)
  if (unshipped) return shipped ? 'partially_shipped' : 'awaiting_shipment'
  if (trade.lines.some(waits)) return 'awaiting_confirmation'
  if (trade.lines.some((line) => isKept(trade, line))) return 'completed'
  return trade.chargedBack === 0n ? 'closed_refunded' : 'closed_charged_back'
}

/** The state of a line: `pending` while a unit of it is to be shipped, `shipped` while a unit waits for confirmation. */
export function lineState (trade: Trade, line: Line): LineState {
  if (trade.closedUnpaidAt !== null) return 'cancelled'
  if (unshippedOf(line) > 0) return 'pending'
  if (waits(line)) return 'shipped'
  return isKept(trade, line) ? 'confirmed' : 'refunded'
}

/** Whether units or money of a line that has nothing left to ship wait for somebody's decision. */
function waits (line: Line): boolean {
  return unconfirmedOf(line) > 0 || line.frozenUnits > 0 || sumOf(heldOfLine(line)) > 0n
}

/**
 * Whether the buyer kept something of a line that is settled: he confirmed it, or met milestones of it, and not all of its money went back. What a chargeback
 * took is not gone before its outcome.
 */
function isKept (trade: Trade, line: Line): boolean {
  const isOpen = isFrozen(trade) && sumOf(line.chargedBackAmount) > 0n
  if (sumOf(line.releasedAmount) > 0n || (line.confirmed > 0 && sumOf(priceOf(line)) === 0n)) return true
  return isOpen && (line.confirmed > 0 || isConditioned(line))
}

/** Whether the trade is a member whose group is not decided, or which has not followed that decision. */
export function awaitsGroup (trade: Trade): trade is Trade & { readonly group: Membership } {
  return trade.group !== null && trade.group.outcome === null && trade.closedUnpaidAt === null
}

/** Whether the trade is a member that found its group full or failed: whatever is paid for it, early or late, goes back. */
export function hasMissedGroup (trade: Trade): boolean {
  return trade.group?.outcome === 'missed'
}

/** Whether a trade of that state is over without having been completed. */
export function isClosed (state: TradeState): boolean {
  return state.startsWith('closed_')
}

/** Whether something of the trade is paid and not shipped. */
export function awaitsShipment (trade: Trade): boolean {
  return ['awaiting_shipment', 'partially_shipped'].includes(tradeState(trade))
}

/** What is still to be paid: minor units, zero from the moment the trade is paid in full or closed, and while a chargeback is open. */
export function amountDue (trade: Trade): bigint {
  return tradeState(trade) === 'awaiting_payment' && !isFrozen(trade) ? trade.total - trade.coinsValue - trade.paid : 0n
}

/**
 * What payments, buyers, sellers and those who attest can do with the trade as it is: what its state allows, but no confirmation or extension
 * while nothing waits for it, no confirmation or shipment while a hold blocks it, no attestation that no line asks for, and a refund or a dispute only where there
 * is something to ask for; while a chargeback is open hardly anything.
 */
export function allowedActions (trade: Trade): PublicAction[] {
  const allowed = ACTIONS_BY_STATE[tradeState(trade)]
  return PUBLIC_ACTIONS.filter((action) => allowed.includes(action) && isOpenTo(trade, action) && (!isFrozen(trade) || FROZEN_ACTIONS.includes(action)))
}

function isOpenTo (trade: Trade, action: PublicAction): boolean {
  switch (action) {
    case 'ship': return !isShipmentBlocked(trade)
    case 'confirm': return trade.holds.length === 0 && trade.lines.some((line) => awaitedOf(trade, line) > 0)
    case 'extend': return trade.lines.some((line) => isConditioned(line) ? line.confirmBy !== null : awaitedOf(trade, line) > 0)
    case 'attest': return trade.lines.some((line) => openAttestations(line).length > 0)
    case 'refund': return trade.afterSaleEndedAt === null && trade.lines.some((line) => openCaseOf(trade, line) === undefined && disputeAbout(trade, line) === undefined && sumOf(refundableOf(line)) > 0n)
    case 'dispute': return trade.afterSaleEndedAt === null && isDisputable(trade)
    default: return true
  }
}

/** The units of a line that its buyer can confirm: none while a refund case of it is open. */
export function awaitedOf (trade: Trade, line: Line): number {
  return openCaseOf(trade, line) === undefined ? confirmableOf(line) : 0
}

/** Refuses `illegal_in_state`, with the state and what it allows, unless the trade's state allows the action; `chargeback_open` while a chargeback forbids it. */
export function requireAllowed (trade: Trade, action: Action): void {
  if (!ACTIONS_BY_STATE[tradeState(trade)].includes(action)) throw illegalInState(trade, `A trade that is ${tradeState(trade)} does not allow "${action}".`)
  if (!FROZEN_ACTIONS.includes(action)) requireNotFrozen(trade)
}

/** Refuses `chargeback_open` while a chargeback of the trade is. */
export function requireNotFrozen (trade: Trade): void {
  if (isFrozen(trade)) throw refusalOf('chargeback_open', trade, 'Nothing of this trade moves until the outcome of its chargeback is known.')
}

/** The refusal of something that the trade's state rules out. */
export function illegalInState (trade: Trade, detail: string): Refusal {
  return refusalOf('illegal_in_state', trade, detail)
}

/** A refusal that tells the trade's state and what can be done with it. */
export function refusalOf (code: RefusalCode, trade: Trade, detail: string): Refusal {
  return new Refusal(code, detail, { current_state: tradeState(trade), allowed_actions: allowedActions(trade) })
}
