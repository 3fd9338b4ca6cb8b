import t from 'tap'
import { DISPUTES } from '../src/escrow/disputes/dispute-rows.ts'
import { EVIDENCE } from '../src/escrow/disputes/evidence-rows.ts'
import { EVIDENCE_MAX } from '../src/escrow/disputes/hand-in-evidence.ts'
import { requestRefund } from '../src/escrow/refund-cases/request-refund.ts'
import type { TradeJson } from '../src/escrow/trade/show-trade.ts'
import { DAY_MS } from '../src/kernel/time.ts'
import { DEFAULT_SETTINGS } from '../src/tenants/settings.ts'
import { ARBITRATOR, DisputeDesk, SECOND, SHOP } from './support/dispute-desk.ts'
import { origin } from './support/memory-books.ts'
import { codeOf, pick, refusalOf, target, type LineTerms } from './support/trade-desk.ts'

/** Two units at 100.00 with 10.00 shipping, 5 % commission and a partner's 10 %; and a line of somebody else. */
function shipped (desk: DisputeDesk, line: LineTerms = {}): TradeJson {
  const [partner = ''] = desk.partners
  return desk.ship(desk.pay(desk.open([
    { quantity: 2, unit_price: '100.00', shipping: '10.00', commission_rate: '0.05', splits: [{ partner, rate: '0.10' }], ...line },
    { seller: desk.other, unit_price: '50.00' }
  ])))
}

function lineOf (trade: TradeJson, place = 0): string {
  return trade.lines[place]?.id ?? ''
}

/** An award of the first line. */
function parts (trade: TradeJson, buyer: string, seller: string): Array<{ line: string, buyer: string, seller: string }> {
  return [{ line: lineOf(trade), buyer, seller }]
}

t.test('what is frozen is confirmed by nobody and released by nothing; the rest of the trade goes on', async (t) => {
  const desk = new DisputeDesk()
  const trade = shipped(desk)
  const disputed = desk.dispute(trade, [pick(trade, 0, 1)])
  t.match(disputed, {
    transactions: [],
    state: 'awaiting_confirmation',
    held: '260.00',
    lines: [{ frozen: '105.00', frozen_units: 1, confirm_by: trade.lines[0]?.confirm_by }, { frozen: '0.00', frozen_units: 0 }],
    disputes: [{ id: disputed.dispute, evidence_by: '2026-02-07T08:00:00.000Z' }],
    deadlines: { evidence_by: '2026-02-07T08:00:00.000Z' },
    allowed_actions: ['confirm', 'extend', 'refund', 'dispute']
  })
  t.equal(codeOf(() => desk.confirm(trade, [pick(trade, 0, 2)])), 'quantity_exceeded')
  t.match(desk.confirm(trade, [pick(trade, 0, 1)]), { released: '105.00', lines: [{ confirmed: 1, confirm_by: null }] })
  t.equal(codeOf(() => desk.confirm(trade, [pick(trade, 0)])), 'quantity_exceeded', 'what is left is frozen')
  const rest = desk.confirm(trade)
  t.match(rest, { state: 'awaiting_confirmation', released: '155.00', held: '105.00', allowed_actions: ['refund', 'dispute'] })
  desk.wait(11 * DAY_MS)
  t.equal(desk.sweep(rest, rest.deadlines.evidence_by ?? ''), 0, 'silence releases nothing')
  t.match(desk.now(trade), { released: '155.00', held: '105.00', deadlines: {} })
})

t.test('an amount freezes money, goods first, and no unit', async (t) => {
  const desk = new DisputeDesk()
  const trade = shipped(desk)
  const { dispute, lines } = desk.dispute(trade, [{ line: lineOf(trade), amount: '205.00' }])
  t.match(lines, [{ frozen: '205.00', frozen_units: 0 }])
  t.match(desk.books.rows(DISPUTES)[0]?.lines, [{ frozen: { goods: 20000n, shipping: 500n }, units: 0 }])
  t.match(desk.confirm(trade, [pick(trade, 0)]), { released: '5.00', lines: [{ confirmed: 2, state: 'shipped' }] })
  t.match(desk.award(dispute, parts(trade, '205.00', '0.00')), { state: 'awarded', transactions: [/^txn_/] })
  t.match(desk.now(trade), { refunded: '205.00', lines: [{ state: 'confirmed', confirmed: 2, refunded: 0 }] })
})

t.test('an award divides what is frozen in one transaction, with commission and splits of the seller\'s part', async (t) => {
  const cases = [
    { buyer: '30.00', seller: '180.00', posts: ['escrow / seller_available 180.00', 'seller_available / commission_income 8.50', 'seller_available / partner_available 17.00', 'escrow / refund_payable 30.00'], confirmed: 2, refunded: 0 },
    { buyer: '0.00', seller: '210.00', posts: ['escrow / seller_available 210.00', 'seller_available / commission_income 10.00', 'seller_available / partner_available 20.00'], confirmed: 2, refunded: 0 },
    { buyer: '210.00', seller: '0.00', posts: ['escrow / refund_payable 210.00'], confirmed: 0, refunded: 2 },
    { buyer: '205.00', seller: '5.00', posts: ['escrow / seller_available 5.00', 'escrow / refund_payable 205.00'], confirmed: 2, refunded: 0 }
  ]
  for (const { buyer, seller, posts, confirmed, refunded } of cases) {
    const desk = new DisputeDesk()
    const trade = shipped(desk)
    const { dispute } = desk.dispute(trade)
    const awarded = desk.award(dispute, parts(trade, buyer, seller))
    t.strictSame(desk.lastPostings(), posts)
    t.equal(desk.books.transactions.at(-1)?.kind, 'trade.award')
    t.match(awarded, { state: 'awarded', award: { buyer, seller }, proposed_award: null, decided_by: /^key_/ })
    t.match(desk.now(trade), { released: seller, refunded: buyer, disputes: [], lines: [{ confirmed, refunded, shipped: 2, frozen: '0.00', frozen_units: 0 }] })
    t.equal(codeOf(() => desk.award(dispute, parts(trade, buyer, seller))), 'dispute_decided')
    t.match(desk.confirm(trade), { state: 'completed', held: '0.00' }, 'the rest went its own way')
  }
})

t.test('what was released is taken back from everybody who had a share of it', async (t) => {
  const desk = new DisputeDesk()
  const trade = shipped(desk)
  desk.confirm(trade)
  const { dispute, ...disputed } = desk.dispute(trade, [pick(trade, 0, 1)])
  t.match(disputed, { state: 'completed', released: '260.00', lines: [{ frozen: '0.00', frozen_units: 0 }] }, 'nothing is held of it')
  desk.award(dispute, parts(trade, '42.00', '63.00'))
  t.strictSame(desk.lastPostings(), ['partner_available / seller_available 4.20', 'commission_income / seller_available 2.10', 'seller_available / escrow 42.00', 'escrow / refund_payable 42.00'])
  t.match(desk.now(trade), { state: 'completed', released: '218.00', refunded: '42.00', held: '0.00', lines: [{ confirmed: 2, refunded: 0 }] })
  const again = desk.dispute(trade, [{ line: lineOf(trade), amount: '168.00' }])
  desk.award(again.dispute, parts(trade, '168.00', '0.00'))
  const other = desk.dispute(trade, [{ line: lineOf(trade, 1) }])
  desk.award(other.dispute, [{ line: lineOf(trade, 1), buyer: '50.00', seller: '0.00' }])
  t.match(desk.now(trade), { state: 'closed_refunded', released: '0.00', refunded: '260.00', lines: [{ confirmed: 2 }, { confirmed: 0, refunded: 1 }] })
  t.equal(desk.books.balance({ class: 'commission_income', owner: '', unit: 'CNY' }), 0n)
})

t.test('of a line that is released in part the buyer\'s award comes out of the frozen money first', async (t) => {
  const desk = new DisputeDesk()
  const trade = shipped(desk)
  desk.confirm(trade, [pick(trade, 0, 1)])
  const { dispute } = desk.dispute(trade, [{ line: lineOf(trade) }])
  t.match(desk.books.rows(DISPUTES)[0]?.lines, [{ units: 1, releasedUnits: 1, frozen: { goods: 10000n, shipping: 500n }, released: { goods: 10000n, shipping: 500n } }])
  desk.award(dispute, parts(trade, '125.00', '85.00'))
  t.strictSame(desk.lastPostings(), ['partner_available / seller_available 2.00', 'commission_income / seller_available 1.00', 'seller_available / escrow 20.00', 'escrow / refund_payable 125.00'])
  t.match(desk.now(trade), { released: '85.00', refunded: '125.00', lines: [{ confirmed: 1, refunded: 1 }] })
})

t.test('an award divides every disputed line to the last cent, and no other', async (t) => {
  const desk = new DisputeDesk()
  const trade = shipped(desk)
  const { dispute } = desk.dispute(trade, [pick(trade, 0), pick(trade, 1)])
  const other = [{ line: lineOf(trade, 1), buyer: '50.00', seller: '0.00' }]
  const cases = [
    [parts(trade, '210.00', '0.00'), 'award_mismatch', '/lines'],
    [[...parts(trade, '209.99', '0.00'), ...other], 'award_mismatch', '/lines/0'],
    [[...parts(trade, '210.00', '0.01'), ...other], 'award_mismatch', '/lines/0'],
    [[...parts(trade, '210.00', '0.00'), ...parts(trade, '210.00', '0.00')], 'invalid_request', '/lines/1/line'],
    [[...parts(shipped(desk), '210.00', '0.00'), ...other], 'unknown_line', '/lines/0/line'],
    [[...parts(trade, '210.001', '0.00'), ...other], 'invalid_amount', '/lines/0/buyer']
  ] as const
  for (const [lines, code, pointer] of cases) {
    const refusal = refusalOf(() => desk.award(dispute, lines))
    t.equal(refusal.code, code)
    t.equal(refusal.facts.errors?.[0]?.pointer, pointer)
  }
  t.match(desk.award(dispute, [...other, ...parts(trade, '0.00', '210.00')]), { award: { lines: [{ buyer: '0.00' }, { buyer: '50.00' }] } }, 'in whatever order they are named')
  t.match(desk.now(trade), { state: 'completed', released: '210.00', refunded: '50.00' })
})

t.test('what cannot be disputed is refused, with the place', async (t) => {
  const desk = new DisputeDesk()
  const trade = shipped(desk, { quantity: 3 })
  const line = lineOf(trade)
  const cases = [
    [{ line, quantity: 4 }, 'quantity_exceeded', '/lines/0/quantity'],
    [{ line, amount: '310.01' }, 'amount_exceeded', '/lines/0/amount'],
    [{ line, amount: '0.00' }, 'invalid_amount', '/lines/0/amount'],
    [{ line, quantity: 1, amount: '1.00' }, 'invalid_request', '/lines/0/amount'],
    [{ line: 'lin_nonsense' }, 'unknown_line', '/lines/0/line']
  ] as const
  for (const [wanted, code, pointer] of cases) {
    const refusal = refusalOf(() => desk.dispute(trade, [wanted]))
    t.equal(refusal.code, code)
    t.equal(refusal.facts.errors?.[0]?.pointer, pointer)
  }
  const { dispute } = desk.dispute(trade, [pick(trade, 0, 1)])
  t.equal(codeOf(() => desk.dispute(trade, [pick(trade, 0, 1)])), 'line_disputed')
  t.equal(codeOf(() => desk.dispute(trade, [pick(trade, 1), pick(trade, 1)])), 'invalid_request')
  t.equal(desk.books.rows(DISPUTES).length, 1)
  const claim = (place: number) => desk.books.submit(requestRefund(origin(), target(trade), {
    lines: [{ line: lineOf(trade, place), kind: 'refund_only' }], reason: 'damaged', actor: { by: 'buyer', key: SHOP }, sellerAgreed: false, occurredAt: null
  }))
  t.equal(codeOf(() => claim(0)), 'line_disputed', 'a dispute and a refund case never are about one line')
  claim(1)
  t.equal(codeOf(() => desk.dispute(trade, [pick(trade, 1)])), 'refund_case_open')
  t.equal(codeOf(() => desk.award(dispute.replace(/.$/, 'x'), [])), 'not_found')
  const half = desk.ship(desk.pay(desk.open([{ quantity: 2, unit_price: '10' }, {}])), null)
  t.match(half, { allowed_actions: ['confirm', 'extend', 'refund', 'dispute'] })
  const unshipped = desk.pay(desk.open([{ quantity: 2, unit_price: '10' }, {}]))
  const partly = desk.ship(unshipped, [pick(unshipped, 1)])
  t.equal(codeOf(() => desk.dispute(partly, [pick(partly, 0)])), 'nothing_to_dispute', 'what is not shipped is cancelled')
})

t.test('after the after-sale window nothing is disputed any more, also before the timer came', async (t) => {
  const desk = new DisputeDesk()
  const completed = desk.confirm(shipped(desk))
  const { dispute } = desk.dispute(completed)
  desk.wait(15 * DAY_MS)
  t.equal(codeOf(() => desk.dispute(completed, [pick(completed, 1)])), 'after_sale_ended')
  desk.sweep(desk.now(completed), completed.deadlines.after_sale_by ?? '')
  const ended = desk.now(completed)
  t.equal(codeOf(() => desk.dispute(completed, [pick(completed, 1)])), 'after_sale_ended')
  t.match(ended, { allowed_actions: [], deadlines: {} })
  t.match(desk.award(dispute, parts(completed, '210.00', '0.00')), { state: 'awarded' }, 'what was disputed in time is decided all the same')
})

t.test('a dispute that is withdrawn frees what it froze, and silence waits as long as it had still to wait', async (t) => {
  const desk = new DisputeDesk()
  const trade = shipped(desk)
  desk.wait(4 * DAY_MS)
  const { dispute } = desk.dispute(trade, [pick(trade, 0)])
  t.match(desk.now(trade), { lines: [{ confirm_by: null }] })
  desk.wait(5 * DAY_MS)
  t.equal(codeOf(() => desk.withdraw(dispute, 'seller')), 'not_the_opener')
  t.match(desk.withdraw(dispute), { state: 'withdrawn', transactions: [], award: null })
  const free = desk.now(trade)
  t.match(free, { disputes: [], lines: [{ frozen: '0.00', frozen_units: 0, confirm_by: '2026-02-15T08:00:00.000Z' }] }, 'six days of ten were left')
  t.equal(codeOf(() => desk.withdraw(dispute)), 'dispute_decided')
  desk.wait(6 * DAY_MS)
  desk.sweep(free, free.deadlines.confirm_by ?? '')
  t.match(desk.now(trade), { state: 'completed', released: '260.00' })
})

t.test('units that come free wait no shorter than others of their line', async (t) => {
  const desk = new DisputeDesk()
  const [, , , paid] = [0, 0, 0, desk.pay(desk.open([{ quantity: 3, unit_price: '10' }]))]
  const first = desk.ship(paid, [pick(paid, 0, 1)])
  desk.wait(9 * DAY_MS)
  const { dispute } = desk.dispute(first)
  const later = desk.ship(paid)
  desk.withdraw(dispute)
  t.equal(desk.now(paid).lines[0]?.confirm_by, later.lines[0]?.confirm_by)
})

t.test('money that comes free when all its units are settled is released, or goes back', async (t) => {
  const desk = new DisputeDesk()
  const trade = shipped(desk)
  const { dispute } = desk.dispute(trade, [{ line: lineOf(trade), amount: '40.00' }])
  t.match(desk.confirm(trade), { state: 'awaiting_confirmation', held: '40.00', released: '220.00' })
  const held = desk.hold(trade)
  t.equal(codeOf(() => desk.withdraw(dispute)), 'release_blocked')
  desk.lift(held)
  t.match(desk.withdraw(dispute), { transactions: [/^txn_/] })
  t.strictSame(desk.lastPostings(), ['escrow / seller_available 40.00', 'seller_available / commission_income 2.00', 'seller_available / partner_available 4.00'])
  t.match(desk.now(trade), { state: 'completed', released: '260.00', held: '0.00' })
})

t.test('evidence is added in time, counted, and never after', async (t) => {
  const desk = new DisputeDesk()
  const trade = shipped(desk)
  const { dispute, deadlines } = desk.dispute(trade)
  t.match(desk.handIn(dispute), { dispute, number: 1, by: 'buyer', key: /^key_/, attachments: [{ sha256: /^[0-9a-f]{64}$/ }] })
  t.match(desk.handIn(dispute, 'seller'), { number: 2, by: 'seller' })
  desk.wait(7 * DAY_MS)
  t.equal(codeOf(() => desk.handIn(dispute)), 'evidence_closed', 'the timer has not come yet')
  desk.sweep(desk.now(trade), deadlines.evidence_by ?? '')
  t.match(desk.now(trade), { disputes: [{ id: dispute, evidence_by: null }] })
  t.match(desk.books.rows(DISPUTES), [{ state: 'under_review', evidenceCount: 2 }])
  t.equal(desk.books.events.at(-1)?.type, 'dispute.under_review')
  t.equal(codeOf(() => desk.handIn(dispute)), 'evidence_closed')
  desk.award(dispute, parts(trade, '0.00', '210.00'))
  t.equal(codeOf(() => desk.handIn(dispute)), 'dispute_decided')
  t.equal(codeOf(() => desk.handIn('dsp_nonsense')), 'not_found')
  t.equal(desk.books.rows(EVIDENCE).length, 2)
  const busy = desk.dispute(trade, [pick(trade, 1)]).dispute
  for (let count = 0; count < EVIDENCE_MAX; count++) desk.handIn(busy)
  t.equal(codeOf(() => desk.handIn(busy)), 'too_much_evidence')
})

t.test('above the tenant\'s limit an award takes a second person', async (t) => {
  const desk = new DisputeDesk()
  desk.books.settings = { ...DEFAULT_SETTINGS, dispute_award_limit: '210.00' }
  const small = shipped(desk)
  t.match(desk.award(desk.dispute(small).dispute, parts(small, '1.00', '209.00')), { state: 'awarded' }, 'at the limit one is enough')
  desk.books.settings = { ...DEFAULT_SETTINGS, dispute_award_limit: '209.99' }
  const trade = shipped(desk)
  const { dispute } = desk.dispute(trade)
  t.equal(codeOf(() => desk.approve(dispute)), 'no_award_proposed')
  const posted = desk.books.transactions.length
  t.match(desk.award(dispute, parts(trade, '30.00', '180.00')), { state: 'open', transactions: [], award: null, proposed_award: { buyer: '30.00', seller: '180.00', proposed_by: /^key_/ } })
  t.equal(codeOf(() => desk.award(dispute, parts(trade, '0.00', '210.00'), SECOND)), 'award_proposed')
  t.equal(codeOf(() => desk.approve(dispute, ARBITRATOR)), 'second_person_required')
  t.equal(codeOf(() => desk.reject(dispute, ARBITRATOR)), 'second_person_required')
  t.equal(codeOf(() => desk.withdrawAward(dispute, SECOND)), 'not_the_proposer')
  t.match(desk.withdrawAward(dispute), { proposed_award: null })
  desk.award(dispute, parts(trade, '40.00', '170.00'))
  t.match(desk.reject(dispute), { proposed_award: null, state: 'open' })
  desk.award(dispute, parts(trade, '50.00', '160.00'))
  t.equal(desk.books.transactions.length, posted, 'a proposal posts nothing')
  const approved = desk.approve(dispute)
  t.match(approved, { state: 'awarded', award: { buyer: '50.00' }, proposed_award: { buyer: '50.00' } })
  t.not(approved.decided_by, approved.proposed_award?.proposed_by)
  t.match(desk.now(trade), { refunded: '50.00', released: '160.00' })
})

t.test('a limit of the reporting currency asks for two persons in every other one', async (t) => {
  const desk = new DisputeDesk()
  desk.books.settings = { ...DEFAULT_SETTINGS, dispute_award_limit: '1000000.00' }
  const trade = desk.ship(desk.pay(desk.open([{ unit_price: '5' }], 'KRW')))
  t.match(desk.award(desk.dispute(trade).dispute, parts(trade, '5', '0')), { state: 'open', proposed_award: { buyer: '5' } })
})

t.test('a hold blocks what an award would release, and not what it gives back', async (t) => {
  const desk = new DisputeDesk()
  const trade = shipped(desk)
  const { dispute } = desk.dispute(trade)
  desk.hold(trade)
  t.equal(codeOf(() => desk.award(dispute, parts(trade, '209.99', '0.01'))), 'release_blocked')
  t.match(desk.award(dispute, parts(trade, '210.00', '0.00')), { state: 'awarded' })
})

t.test('a confirmation, the timer, an award, another and a withdrawal in one batch: one release', async (t) => {
  const desk = new DisputeDesk()
  const trade = shipped(desk)
  const { dispute } = desk.dispute(trade, [pick(trade, 0)])
  desk.award(dispute, parts(trade, '10.00', '200.00'))
  t.equal(codeOf(() => desk.withdraw(dispute)), 'dispute_decided')
  t.equal(codeOf(() => desk.confirm(trade, [pick(trade, 0)])), 'quantity_exceeded')
  t.match(desk.now(trade), { released: '200.00', refunded: '10.00', held: '50.00' })
})
