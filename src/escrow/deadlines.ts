import { tradeState } from './states.ts'
import type { Trade } from './trade.ts'

/** When something happens to a trade if nobody acts; a trade has no deadline that its state does not wait for. */
export interface Deadlines {
  /** It closes unpaid. */
  readonly payBy: Date | null
  /** The first of its lines is confirmed by silence. */
  readonly confirmBy: Date | null
}

/** The deadlines a trade is waiting for. */
export function deadlinesOf (trade: Trade): Deadlines {
  if (tradeState(trade) === 'awaiting_payment') return { payBy: trade.payBy, confirmBy: null }
  let confirmBy: Date | null = null
  for (const line of trade.lines) {
    if (line.confirmBy !== null && (confirmBy === null || line.confirmBy < confirmBy)) confirmBy = line.confirmBy
  }
  return { payBy: null, confirmBy }
}

/** The next time a trade must be looked at, or null when nothing happens by itself. */
export function nextDeadline (trade: Trade): Date | null {
  const { payBy, confirmBy } = deadlinesOf(trade)
  return payBy ?? confirmBy
}
