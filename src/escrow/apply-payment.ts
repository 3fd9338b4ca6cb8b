import type { Books } from '../journal/operation.ts'
import type { Payment } from './payment-rows.ts'
import { amountDue } from './states.ts'
import type { Allocation, Trade } from './trade.ts'
import { appendTradeEvent, saveTrade } from './trade-operation.ts'

/** A trade is filled by at most this many payments; what else comes for it waits in suspense. */
export const ALLOCATIONS_MAX = 100

/** How much of an amount a trade can take (minor units): what is due of it, nothing in another currency or when it awaits no payment. */
export function applicable (trade: Trade, { unit, amount, paymentId }: { unit: string, amount: bigint, paymentId: string | null }): bigint {
  if (unit !== trade.currency) return 0n
  const isKnown = trade.allocations.some((allocation) => allocation.paymentId === paymentId)
  if (!isKnown && trade.allocations.length >= ALLOCATIONS_MAX) return 0n
  const due = amountDue(trade)
  return amount < due ? amount : due
}

/** Counts money of a payment (minor units, at most {@link applicable}) as paid for a trade, and saves the trade. */
export function applyPayment (books: Books, trade: Trade, payment: Payment, amount: bigint): Trade {
  const paid = { ...trade, paid: trade.paid + amount, allocations: withAmount(trade.allocations, payment.id, amount) }
  appendTradeEvent(books, 'trade.payment_received', paid, { amount, paid: paid.paid })
  return saveTrade(books, trade, paid)
}

/** A payment that is matched in parts is one allocation all the same. */
function withAmount (allocations: readonly Allocation[], paymentId: string, amount: bigint): Allocation[] {
  const isKnown = allocations.some((allocation) => allocation.paymentId === paymentId)
  if (!isKnown) return [...allocations, { paymentId, amount, refunded: 0n, chargedBack: 0n }]
  return allocations.map((allocation) => allocation.paymentId === paymentId ? { ...allocation, amount: allocation.amount + amount } : allocation)
}
