import { externalId } from '../../kernel/ids.ts'
import { Draft } from '../../journal/draft.ts'
import type { Books } from '../../journal/operation.ts'
import { closeUnpaid, giveBack } from '../refunds/give-back.ts'
import { isClosed, tradeState } from '../trade/states.ts'
import { heldOf, isFrozen, type Trade } from '../trade/trade.ts'
import { appendTradeEvent, type Changed } from '../trade/trade-operation.ts'
import { endEmptyLines } from './move-trade.ts'

/** Freezes a trade for a chargeback, by a hold that has the chargeback's number. Of a trade that is closed nothing moves anyway. */
export function freeze (books: Books, trade: Trade, chargebackId: string): Trade {
  if (isClosed(tradeState(trade))) return trade
  const frozen: Trade = { ...trade, holds: [...trade.holds, { id: chargebackId, kind: 'chargeback', placedAt: books.now, blocksShipment: false }] }
  appendTradeEvent(books, 'trade.hold_placed', frozen, {}, { hold: externalId('hld', chargebackId), kind: 'chargeback' })
  return frozen
}

/**
 * Lifts the hold of a chargeback. When it was the last chargeback, the trade goes on with what is left: lines that have lost all they held end, the time to
 * ship begins again unless it had passed before. A trade that awaits its payment closes when something of it was lost; what is left, and what comes back
 * to a trade that was closed meanwhile, goes back to the buyer.
 */
export function thaw (books: Books, trade: Trade, { id, occurredAt }: { readonly id: string, readonly occurredAt: Date }): Changed {
  if (!trade.holds.some((hold) => hold.id === id)) return { trade, transactions: [] }
  const freed = { ...trade, holds: trade.holds.filter((hold) => hold.id !== id) }
  appendTradeEvent(books, 'trade.hold_lifted', freed, {}, { hold: externalId('hld', id), kind: 'chargeback' })
  if (isFrozen(freed)) return { trade: freed, transactions: [] }
  if (freed.closedUnpaidAt !== null) return giveBack(books, freed, heldOf(freed), { kind: 'trade.unpaid_close', description: 'charged back before it was closed', occurredAt })
  if (tradeState(freed) === 'awaiting_payment') {
    return freed.chargedBack === 0n ? { trade: freed, transactions: [] } : closeUnpaid(books, freed, { description: 'charged back before it was paid', occurredAt })
  }
  const draft = new Draft(books)
  const ended = endEmptyLines(draft, freed)
  const transaction = books.post({ kind: 'trade.chargeback_lost', subject: externalId('trd', trade.id), occurredAt, postings: draft.postings })
  return { trade: { ...ended, shipBy: freed.shipOverdueAt === null ? null : freed.shipBy }, transactions: [transaction] }
}
