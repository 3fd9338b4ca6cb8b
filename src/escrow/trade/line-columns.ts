import type { Columns } from '../../db/unnest.ts'
import { lineState } from './states.ts'
import type { Line, Trade } from './trade.ts'

/** A line with its place in its trade. */
export interface PlacedLine {
  readonly trade: Trade
  readonly line: Line
  /** From 1. */
  readonly position: number
}

/** What finds a line. */
export const LINE_PLACE: Columns<PlacedLine> = {
  trade_id: ['uuid', ({ trade }) => trade.id],
  position: ['smallint', ({ position }) => position]
}

/** How far a line has come. */
export const LINE_PROGRESS: Columns<PlacedLine> = {
  state: ['text', ({ trade, line }) => lineState(trade, line)],
  shipped: ['integer', ({ line }) => line.shipped],
  confirmed: ['integer', ({ line }) => line.confirmed],
  refunded: ['integer', ({ line }) => line.refunded],
  returned: ['integer', ({ line }) => line.returned],
  released_goods: ['bigint', ({ line }) => line.releasedAmount.goods],
  released_shipping: ['bigint', ({ line }) => line.releasedAmount.shipping],
  refunded_goods: ['bigint', ({ line }) => line.refundedAmount.goods],
  refunded_shipping: ['bigint', ({ line }) => line.refundedAmount.shipping],
  commission_posted: ['bigint', ({ line }) => line.commissionPosted],
  confirm_by: ['timestamptz', ({ line }) => line.confirmBy]
}

/** What a line has to do with coins. */
export const LINE_COINS: Columns<PlacedLine> = {
  coins: ['bigint', ({ line }) => line.coins.taken],
  coins_redeemed: ['bigint', ({ line }) => line.coins.redeemed],
  coins_returned: ['bigint', ({ line }) => line.coins.returned],
  coins_earned: ['bigint', ({ line }) => line.coins.earned],
  coins_funded: ['bigint', ({ line }) => line.coins.funded]
}

/** An array inside an array would lose its borders: it travels as text. */
export const SPLIT_POSTED: Columns<PlacedLine> = { split_posted: ['text', ({ line }) => `{${line.splitPosted.join(',')}}`] }

/** The lines of a trade with their places. */
export function placedLines (trade: Trade): PlacedLine[] {
  return trade.lines.map((line, index) => ({ trade, line, position: index + 1 }))
}
