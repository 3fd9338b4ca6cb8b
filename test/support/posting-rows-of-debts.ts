import { DAY_MS } from '../../src/kernel/time.ts'
import { origin } from './memory-books.ts'
import { owe, oweBeside } from './owe.ts'
import { reserved, shipped, type PostingRow } from './posting-row.ts'
import { mature, slicesOf } from './reserve-steps.ts'
import { pick } from './trade-desk.ts'

/** What posts when those who share a trade owe, or have not what they are to give back. */
export const DEBT_ROWS: readonly PostingRow[] = [
  {
    step: 'Silence confirms (timer)',
    before: shipped,
    act (desk, trade) {
      desk.wait(10 * DAY_MS)
      desk.sweep(trade, trade.deadlines.confirm_by ?? '')
    },
    posts: ['escrow / seller_available 200.00', 'seller_available / commission_income 10.00', 'seller_available / partner_available 20.00']
  },
  {
    step: 'Confirm, when the seller owes 50.00, the partner 5.00, and 10 % of what the seller gets wait in reserve',
    before (desk) {
      desk.books.submit(owe(origin(), { party: desk.seller, role: 'seller', unit: 'CNY', amount: 5000n }))
      desk.books.submit(owe(origin(), { party: desk.partners[0] ?? '', role: 'partner', unit: 'CNY', amount: 500n }))
      return reserved(desk)
    },
    act: (desk, trade) => desk.confirm(trade),
    posts: [
      'escrow / seller_available 200.00', 'seller_available / commission_income 10.00', 'seller_available / partner_available 20.00',
      'seller_available / party_receivable 50.00', 'partner_available / party_receivable 5.00', 'seller_available / seller_reserve 17.00'
    ]
  },
  {
    step: 'Refund it all after release, when the partner has 5.00 left and the seller nothing',
    before (desk) {
      const trade = desk.confirm(shipped(desk))
      desk.books.submit(owe(origin(), { party: desk.seller, role: 'seller', unit: 'CNY', amount: 17000n }))
      desk.books.submit(owe(origin(), { party: desk.partners[0] ?? '', role: 'partner', unit: 'CNY', amount: 1500n }))
      return trade
    },
    act: (desk, trade) => desk.refund(trade, [pick(trade, 0)], { sellerAgreed: true }),
    posts: [
      'partner_available / seller_available 5.00', 'party_receivable / seller_available 15.00', 'commission_income / seller_available 10.00',
      'seller_available / escrow 30.00', 'party_receivable / escrow 170.00', 'escrow / refund_payable 200.00'
    ]
  },
  {
    step: 'A reserve of 17.00 matures, when the seller owes 4.00 by then (timer)',
    before (desk) {
      const trade = desk.confirm(reserved(desk))
      desk.books.submit(owe(origin(), { party: desk.seller, role: 'seller', unit: 'CNY', amount: 15300n }))
      desk.books.submit(oweBeside(origin(), { party: desk.seller, unit: 'CNY', amount: 400n }))
      return trade
    },
    act (desk) {
      desk.wait(30 * DAY_MS)
      for (const slice of slicesOf(desk)) mature(desk, slice)
    },
    posts: ['seller_reserve / seller_available 17.00', 'seller_available / party_receivable 4.00']
  }
]
