import { matchPayment } from '../../src/escrow/payments/match-payment.ts'
import { PAYMENTS } from '../../src/escrow/payments/payment-rows.ts'
import { recordPayment } from '../../src/escrow/payments/record-payment.ts'
import { returnPayment } from '../../src/escrow/payments/return-payment.ts'
import { internalId } from '../../src/kernel/ids.ts'
import { HOUR_MS } from '../../src/kernel/time.ts'
import { chargeBack, decide } from './chargeback-desk.ts'
import { origin } from './memory-books.ts'
import { opened, partlyPaid, paid, refunded, type PostingRow } from './posting-row.ts'
import { tellRefund } from './refund-desk.ts'
import type { TradeDesk } from './trade-desk.ts'

/** What posts of payments that do not fit a trade, or come in several, and when a provider takes such money back. */
export const PAYMENT_ROWS: readonly PostingRow[] = [
  {
    step: 'Pay the rest, when 180.00 were paid',
    before: partlyPaid,
    act: (desk, trade) => desk.pay(trade, { amount: '20.00' }),
    posts: ['provider_clearing / escrow 20.00']
  },
  {
    step: 'Pay, when the trade has closed unpaid',
    before (desk) {
      const trade = opened(desk)
      desk.wait(24 * HOUR_MS)
      desk.sweep(trade, trade.deadlines.pay_by ?? '')
      return trade
    },
    act: (desk, trade) => desk.pay(trade, { amount: '200.00' }),
    posts: ['provider_clearing / suspense 200.00']
  },
  {
    step: 'Pay for a trade that is not known',
    before: opened,
    act: payUnknown,
    posts: ['provider_clearing / suspense 200.00']
  },
  {
    step: 'Match that payment to the trade it was for (finance)',
    before: waiting,
    act: (desk, trade) => desk.books.submit(matchPayment(origin(), { paymentId: lastPayment(desk), tradeId: internalId('trd', trade.id), amount: null })),
    posts: ['suspense / escrow 200.00']
  },
  {
    step: 'Give it back (finance)',
    before: waiting,
    act: (desk) => desk.books.submit(returnPayment(origin(), lastPayment(desk), null)),
    posts: ['suspense / refund_payable 200.00']
  },
  {
    step: 'Cancel before shipment, when two payments of 180.00 and 20.00 filled it: the newest goes back first, each as a refund of its own',
    before: (desk) => desk.pay(partlyPaid(desk), { amount: '20.00' }),
    act: (desk, trade) => desk.cancel(trade),
    posts: ['escrow / refund_payable 20.00', 'escrow / refund_payable 180.00']
  },
  {
    step: 'The provider takes a payment back that waits in suspense',
    before: waiting,
    act: (desk) => chargeBack(desk, { amount: '200.00' }),
    posts: ['suspense / provider_clearing 200.00']
  },
  {
    step: 'It takes a payment back that is not known',
    before: paid,
    act: (desk) => chargeBack(desk, { paymentProviderRef: 'UNKNOWN', amount: '200.00', currency: 'CNY' }),
    posts: ['unidentified_debits / provider_clearing 200.00']
  },
  {
    step: 'It tells that again, when the payment is known',
    before (desk) {
      const trade = opened(desk)
      chargeBack(desk, { paymentProviderRef: 'LATE', amount: '200.00', currency: 'CNY' })
      return desk.pay(trade, { providerRef: 'LATE' })
    },
    act: (desk) => chargeBack(desk, { paymentProviderRef: 'LATE', amount: '200.00', currency: 'CNY' }),
    posts: ['escrow / provider_clearing 200.00', 'provider_clearing / unidentified_debits 200.00']
  },
  {
    step: 'A chargeback of 250.00, of a payment of 200.00 that was held, is won',
    before (desk) {
      const trade = paid(desk)
      chargeBack(desk, { amount: '250.00' })
      return trade
    },
    act: (desk) => decide(desk, 'C1', 'won'),
    posts: ['provider_clearing / escrow 200.00', 'provider_clearing / chargeback_loss 50.00']
  },
  {
    step: 'One of a refund that had not left is won, and 10.00 of its fee are given back: the refund is owed again',
    before (desk) {
      const trade = refunded(desk)
      chargeBack(desk, { amount: '200.00', fee: '15.00' })
      return trade
    },
    act: (desk) => decide(desk, 'C1', 'won', { feeReturned: '10.00' }),
    posts: ['provider_clearing / escrow 200.00', 'escrow / refund_payable 200.00', 'provider_clearing / chargeback_loss 10.00']
  },
  {
    step: 'The refund that left comes back, when it had left twice',
    before (desk) {
      const trade = refunded(desk)
      tellRefund(desk, 'success', 'B1')
      tellRefund(desk, 'success', 'R1')
      return trade
    },
    act: (desk) => tellRefund(desk, 'bounce', 'R1'),
    posts: ['provider_clearing / unidentified_debits 200.00']
  }
]

/** A payment of 200.00 that waits in suspense, beside a trade that it could be for. */
function waiting (desk: TradeDesk): ReturnType<typeof opened> {
  payUnknown(desk)
  return opened(desk)
}

function payUnknown (desk: TradeDesk): void {
  desk.books.submit(recordPayment(origin(), { provider: 'sandbox', providerRef: 'EARLY', amount: '200.00', currency: 'CNY', occurredAt: null }, null))
}

function lastPayment (desk: TradeDesk): string | null {
  return desk.books.rows(PAYMENTS).at(-1)?.id ?? null
}
