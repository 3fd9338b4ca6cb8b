import { externalId } from '../../kernel/ids.ts'
import type { Operation, Origin } from '../../journal/operation.ts'
import { refundPayableOf, suspenseOf } from '../trade/accounts.ts'
import { openRefund } from '../refunds/open-refund.ts'
import { PAYMENTS } from './payment-rows.ts'
import { showPayment, type PaymentAnswer } from './show-payment.ts'
import { transactionIds } from '../trade/trade-operation.ts'
import { appendPaymentEvent, requireWaiting, waitingAmount } from './waiting-payment.ts'

/**
 * Makes money that waits in suspense payable back to where it came from; `amount` null means all of it.
 * Refuses `not_found`, `payment_settled`, `insufficient_funds`.
 */
export function returnPayment (origin: Origin, paymentId: string | null, amount: string | null): Operation<PaymentAnswer> {
  return {
    ...origin,
    name: 'payment.return',
    lane: 'request',
    weight: 7,
    needs: [{ kind: PAYMENTS, ids: () => paymentId === null ? [] : [paymentId] }],
    accounts (rows) {
      const payment = paymentId === null ? null : rows.find(PAYMENTS, paymentId)
      return payment === null ? [] : [suspenseOf(payment.id, payment.unit)]
    },
    decide (books) {
      const payment = requireWaiting(books, paymentId)
      const back = waitingAmount(payment, amount)
      const returned = { ...payment, inSuspense: payment.inSuspense - back, returned: payment.returned + back, version: payment.version + 1 }
      books.save(PAYMENTS, returned)
      const refundId = openRefund(books, { paymentId: payment.id, tradeId: null, unit: payment.unit, amount: back })
      const transaction = books.post({
        kind: 'payment.return',
        subject: externalId('pay', payment.id),
        postings: [{ debit: suspenseOf(payment.id, payment.unit), credit: refundPayableOf(refundId, payment.unit), amount: back }]
      })
      appendPaymentEvent(books, 'payment.returned', payment, back)
      return { ...showPayment(returned), transactions: transactionIds([transaction]) }
    }
  }
}
