import t from 'tap'
import { createTrade } from '../src/escrow/steps/create-trade.ts'
import { matchPayment } from '../src/escrow/payments/match-payment.ts'
import { PAYMENTS } from '../src/escrow/payments/payment-rows.ts'
import { recordPayment, type PaymentFact } from '../src/escrow/payments/record-payment.ts'
import { REFUNDS } from '../src/escrow/refunds/refund-rows.ts'
import { returnPayment } from '../src/escrow/payments/return-payment.ts'
import { shipTrade } from '../src/escrow/steps/ship.ts'
import type { TradeJson } from '../src/escrow/trade/show-trade.ts'
import { ACTIONS, TRADE_STATES, type TradeState } from '../src/escrow/trade/states.ts'
import { parseTerms } from '../src/escrow/trade/terms.ts'
import { externalId, internalId } from '../src/kernel/ids.ts'
import { DAY_MS, HOUR_MS } from '../src/kernel/time.ts'
import { chargeBack, decide } from './support/chargeback-desk.ts'
import { DisputeDesk } from './support/dispute-desk.ts'
import { origin } from './support/memory-books.ts'
import { owe } from './support/owe.ts'
import { codeOf, pick, refusalOf, target, TradeDesk, type LineTerms } from './support/trade-desk.ts'

// One trade in every state there is, each of two lines of two units.
const TWO_LINES: readonly LineTerms[] = [{ quantity: 2 }, { quantity: 2 }]
const INTO_STATE: Readonly<Record<TradeState, (desk: TradeDesk) => TradeJson>> = {
  awaiting_payment: (desk) => desk.open(TWO_LINES),
  awaiting_group: (desk) => desk.pay(desk.join(desk.gather(), { quantity: 4 })),
  awaiting_shipment: (desk) => desk.pay(desk.open(TWO_LINES)),
  partially_shipped: (desk) => {
    const trade = desk.pay(desk.open(TWO_LINES))
    return desk.ship(trade, [pick(trade, 0)])
  },
  awaiting_confirmation: (desk) => desk.ship(desk.pay(desk.open(TWO_LINES))),
  completed: (desk) => desk.confirm(desk.ship(desk.pay(desk.open(TWO_LINES)))),
  closed_unpaid: (desk) => desk.cancel(desk.open(TWO_LINES)),
  closed_refunded: (desk) => desk.cancel(desk.pay(desk.open(TWO_LINES))),
  closed_charged_back: (desk) => {
    const trade = desk.pay(desk.open(TWO_LINES))
    decide(desk, chargeBack(desk, { amount: trade.paid }), 'lost')
    return desk.show(trade)
  }
}

const ALLOWED: Readonly<Record<TradeState, string>> = {
  awaiting_payment: 'pay reprice cancel hold lift',
  awaiting_group: 'hold lift',
  awaiting_shipment: 'ship cancel refund hold lift',
  partially_shipped: 'ship confirm extend cancel refund dispute hold lift',
  awaiting_confirmation: 'confirm extend refund dispute hold lift',
  completed: 'refund dispute lift',
  closed_unpaid: 'lift',
  closed_refunded: 'lift',
  closed_charged_back: 'lift'
}

for (const state of TRADE_STATES) {
  t.test(`a trade that is ${state} allows: ${ALLOWED[state]}`, async (t) => {
    t.equal(INTO_STATE[state](new TradeDesk()).state, state)
    t.strictSame(INTO_STATE[state](new TradeDesk()).allowed_actions, ALLOWED[state].split(' ').filter((action) => !['hold', 'lift'].includes(action)))
    for (const action of ACTIONS) {
      const desk = new DisputeDesk()
      const trade = INTO_STATE[state](desk)
      const transactions = desk.books.transactions.length
      if (action === 'pay') {
        // A payment is a fact in every state; what the table decides is where it goes.
        const paid = desk.pay(trade, { amount: '40.00' })
        t.equal(desk.books.rows(PAYMENTS).at(-1)?.inSuspense, state === 'awaiting_payment' ? 0n : 4000n, action)
        t.equal(paid.state, state === 'awaiting_payment' ? 'awaiting_shipment' : state)
      } else if (action === 'lift') {
        t.equal(codeOf(() => desk.lift(trade)), 'not_found', 'a hold is lifted wherever there is one')
      } else if (action === 'attest') {
        t.equal(codeOf(() => desk.attest(trade)), 'attestation_not_asked', 'wherever a line has no release conditions')
      } else if (ALLOWED[state].split(' ').includes(action)) {
        t.ok(desk[action](trade).version > trade.version, action)
      } else {
        const refusal = refusalOf(() => desk[action](trade))
        t.equal(refusal.code, 'illegal_in_state', action)
        t.strictSame(refusal.facts, { current_state: state, allowed_actions: trade.allowed_actions })
        t.equal(desk.books.transactions.length, transactions, 'nothing was posted')
      }
    }
  })
}

t.test('every step posts exactly what the domain says, in its order', async (t) => {
  const desk = new TradeDesk()
  const [partner = '', second = ''] = desk.partners
  const opened = desk.open([
    { quantity: 2, unit_price: '19.90', shipping: '5.00', commission_rate: '0.05', splits: [{ partner, rate: '0.10' }, { partner: second, amount: '3.00' }] },
    { seller: desk.other, quantity: 1, unit_price: '100.00', commission_rate: '0.02' }
  ])
  t.match(opened, { state: 'awaiting_payment', total: '144.80', amount_due: '144.80', version: 1, revision: 1, transactions: [], holds: [], coins_value: '0.00' })
  t.equal(desk.books.transactions.length, 0)

  const part = desk.pay(opened, { amount: '44.80', occurredAt: new Date('2026-01-30T00:00:00.000Z') })
  t.match(part, { state: 'awaiting_payment', paid: '44.80', amount_due: '100.00', held: '44.80', version: 2 })
  t.strictSame(desk.lastPostings(), ['provider_clearing / escrow 44.80'])
  t.strictSame(desk.books.transactions.at(-1)?.occurredAt, new Date('2026-01-30T00:00:00.000Z'))

  const paid = desk.pay(part, { amount: '101.00' })
  t.match(paid, { state: 'awaiting_shipment', paid: '144.80', amount_due: '0.00', held: '144.80', deadlines: {} })
  t.strictSame(desk.lastPostings(), ['provider_clearing / escrow 100.00', 'provider_clearing / suspense 1.00'])

  const shipped = desk.ship(paid, [pick(paid, 0), pick(paid, 1)])
  t.strictSame(shipped.transactions, [], 'shipping posts nothing')

  const half = desk.confirm(shipped, [pick(shipped, 0, 1)])
  t.strictSame(desk.lastPostings(), [
    'escrow / seller_available 22.40', 'seller_available / commission_income 1.00',
    'seller_available / partner_available 1.99', 'seller_available / partner_available P2 1.50'
  ])
  t.match(half, { state: 'awaiting_confirmation', released: '22.40', held: '122.40' })

  const done = desk.confirm(half)
  t.strictSame(desk.lastPostings(), [
    'escrow / seller_available 22.40', 'seller_available / commission_income 0.99',
    'seller_available / partner_available 1.99', 'seller_available / partner_available P2 1.50',
    'escrow / seller_available S2 100.00', 'seller_available S2 / commission_income 2.00'
  ])
  t.match(done, { state: 'completed', released: '144.80', held: '0.00', allowed_actions: ['refund'], deadlines: {} })
  t.strictSame(done.lines.map(({ state }) => state), ['confirmed', 'confirmed'])
  t.strictSame(desk.books.events.map(({ type }) => type).filter((type) => type !== 'party.created'), [
    'trade.created', 'trade.payment_received', 'payment.suspended', 'trade.payment_received', 'trade.paid', 'trade.shipped',
    'trade.confirmed', 'trade.confirmed', 'trade.completed'
  ])
})

t.test('price 200.00, commission 5 % and split 10 %: the seller gets 170.00, confirmed at once or in ten steps', async (t) => {
  for (const steps of [1, 10]) {
    const desk = new TradeDesk()
    const [partner = ''] = desk.partners
    const trade = desk.ship(desk.pay(desk.open([{ quantity: 10, unit_price: '20.00', commission_rate: '0.05', splits: [{ partner, rate: '0.10' }] }])))
    for (let step = 0; step < steps; step++) desk.confirm(trade, [pick(trade, 0, 10 / steps)])
    t.equal(desk.books.balance({ class: 'seller_available', owner: desk.seller, unit: 'CNY' }), 17000n)
    t.equal(desk.books.balance({ class: 'partner_available', owner: partner, unit: 'CNY' }), 2000n)
    t.equal(desk.books.balance({ class: 'commission_income', owner: '', unit: 'CNY' }), 1000n)
  }
})

t.test('confirming 100 pieces of 0.10 one by one costs the same commission as all at once', async (t) => {
  for (const rate of ['0.05', '0.033', '0.005', '0.999']) {
    const commissions = [1, 100].map((steps) => {
      const desk = new TradeDesk()
      const trade = desk.ship(desk.pay(desk.open([{ quantity: 100, unit_price: '0.10', commission_rate: rate }])))
      for (let step = 0; step < steps; step++) desk.confirm(trade, [pick(trade, 0, 100 / steps)])
      return desk.books.balance({ class: 'commission_income', owner: '', unit: 'CNY' })
    })
    t.equal(commissions[0], commissions[1], rate)
    t.equal(commissions[0], { 0.05: 50n, 0.033: 33n, 0.005: 5n, 0.999: 999n }[rate])
  }
})

t.test('three partners and an indivisible shipping charge leave no residue', async (t) => {
  const desk = new TradeDesk()
  const splits = desk.partners.map((partner) => ({ partner, amount: '33.33' }))
  const trade = desk.ship(desk.pay(desk.open([{ quantity: 3, unit_price: '33.33', shipping: '0.10', splits }])))
  for (let step = 0; step < 3; step++) desk.confirm(trade, [pick(trade, 0, 1)])
  for (const owner of desk.partners) t.equal(desk.books.balance({ class: 'partner_available', owner, unit: 'CNY' }), 3333n)
  t.equal(desk.books.balance({ class: 'seller_available', owner: desk.seller, unit: 'CNY' }), 10n)
  t.equal(desk.books.balance({ class: 'escrow', owner: trade.id, unit: 'CNY' }), 0n)
})

t.test('a split below one minor unit posts nothing and jams nothing', async (t) => {
  for (const currency of ['KRW', 'JPY', 'KWD']) {
    const desk = new TradeDesk()
    const splits = desk.partners.map((partner) => ({ partner, rate: '0.000000001' }))
    const price = currency === 'KWD' ? '0.001' : '1'
    const trade = desk.open([{ quantity: 3, unit_price: price, commission_rate: '0.1', splits }], currency)
    const done = desk.confirm(desk.ship(desk.pay(trade)))
    t.match(done, { state: 'completed', held: currency === 'KWD' ? '0.000' : '0' })
    t.strictSame(desk.lastPostings(), [`escrow / seller_available ${currency === 'KWD' ? '0.003' : '3'}`])
  }
})

t.test('shares that take everything wait for the next step where rounding makes them larger than this one', async (t) => {
  const desk = new TradeDesk()
  const [first = '', second = ''] = desk.partners
  const splits = [{ partner: first, rate: '0.5' }, { partner: second, rate: '0.5' }]
  const trade = desk.ship(desk.pay(desk.open([{ quantity: 4, unit_price: '0.01', splits }])))
  // Half of 1, 2, 3 and 4 is 0, 1, 2 and 2, to the even, for each of two partners; every step brings one.
  const postings = [1, 2, 3, 4].map(() => {
    desk.confirm(trade, [pick(trade, 0, 1)])
    return desk.lastPostings().slice(1).join()
  })
  t.strictSame(postings, [
    '', 'seller_available / partner_available 0.01', 'seller_available / partner_available 0.01', 'seller_available / partner_available P2 0.01'
  ])
  t.equal(desk.books.balance({ class: 'seller_available', owner: desk.seller, unit: 'CNY' }), 1n, 'what the first step gave is not taken back')
})

t.test('the fee base decides whether shipping counts, and a trade keeps the one it began with', async (t) => {
  const desk = new TradeDesk()
  const terms = [{ unit_price: '100.00', shipping: '20.00', commission_rate: '0.1' }]
  const before = desk.open(terms)
  desk.books.settings = { ...desk.books.settings, fee_base: 'price_and_shipping' }
  desk.confirm(desk.ship(desk.pay(before)))
  t.equal(desk.books.balance({ class: 'commission_income', owner: '', unit: 'CNY' }), 1000n)
  desk.confirm(desk.ship(desk.pay(desk.open(terms))))
  t.equal(desk.books.balance({ class: 'commission_income', owner: '', unit: 'CNY' }), 2200n)
})

t.test('what seller and partner owe is taken first, and no more than they have', async (t) => {
  const desk = new TradeDesk()
  const [partner = ''] = desk.partners
  desk.books.submit(owe(origin(), { party: desk.seller, role: 'seller', unit: 'CNY', amount: 700n }))
  desk.books.submit(owe(origin(), { party: partner, role: 'partner', unit: 'CNY', amount: 150n }))
  const splits = [{ partner, rate: '0.1' }]
  desk.confirm(desk.ship(desk.pay(desk.open([{ unit_price: '6.00', splits }]))))
  t.strictSame(desk.lastPostings(), [
    'escrow / seller_available 6.00', 'seller_available / partner_available 0.60', 'seller_available / party_receivable 5.40', 'partner_available / party_receivable 0.60'
  ])
  desk.confirm(desk.ship(desk.pay(desk.open([{ unit_price: '20.00', splits }]))))
  t.strictSame(desk.lastPostings().slice(2), ['seller_available / party_receivable 1.60', 'partner_available / party_receivable 0.90'])
  t.equal(desk.books.balance({ class: 'seller_available', owner: desk.seller, unit: 'CNY' }), 1640n)
})

t.test('a cancellation goes back to the newest payment first, each up to what it put in', async (t) => {
  const desk = new TradeDesk()
  let trade = desk.open([{ quantity: 4, unit_price: '25.00', shipping: '10.00' }])
  for (const amount of ['50.00', '40.00', '20.00']) trade = desk.pay(trade, { amount })
  const [first, second, third] = desk.books.rows(PAYMENTS)
  const backTo = () => desk.books.rows(REFUNDS).map(({ paymentId, amount }) => [[first, second, third].findIndex((each) => each?.id === paymentId), amount])
  const part = desk.cancel(trade, [pick(trade, 0, 1)])
  // One of four units: 25.00, and 2.50 of the shipping, which is even and exact.
  t.match(part, { refunded: '27.50', refund_pending: '27.50', held: '82.50', state: 'awaiting_shipment' })
  t.strictSame(desk.lastPostings(), ['escrow / refund_payable 20.00', 'escrow / refund_payable 7.50'])
  t.strictSame(backTo(), [[2, 2000n], [1, 750n]])
  const done = desk.confirm(desk.ship(part, [pick(part, 0, 1)]))
  t.equal(done.released, '27.50')
  const closed = desk.cancel(done)
  t.match(closed, { state: 'completed', refunded: '82.50', released: '27.50', held: '0.00' })
  t.strictSame(backTo().slice(2), [[1, 3250n], [0, 2250n]])
})

t.test('orders with shipping come apart without a cap being exceeded, whatever the order of the parts', async (t) => {
  const desk = new TradeDesk()
  const paid = desk.pay(desk.open([{ quantity: 52, unit_price: '1.00', shipping: '10.00' }]))
  let trade: TradeJson = paid
  for (const units of [32, 9, 3, 5, 2, 1]) trade = desk.cancel(trade, [pick(trade, 0, units)])
  t.match(trade, { state: 'closed_refunded', refunded: '62.00', held: '0.00', paid: '62.00' })
  t.equal(trade.lines[0]?.state, 'refunded')
})

t.test('an unpaid close gives back all that was paid so far, and cancels every line', async (t) => {
  const desk = new TradeDesk()
  const trade = desk.pay(desk.open([{ unit_price: '30.00' }, {}]), { amount: '15.00' })
  const closed = desk.cancel(trade)
  t.match(closed, { state: 'closed_unpaid', paid: '15.00', refunded: '15.00', refund_pending: '15.00', held: '0.00', amount_due: '0.00', deadlines: {} })
  t.strictSame(closed.lines.map(({ state }) => state), ['cancelled', 'cancelled'])
  t.strictSame(desk.lastPostings(), ['escrow / refund_payable 15.00'])
  const unpaid = desk.open()
  t.strictSame(desk.cancel(unpaid).transactions, [], 'nothing paid, nothing posted')
  const another = desk.open()
  t.equal(codeOf(() => desk.cancel(another, [pick(another, 0)])), 'illegal_in_state', 'single lines before payment would change the price')
})

t.test('deadlines close what is unpaid and confirm what is shipped, once, from the trade as it then stands', async (t) => {
  const desk = new TradeDesk()
  const unpaid = desk.pay(desk.open(), { amount: '1.00' })
  const deadline = new Date(unpaid.deadlines.pay_by ?? '')
  t.equal(deadline.getTime() - desk.books.now.getTime(), 24 * HOUR_MS)
  t.throws(() => desk.sweep(unpaid, deadline), /not reached/, 'a deadline that is not reached is not used up')
  desk.wait(3 * DAY_MS)
  t.equal(desk.sweep(unpaid, deadline), 1)
  t.strictSame(desk.lastPostings(), ['escrow / refund_payable 1.00'])
  t.equal(desk.sweep(unpaid, new Date(deadline.getTime() + 1)), 0, 'a second sweep does nothing')

  const trade = desk.pay(desk.open([{ fulfilment: 'virtual', quantity: 2 }, { fulfilment: 'mail' }]))
  const shipped = desk.ship(trade, [pick(trade, 0, 1), pick(trade, 1)])
  const first = new Date(shipped.deadlines.confirm_by ?? '')
  t.equal(first.getTime() - desk.books.now.getTime(), 3 * DAY_MS)
  desk.wait(DAY_MS)
  const again = desk.ship(shipped)
  t.equal(new Date(again.deadlines.confirm_by ?? '').getTime() - desk.books.now.getTime(), 3 * DAY_MS, 'each shipment of a line starts its time anew')
  desk.wait(2 * DAY_MS)
  t.equal(desk.sweep(again, first), 0, 'the old deadline is gone')
  desk.wait(DAY_MS)
  t.equal(desk.sweep(again, new Date(again.deadlines.confirm_by ?? '')), 1)
  t.strictSame(desk.lastPostings(), ['escrow / seller_available 20.00'])
  t.equal(codeOf(() => desk.confirm(again, [pick(again, 0)])), 'quantity_exceeded', 'the buyer comes after the timer')
  t.match(desk.confirm(again), { state: 'completed', released: '30.00' })
})

t.test('an instant line is due the moment it is shipped', async (t) => {
  const desk = new TradeDesk()
  const shipped = desk.ship(desk.pay(desk.open([{ fulfilment: 'instant' }])))
  t.equal(shipped.deadlines.confirm_by, desk.books.now.toISOString())
  t.equal(desk.sweep(shipped, desk.books.now), 1)
})

const FACT: PaymentFact = { provider: 'sandbox', providerRef: 'X-1', amount: '10.00', currency: null, occurredAt: null }

t.test('a payment told twice has one effect; other facts under its name are refused', async (t) => {
  const desk = new TradeDesk()
  const trade = desk.open()
  const paid = desk.pay(trade, FACT)
  t.strictSame(desk.pay(trade, FACT), { ...paid, transactions: [] })
  t.strictSame(desk.pay(trade, { ...FACT, currency: 'CNY', occurredAt: new Date(0) }).transactions, [])
  t.equal(codeOf(() => desk.pay(trade, { ...FACT, amount: '10.01' })), 'payment_known')
  t.equal(codeOf(() => desk.pay(trade, { ...FACT, currency: 'USD' })), 'payment_known')
  t.equal(codeOf(() => desk.pay(desk.open(), FACT)), 'payment_known', 'for another trade')
  t.strictSame(desk.books.submit(recordPayment(origin(), FACT, trade.external_ref)).transactions, [], 'by its reference it is the same fact')
  t.equal(codeOf(() => desk.books.submit(recordPayment(origin(), FACT, null))), 'payment_known')
  t.equal(desk.books.balance({ class: 'provider_clearing', owner: 'sandbox', unit: 'CNY' }), 1000n)
})

t.test('two sessions that both pay: the second waits in suspense and goes back', async (t) => {
  const desk = new TradeDesk()
  const trade = desk.open()
  desk.pay(trade)
  const late = desk.pay(trade, { amount: '10.00' })
  t.match(late, { state: 'awaiting_shipment', paid: '10.00' })
  t.strictSame(desk.lastPostings(), ['provider_clearing / suspense 10.00'])
  const [, second] = desk.books.rows(PAYMENTS)
  const back = desk.books.submit(returnPayment(origin(), second?.id ?? null, '4.00'))
  t.match(back, { in_suspense: '6.00', returned: '4.00', applied: '0.00' })
  t.strictSame(desk.lastPostings(), ['suspense / refund_payable 4.00'])
  desk.books.submit(returnPayment(origin(), second?.id ?? null, null))
  t.equal(codeOf(() => desk.books.submit(returnPayment(origin(), second?.id ?? null, null))), 'payment_settled')
  t.equal(codeOf(() => desk.books.submit(returnPayment(origin(), null, null))), 'not_found')
})

t.test('a payment before its trade, after its close, or in another currency waits, and can be matched', async (t) => {
  const desk = new TradeDesk()
  const early = desk.books.submit(recordPayment(origin(), { ...FACT, amount: '25.00' }, 'LATER'))
  t.match(early, { trade: null, trade_external_ref: 'LATER', currency: 'CNY', in_suspense: '25.00' })
  const trade = desk.books.submit(createTrade(origin(), parseTerms(desk.propose([{}], 'CNY', 'LATER'))))
  t.equal(trade.state, 'awaiting_payment', 'people decide about money that waits')
  const match = (amount: string | null, to: TradeJson = trade) => desk.books.submit(matchPayment(origin(), {
    paymentId: internalId('pay', early.id), tradeId: internalId('trd', to.id), amount
  }))
  t.equal(codeOf(() => match('25.01')), 'insufficient_funds')
  t.equal(codeOf(() => match('0.001')), 'invalid_amount')
  t.match(match('4.00'), { in_suspense: '21.00', applied: '4.00', trade: trade.id })
  t.strictSame(desk.lastPostings(), ['suspense / escrow 4.00'])
  t.match(match(null), { in_suspense: '15.00', applied: '10.00' })
  t.equal(codeOf(() => match(null)), 'illegal_in_state', 'it awaits no payment any more')
  t.equal(codeOf(() => match(null, desk.open([{}], 'USD'))), 'currency_mismatch')
  t.equal(codeOf(() => match(null, { ...trade, id: externalId('trd', '019aa46a-a262-7972-bd13-1875e8e9a1f2') })), 'unknown_trade')
  const closed = desk.cancel(trade)
  t.match(closed, { state: 'closed_refunded', refunded: '10.00' })
  t.equal(desk.books.rows(REFUNDS).length, 1, 'a payment matched in two parts is given back in one')
  desk.pay(closed, { ...FACT, providerRef: 'X-2' })
  t.strictSame(desk.lastPostings(), ['provider_clearing / suspense 10.00'])
  const foreign = desk.pay(desk.open(), { ...FACT, providerRef: 'X-3', currency: 'USD' })
  t.match(foreign, { state: 'awaiting_payment', paid: '0.00' })
  t.equal(desk.books.rows(PAYMENTS).at(-1)?.unit, 'USD')
})

t.test('a trade can be paid, shipped and cancelled by the batch that creates it or that pays it', async (t) => {
  const desk = new TradeDesk()
  const terms = parseTerms(desk.propose([{}], 'CNY', 'SAME'))
  const outcomes = desk.books.run([
    createTrade(origin(), terms), recordPayment(origin(), FACT, 'SAME'), recordPayment(origin(), FACT, 'SAME'), createTrade(origin(), terms)
  ])
  t.strictSame(outcomes.map((outcome) => outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind), ['answered', 'answered', 'answered', 'external_ref_taken'])
  t.equal(desk.books.rows(PAYMENTS).length, 1)
  t.equal(desk.books.rows(PAYMENTS)[0]?.applied, 1000n)
})

t.test('what a step picks must be there, once, and no more than is left', async (t) => {
  const desk = new TradeDesk()
  const trade = desk.pay(desk.open([{ quantity: 3 }, {}]))
  const stranger = desk.open()
  const refusals = [
    [[pick(stranger, 0)], 'unknown_line', '/lines/0/line'],
    [[{ line: 'lin_nonsense' }], 'unknown_line', '/lines/0/line'],
    [[pick(trade, 0, 1), pick(trade, 0, 1)], 'invalid_request', '/lines/1/line'],
    [[pick(trade, 1), pick(trade, 0, 4)], 'quantity_exceeded', '/lines/1/quantity']
  ] as const
  for (const [lines, code, pointer] of refusals) {
    const refusal = refusalOf(() => desk.ship(trade, lines))
    t.equal(refusal.code, code)
    t.equal(refusal.facts.errors?.[0]?.pointer, pointer)
  }
  desk.ship(trade, [pick(trade, 0, 2)])
  t.equal(codeOf(() => desk.confirm(trade, [pick(trade, 1)])), 'quantity_exceeded', 'of this line nothing is shipped')
  t.equal(codeOf(() => desk.cancel(trade, [pick(trade, 0, 2)])), 'quantity_exceeded', 'what is shipped cannot be cancelled')
  t.match(desk.cancel(trade), { state: 'awaiting_confirmation', refunded: '20.00', held: '20.00' })
})

t.test('a step that insists on another version of the trade is refused', async (t) => {
  const desk = new TradeDesk()
  const trade = desk.pay(desk.open([{ quantity: 2 }]))
  const shipping = { lines: [pick(trade, 0, 1)], carrier: null, trackingNumber: null, occurredAt: null }
  t.equal(codeOf(() => desk.books.submit(shipTrade(origin(), target(trade, trade.version - 1), shipping))), 'version_mismatch')
  t.equal(codeOf(() => desk.books.submit(shipTrade(origin(), target(trade, trade.version), shipping))), 'answered')
  t.equal(codeOf(() => desk.books.submit(shipTrade(origin(), { tradeId: null, expectedVersion: null }, shipping))), 'not_found')
})

t.test('a trade that cannot be is refused, with the place', async (t) => {
  const desk = new TradeDesk()
  const [partner = ''] = desk.partners
  const cases: ReadonlyArray<readonly [LineTerms, string, string]> = [
    [{ seller: desk.buyer }, 'wrong_party_kind', '/lines/0/seller'],
    [{ splits: [{ partner: desk.seller, rate: '0.1' }] }, 'wrong_party_kind', '/lines/0/splits/0/partner'],
    [{ seller: externalId('pty', '019aa46a-a262-7972-bd13-1875e8e9a1f2') }, 'unknown_party', '/lines/0/seller'],
    [{ seller: 'pty_x' }, 'unknown_party', '/lines/0/seller'],
    [{ commission_rate: '0.6', splits: [{ partner, rate: '0.5' }] }, 'terms_exceed_price', '/lines/0'],
    [{ splits: [{ partner, amount: '10.01' }] }, 'terms_exceed_price', '/lines/0'],
    [{ splits: [{ partner }] }, 'invalid_request', '/lines/0/splits/0'],
    [{ splits: [{ partner, rate: '0.1', amount: '1.00' }] }, 'invalid_request', '/lines/0/splits/0'],
    [{ commission_rate: '1.1' }, 'invalid_amount', '/lines/0/commission_rate'],
    [{ unit_price: '1.001' }, 'invalid_amount', '/lines/0/unit_price'],
    [{ shipping: '-1' }, 'invalid_amount', '/lines/0/shipping'],
    [{ unit_price: '0.00' }, 'invalid_amount', '/lines'],
    [{ unit_price: '9000000000000.00', quantity: 2 }, 'amount_too_large', '/lines']
  ]
  for (const [line, code, pointer] of cases) {
    const refusal = refusalOf(() => desk.open([line]))
    t.equal(refusal.code, code, JSON.stringify(line))
    t.equal(refusal.facts.errors?.[0]?.pointer, pointer)
  }
  t.equal(refusalOf(() => desk.open([{ ref: 'a' }, { ref: 'a' }])).facts.errors?.[0]?.pointer, '/lines/1/ref')
  t.equal(codeOf(() => desk.open([{}], 'XXX')), 'unknown_currency')
  t.equal(desk.open([{ unit_price: '0' }, {}]).total, '10.00', 'a gift beside something paid is fine')
})
