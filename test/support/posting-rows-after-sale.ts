import { DAY_MS } from '../../src/kernel/time.ts'
import { chargeBack, decide } from './chargeback-desk.ts'
import { origin } from './memory-books.ts'
import { confirmBy, quote, refund, setTerms } from './exchange-steps.ts'
import { owe } from './owe.ts'
import { tellRefund } from './refund-desk.ts'
import { mature, slicesOf, writeOff } from './reserve-steps.ts'
import { pick } from './trade-desk.ts'
import { opened, paid, staged, shipped, disputed, refunded, reserved, type PostingRow } from './posting-row.ts'

/** What posts when money goes back, waits, is argued about or is paid out otherwise. */
export const AFTER_SALE_ROWS: readonly PostingRow[] = [
  {
    step: 'Refund 100.00 before release (the seller agrees, or his silence)',
    before: shipped,
    act: (desk, trade) => desk.refund(trade, [{ ...pick(trade, 0), amount: '100.00' }], { sellerAgreed: true }),
    posts: ['escrow / refund_payable 100.00']
  },
  {
    step: 'Refund 100.00 after release (the seller agrees, or his silence)',
    before: (desk) => desk.confirm(shipped(desk)),
    act: (desk, trade) => desk.refund(trade, [{ ...pick(trade, 0), amount: '100.00' }], { sellerAgreed: true }),
    posts: [
      'partner_available / seller_available 10.00', 'commission_income / seller_available 5.00', 'seller_available / escrow 100.00', 'escrow / refund_payable 100.00'
    ]
  },
  {
    step: 'Refund it all after release, when the seller has 20.00 left and 17.00 in reserve',
    before (desk) {
      const trade = desk.confirm(reserved(desk))
      desk.books.submit(owe(origin(), { party: desk.seller, role: 'seller', unit: 'CNY', amount: 13300n }))
      return trade
    },
    act: (desk, trade) => desk.refund(trade, [pick(trade, 0)], { sellerAgreed: true }),
    posts: [
      'partner_available / seller_available 20.00', 'commission_income / seller_available 10.00', 'seller_available / escrow 50.00',
      'seller_reserve / escrow 17.00', 'party_receivable / escrow 133.00', 'escrow / refund_payable 200.00'
    ]
  },
  {
    step: 'The refund leaves (the provider tells)',
    before: refunded,
    act: (desk) => tellRefund(desk, 'success', 'R1'),
    posts: ['refund_payable / provider_clearing 200.00']
  },
  {
    step: 'The refund fails (the provider tells)',
    before: refunded,
    act: (desk) => tellRefund(desk, 'failure', 'R1'),
    posts: []
  },
  {
    step: 'The refund leaves through the bank, when it failed at the provider (finance)',
    before (desk) {
      const trade = refunded(desk)
      tellRefund(desk, 'failure', 'R1')
      return trade
    },
    act: (desk) => tellRefund(desk, 'success', 'B1'),
    posts: ['refund_payable / bank_safeguarding 200.00']
  },
  {
    step: 'The refund that left comes back (the provider tells)',
    before (desk) {
      const trade = refunded(desk)
      tellRefund(desk, 'success', 'R1')
      return trade
    },
    act: (desk) => tellRefund(desk, 'bounce', 'R1'),
    posts: ['provider_clearing / refund_payable 200.00']
  },
  {
    step: 'The refund leaves, when it has left through the bank (the provider tells)',
    before (desk) {
      const trade = refunded(desk)
      tellRefund(desk, 'success', 'B1')
      return trade
    },
    act: (desk) => tellRefund(desk, 'success', 'R1'),
    posts: ['unidentified_debits / provider_clearing 200.00']
  }, {
    step: 'The provider takes the payment back, with a fee of 15.00, before anything is released',
    before: paid,
    act: (desk) => chargeBack(desk, { amount: '200.00', fee: '15.00' }),
    posts: ['escrow / provider_clearing 200.00', 'chargeback_loss / provider_clearing 15.00']
  }, {
    step: 'It takes 150.00 back, when 200.00 are released',
    before: (desk) => desk.confirm(shipped(desk)),
    act: (desk) => chargeBack(desk, { amount: '150.00' }),
    posts: [
      'partner_available / seller_available 15.00', 'commission_income / seller_available 7.50', 'seller_available / escrow 150.00',
      'escrow / provider_clearing 150.00'
    ]
  }, {
    step: 'It takes 150.00 back, when a refund of 200.00 has not left',
    before: refunded,
    act: (desk) => chargeBack(desk, { amount: '150.00' }),
    posts: ['refund_payable / escrow 200.00', 'escrow / refund_payable 50.00', 'escrow / provider_clearing 150.00']
  }, {
    step: 'It takes 200.00 back, when a refund of 200.00 has left',
    before (desk) {
      const trade = refunded(desk)
      tellRefund(desk, 'success', 'R1')
      return trade
    },
    act: (desk) => chargeBack(desk, { amount: '200.00' }),
    posts: ['chargeback_loss / provider_clearing 200.00']
  }, {
    step: 'That chargeback of 150.00 of what was released is won',
    before (desk) {
      const trade = desk.confirm(shipped(desk))
      chargeBack(desk, { amount: '150.00' })
      return trade
    },
    act: (desk) => decide(desk, 'C1', 'won'),
    posts: [
      'provider_clearing / escrow 150.00', 'escrow / seller_available 150.00', 'seller_available / commission_income 7.50',
      'seller_available / partner_available 15.00'
    ]
  }, {
    step: 'It is lost',
    before (desk) {
      const trade = desk.confirm(shipped(desk))
      chargeBack(desk, { amount: '150.00' })
      return trade
    },
    act: (desk) => decide(desk, 'C1', 'lost'),
    posts: []
  }, {
    step: 'Confirm, when 10 % of what the seller gets wait in reserve',
    before: reserved,
    act: (desk, trade) => desk.confirm(trade),
    posts: [
      'escrow / seller_available 200.00', 'seller_available / commission_income 10.00', 'seller_available / partner_available 20.00',
      'seller_available / seller_reserve 17.00'
    ]
  }, {
    step: 'That reserve matures (timer)',
    before: (desk) => desk.confirm(reserved(desk)),
    act (desk) {
      desk.wait(30 * DAY_MS)
      for (const slice of slicesOf(desk)) mature(desk, slice)
    },
    posts: ['seller_reserve / seller_available 17.00']
  }, {
    step: 'Confirm, when the seller is paid in another currency and a quote says 0.14',
    before: (desk) => {
      setTerms(desk, { payoutCurrency: 'USD' })
      return shipped(desk)
    },
    act: (desk, trade) => confirmBy(desk, trade, [quote(desk, '0.14')]),
    posts: [
      'escrow / seller_available 200.00', 'seller_available / commission_income 10.00', 'seller_available / partner_available 20.00',
      'seller_available / fx_position 170.00', 'fx_position / seller_available 23.80'
    ]
  }, {
    step: 'Refund half of that after release',
    before: (desk) => {
      setTerms(desk, { payoutCurrency: 'USD' })
      const trade = shipped(desk)
      confirmBy(desk, trade, [quote(desk, '0.14')])
      return trade
    },
    act: (desk, trade) => { refund(desk, trade, 10_000n) },
    posts: [
      'partner_available / seller_available 10.00', 'commission_income / seller_available 5.00', 'seller_available / fx_position 11.90',
      'fx_position / seller_available 85.00', 'seller_available / escrow 100.00', 'escrow / refund_payable 100.00'
    ]
  }, {
    step: 'The provider takes half of that back instead',
    before: (desk) => {
      setTerms(desk, { payoutCurrency: 'USD' })
      const trade = shipped(desk)
      confirmBy(desk, trade, [quote(desk, '0.14')])
      return trade
    },
    act: (desk) => chargeBack(desk, { amount: '100.00' }),
    posts: [
      'partner_available / seller_available 10.00', 'commission_income / seller_available 5.00', 'seller_available / fx_position 11.90',
      'fx_position / seller_available 85.00', 'seller_available / escrow 100.00', 'escrow / provider_clearing 100.00'
    ]
  }, {
    step: 'That chargeback is won',
    before: (desk) => {
      setTerms(desk, { payoutCurrency: 'USD' })
      const trade = shipped(desk)
      confirmBy(desk, trade, [quote(desk, '0.14')])
      chargeBack(desk, { amount: '100.00' })
      return trade
    },
    act: (desk) => decide(desk, 'C1', 'won'),
    posts: [
      'provider_clearing / escrow 100.00', 'escrow / seller_available 100.00', 'seller_available / commission_income 5.00', 'seller_available / partner_available 10.00',
      'seller_available / fx_position 85.00', 'fx_position / seller_available 11.90'
    ]
  }, {
    step: 'Write off what a seller owes (two persons of finance)',
    before (desk) {
      desk.books.submit(owe(origin(), { party: desk.seller, role: 'seller', unit: 'CNY', amount: 5000n }))
      return opened(desk)
    },
    act: writeOff,
    posts: ['bad_debt_expense / party_receivable 50.00']
  }, {
    step: 'Attest what a milestone of 30 % waits for (carrier, customs or inspector)',
    before: staged,
    act: (desk, trade) => desk.attest(trade, { milestone: 'deposit', kind: 'inspection_passed' }),
    posts: ['escrow / seller_available 60.00', 'seller_available / commission_income 3.00', 'seller_available / partner_available 6.00']
  }, {
    step: 'Attest what the other 70 % wait for, when the buyer has confirmed',
    before (desk) {
      const trade = desk.ship(staged(desk))
      desk.attest(trade, { milestone: 'deposit', kind: 'inspection_passed' })
      return desk.confirm(trade)
    },
    act: (desk, trade) => desk.attest(trade, { milestone: 'rest' }),
    posts: ['escrow / seller_available 140.00', 'seller_available / commission_income 7.00', 'seller_available / partner_available 14.00']
  }, {
    step: 'Dispute (buyer, seller or platform)',
    before: shipped,
    act: (desk, trade) => desk.dispute(trade),
    posts: []
  }, {
    step: 'Award of 60.00 to the buyer and 140.00 to the seller, out of what is frozen (arbitrator)',
    before: disputed(shipped),
    act: (desk, trade) => desk.award(trade.disputes[0]?.id ?? '', [{ line: trade.lines[0]?.id ?? '', buyer: '60.00', seller: '140.00' }]),
    posts: ['escrow / seller_available 140.00', 'seller_available / commission_income 7.00', 'seller_available / partner_available 14.00', 'escrow / refund_payable 60.00']
  }, {
    step: 'Award of 60.00 to the buyer, after the release (arbitrator)',
    before: disputed((desk) => desk.confirm(shipped(desk))),
    act: (desk, trade) => desk.award(trade.disputes[0]?.id ?? '', [{ line: trade.lines[0]?.id ?? '', buyer: '60.00', seller: '140.00' }]),
    posts: ['partner_available / seller_available 6.00', 'commission_income / seller_available 3.00', 'seller_available / escrow 60.00', 'escrow / refund_payable 60.00']
  }, {
    step: 'Escalate a refused refund case (buyer, or the platform for him)',
    before: (desk) => desk.act(desk.refund(shipped(desk)), 'refuse'),
    act: (desk, trade) => desk.escalate(trade),
    posts: []
  }, {
    step: 'Award of 60.00 to the buyer and 140.00 to the seller, which closes an escalated refund case (arbitrator)',
    before: (desk) => desk.escalate(desk.act(desk.refund(shipped(desk)), 'refuse')),
    act: (desk, trade) => desk.award(trade.disputes[0]?.id ?? '', [{ line: trade.lines[0]?.id ?? '', buyer: '60.00', seller: '140.00' }]),
    posts: ['escrow / seller_available 140.00', 'seller_available / commission_income 7.00', 'seller_available / partner_available 14.00', 'escrow / refund_payable 60.00']
  }, {
    step: 'Withdraw a dispute about 50.00, when the thing was confirmed meanwhile (who opened it)',
    before (desk) {
      const shippedTrade = shipped(desk)
      const trade = desk.dispute(shippedTrade, [{ line: shippedTrade.lines[0]?.id ?? '', amount: '50.00' }])
      desk.confirm(trade)
      return trade
    },
    act: (desk, trade) => desk.withdraw(trade.disputes[0]?.id ?? ''),
    posts: ['escrow / seller_available 50.00', 'seller_available / commission_income 2.50', 'seller_available / partner_available 5.00']
  }
]
