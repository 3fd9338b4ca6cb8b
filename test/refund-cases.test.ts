import t from 'tap'
import { REFUND_CASES } from '../src/escrow/refund-cases/case-rows.ts'
import { REFUNDS } from '../src/escrow/refunds/refund-rows.ts'
import { CASE_STATES, nextCaseState, type CaseState } from '../src/escrow/trade/refund-case.ts'
import type { TradeJson } from '../src/escrow/trade/show-trade.ts'
import { DAY_MS, HOUR_MS } from '../src/kernel/time.ts'
import { owe } from './support/owe.ts'
import { origin } from './support/memory-books.ts'
import { codeOf, pick, refusalOf, TradeDesk, type LineTerms } from './support/trade-desk.ts'

const REFUND_ONLY = { kind: 'refund_only' as const }
const RETURN = { kind: 'return_refund' as const }

/** A shipped trade; without lines of two units at 10.00 with 5.00 shipping. */
function shipped (desk: TradeDesk, lines: readonly LineTerms[] = [{ quantity: 2, shipping: '5' }]): TradeJson {
  return desk.ship(desk.pay(desk.open(lines)))
}

/** A trade whose first line has a case in a state; each asks for the return of all. */
const INTO_STATE: Readonly<Record<Exclude<CaseState, 'arbitration'>, (desk: TradeDesk) => TradeJson>> = {
  requested: (desk) => {
    const trade = shipped(desk)
    return desk.refund(trade, [{ ...pick(trade, 0), ...RETURN }])
  },
  awaiting_return: (desk) => desk.act(INTO_STATE.requested(desk), 'agree'),
  return_shipped: (desk) => desk.act(INTO_STATE.awaiting_return(desk), 'ship_return', { carrier: 'SF', trackingNumber: '1' }),
  refused: (desk) => desk.act(INTO_STATE.requested(desk), 'refuse'),
  refunded: (desk) => desk.act(INTO_STATE.return_shipped(desk), 'confirm_return'),
  cancelled: (desk) => desk.act(INTO_STATE.requested(desk), 'withdraw')
}

/** What each action of a state leads to; what is not named is refused. */
const TABLE: Readonly<Record<CaseState, Readonly<Record<string, CaseState>>>> = {
  requested: { agree: 'awaiting_return', refuse: 'refused', withdraw: 'cancelled' },
  awaiting_return: { ship_return: 'return_shipped', withdraw: 'cancelled' },
  return_shipped: { refuse: 'refused', confirm_return: 'refunded' },
  refused: { agree: 'awaiting_return', withdraw: 'cancelled' },
  arbitration: {},
  refunded: {},
  cancelled: {}
}
const ACTIONS = ['agree', 'refuse', 'ship_return', 'confirm_return', 'withdraw'] as const
/** What silence leads to, and after how long. */
const SILENCE: Readonly<Partial<Record<CaseState, readonly [CaseState, number, string]>>> = {
  requested: ['awaiting_return', 48 * HOUR_MS, 'refund_answer_by'],
  awaiting_return: ['cancelled', 7 * DAY_MS, 'return_by'],
  return_shipped: ['refunded', 10 * DAY_MS, 'return_confirm_by'],
  refused: ['cancelled', 3 * DAY_MS, 'escalate_by']
}

for (const state of CASE_STATES) {
  if (state === 'arbitration') continue
  t.test(`a case that is ${state} allows: ${Object.keys(TABLE[state]).join(' ') || 'nothing'}`, async (t) => {
    for (const action of ACTIONS) {
      const desk = new TradeDesk()
      const trade = INTO_STATE[state](desk)
      const id = desk.books.rows(REFUND_CASES)[0]?.id
      const named = trade.refund_cases.length > 0 ? trade : INTO_STATE.requested(desk)
      const [transactions, target] = [desk.books.transactions.length, TABLE[state][action]]
      if (target !== undefined) {
        desk.act(trade, action)
        const row = desk.books.rows(REFUND_CASES).find((each) => each.id === id)
        t.equal(row?.state, target, action)
        t.equal(row?.steps.at(-1)?.action, action)
        t.equal(desk.books.transactions.length, transactions + (target === 'refunded' ? 1 : 0))
        continue
      }
      if (trade.refund_cases.length === 0) continue
      const refusal = refusalOf(() => desk.act(named, action))
      t.equal(refusal.code, 'illegal_in_case_state', action)
      const shown = state === 'refused' ? ['agree', 'withdraw', 'escalate'] : Object.keys(TABLE[state])
      t.strictSame(refusal.facts, { current_state: state, allowed_actions: trade.refund_cases[0]?.allowed_actions })
      t.strictSame([...trade.refund_cases[0]?.allowed_actions ?? []].sort(), shown.sort())
      t.equal(desk.books.transactions.length, transactions, 'nothing was posted')
    }
  })

  const silence = SILENCE[state]
  if (silence === undefined) continue
  t.test(`silence makes a case that is ${state} ${silence[0]}, on time or three days late, and nobody else does once its time is over`, async (t) => {
    for (const lateMs of [0, 3 * DAY_MS]) {
      const desk = new TradeDesk()
      const trade = INTO_STATE[state](desk)
      const due = new Date(desk.books.now.getTime() + silence[1]).toISOString()
      t.match(trade.deadlines, { [silence[2]]: due })
      t.equal(trade.refund_cases[0]?.due_at, due)
      desk.wait(silence[1] - 1)
      t.equal(desk.sweep(trade, new Date(desk.books.now.getTime() - 1)), 0, 'not a moment before')
      t.equal(desk.books.rows(REFUND_CASES)[0]?.state, state)
      desk.wait(1 + lateMs)
      for (const action of ACTIONS) t.equal(codeOf(() => desk.act(trade, action)), 'illegal_in_case_state', action)
      t.equal(desk.sweep(trade, due), silence[0] === 'refunded' ? 1 : 0)
      t.match(desk.books.rows(REFUND_CASES)[0], { state: silence[0] })
      t.match(desk.books.rows(REFUND_CASES)[0]?.steps.at(-1), { by: 'timer', key: null })
    }
  })
}

t.test('a closed case refuses every action and tells how it ended; what is no case of the trade is not found', async (t) => {
  for (const state of ['refunded', 'cancelled'] as const) {
    const desk = new TradeDesk()
    const open = INTO_STATE.return_shipped(desk)
    const closed = state === 'refunded' ? desk.act(open, 'confirm_return') : desk.act(desk.act(open, 'refuse'), 'withdraw')
    t.strictSame(closed.refund_cases, [])
    for (const action of ACTIONS) {
      const refusal = refusalOf(() => desk.act(open, action))
      t.match(refusal, { code: 'illegal_in_case_state', facts: { current_state: state, allowed_actions: [] } })
    }
    const stranger = { ...shipped(desk), refund_cases: open.refund_cases }
    t.equal(codeOf(() => desk.act(stranger, 'agree')), 'not_found', 'a case of another trade')
  }
})

t.test('a return that was refused is not sent back again: when the seller agrees after all, the money goes back', async (t) => {
  const desk = new TradeDesk()
  const refused = desk.act(INTO_STATE.return_shipped(desk), 'refuse')
  t.match(desk.act(refused, 'agree'), { state: 'closed_refunded', refunded: '25.00', refund_cases: [] })
  t.equal(nextCaseState({ kind: 'return_refund', steps: [] }, 'escalate'), 'arbitration')
})

t.test('the history of a case tells who did what, with which key and when', async (t) => {
  const desk = new TradeDesk()
  const start = desk.books.now
  const agreed = INTO_STATE.awaiting_return(desk)
  desk.wait(DAY_MS)
  const returning = desk.act(agreed, 'ship_return', { carrier: 'SF', trackingNumber: '7' })
  t.match(returning.refund_cases, [{ carrier: 'SF', tracking_number: '7', state: 'return_shipped' }])
  desk.wait(10 * DAY_MS)
  desk.sweep(returning, desk.books.now)
  t.match(desk.books.rows(REFUND_CASES)[0], {
    state: 'refunded',
    refunded: 2500n,
    closedAt: desk.books.now,
    dueAt: null,
    steps: [{ action: 'request', by: 'buyer', at: start }, { action: 'agree', by: 'seller', at: start }, { action: 'ship_return', by: 'buyer' }, { action: 'confirm_return', by: 'timer', key: null }]
  })
  t.strictSame(desk.books.events.map(({ type }) => type).filter((type) => type.startsWith('case.')), ['case.opened', 'case.agreed', 'case.return_shipped', 'case.refunded'])
})

t.test('the worked example: half of 200.00 refunded after release; partner and commission give their shares back, the seller keeps 85.00', async (t) => {
  const desk = new TradeDesk()
  const [partner = ''] = desk.partners
  const trade = desk.confirm(shipped(desk, [{ quantity: 2, unit_price: '100', commission_rate: '0.05', splits: [{ partner, rate: '0.10' }] }]))
  const requested = desk.refund(trade, [{ ...pick(trade, 0, 1), ...REFUND_ONLY }])
  t.match(requested, { state: 'completed', transactions: [], refund_cases: [{ amount: '100.00', state: 'requested', quantity: 1, asked: null }] })
  const half = desk.act(requested, 'agree')
  t.strictSame(desk.lastPostings(), [
    'partner_available / seller_available 10.00', 'commission_income / seller_available 5.00', 'seller_available / escrow 100.00', 'escrow / refund_payable 100.00'
  ])
  t.match(half, { state: 'completed', paid: '200.00', held: '0.00', released: '100.00', refunded: '100.00', lines: [{ confirmed: 1, refunded: 1, returned: 1, state: 'confirmed' }] })
  t.equal(desk.books.balance({ class: 'seller_available', owner: desk.seller, unit: 'CNY' }), 8500n)
  const rest = desk.act(desk.refund(half), 'agree')
  t.match(rest, { state: 'closed_refunded', released: '0.00', refunded: '200.00', lines: [{ confirmed: 0, refunded: 2, returned: 2, state: 'refunded' }], deadlines: {} })
  for (const [name, owner] of [['seller_available', desk.seller], ['partner_available', partner], ['commission_income', '']] as const) {
    t.equal(desk.books.balance({ class: name, owner, unit: 'CNY' }), 0n, name)
  }
})

t.test('the refund succeeds and the seller has no money: first his reserve, then a receivable, not silence', async (t) => {
  const desk = new TradeDesk()
  const trade = desk.confirm(shipped(desk, [{ unit_price: '100' }]))
  // What he had is gone.
  desk.books.submit(owe(origin(), { party: desk.seller, role: 'seller', unit: 'CNY', amount: 9000n }))
  const refunded = desk.act(desk.refund(trade), 'agree')
  t.strictSame(desk.lastPostings(), ['seller_available / escrow 10.00', 'party_receivable / escrow 90.00', 'escrow / refund_payable 100.00'])
  t.match(refunded, { state: 'closed_refunded', refunded: '100.00', refund_pending: '100.00', held: '0.00' })
  t.equal(desk.books.balance({ class: 'party_receivable', owner: desk.seller, unit: 'CNY' }), 9000n)
  t.equal(desk.books.rows(REFUNDS)[0]?.amount, 10000n, 'the buyer gets all of it')
})

t.test('shares that come back for more than is refunded, because all of them were rounded up, pay what the seller owes', async (t) => {
  const desk = new TradeDesk()
  const splits = desk.partners.map((partner) => ({ partner, rate: '0.25' }))
  const trade = desk.pay(desk.open([{ unit_price: '3', splits }], 'KRW'))
  desk.ship(trade)
  desk.confirm(trade)
  t.strictSame(desk.lastPostings(), [
    'escrow / seller_available 3', 'seller_available / partner_available 1', 'seller_available / partner_available P2 1', 'seller_available / partner_available P3 1'
  ])
  desk.books.submit(owe(origin(), { party: desk.seller, role: 'seller', unit: 'KRW', amount: 10n }))
  desk.refund(trade, [{ ...pick(trade, 0), amount: '1' }], { sellerAgreed: true })
  t.strictSame(desk.lastPostings(), [
    'partner_available / seller_available 1', 'partner_available P2 / seller_available 1', 'partner_available P3 / seller_available 1',
    'seller_available / escrow 1', 'seller_available / party_receivable 2', 'escrow / refund_payable 1'
  ])
})

t.test('52.00 and 10.00 shipping, refunds of 32, 9, 8, 3, 6, 3: no cap is exceeded, before and after release', async (t) => {
  for (const isReleased of [false, true]) {
    const desk = new TradeDesk()
    const [partner = ''] = desk.partners
    const ready = shipped(desk, [{ unit_price: '52', shipping: '10', commission_rate: '0.05', splits: [{ partner, rate: '0.1' }] }])
    let trade: TradeJson = isReleased ? desk.confirm(ready) : ready
    let left = 6200n
    for (const amount of [32, 9, 8, 3, 6, 3]) {
      trade = desk.act(desk.refund(trade, [{ ...pick(trade, 0), amount: `${amount}.00` }]), 'agree')
      left -= BigInt(amount) * 100n
      const shares = desk.books.balance({ class: 'commission_income', owner: '', unit: 'CNY' })
      t.ok(shares >= 0n && shares <= 260n)
      t.equal(trade.refunded, `${62 - Number(left) / 100}.00`)
    }
    const refusal = refusalOf(() => desk.refund(trade, [{ ...pick(trade, 0), amount: '1.01' }]))
    t.match(refusal, { code: 'refund_exceeded', message: 'Of this line 1.00 CNY can be refunded.', facts: { errors: [{ pointer: '/lines/0/amount' }] } })
    t.equal(desk.books.balance({ class: 'commission_income', owner: '', unit: 'CNY' }), 0n, 'all the goods went back: nothing is earned on them')
    const end = desk.act(desk.refund(trade, [{ ...pick(trade, 0), amount: '1.00' }]), 'agree')
    t.match(end, { state: 'closed_refunded', refunded: '62.00', released: '0.00', held: '0.00', lines: [{ refunded: 1 }] })
    t.notOk(end.allowed_actions.includes('refund'))
  }
})

t.test('100.00 over three lines and three partners leaves no residue, refunded in one request after release', async (t) => {
  const desk = new TradeDesk()
  const splits = desk.partners.map((partner) => ({ partner, rate: '0.1' }))
  const trade = desk.confirm(shipped(desk, ['33.34', '33.33', '33.33'].map((price) => ({ unit_price: price, commission_rate: '0.07', splits }))))
  const part = desk.refund(trade, trade.lines.map(({ id }) => ({ line: id, amount: '11.11' })), { sellerAgreed: true })
  t.match(part, { refunded: '33.33', released: '66.67', state: 'completed', refund_cases: [] })
  const refunded = desk.refund(part, part.lines.map(({ id }) => ({ line: id })), { sellerAgreed: true })
  t.match(refunded, { state: 'closed_refunded', refunded: '100.00', released: '0.00', held: '0.00' })
  t.equal(refunded.transactions.length, 1)
  t.equal(desk.books.rows(REFUNDS).length, 2, 'one refund a payment and request')
  for (const account of desk.books.accounts.values()) {
    if (['seller_available', 'partner_available', 'commission_income', 'escrow', 'party_receivable'].includes(account.class)) t.equal(desk.books.balance(account), 0n, account.class)
  }
})

interface Counted {
  readonly what: string
  readonly line: LineTerms
  /** Units shipped, and of those confirmed. */
  readonly progress: readonly [number, number]
  readonly wanted: { readonly kind?: 'refund_only' | 'return_refund', readonly quantity?: number, readonly amount?: string }
  readonly after: readonly [refunded: string, released: string, held: string]
  readonly units: readonly [confirmed: number, refunded: number, returned: number]
  readonly state: string
}

const FOUR: LineTerms = { quantity: 4, unit_price: '10', shipping: '8' }
const COUNTED: readonly Counted[] = [
  { what: 'units not shipped', line: FOUR, progress: [0, 0], wanted: { quantity: 1 }, after: ['10.00', '0.00', '38.00'], units: [0, 1, 0], state: 'awaiting_shipment' },
  { what: 'all units, with the shipping', line: FOUR, progress: [0, 0], wanted: { quantity: 4 }, after: ['48.00', '0.00', '0.00'], units: [0, 4, 0], state: 'closed_refunded' },
  { what: 'what is not shipped goes first', line: FOUR, progress: [2, 0], wanted: { quantity: 3 }, after: ['30.00', '0.00', '18.00'], units: [0, 3, 1], state: 'awaiting_confirmation' },
  { what: 'a return is of what was shipped', line: FOUR, progress: [2, 0], wanted: { kind: 'return_refund', quantity: 2 }, after: ['20.00', '0.00', '28.00'], units: [0, 2, 2], state: 'partially_shipped' },
  { what: 'a unit that is confirmed, the others being on their way', line: FOUR, progress: [4, 1], wanted: { kind: 'return_refund', quantity: 4 }, after: ['48.00', '0.00', '0.00'], units: [0, 4, 4], state: 'closed_refunded' },
  { what: 'the unconfirmed units take their shipping', line: FOUR, progress: [4, 1], wanted: { quantity: 3 }, after: ['36.00', '12.00', '0.00'], units: [1, 3, 3], state: 'completed' },
  { what: 'confirmed units only: from what was released', line: FOUR, progress: [4, 4], wanted: { quantity: 1 }, after: ['10.00', '38.00', '0.00'], units: [3, 1, 1], state: 'completed' },
  { what: 'a return of the confirmed unit while others are not shipped', line: FOUR, progress: [1, 1], wanted: { kind: 'return_refund', quantity: 1 }, after: ['12.00', '0.00', '36.00'], units: [0, 1, 1], state: 'partially_shipped' },
  { what: 'an amount counts no units', line: FOUR, progress: [4, 0], wanted: { amount: '15.00' }, after: ['15.00', '0.00', '33.00'], units: [0, 0, 0], state: 'awaiting_confirmation' },
  { what: 'an amount that is all that is held', line: FOUR, progress: [4, 1], wanted: { amount: '36.00' }, after: ['36.00', '12.00', '0.00'], units: [1, 3, 3], state: 'completed' },
  { what: 'an amount beyond what is held', line: FOUR, progress: [4, 2], wanted: { amount: '30.00' }, after: ['30.00', '18.00', '0.00'], units: [2, 2, 2], state: 'completed' },
  { what: 'units for less than their price', line: FOUR, progress: [4, 0], wanted: { kind: 'return_refund', quantity: 2, amount: '15.00' }, after: ['15.00', '0.00', '33.00'], units: [0, 2, 2], state: 'awaiting_confirmation' },
  { what: 'all units for less: the last one stays for the rest', line: FOUR, progress: [4, 0], wanted: { quantity: 4, amount: '40.00' }, after: ['40.00', '0.00', '8.00'], units: [0, 3, 3], state: 'awaiting_confirmation' },
  { what: 'all confirmed units for less', line: FOUR, progress: [4, 4], wanted: { quantity: 4, amount: '40.00' }, after: ['40.00', '8.00', '0.00'], units: [1, 3, 3], state: 'completed' },
  { what: 'all units for less, not shipped', line: FOUR, progress: [0, 0], wanted: { quantity: 4, amount: '47.00' }, after: ['47.00', '0.00', '1.00'], units: [0, 3, 0], state: 'awaiting_shipment' },
  { what: 'the shipping alone, of free goods', line: { quantity: 2, unit_price: '0', shipping: '8' }, progress: [2, 2], wanted: { amount: '8.00' }, after: ['8.00', '0.00', '0.00'], units: [0, 2, 2], state: 'closed_refunded' }
]

for (const { what, line, progress: [ships, confirms], wanted, after, units, state } of COUNTED) {
  t.test(`units and money of a refund: ${what}`, async (t) => {
    const desk = new TradeDesk()
    let trade: TradeJson = desk.pay(desk.open([line]))
    if (ships > 0) trade = desk.ship(trade, [pick(trade, 0, ships)])
    if (confirms > 0) trade = desk.confirm(trade, [pick(trade, 0, confirms)])
    const requested = desk.refund(trade, [{ ...pick(trade, 0), ...wanted }])
    t.equal(requested.refund_cases[0]?.amount, after[0])
    const done = desk.refund(trade = desk.act(requested, 'withdraw'), [{ ...pick(trade, 0), ...wanted }], { sellerAgreed: true })
    const settled = wanted.kind === 'return_refund' ? desk.act(desk.act(done, 'ship_return'), 'confirm_return') : done
    t.strictSame([settled.refunded, settled.released, settled.held], after)
    t.strictSame(settled.lines.map(({ confirmed, refunded, returned }) => [confirmed, refunded, returned]), [units])
    t.equal(settled.state, state)
    // Whatever happened, the trade comes to its end by itself or by its parties.
    let end: TradeJson = settled
    if (end.allowed_actions.includes('ship')) end = desk.ship(end)
    if (end.allowed_actions.includes('confirm')) end = desk.confirm(end)
    t.match(end.state, /^(completed|closed_refunded)$/)
    t.equal(end.held, '0.00')
  })
}

t.test('an open case stops its line\'s time to confirm, which runs on from where it stood', async (t) => {
  const desk = new TradeDesk()
  const trade = shipped(desk, [{ quantity: 2 }, {}])
  desk.wait(4 * DAY_MS)
  const paused = desk.refund(trade, [{ ...pick(trade, 0), amount: '3.00' }])
  t.equal(paused.lines[0]?.confirm_by, null)
  t.equal(paused.deadlines.confirm_by, trade.lines[1]?.confirm_by, 'the other line goes on')
  t.equal(codeOf(() => desk.confirm(paused, [pick(paused, 0)])), 'refund_case_open')
  t.equal(codeOf(() => desk.extend(paused, { lines: [pick(paused, 0)] })), 'extension_unavailable')
  t.strictSame(desk.confirm(paused).lines.map(({ confirmed }) => confirmed), [0, 1], 'who confirms all confirms the other line')
  t.equal(codeOf(() => desk.confirm(paused)), 'refund_case_open')
  desk.wait(DAY_MS)
  const resumed = desk.act(paused, 'withdraw')
  t.equal(resumed.lines[0]?.confirm_by, new Date(desk.books.now.getTime() + 6 * DAY_MS).toISOString())
  desk.wait(6 * DAY_MS)
  t.equal(desk.sweep(resumed, desk.books.now), 1)
})

t.test('a shipment beside an open case starts nothing before the case is closed', async (t) => {
  const desk = new TradeDesk()
  const trade = desk.pay(desk.open([{ quantity: 2 }]))
  const asked = desk.refund(trade, [{ ...pick(trade, 0), amount: '2.00' }])
  const sent = desk.ship(asked)
  t.equal(sent.lines[0]?.confirm_by, null)
  t.notOk(sent.allowed_actions.includes('confirm') || sent.allowed_actions.includes('extend'))
  desk.wait(DAY_MS)
  t.equal(desk.act(sent, 'agree').lines[0]?.confirm_by, new Date(desk.books.now.getTime() + 10 * DAY_MS).toISOString())
})

t.test('a request at the instant of the timer: whoever is first decides, and the other finds that; a worker three days late changes nothing', async (t) => {
  for (const lateMs of [0, 3 * DAY_MS]) {
    const asking = new TradeDesk()
    const one = shipped(asking)
    asking.wait(10 * DAY_MS + lateMs)
    const requested = asking.refund(one)
    t.equal(asking.sweep(one, one.deadlines.confirm_by ?? ''), 0, 'the request was first: nothing is released')
    const resumed = asking.act(requested, 'withdraw')
    t.equal(asking.sweep(resumed, asking.books.now), 1, 'nothing was left of its time: it is confirmed when the case is closed')

    const sweeping = new TradeDesk()
    const two = shipped(sweeping)
    sweeping.wait(10 * DAY_MS + lateMs)
    t.equal(sweeping.sweep(two, two.deadlines.confirm_by ?? ''), 1, 'the timer was first')
    const after = sweeping.act(sweeping.refund(two), 'agree')
    t.match(after, { state: 'closed_refunded', refunded: '25.00', released: '0.00' }, 'it is a refund after release')
  }
})

t.test('a cancellation beside an open case leaves enough for the case', async (t) => {
  const desk = new TradeDesk()
  const paid = desk.pay(desk.open([{ quantity: 3 }]))
  const byUnits = desk.refund(paid, [{ ...pick(paid, 0, 2) }])
  t.equal(codeOf(() => desk.cancel(byUnits)), 'refund_case_open')
  t.equal(codeOf(() => desk.cancel(byUnits, [pick(byUnits, 0, 2)])), 'refund_case_open')
  t.match(desk.act(desk.cancel(byUnits, [pick(byUnits, 0, 1)]), 'agree'), { state: 'closed_refunded', refunded: '30.00' })

  const other = desk.pay(desk.open([{ quantity: 2 }]))
  const byAmount = desk.refund(other, [{ ...pick(other, 0), amount: '15.00' }])
  t.equal(codeOf(() => desk.cancel(byAmount, [pick(byAmount, 0, 1)])), 'refund_case_open')
  const all = desk.refund(desk.act(byAmount, 'withdraw'))
  t.equal(codeOf(() => desk.cancel(all)), 'refund_case_open', 'a case is never left with nothing')
  t.match(desk.act(desk.cancel(all, [pick(all, 0, 1)]), 'agree'), { state: 'closed_refunded', refunded: '20.00', held: '0.00' })
})

t.test('a refund is asked for from the payment until the after-sale window ends, once a line at a time, and for no more than there is', async (t) => {
  const desk = new TradeDesk()
  const opened = desk.open([{ quantity: 2 }, {}])
  t.equal(codeOf(() => desk.refund(opened)), 'illegal_in_state')
  const paid = desk.pay(opened)
  const done = desk.confirm(desk.ship(paid))
  const asked = desk.refund(done)
  t.match(refusalOf(() => desk.refund(done)), { code: 'refund_case_open', facts: { errors: [{ pointer: '/lines/0/line' }] } })
  t.equal(codeOf(() => desk.refund(done, [pick(done, 1), pick(done, 0)])), 'refund_case_open', 'all or none')
  t.equal(codeOf(() => desk.refund(done, [pick(done, 1, 2)])), 'quantity_exceeded')
  t.equal(codeOf(() => desk.refund(done, [{ ...pick(done, 1), amount: '10.01' }])), 'refund_exceeded')
  t.equal(codeOf(() => desk.refund(done, [{ ...pick(done, 1), amount: '0.00' }])), 'invalid_amount')
  desk.wait(15 * DAY_MS)
  t.equal(codeOf(() => desk.refund(done, [pick(done, 1)])), 'after_sale_ended', 'whether or not the timer has come')
  desk.sweep(asked, asked.deadlines.refund_answer_by ?? '')
  t.equal(codeOf(() => desk.refund(done, [pick(done, 1)])), 'after_sale_ended')
  t.match(desk.books.rows(REFUND_CASES)[0], { state: 'refunded', refunded: 2000n }, 'what was asked for in time is decided all the same')
  const unsent = desk.pay(desk.open())
  t.equal(codeOf(() => desk.refund(unsent, [{ ...pick(unsent, 0), ...RETURN }])), 'quantity_exceeded', 'what was not shipped is not returned')
})

t.test('a hold blocks the release and not the refund', async (t) => {
  const desk = new TradeDesk()
  const held = desk.hold(shipped(desk))
  const asked = desk.refund(held, [{ ...pick(held, 0), amount: '5.00' }])
  desk.wait(48 * HOUR_MS)
  t.equal(desk.sweep(asked, desk.books.now), 1)
  t.match(desk.books.rows(REFUNDS), [{ amount: 500n }])
})

t.test('the money of a refund goes back to the newest payment first, and a trade with an open case still completes', async (t) => {
  const desk = new TradeDesk()
  const opened = desk.open([{ unit_price: '20' }, {}])
  desk.pay(opened, { amount: '25' })
  const paid = desk.ship(desk.pay(opened, { amount: '5' }))
  const one = desk.confirm(paid, [pick(paid, 1)])
  const asked = desk.refund(one, [{ ...pick(one, 1), amount: '8.00' }])
  t.match(desk.confirm(asked), { state: 'completed', refund_cases: [{ state: 'requested' }] })
  desk.act(asked, 'agree')
  t.strictSame(desk.books.rows(REFUNDS).map(({ amount }) => amount), [500n, 300n])
})
