import type { RowKind } from '../journal/row-kind.ts'
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
