import type { Books } from '../../journal/operation.ts'
import { closeEvidence } from '../disputes/close-evidence.ts'
import { meetCaseDeadlines } from '../refund-cases/meet-case-deadlines.ts'
import { closeUnpaid } from '../refunds/give-back.ts'
import { confirmLines } from '../release/confirm-lines.ts'
import { releaseMet } from '../release/release-met.ts'
import { DEADLINE_NAMES, type DeadlineName } from '../trade/deadlines.ts'
import { unconfirmedOf, type Trade } from '../trade/trade.ts'
import { appendTradeEvent, type Changed } from '../trade/trade-operation.ts'

/** A group decides for all its members, so its deadline is its own timer's: see `meetGroupDeadline`. */
type TimedName = Exclude<DeadlineName, 'fill_by'>

/** The deadlines that a trade meets by itself, in the order of their table. */
export const TIMED: readonly TimedName[] = DEADLINE_NAMES.filter((name) => name !== 'fill_by')

/**
 * What a passed deadline of a trade calls for, in the order in which they are met; each sees what the one before left. A deadline that is not
 * over any more, because somebody acted meanwhile, is not met.
 */
export const TIMERS: Readonly<Record<TimedName, (books: Books, trade: Trade) => Changed>> = {
  pay_by: (books, trade) => closeUnpaid(books, trade, { description: 'not paid in time', occurredAt: books.now }),
  ship_by: tellOverdue,
  confirm_by: confirmOverdue,
  release_by: (books, trade) => releaseMet(books, trade, { description: 'its conditions were met before', occurredAt: books.now }),
  refund_answer_by: meetCaseDeadlines('requested'),
  return_by: meetCaseDeadlines('awaiting_return'),
  return_confirm_by: meetCaseDeadlines('return_shipped'),
  escalate_by: meetCaseDeadlines('refused'),
  evidence_by: (books, trade) => ({ trade: closeEvidence(books, trade), transactions: [] }),
  after_sale_by: endAfterSale
}

function tellOverdue (books: Books, trade: Trade): Changed {
  appendTradeEvent(books, 'trade.ship_overdue', trade, {}, { ship_by: trade.shipBy?.toISOString() })
  return { trade: { ...trade, shipOverdueAt: books.now }, transactions: [] }
}

function confirmOverdue (books: Books, trade: Trade): Changed {
  const overdue = trade.lines.filter((line) => line.confirmBy !== null && line.confirmBy <= books.now)
  return confirmLines(books, trade, overdue.map((line) => ({ line, units: unconfirmedOf(line) })), { description: 'confirmed by silence', occurredAt: books.now, by: 'silence' })
}

function endAfterSale (books: Books, trade: Trade): Changed {
  appendTradeEvent(books, 'trade.after_sale_ended', trade, {})
  return { trade: { ...trade, afterSaleBy: null, afterSaleEndedAt: books.now }, transactions: [] }
}
