import type { Books } from '../../journal/operation.ts'
import { CASE_SILENCE, type OpenCaseState } from '../trade/refund-case.ts'
import type { Trade } from '../trade/trade.ts'
import type { Changed } from '../trade/trade-operation.ts'
import { actOnCases } from './settle-case.ts'

/** What silence does to the cases of a trade that are in a state, and whose time in it is over. */
export function meetCaseDeadlines (state: OpenCaseState): (books: Books, trade: Trade) => Changed {
  const action = CASE_SILENCE[state]
  if (action === null) throw new Error(`a case that is ${state} waits for no timer`)
  return (books, trade) => {
    const due = trade.refundCases.filter((each) => each.state === state && each.dueAt !== null && each.dueAt <= books.now)
    return actOnCases(books, trade, due, { action, by: 'timer', key: null })
  }
}
