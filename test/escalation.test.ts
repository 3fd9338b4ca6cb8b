import t from 'tap'
import type { TradeJson } from '../src/escrow/trade/show-trade.ts'
import type { WantedRefund } from '../src/escrow/refund-cases/request-refund.ts'
import { REFUND_CASES } from '../src/escrow/refund-cases/case-rows.ts'
import { DAY_MS, HOUR_MS } from '../src/kernel/time.ts'
import { chargeBack } from './support/chargeback-desk.ts'
import { DisputeDesk, SECOND } from './support/dispute-desk.ts'
import { codeOf, pick, refusalOf, type LineTerms } from './support/trade-desk.ts'

const THREE = { quantity: 3, unit_price: '10.00', shipping: '3.00' }

function shipped (desk: DisputeDesk, line: LineTerms = THREE): TradeJson {
  return desk.ship(desk.pay(desk.open([line])))
}

function refused (desk: DisputeDesk, trade: TradeJson, claim: Partial<WantedRefund> = {}): TradeJson {
  return desk.act(desk.refund(trade, [{ ...pick(trade, 0), ...claim }]), 'refuse')
}

function lineOf (trade: TradeJson): TradeJson['lines'][number] {
  const [line] = trade.lines
  if (line === undefined) throw new Error('a trade without lines')
  return line
}

/** The last case that was written, as its row says. */
function closedCase (desk: DisputeDesk): { state: string, refunded: bigint, steps: string } {
  const [row] = desk.books.rows(REFUND_CASES).slice(-1)
  return { state: row?.state ?? '', refunded: row?.refunded ?? 0n, steps: (row?.steps ?? []).map(({ action, by }) => `${action} ${by}`).join(', ') }
}

interface Part {
  readonly claim: Partial<WantedRefund>
  readonly at: 'shipped' | 'one confirmed' | 'confirmed' | 'two shipped'
  readonly frozen: readonly [units: number, amount: string]
  readonly contested: string
  /** What is left of the line when all that is contested went to the buyer: refunded units, and held money. */
  readonly left: readonly [refunded: number, held: string]
}

const PARTS: readonly Part[] = [
  { claim: {}, at: 'shipped', frozen: [3, '33.00'], contested: '33.00', left: [3, '0.00'] },
  { claim: {}, at: 'confirmed', frozen: [0, '0.00'], contested: '33.00', left: [3, '0.00'] },
  { claim: {}, at: 'one confirmed', frozen: [2, '22.00'], contested: '33.00', left: [3, '0.00'] },
  { claim: { quantity: 1 }, at: 'shipped', frozen: [1, '10.00'], contested: '10.00', left: [1, '23.00'] },
  { claim: { quantity: 3 }, at: 'shipped', frozen: [3, '33.00'], contested: '33.00', left: [3, '0.00'] },
  { claim: { quantity: 3, kind: 'return_refund' }, at: 'one confirmed', frozen: [2, '22.00'], contested: '33.00', left: [3, '0.00'] },
  { claim: { quantity: 1 }, at: 'confirmed', frozen: [0, '0.00'], contested: '10.00', left: [1, '0.00'] },
  { claim: { amount: '8.00' }, at: 'shipped', frozen: [0, '8.00'], contested: '8.00', left: [0, '25.00'] },
  { claim: { amount: '33.00' }, at: 'shipped', frozen: [3, '33.00'], contested: '33.00', left: [3, '0.00'] },
  { claim: { amount: '25.00' }, at: 'one confirmed', frozen: [2, '22.00'], contested: '25.00', left: [2, '0.00'] },
  { claim: { amount: '8.00' }, at: 'confirmed', frozen: [0, '0.00'], contested: '8.00', left: [0, '0.00'] },
  { claim: { quantity: 1, amount: '8.00' }, at: 'shipped', frozen: [1, '8.00'], contested: '8.00', left: [1, '25.00'] },
  // Money that no other unit is for is argued about as well: nobody could release it afterwards.
  { claim: { quantity: 3, amount: '8.00' }, at: 'shipped', frozen: [3, '33.00'], contested: '33.00', left: [3, '0.00'] },
  // One of three stays for the money that its seller keeps.
  { claim: { quantity: 3, amount: '8.00' }, at: 'confirmed', frozen: [0, '0.00'], contested: '8.00', left: [2, '0.00'] },
  { claim: {}, at: 'two shipped', frozen: [2, '22.00'], contested: '22.00', left: [2, '11.00'] },
  // What is not shipped was claimed first, and is not argued about.
  { claim: { quantity: 2 }, at: 'two shipped', frozen: [1, '10.00'], contested: '10.00', left: [1, '23.00'] }
]

for (const { claim, at, frozen, contested, left } of PARTS) {
  t.test(`a case of ${JSON.stringify(claim)}, ${at}: ${contested} are contested, ${frozen[1]} of them frozen`, async (t) => {
    const desk = new DisputeDesk()
    const paid = desk.pay(desk.open([THREE]))
    const sent = desk.ship(paid, at === 'two shipped' ? [pick(paid, 0, 2)] : null)
    const before = at === 'confirmed' ? desk.confirm(sent) : at === 'one confirmed' ? desk.confirm(sent, [pick(sent, 0, 1)]) : sent
    const trade = desk.escalate(refused(desk, before, claim))
    t.match(trade, { transactions: [], refund_cases: [{ state: 'arbitration', due_at: null, allowed_actions: [] }], disputes: [{ id: trade.dispute }] })
    t.match(lineOf(trade), { frozen_units: frozen[0], frozen: frozen[1], confirm_by: null })
    const award = desk.award(trade.dispute, [{ line: lineOf(trade).id, buyer: contested, seller: '0' }])
    t.match(award, { reason: 'refund_refused', amount: contested, state: 'awarded' })
    const after = desk.now(trade)
    t.match(after, { refunded: contested, held: left[1], refund_cases: [], disputes: [] })
    t.match(lineOf(after), { refunded: left[0], frozen: '0.00', frozen_units: 0 })
    t.equal(closedCase(desk).state, 'refunded')
  })
}

t.test('the award closes the case: refunded with the buyer\'s part, or cancelled when he gets nothing', async (t) => {
  for (const { isReleased, buyer, state } of [
    { isReleased: false, buyer: '4.00', state: 'refunded' },
    { isReleased: false, buyer: '0.00', state: 'cancelled' },
    { isReleased: true, buyer: '10.00', state: 'refunded' },
    { isReleased: true, buyer: '0.00', state: 'cancelled' }
  ]) {
    const desk = new DisputeDesk()
    const sent = shipped(desk)
    const trade = desk.escalate(refused(desk, isReleased ? desk.confirm(sent) : sent, { quantity: 1 }))
    desk.award(trade.dispute, [{ line: lineOf(trade).id, buyer, seller: (10 - Number(buyer)).toFixed(2) }])
    t.match(desk.now(trade), { refunded: buyer, refund_cases: [], disputes: [] })
    t.match(closedCase(desk), { state, refunded: BigInt(buyer.replace('.', '')), steps: 'request buyer, refuse seller, escalate buyer, award platform' })
  }
})

t.test('an award that takes two persons closes the case when the second one approves, and not before', async (t) => {
  const desk = new DisputeDesk()
  desk.books.settings = { ...desk.books.settings, dispute_award_limit: '1.00' }
  const trade = desk.escalate(refused(desk, shipped(desk)))
  const { version } = desk.now(trade)
  t.match(desk.award(trade.dispute, [{ line: lineOf(trade).id, buyer: '20.00', seller: '13.00' }]), { state: 'open', transactions: [] })
  t.match(desk.now(trade), { version, refund_cases: [{ state: 'arbitration' }] })
  desk.reject(trade.dispute)
  desk.award(trade.dispute, [{ line: lineOf(trade).id, buyer: '20.00', seller: '13.00' }])
  t.match(desk.approve(trade.dispute, SECOND), { state: 'awarded', transactions: [/^txn_/] })
  t.match(desk.now(trade), { refunded: '20.00', released: '13.00', refund_cases: [] })
  t.match(closedCase(desk), { state: 'refunded', refunded: 2000n })
})

t.test('a dispute that is withdrawn cancels its case, and the line\'s time runs on for what is left of it', async (t) => {
  const desk = new DisputeDesk()
  const sent = shipped(desk)
  const left = new Date(lineOf(sent).confirm_by ?? 0).getTime() - desk.books.now.getTime() - DAY_MS
  desk.wait(DAY_MS)
  const asked = refused(desk, sent, { quantity: 1 })
  desk.wait(DAY_MS)
  const trade = desk.escalate(asked, 'platform')
  desk.wait(30 * DAY_MS)
  t.equal(codeOf(() => desk.confirm(trade)), 'refund_case_open')
  t.equal(codeOf(() => desk.withdraw(trade.dispute, 'buyer')), 'not_the_opener')
  desk.withdraw(trade.dispute, 'platform')
  t.match(desk.now(trade), { refund_cases: [], disputes: [], held: '33.00' })
  t.match(lineOf(desk.now(trade)), { frozen: '0.00', frozen_units: 0, confirm_by: new Date(desk.books.now.getTime() + left).toISOString() })
  t.match(closedCase(desk), { state: 'cancelled', refunded: 0n, steps: 'request buyer, refuse seller, escalate platform, withdraw platform' })
})

t.test('an award lets the rest of the line wait for its buyer as long as it had still to wait', async (t) => {
  const desk = new DisputeDesk()
  const sent = shipped(desk)
  const left = new Date(lineOf(sent).confirm_by ?? 0).getTime() - desk.books.now.getTime()
  const trade = desk.escalate(refused(desk, sent, { quantity: 1 }))
  desk.wait(20 * DAY_MS)
  desk.award(trade.dispute, [{ line: lineOf(trade).id, buyer: '10.00', seller: '0' }])
  t.equal(lineOf(desk.now(trade)).confirm_by, new Date(desk.books.now.getTime() + left).toISOString())
  desk.wait(left)
  desk.sweep(desk.now(trade), desk.books.now)
  t.match(desk.now(trade), { state: 'completed', released: '23.00', refunded: '10.00' })
})

t.test('only a refused case is escalated, once, by its time', async (t) => {
  const desk = new DisputeDesk()
  const asked = desk.refund(shipped(desk))
  t.equal(codeOf(() => desk.escalate(asked)), 'illegal_in_case_state')
  const trade = desk.act(asked, 'refuse')
  desk.wait(3 * DAY_MS)
  t.match(refusalOf(() => desk.escalate(trade)), { code: 'illegal_in_case_state', message: /ended at/ }, 'its time is over, though no timer came')
  desk.sweep(trade, desk.books.now)
  t.match(refusalOf(() => desk.escalate(trade)), { code: 'illegal_in_case_state', message: /is cancelled/ })
  const again = desk.act(desk.refund(desk.now(trade)), 'refuse')
  desk.wait(3 * DAY_MS - HOUR_MS)
  const escalated = desk.escalate(again)
  for (const action of ['agree', 'withdraw', 'refuse'] as const) t.equal(codeOf(() => desk.act(escalated, action)), 'illegal_in_case_state', action)
  t.equal(codeOf(() => desk.escalate(escalated)), 'illegal_in_case_state')
  t.equal(codeOf(() => desk.dispute(escalated)), 'line_disputed')
  desk.wait(90 * DAY_MS)
  desk.sweep(escalated, desk.books.now)
  t.match(desk.now(escalated), { refund_cases: [{ state: 'arbitration' }], held: '33.00' }, 'no silence decides it')
})

t.test('a case of a completed trade is escalated also when the after-sale window is over', async (t) => {
  const desk = new DisputeDesk()
  const done = desk.confirm(shipped(desk))
  desk.wait(14 * DAY_MS)
  const trade = refused(desk, done)
  desk.wait(2 * DAY_MS)
  desk.sweep(trade, desk.books.now)
  t.equal(codeOf(() => desk.dispute(trade)), 'after_sale_ended')
  t.match(desk.escalate(desk.now(trade)), { refund_cases: [{ state: 'arbitration' }] })
})

t.test('what is not shipped is not escalated: it can be cancelled, also beside an arbitration', async (t) => {
  const desk = new DisputeDesk()
  const paid = desk.pay(desk.open([THREE]))
  t.match(refusalOf(() => desk.escalate(refused(desk, paid))), { code: 'nothing_to_dispute' })
  const other = desk.pay(desk.open([THREE]))
  const trade = desk.escalate(refused(desk, desk.ship(other, [pick(other, 0, 2)])))
  t.match(desk.cancel(trade), { refunded: '11.00', held: '22.00', refund_cases: [{ state: 'arbitration' }] })
  desk.award(trade.dispute, [{ line: lineOf(trade).id, buyer: '0', seller: '22.00' }])
  t.match(desk.now(trade), { state: 'completed', released: '22.00', refunded: '11.00' })
})

t.test('nothing is escalated while a chargeback is open', async (t) => {
  const desk = new DisputeDesk()
  const trade = refused(desk, shipped(desk))
  chargeBack(desk)
  t.equal(codeOf(() => desk.escalate(desk.now(trade))), 'chargeback_open')
})

t.test('a member of a group follows its decision before a step on its disputes and cases sees it', async (t) => {
  const desk = new DisputeDesk()
  const member = desk.pay(desk.join(desk.gather()))
  desk.fill(member)
  t.match(refusalOf(() => desk.dispute(member)), { code: 'illegal_in_state', facts: { current_state: 'awaiting_shipment' } })
})

t.test('a line with milestones in dispute: what they have not released is frozen, and no attestation releases it', async (t) => {
  const desk = new DisputeDesk()
  const milestones = [{ ref: 'deposit', share: '0.3', when: { fact: 'inspection_passed' as const } }, { ref: 'rest', share: '0.7', when: { fact: 'carrier_delivered' as const } }]
  const trade = desk.ship(desk.pay(desk.open([{ unit_price: '100.00', release: { milestones } }])))
  desk.attest(trade, { milestone: 'deposit', kind: 'inspection_passed' })
  const { dispute, ...disputed } = desk.dispute(desk.now(trade))
  t.match(lineOf(disputed), { frozen: '70.00', frozen_units: 1 })
  t.match(desk.attest(disputed, { milestone: 'rest' }), { transactions: [] }, 'nothing of it is released meanwhile')
  desk.award(dispute, [{ line: lineOf(trade).id, buyer: '80.00', seller: '20.00' }])
  t.match(desk.now(trade), { state: 'completed', held: '0.00', released: '20.00', refunded: '80.00' })
})
