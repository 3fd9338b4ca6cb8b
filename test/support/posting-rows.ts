import type { TradeJson } from '../../src/escrow/trade/show-trade.ts'
import { DAY_MS, HOUR_MS } from '../../src/kernel/time.ts'
import { chargeBack, decide } from './chargeback-desk.ts'
import { DisputeDesk } from './dispute-desk.ts'
import { origin } from './memory-books.ts'
import { confirmBy, quote, refund, setTerms } from './exchange-steps.ts'
import { owe } from './owe.ts'
import { tellRefund } from './refund-desk.ts'
import { mature, setReserve, slicesOf, writeOff } from './reserve-steps.ts'
import { pick, type TradeDesk } from './trade-desk.ts'

/** A step of a trade and exactly what it posts: a test and the documentation follow the same rows. */
export interface PostingRow {
  /** What is done and by whom, as the documentation says it. */
  readonly step: string
  /** Brings a trade to where the step can be done. */
  readonly before: (desk: DisputeDesk) => TradeJson
  readonly act: (desk: DisputeDesk, trade: TradeJson) => unknown
  /** Debit, credit and amount of each transfer, in order; none where nothing posts. */
  readonly posts: readonly string[]
}

const LINE = { unit_price: '200.00', commission_rate: '0.05' }

/** Each row begins with one thing for 200.00, of which 5 % are our commission and 10 % a partner's. */
export function opened (desk: TradeDesk): TradeJson {
  return desk.open([{ ...LINE, splits: [{ partner: desk.partners[0] ?? '', rate: '0.10' }] }])
}

/** What a row's step really posts. */
export function play ({ before, act }: PostingRow): string[] {
  const desk = new DisputeDesk()
  const trade = before(desk)
  const posted = desk.books.transactions.length
  act(desk, trade)
  return desk.postingsSince(posted)
}

/** A member of a group of two. */
function member (desk: TradeDesk): TradeJson {
  return desk.join(desk.gather({ unit_price: '200.00' }), { unit_price: '200.00' })
}

const paid = (desk: TradeDesk): TradeJson => desk.pay(opened(desk))
const partlyPaid = (desk: TradeDesk): TradeJson => desk.pay(opened(desk), { amount: '180.00' })
/** Paid, with a deposit of 30 % that waits for an inspection and a rest that waits for the carrier and the buyer. */
function staged (desk: TradeDesk): TradeJson {
  const milestones = [{ ref: 'deposit', share: '0.3', when: { fact: 'inspection_passed' as const } }, { ref: 'rest', share: '0.7', when: { fact: 'carrier_delivered' as const } }]
  return desk.pay(desk.open([{ ...LINE, splits: [{ partner: desk.partners[0] ?? '', rate: '0.10' }], release: { milestones } }]))
}

const shipped = (desk: TradeDesk): TradeJson => desk.ship(paid(desk))
const disputed = (before: (desk: DisputeDesk) => TradeJson) => (desk: DisputeDesk): TradeJson => desk.dispute(before(desk))
const refunded = (desk: TradeDesk): TradeJson => desk.cancel(paid(desk))

const reserved = (desk: TradeDesk): TradeJson => {
  setReserve(desk, { rate: '0.10', days: 30 })
  return shipped(desk)
}

/** What each step posts, in the order of a trade's life. */
export const POSTING_ROWS: readonly PostingRow[] = [
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
  },
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
