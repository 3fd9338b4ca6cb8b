import { tradeState } from './states.ts'
import type { Trade } from './trade.ts'

/** When something happens to a trade if nobody acts; a trade has no deadline that its state does not wait for. */
export interface Deadlines {
  /** It closes unpaid. */
  readonly payBy: Date | null
  /** Its buyer may cancel alone what is not shipped. */
  readonly shipBy: Date | null
  /** The first of its lines is confirmed by silence. */
  readonly confirmBy: Date | null
}

/** The deadlines a trade is waiting for. */
export function deadlinesOf (trade: Trade): Deadlines {
  if (tradeState(trade) === 'awaiting_payment') return { payBy: trade.payBy, shipBy: null, confirmBy: null }
  const confirmBy = trade.lines.reduce<Date | null>((first, line) => earlier(first, line.confirmBy), null)
  return { payBy: null, shipBy: trade.shipBy, confirmBy }
}

/**
 * The next time a trade must be looked at, or null when nothing happens by itself. The time to ship is told once; while a hold blocks the
 * release, silence confirms nothing: the sweep does not come for that until the last hold is lifted.
 */
export function nextDeadline (trade: Trade): Date | null {
  const { payBy, shipBy, confirmBy } = deadlinesOf(trade)
  return payBy ?? earlier(trade.shipOverdueAt === null ? shipBy : null, trade.holds.length === 0 ? confirmBy : null)
}

function earlier (one: Date | null, other: Date | null): Date | null {
  return one === null || (other !== null && other < one) ? other : one
}
