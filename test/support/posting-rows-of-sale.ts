import { HOUR_MS } from '../../src/kernel/time.ts'
import { origin } from './memory-books.ts'
import { owe } from './owe.ts'
import { opened, member, paid, partlyPaid, shipped, type PostingRow } from './posting-row.ts'

/** What posts from the payment to the confirmation. */
export const SALE_ROWS: readonly PostingRow[] = [
  {
    step: 'Pay (the provider tells)',
    before: opened,
    act: (desk, trade) => desk.pay(trade),
    posts: ['provider_clearing / escrow 200.00']
  },
  {
    step: 'Pay 10.00 more than is due',
    before: opened,
    act: (desk, trade) => desk.pay(trade, { amount: '210.00' }),
    posts: ['provider_clearing / escrow 200.00', 'provider_clearing / suspense 10.00']
  },
  {
    step: 'Reprice to 150.00, when 180.00 were paid (seller)',
    before: partlyPaid,
    act: (desk, trade) => desk.reprice(trade, [{ unit_price: '150.00' }]),
    posts: ['escrow / refund_payable 30.00']
  },
  {
    step: 'Cancel while unpaid, when 180.00 were paid',
    before: partlyPaid,
    act: (desk, trade) => desk.cancel(trade),
    posts: ['escrow / refund_payable 180.00']
  },
  {
    step: 'Close unpaid, when 180.00 were paid (timer)',
    before: partlyPaid,
    act (desk, trade) {
      desk.wait(24 * HOUR_MS)
      desk.sweep(trade, trade.deadlines.pay_by ?? '')
    },
    posts: ['escrow / refund_payable 180.00']
  },
  {
    step: 'Cancel before shipment (buyer, or the seller rejects)',
    before: paid,
    act: (desk, trade) => desk.cancel(trade),
    posts: ['escrow / refund_payable 200.00']
  },
  {
    step: 'Fill a group by the last seat (the provider tells), and follow that',
    before: (desk) => desk.pay(member(desk)),
    act (desk, trade) {
      desk.fill(trade)
      desk.sweep(trade, trade.deadlines.fill_by ?? '')
    },
    posts: ['provider_clearing / escrow 200.00']
  },
  {
    step: 'Follow a group that was not full in time (timer)',
    before: (desk) => desk.pay(member(desk)),
    act (desk, trade) {
      desk.wait(24 * HOUR_MS)
      desk.sweep(trade, trade.deadlines.fill_by ?? '')
    },
    posts: ['escrow / refund_payable 200.00']
  },
  {
    step: 'Pay for a group that is decided',
    before: member,
    act (desk, trade) {
      desk.wait(24 * HOUR_MS)
      desk.pay(trade)
    },
    posts: ['provider_clearing / escrow 200.00', 'escrow / refund_payable 200.00']
  },
  {
    step: 'Ship (seller)',
    before: paid,
    act: (desk, trade) => desk.ship(trade),
    posts: []
  },
  {
    step: 'Confirm (buyer, or silence)',
    before: shipped,
    act: (desk, trade) => desk.confirm(trade),
    posts: ['escrow / seller_available 200.00', 'seller_available / commission_income 10.00', 'seller_available / partner_available 20.00']
  },
  {
    step: 'Confirm, when the seller owes 50.00',
    before (desk) {
      desk.books.submit(owe(origin(), { party: desk.seller, role: 'seller', unit: 'CNY', amount: 5000n }))
      return shipped(desk)
    },
    act: (desk, trade) => desk.confirm(trade),
    posts: [
      'escrow / seller_available 200.00', 'seller_available / commission_income 10.00', 'seller_available / partner_available 20.00',
      'seller_available / party_receivable 50.00'
    ]
  }
]
