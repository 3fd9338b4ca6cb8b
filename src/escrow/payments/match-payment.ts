import { externalId } from '../../kernel/ids.ts'
import { Refusal } from '../../kernel/refusals.ts'
import type { Operation, Origin } from '../../journal/operation.ts'
import { catchUp, incomingAccounts } from '../groups/follow-group.ts'
import { escrowOf, suspenseOf } from '../trade/accounts.ts'
import { ALLOCATIONS_MAX, applicable, applyPayment } from './apply-payment.ts'
import { PAYMENTS, type Payment } from './payment-rows.ts'
import { showPayment, type PaymentAnswer } from './show-payment.ts'
import { illegalInState, requireAllowed } from '../trade/states.ts'
import { transactionIds } from '../trade/trade-operation.ts'
import { TRADES } from '../trade/trade-rows.ts'
import { appendPaymentEvent, requireWaiting, waitingAmount } from './waiting-payment.ts'

/** Which payment waits, and which trade it is for, by their inside ids (null when the text was none). */
export interface PaymentMatch {
  readonly paymentId: string | null
  readonly tradeId: string | null
  /** A decimal string; null means all that waits. */
  readonly amount: string | null
}

/**
 * Matches money that waits in suspense to a trade that awaits payment; what the trade cannot take goes on waiting.
 * Refuses `not_found`, `payment_settled`, `insufficient_funds`, `unknown_trade`, `currency_mismatch`, `illegal_in_state`.
 */
export function matchPayment (origin: Origin, { paymentId, tradeId, amount }: PaymentMatch): Operation<PaymentAnswer> {
  return {
    ...origin,
    name: 'payment.match',
    lane: 'request',
    weight: 9,
    needs: [{ kind: TRADES, ids: () => tradeId === null ? [] : [tradeId] }, { kind: PAYMENTS, ids: () => paymentId === null ? [] : [paymentId] }],
    accounts (rows) {
      const payment = paymentId === null ? null : rows.find(PAYMENTS, paymentId)
      const trade = tradeId === null ? null : rows.find(TRADES, tradeId)
      return payment === null || trade === null ? [] : [suspenseOf(payment.id, payment.unit), ...incomingAccounts(trade)]
    },
    decide (books) {
      const payment = requireWaiting(books, paymentId)
      const found = tradeId === null ? null : books.find(TRADES, tradeId)
      if (found === null) throw new Refusal('unknown_trade', undefined, { errors: [{ pointer: '/trade', code: 'unknown_trade' }] })
      const { trade } = catchUp(books, found)
      if (trade.currency !== payment.unit) throw new Refusal('currency_mismatch', `The payment is in ${payment.unit}, the trade in ${trade.currency}.`)
      requireAllowed(trade, 'pay')
      const offered = waitingAmount(payment, amount)
      const { applied } = applicable(trade, { unit: payment.unit, amount: offered, paymentId: payment.id, revision: null })
      if (applied === 0n) throw illegalInState(trade, `A trade is filled by at most ${ALLOCATIONS_MAX} payments.`)
      const matched = {
        ...payment,
        ...filledBy(payment, trade.id),
        applied: payment.applied + applied,
        inSuspense: payment.inSuspense - applied,
        version: payment.version + 1
      }
      books.save(PAYMENTS, matched)
      const transaction = books.post({
        kind: 'payment.match',
        subject: externalId('trd', trade.id),
        postings: [{ debit: suspenseOf(payment.id, payment.unit), credit: escrowOf(trade), amount: applied }]
      })
      appendPaymentEvent(books, 'payment.matched', payment, applied)
      const { transactions } = applyPayment(books, trade, matched, applied)
      return { ...showPayment(matched), transactions: transactionIds([transaction, ...transactions]) }
    }
  }
}

/** Which trades a payment has filled, with one more; the one it was reported for comes first. */
function filledBy ({ tradeId, otherTrades }: Payment, matched: string): Pick<Payment, 'tradeId' | 'otherTrades'> {
  if (tradeId === null) return { tradeId: matched, otherTrades }
  return { tradeId, otherTrades: tradeId === matched || otherTrades.includes(matched) ? otherTrades : [...otherTrades, matched] }
}
