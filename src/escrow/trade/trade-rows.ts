import type { Claim } from '../../journal/operation.ts'
import type { RowKind } from '../../journal/row-kind.ts'
import { loadTrades } from './load-trades.ts'
import { saveTrades } from './save-trades.ts'
import type { Trade } from './trade.ts'

/** Trades with their lines and allocations: locked, read and written as one. */
export const TRADES: RowKind<Trade> = {
  name: 'trade',
  rank: 20,
  idOf: (trade) => trade.id,
  load: loadTrades,
  save: saveTrades
}

/** The claim that keeps a trade's reference unique, and finds the trade by it. */
export function tradeClaim (externalRef: string): Claim {
  return { kind: 'trade', key: externalRef }
}
