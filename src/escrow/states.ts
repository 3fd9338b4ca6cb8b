import { Refusal } from '../kernel/refusals.ts'
import { unconfirmedOf, unshippedOf, type Line, type Trade } from './trade.ts'

export const TRADE_STATES = [
  'awaiting_payment', 'awaiting_shipment', 'partially_shipped', 'awaiting_confirmation', 'completed', 'closed_unpaid', 'closed_refunded'
] as const
export type TradeState = (typeof TRADE_STATES)[number]

export const LINE_STATES = ['pending', 'shipped', 'confirmed', 'refunded', 'cancelled'] as const
export type LineState = (typeof LINE_STATES)[number]

export const ACTIONS = ['pay', 'ship', 'confirm', 'cancel'] as const
export type Action = (typeof ACTIONS)[number]

/**
 * What can be done in which state: the one table that refusals and `allowed_actions` both follow.
 * A payment that comes in another state is a fact all the same: it goes to suspense instead of the trade.
 */
export const ACTIONS_BY_STATE: Readonly<Record<TradeState, readonly Action[]>> = {
  awaiting_payment: ['pay', 'cancel'],
  awaiting_shipment: ['ship', 'cancel'],
  partially_shipped: ['ship', 'confirm', 'cancel'],
  awaiting_confirmation: ['confirm'],
  completed: [],
  closed_unpaid: [],
  closed_refunded: []
}

/** The state of a trade, which follows from what was paid and how far its lines have come. */
export function tradeState (trade: Trade): TradeState {
  if (trade.closedUnpaidAt !== null) return 'closed_unpaid'
  if (trade.paid < trade.total - trade.coinsValue) return 'awaiting_payment'
  const unshipped = trade.lines.some((line) => unshippedOf(line) > 0)
  const shipped = trade.lines.some((line) => line.shipped > 0)
  if (unshipped) return shipped ? 'partially_shipped' : 'awaiting_shipment'
  if (trade.lines.some((line) => unconfirmedOf(line) > 0)) return 'awaiting_confirmation'
  return shipped ? 'completed' : 'closed_refunded'
}

/** The state of a line: `pending` while a unit of it is to be shipped, `shipped` while a unit waits for confirmation. */
export function lineState (trade: Trade, line: Line): LineState {
  if (trade.closedUnpaidAt !== null) return 'cancelled'
  if (unshippedOf(line) > 0) return 'pending'
  if (unconfirmedOf(line) > 0) return 'shipped'
  return line.confirmed > 0 ? 'confirmed' : 'refunded'
}

/** What is still to be paid: minor units, zero from the moment the trade is paid in full or closed. */
export function amountDue (trade: Trade): bigint {
  return tradeState(trade) === 'awaiting_payment' ? trade.total - trade.coinsValue - trade.paid : 0n
}

/** Refuses `illegal_in_state`, with the state and what it allows, unless the trade's state allows the action. */
export function requireAllowed (trade: Trade, action: Action): void {
  if (!ACTIONS_BY_STATE[tradeState(trade)].includes(action)) throw illegalInState(trade, `A trade that is ${tradeState(trade)} does not allow "${action}".`)
}

/** The refusal of something that the trade's state rules out. */
export function illegalInState (trade: Trade, detail: string): Refusal {
  const state = tradeState(trade)
  return new Refusal('illegal_in_state', detail, { current_state: state, allowed_actions: ACTIONS_BY_STATE[state] })
}
