import type { Books } from '../../journal/operation.ts'
import { PAYMENTS, type Payment } from '../payments/payment-rows.ts'
import type { Refund } from '../refunds/refund.ts'
import { REFUNDS } from '../refunds/refund-rows.ts'
import type { Trade } from '../trade/trade.ts'
import { TRADES } from '../trade/trade-rows.ts'

/** What was read of a payment before anything was locked: its trades and its refunds, by their inside ids. */
export interface Reading {
  readonly tradeIds: readonly string[]
  readonly refundIds: readonly string[]
}

/** A refund came into being between the reading and the locks: read again and try again, nothing was decided. */
export class StaleReading extends Error {
  override readonly name = 'StaleReading'
}

/** A payment with the trades that it filled, the one matched last first, and all its refunds. */
export interface Concerned {
  readonly payment: Payment
  readonly trades: readonly Trade[]
  readonly refunds: readonly Refund[]
}

/**
 * What a chargeback of a payment concerns, under the locks. A trade that was not read is learnt; refunds cannot be, because nothing names them: where
 * those that were read are not all there are, it throws {@link StaleReading}.
 */
export function findConcerned (books: Books, payment: Payment, { refundIds }: Reading): Concerned {
  const trades = tradeIdsOf(payment).flatMap((id) => books.find(TRADES, id) ?? []).filter((trade) => allocationOf(trade, payment.id) !== undefined)
  const refunds = refundIds.flatMap((id) => books.find(REFUNDS, id) ?? []).filter(({ paymentId, status }) => paymentId === payment.id && status !== 'charged_back')
  const sumFor = (tradeId: string | null): bigint => refunds.reduce((sum, refund) => refund.tradeId === tradeId ? sum + refund.amount : sum, 0n)
  const isWhole = sumFor(null) === payment.returned && trades.every((trade) => sumFor(trade.id) === allocationOf(trade, payment.id)?.refunded)
  if (!isWhole) throw new StaleReading('there are refunds that were not read')
  return { payment, trades, refunds }
}

/** The trades that a payment was reported for or matched to, by their inside ids, the last one first. */
export function tradeIdsOf ({ tradeId, otherTrades }: Payment): string[] {
  return [...tradeId === null ? [] : [tradeId], ...otherTrades].reverse()
}

/** What a payment put into a trade. */
export function allocationOf (trade: Trade, paymentId: string): Trade['allocations'][number] | undefined {
  return trade.allocations.find((allocation) => allocation.paymentId === paymentId)
}

/** The payment of that inside id, which must be there. */
export function requirePayment (books: Books, paymentId: string): Payment {
  const payment = books.find(PAYMENTS, paymentId)
  if (payment === null) throw new Error(`payment ${paymentId} of a chargeback is missing`)
  return payment
}
