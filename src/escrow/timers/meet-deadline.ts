import { createHash } from 'node:crypto'
import { externalId } from '../../kernel/ids.ts'
import type { Books, Operation } from '../../journal/operation.ts'
import { takeBackAccounts } from '../release/take-back.ts'
import { confirmationAccounts } from '../trade/accounts.ts'
import { catchUp } from '../groups/follow-group.ts'
import { nextDeadline, sweptAt } from '../trade/deadlines.ts'
import { openCaseOf } from '../trade/trade.ts'
import { needWalletOf } from '../trade/trade-coins.ts'
import { saveTrade, transactionIds, type Changed } from '../trade/trade-operation.ts'
import { TRADES } from '../trade/trade-rows.ts'
import { TIMED, TIMERS } from './timers.ts'

/** A deadline of a trade that the sweep found passed. */
export interface PassedDeadline {
  readonly tenantId: number
  readonly tradeId: string
  readonly deadline: Date
  /** The trade's, when the deadline was found: a trade that changes may wait for the same moment again, as when a hold is lifted. */
  readonly version: number
}

/**
 * Does what the passed deadlines of a trade call for. Decided from the trade as it then stands: when somebody acted meanwhile, nothing happens.
 * The decision of its group, where it waits for one, comes first, also when that comes before any deadline. Its key is that of the deadline and
 * the version it was found at, so that it is done once, however often it is swept.
 */
export function meetDeadline ({ tenantId, tradeId, deadline, version }: PassedDeadline): Operation<{ transactions: string[] }> {
  const key = `timer:${externalId('trd', tradeId)}:${deadline.toISOString()}:${version}`
  return {
    tenantId,
    key,
    fingerprint: createHash('sha256').update(key).digest(),
    name: 'trade.deadline',
    lane: 'due',
    weight: 20,
    needs: [{ kind: TRADES, ids: () => [tradeId] }, needWalletOf((rows) => rows.find(TRADES, tradeId))],
    accounts (rows) {
      const trade = rows.find(TRADES, tradeId)
      if (trade === null) return []
      const confirmed = confirmationAccounts(trade, trade.lines)
      return trade.refundCases.length === 0 ? confirmed : [...confirmed, ...takeBackAccounts(trade, trade.lines.filter((line) => openCaseOf(trade, line) !== undefined))]
    },
    decide (books) {
      const trade = books.find(TRADES, tradeId)
      if (trade === null) return { transactions: [] }
      const met = meetAll(books, catchUp(books, trade))
      if (met.trade === trade) {
        // A stored answer would use up the key: a clock that was set back must not cost the trade its deadline.
        if (nextDeadline(trade)?.getTime() === deadline.getTime()) throw new Error(`the deadline of ${tradeId} is not reached by the books' clock`)
        return { transactions: [] }
      }
      return { transactions: transactionIds(met.transactions) }
    }
  }
}

/** Meets every deadline that has passed, in the order of their table, and saves the trade where one had. The deadline of its group was met by following that. */
function meetAll (books: Books, followed: Changed): Changed {
  const met = TIMED.reduce<Changed>((sofar, name) => {
    const due = sweptAt(sofar.trade, name)
    if (due === null || due > books.now) return sofar
    const { trade, transactions } = TIMERS[name](books, sofar.trade)
    return { trade, transactions: [...sofar.transactions, ...transactions] }
  }, followed)
  return met.trade === followed.trade ? met : { ...met, trade: saveTrade(books, followed.trade, met.trade) }
}
