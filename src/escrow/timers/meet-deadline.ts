import { createHash } from 'node:crypto'
import { externalId } from '../../kernel/ids.ts'
import type { Books, Operation } from '../../journal/operation.ts'
import { confirmationAccounts } from '../trade/accounts.ts'
import { confirmLines } from '../release/confirm-lines.ts'
import { deadlinesOf, nextDeadline } from '../trade/deadlines.ts'
import { closeUnpaid } from '../refunds/give-back.ts'
import { unconfirmedOf, type Trade } from '../trade/trade.ts'
import { appendTradeEvent, saveTrade, transactionIds, type Changed } from '../trade/trade-operation.ts'
import { TRADES } from '../trade/trade-rows.ts'

/** A deadline of a trade that the sweep found passed. */
export interface PassedDeadline {
  readonly tenantId: number
  readonly tradeId: string
  readonly deadline: Date
  /** The trade's, when the deadline was found: a trade that changes may wait for the same moment again, as when a hold is lifted. */
  readonly version: number
}

/**
 * Does what the passed deadlines of a trade call for: closes it unpaid, tells that it was not shipped in time, confirms the lines whose
 * time is over. Decided from the trade as it then stands: when somebody acted meanwhile, nothing happens. Its key is that of the
 * deadline and the version it was found at, so that it is done once, however often it is swept.
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
    needs: [{ kind: TRADES, ids: () => [tradeId] }],
    accounts (rows) {
      const trade = rows.find(TRADES, tradeId)
      return trade === null ? [] : confirmationAccounts(trade, trade.lines)
    },
    decide (books) {
      const trade = books.find(TRADES, tradeId)
      if (trade === null) return { transactions: [] }
      const next = nextDeadline(trade)
      if (next === null || next > books.now) {
        // A stored answer would use up the key: a clock that was set back must not cost the trade its deadline.
        if (next?.getTime() === deadline.getTime()) throw new Error(`the deadline of ${tradeId} is not reached by the books' clock`)
        return { transactions: [] }
      }
      const { payBy } = deadlinesOf(trade)
      const changed = payBy !== null
        ? closeUnpaid(books, trade, { description: 'not paid in time', occurredAt: books.now })
        : confirmOverdue(books, tellOverdue(books, trade))
      saveTrade(books, trade, changed.trade)
      return { transactions: transactionIds(changed.transactions) }
    }
  }
}

function tellOverdue (books: Books, trade: Trade): Trade {
  if (trade.shipBy === null || trade.shipBy > books.now || trade.shipOverdueAt !== null) return trade
  appendTradeEvent(books, 'trade.ship_overdue', trade, {}, { ship_by: trade.shipBy.toISOString() })
  return { ...trade, shipOverdueAt: books.now }
}

function confirmOverdue (books: Books, trade: Trade): Changed {
  const overdue = trade.holds.length > 0 ? [] : trade.lines.filter((line) => line.confirmBy !== null && line.confirmBy <= books.now)
  if (overdue.length === 0) return { trade, transactions: [] }
  return confirmLines(books, trade, overdue.map((line) => ({ line, units: unconfirmedOf(line) })), { description: 'confirmed by silence', occurredAt: books.now })
}
