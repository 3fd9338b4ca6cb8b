import { externalId } from '../../kernel/ids.ts'
import { formatAmount } from '../../kernel/money.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { unitOf } from '../../kernel/units.ts'
import type { EventType } from '../../events/catalogue.ts'
import type { Books } from '../../journal/operation.ts'
import { startWindow } from '../../coins/move-coins.ts'
import { coinTradeOf } from './accounts.ts'
import { fitDeclared } from './declared.ts'
import { keepConditions } from './keep-conditions.ts'
import { showTrade, type TradeAnswer } from './show-trade.ts'
import { hasEarned } from './trade-coins.ts'
import { awaitsShipment, isClosed, tradeState } from './states.ts'
import type { Trade } from './trade.ts'
import { TRADES } from './trade-rows.ts'

/** Which trade a caller means, by its inside id (null when the text was none), and at which version he insists on finding it. */
export interface TradeTarget {
  readonly tradeId: string | null
  readonly expectedVersion: number | null
}

/** What a step made of a trade, and the transactions it posted (null where every amount was zero). */
export interface Changed {
  readonly trade: Trade
  readonly transactions: ReadonlyArray<string | null>
}

/** The trade that is meant. Refuses `not_found`, and `version_mismatch` where the caller insists on another version. */
export function requireTrade (books: Books, { tradeId, expectedVersion }: TradeTarget): Trade {
  const trade = tradeId === null ? null : books.find(TRADES, tradeId)
  if (trade === null) throw new Refusal('not_found')
  if (expectedVersion !== null && expectedVersion !== trade.version) throw new Refusal('version_mismatch')
  return trade
}

/**
 * Saves a changed trade as its next version, tells what its new state means to those who follow along, and answers it. The time to ship
 * begins when the trade is paid and ends when nothing is left to ship; the after-sale window begins when it is completed; silence begins to count for
 * a line with release conditions when all of it is shipped; the window of earned coins begins when the trade is completed. What goes back lowers what is
 * declared to customs.
 */
export function saveTrade (books: Books, before: Trade, after: Trade): Trade {
  const trade = keepConditions(books, after)
  const shipBy = !awaitsShipment(after) ? null : after.shipBy ?? new Date(books.now.getTime() + books.settings.ship_by_ms)
  const state = tradeState(after)
  const declared = fitDeclared(after)
  const saved = {
    ...trade,
    shipBy,
    afterSaleBy: state === 'completed' ? afterSaleBy(books, after) : null,
    declared,
    declaredLoweredAt: declared === after.declared ? after.declaredLoweredAt : books.now,
    version: before.version + 1
  }
  books.save(TRADES, saved)
  if (state === tradeState(before)) return saved
  if (state === 'completed') startCoinWindow(books, before, saved)
  if (state === 'awaiting_shipment') appendTradeEvent(books, 'trade.paid', saved, { paid: saved.paid })
  if (state === 'completed') appendTradeEvent(books, 'trade.completed', saved, { released: saved.released, refunded: saved.refunded })
  if (isClosed(state) && !isClosed(tradeState(before))) appendTradeEvent(books, 'trade.closed', saved, { refunded: saved.refunded, charged_back: saved.chargedBack })
  return saved
}

function startCoinWindow (books: Books, before: Trade, trade: Trade): void {
  const coinTrade = coinTradeOf(trade)
  if (coinTrade !== null && hasEarned(trade)) startWindow(books, coinTrade, hasEarned(before))
}

function afterSaleBy (books: Books, trade: Trade): Date | null {
  if (trade.afterSaleEndedAt !== null) return null
  return trade.afterSaleBy ?? new Date(books.now.getTime() + books.settings.after_sale_ms)
}

/** Records an event about a trade, with its state and currency; amounts are minor units, facts are ids and the like. */
export function appendTradeEvent (
  books: Books, type: EventType, trade: Trade, amounts: Readonly<Record<string, bigint>>, facts: Readonly<Record<string, unknown>> = {}
): void {
  const unit = unitOf(trade.currency)
  const texts = Object.entries(amounts).map(([name, amount]): [string, string] => [name, formatAmount(amount, unit)])
  books.append({
    type,
    subject: externalId('trd', trade.id),
    data: { state: tradeState(trade), currency: trade.currency, ...Object.fromEntries(texts), ...facts }
  })
}

/** What an operation on a trade answers. */
export function answerTrade (trade: Trade, transactions: ReadonlyArray<string | null>): TradeAnswer {
  return { ...showTrade(trade), transactions: transactionIds(transactions) }
}

/** The outside ids of the transactions that were posted. */
export function transactionIds (transactions: ReadonlyArray<string | null>): string[] {
  return transactions.flatMap((id) => id === null ? [] : [externalId('txn', id)])
}
