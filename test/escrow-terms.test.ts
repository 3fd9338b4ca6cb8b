import t from 'tap'
import { nextDeadline } from '../src/escrow/trade/deadlines.ts'
import type { NewCancellation } from '../src/escrow/steps/cancel.ts'
import type { NewPrice } from '../src/escrow/steps/reprice.ts'
import { PAYMENTS } from '../src/escrow/payments/payment-rows.ts'
import { recordPayment } from '../src/escrow/payments/record-payment.ts'
import { REFUNDS } from '../src/escrow/refunds/refund-rows.ts'
import type { TradeJson } from '../src/escrow/trade/show-trade.ts'
import { TRADES } from '../src/escrow/trade/trade-rows.ts'
import { internalId } from '../src/kernel/ids.ts'
import { DAY_MS, HOUR_MS } from '../src/kernel/time.ts'
import { origin } from './support/memory-books.ts'
import { codeOf, pick, refusalOf, TradeDesk, type LineTerms } from './support/trade-desk.ts'

/** The types of the events about trades and money since the last look. */
function eventsOf (desk: TradeDesk): string[] {
  return desk.books.events.splice(0).map(({ type }) => type).filter((type) => type !== 'party.created')
}

function lastEvent (desk: TradeDesk): object {
  const { type, data } = desk.books.events.at(-1) ?? {}
  return { type, ...data }
}

function dueAt (desk: TradeDesk, trade: TradeJson): Date | null {
  const row = desk.books.rows(TRADES).find(({ id }) => id === internalId('trd', trade.id))
  return row === undefined ? null : nextDeadline(row)
}

/** Confirms it in some days, or is a parcel by mail in thirty. */
function shippedTrade (desk: TradeDesk, lines: readonly LineTerms[] = [{ fulfilment: 'virtual' }]): TradeJson {
  return desk.ship(desk.pay(desk.open(lines)))
}

t.test('new prices are a new revision: the time to pay stays, the amount due follows, nothing posts', async (t) => {
  const desk = new TradeDesk()
  const trade = desk.open([{ quantity: 2, unit_price: '30.00', shipping: '5.00' }, { unit_price: '10.00' }])
  desk.wait(HOUR_MS)
  const lower = desk.reprice(trade, [{ unit_price: '25.50', shipping: '0' }])
  t.match(lower, { revision: 2, version: 2, total: '61.00', amount_due: '61.00', state: 'awaiting_payment', transactions: [], deadlines: trade.deadlines })
  t.match(lower.lines, [{ unit_price: '25.50', shipping: '0.00', quantity: 2 }, { unit_price: '10.00' }])
  t.strictSame(lastEvent(desk), { type: 'trade.repriced', state: 'awaiting_payment', currency: 'CNY', total: '61.00', refunded: '0.00', revision: 2 })
  const higher = desk.reprice(lower, [null, { shipping: '4.00' }])
  t.match(higher, { revision: 3, total: '65.00', amount_due: '65.00' })
  t.match(desk.pay(higher), { state: 'awaiting_shipment', paid: '65.00' })
  t.equal(desk.books.transactions.length, 1)
})

t.test('cash above the new price goes back, the newest payment first, and the rest pays the trade', async (t) => {
  const desk = new TradeDesk()
  let trade: TradeJson = desk.open([{ quantity: 2, unit_price: '50.00' }])
  for (const amount of ['30.00', '15.00', '5.00']) trade = desk.pay(trade, { amount })
  const [first, second, third] = desk.books.rows(PAYMENTS)
  eventsOf(desk)
  const paid = desk.reprice(trade, [{ unit_price: '19.00' }])
  t.match(paid, { state: 'awaiting_shipment', total: '38.00', paid: '50.00', refunded: '12.00', refund_pending: '12.00', held: '38.00', amount_due: '0.00', revision: 2 })
  t.equal(paid.deadlines.ship_by, new Date(desk.books.now.getTime() + 48 * HOUR_MS).toISOString())
  t.strictSame(desk.lastPostings(), ['escrow / refund_payable 5.00', 'escrow / refund_payable 7.00'])
  t.equal(desk.books.transactions.at(-1)?.kind, 'trade.reprice')
  t.strictSame(eventsOf(desk), ['refund.payable', 'refund.payable', 'trade.repriced', 'trade.paid'])
  t.equal(desk.books.balance({ class: 'escrow', owner: trade.id, unit: 'CNY' }), 3800n)
  t.equal(codeOf(() => desk.reprice(paid)), 'illegal_in_state', 'its terms are frozen')
  // What goes back later comes after that in the same order.
  t.match(desk.confirm(desk.ship(paid, [pick(paid, 0, 1)])), { released: '19.00', held: '19.00' })
  const done = desk.cancel(paid)
  t.match(done, { state: 'completed', released: '19.00', refunded: '31.00', held: '0.00', paid: '50.00' })
  t.strictSame(desk.lastPostings(), ['escrow / refund_payable 8.00', 'escrow / refund_payable 11.00'])
  t.strictSame(desk.books.rows(REFUNDS).map(({ paymentId, amount }) => [[first, second, third].findIndex((each) => each?.id === paymentId), amount]),
    [[2, 500n], [1, 700n], [1, 800n], [0, 1100n]])
})

t.test('a trade that its cash fills exactly is paid by its new price, and nothing posts', async (t) => {
  const desk = new TradeDesk()
  const trade = desk.pay(desk.open([{ unit_price: '100.00' }]), { amount: '60.00' })
  const paid = desk.reprice(trade, [{ unit_price: '60.00' }])
  t.match(paid, { state: 'awaiting_shipment', paid: '60.00', refunded: '0.00', transactions: [] })
  t.match(desk.confirm(desk.ship(paid)), { state: 'completed', released: '60.00' })
})

t.test('a payment for an older revision waits, with the reason; one for the current revision, or for none, pays', async (t) => {
  const desk = new TradeDesk()
  const trade = desk.reprice(desk.reprice(desk.open(), [{ unit_price: '20.00' }]), [{ unit_price: '30.00' }])
  for (const revision of [1, 2, 4]) {
    t.match(desk.pay(trade, { amount: '10.00', revision }), { state: 'awaiting_payment', paid: '0.00' }, `revision ${revision}`)
    t.strictSame(desk.lastPostings(), ['provider_clearing / suspense 10.00'])
    t.match(desk.books.rows(PAYMENTS).at(-1), { suspenseReason: 'other_revision', inSuspense: 1000n, tradeId: internalId('trd', trade.id) })
  }
  t.match(lastEvent(desk), { type: 'payment.suspended', reason: 'other_revision' })
  t.match(desk.pay(trade, { amount: '10.00', revision: 3 }), { paid: '10.00' })
  t.match(desk.pay(trade, { amount: '10.00' }), { paid: '20.00' })
  t.equal(desk.books.rows(PAYMENTS).at(-1)?.suspenseReason, null)
  const fact = { provider: 'sandbox', providerRef: 'BY-REF', amount: '1.00', currency: null, occurredAt: null, revision: 2 }
  const told = desk.books.submit(recordPayment(origin(), fact, trade.external_ref))
  t.match(told, { in_suspense: '1.00', suspense_reason: 'other_revision' })
  const { revision, ...same } = fact
  t.strictSame(desk.books.submit(recordPayment(origin(), same, trade.external_ref)).transactions, [], 'told again without it, it is the same payment')
})

t.test('whatever waits says why', async (t) => {
  const desk = new TradeDesk()
  const reason = (): unknown => desk.books.rows(PAYMENTS).at(-1)?.suspenseReason
  const trade = desk.open()
  desk.pay(trade, { amount: '1.00', currency: 'USD' })
  t.equal(reason(), 'other_currency')
  desk.pay(trade, { amount: '12.00' })
  t.equal(reason(), 'surplus')
  desk.pay(trade, { amount: '1.00' })
  t.equal(reason(), 'not_awaiting_payment')
  desk.books.submit(recordPayment(origin(), { provider: 'sandbox', providerRef: 'X', amount: '1.00', currency: null, occurredAt: null }, 'NOBODY'))
  t.equal(reason(), 'unknown_trade')
  const large = desk.open([{ unit_price: '500' }])
  for (let payment = 0; payment < 101; payment++) desk.pay(large, { amount: '1.00' })
  t.equal(reason(), 'too_many_payments')
})

t.test('prices that cannot be are refused as at creation, and change nothing', async (t) => {
  const desk = new TradeDesk()
  const [partner = ''] = desk.partners
  const trade = desk.open([{ quantity: 2, unit_price: '10.00', commission_rate: '0.5', splits: [{ partner, amount: '5.00' }] }, { unit_price: '0', shipping: '0' }])
  const cases: ReadonlyArray<readonly [ReadonlyArray<Omit<NewPrice, 'line'> | null>, string, string | undefined]> = [
    [[{ unit_price: '4.99' }], 'terms_exceed_price', '/lines/0'],
    [[{ unit_price: '1.001' }], 'invalid_amount', '/lines/0/unit_price'],
    [[null, { shipping: '-1' }], 'invalid_amount', '/lines/0/shipping'],
    [[null, { unit_price: '9999999999999.99', shipping: '9999999999999.99' }], 'amount_too_large', '/lines'],
    [[{ unit_price: '10', shipping: '0.00' }, {}], 'price_unchanged', undefined]
  ]
  for (const [prices, code, pointer] of cases) {
    const refusal = refusalOf(() => desk.reprice(trade, prices))
    t.equal(refusal.code, code)
    t.equal(refusal.facts.errors?.[0]?.pointer, pointer, code)
  }
  t.equal(codeOf(() => desk.reprice(desk.open(), [{ unit_price: '0' }])), 'invalid_amount', 'the total is more than zero')
  t.equal(refusalOf(() => desk.reprice(desk.open(), [null, { unit_price: '1' }])).code, 'unknown_line')
  t.equal(desk.books.rows(TRADES)[0]?.version, 1)
  t.match(desk.reprice(trade, [{ unit_price: '5.00' }]), { total: '10.00' }, 'shares may take all of it')
})

t.test('the time to ship runs from the full payment until nothing is left to ship', async (t) => {
  const desk = new TradeDesk()
  desk.books.settings = { ...desk.books.settings, ship_by_ms: HOUR_MS }
  const part = desk.pay(desk.open([{ quantity: 3 }, {}]), { amount: '1.00' })
  t.notOk('ship_by' in part.deadlines)
  desk.wait(1000)
  const paid = desk.pay(part)
  const shipBy = new Date(desk.books.now.getTime() + HOUR_MS).toISOString()
  t.strictSame(paid.deadlines, { ship_by: shipBy })
  desk.wait(1000)
  const shipped = desk.ship(paid, [pick(paid, 0, 2)])
  t.equal(shipped.deadlines.ship_by, shipBy)
  const fewer = desk.cancel(shipped, [pick(paid, 1)])
  t.equal(fewer.deadlines.ship_by, shipBy)
  t.notOk('ship_by' in desk.ship(fewer).deadlines, 'all that is left is shipped')
  t.strictSame(desk.cancel(desk.pay(desk.open())).deadlines, {})
})

t.test('a shipment that is overdue is told once, and changes nothing else', async (t) => {
  const desk = new TradeDesk()
  const paid = desk.pay(desk.open([{ quantity: 2 }]))
  const shipBy = paid.deadlines.ship_by ?? ''
  t.throws(() => desk.sweep(paid, shipBy), /not reached/)
  desk.wait(2 * DAY_MS)
  eventsOf(desk)
  t.strictSame(dueAt(desk, paid), new Date(shipBy))
  t.equal(desk.sweep(paid, shipBy), 0)
  t.strictSame(lastEvent(desk), { type: 'trade.ship_overdue', state: 'awaiting_shipment', currency: 'CNY', ship_by: shipBy })
  desk.sweep(paid, shipBy)
  desk.sweep({ ...paid, version: paid.version + 1 }, shipBy)
  t.strictSame(eventsOf(desk), ['trade.ship_overdue'])
  t.equal(dueAt(desk, paid), null)
  t.equal(desk.ship(paid, [pick(paid, 0, 1)]).deadlines.ship_by, shipBy, 'late shipment is shipment all the same')
})

t.test('a timer whose shipment came first tells nothing', async (t) => {
  const desk = new TradeDesk()
  const paid = desk.pay(desk.open())
  desk.wait(2 * DAY_MS)
  desk.ship(paid)
  eventsOf(desk)
  t.equal(desk.sweep(paid, paid.deadlines.ship_by ?? ''), 0)
  t.strictSame(eventsOf(desk), [])
})

t.test('who may cancel a paid trade: the buyer alone only when shipment is overdue', async (t) => {
  const cases: ReadonlyArray<readonly [Partial<NewCancellation>, waitedMs: number, string]> = [
    [{ by: 'buyer' }, 0, 'seller_agreement_needed'],
    [{ by: 'buyer', sellerAgreed: false }, 2 * DAY_MS - 1, 'seller_agreement_needed'],
    [{ by: 'buyer', sellerAgreed: true }, 0, 'trade.cancelled'],
    [{ by: 'buyer' }, 2 * DAY_MS, 'trade.cancelled'],
    [{ by: 'platform' }, 0, 'trade.cancelled'],
    [{ by: 'seller' }, 0, 'trade.rejected'],
    [{ by: 'seller' }, 3 * DAY_MS, 'trade.rejected']
  ]
  for (const [cancellation, waitedMs, expected] of cases) {
    const name = `${JSON.stringify(cancellation)} after ${waitedMs} ms`
    const desk = new TradeDesk()
    const paid = desk.pay(desk.open([{ quantity: 2 }]))
    desk.wait(waitedMs)
    if (expected === 'seller_agreement_needed') {
      const refusal = refusalOf(() => desk.cancel(paid, null, cancellation))
      t.equal(refusal.code, expected, name)
      t.match(refusal.message, paid.deadlines.ship_by ?? '', 'it names the time')
      t.match(refusal.facts, { current_state: 'awaiting_shipment', allowed_actions: ['ship', 'cancel'] })
      continue
    }
    t.match(desk.cancel(paid, [pick(paid, 0, 1)], cancellation), { state: 'awaiting_shipment', refunded: '10.00' }, name)
    t.strictSame(lastEvent(desk), { type: expected, state: 'awaiting_shipment', currency: 'CNY', refunded: '10.00', by: cancellation.by })
  }
})

t.test('before it is paid anybody cancels; by the seller it is his rejection', async (t) => {
  const desk = new TradeDesk()
  for (const by of ['buyer', 'seller', 'platform'] as const) {
    const trade = desk.pay(desk.open(), { amount: '4.00' })
    eventsOf(desk)
    t.match(desk.cancel(trade, null, { by }), { state: 'closed_unpaid', refunded: '4.00' }, by)
    t.strictSame(eventsOf(desk), ['refund.payable', ...by === 'seller' ? ['trade.rejected'] : [], 'trade.closed'])
  }
  t.equal(codeOf(() => desk.cancel(shippedTrade(desk), null, { by: 'seller' })), 'illegal_in_state', 'what is shipped is not rejected')
})

t.test('the buyer extends each line once, when its time is nearly over', async (t) => {
  const desk = new TradeDesk()
  const shipped = shippedTrade(desk, [{ fulfilment: 'express' }, { fulfilment: 'mail' }, { fulfilment: 'instant' }])
  const [tenDays, month] = shipped.lines.map(({ confirm_by: time }) => new Date(time ?? '').getTime())
  const extend = (places: readonly number[] | null = null) =>
    desk.extend(shipped, { by: 'buyer', lines: places === null ? null : places.map((place) => pick(shipped, place)) })
  desk.wait(7 * DAY_MS - 1)
  const early = refusalOf(() => extend())
  t.equal(early.code, 'extension_unavailable')
  t.match(early.message, new Date((tenDays ?? 0) - 3 * DAY_MS).toISOString(), 'it names the time')
  desk.wait(1)
  t.equal(codeOf(() => extend([0, 1])), 'extension_unavailable', 'named lines are extended all or none')
  const extended = extend()
  t.strictSame(extended.lines.map(({ confirm_by: time }) => new Date(time ?? '').getTime()).slice(0, 2), [(tenDays ?? 0) + 3 * DAY_MS, month])
  t.strictSame(extended.lines.map(({ confirm_extended: once }) => once), [true, false, false])
  t.strictSame(lastEvent(desk), { type: 'trade.confirmation_extended', state: 'awaiting_confirmation', currency: 'CNY', by: 'buyer', lines: 1 })
  desk.wait(5 * DAY_MS)
  t.match(refusalOf(() => extend([0])).message, /before; he does that once/)
  desk.wait(15 * DAY_MS)
  t.strictSame(extend([1]).lines.map(({ confirm_extended: once }) => once), [true, true, false], 'every line has its own')
  t.match(refusalOf(() => extend([2])).message, /ended at/, 'a time that is over is not extended, also before the timer comes')
  t.equal(codeOf(() => extend([3])), 'unknown_line')
  t.equal(desk.sweep(extended, shipped.deadlines.confirm_by ?? ''), 1, 'the timer finds what is over')
  t.match(refusalOf(() => desk.extend(shipped, { by: 'seller', days: 3, lines: [pick(shipped, 2)] })).message, /nothing waits/)
})

t.test('the seller extends by the days he says, as often as he likes, his own lines', async (t) => {
  const desk = new TradeDesk()
  const shipped = shippedTrade(desk, [{ fulfilment: 'virtual' }, { fulfilment: 'virtual', seller: desk.other }])
  let expected = new Date(shipped.deadlines.confirm_by ?? '').getTime()
  for (const days of [3, 5, 7, 10] as const) {
    const extended = desk.extend(shipped, { by: 'seller', days, lines: [pick(shipped, 1)] })
    expected += days * DAY_MS
    t.strictSame(extended.lines.map(({ confirm_by: time }) => time), [shipped.deadlines.confirm_by, new Date(expected).toISOString()])
    t.strictSame(extended.lines.map(({ confirm_extended: once }) => once), [false, false], 'that is not the buyer\'s own')
  }
  desk.wait(3 * DAY_MS)
  t.equal(codeOf(() => desk.extend(shipped, { by: 'seller', days: 3, lines: [pick(shipped, 0)] })), 'extension_unavailable', 'at that instant it is over')
  t.equal(desk.sweep(shipped, shipped.deadlines.confirm_by ?? ''), 1)
})

t.test('what is shipped later never shortens the time of what was shipped before', async (t) => {
  const desk = new TradeDesk()
  const paid = desk.pay(desk.open([{ fulfilment: 'virtual', quantity: 2 }]))
  const extended = desk.extend(desk.ship(paid, [pick(paid, 0, 1)]), { by: 'seller', days: 10, lines: null })
  t.equal(desk.ship(paid).deadlines.confirm_by, extended.deadlines.confirm_by)
})

t.test('while a trade has a hold nothing of it is released, by whomever; each is lifted by itself', async (t) => {
  const desk = new TradeDesk()
  const paid = desk.pay(desk.open([{ quantity: 3, fulfilment: 'virtual' }]))
  const shipped = desk.ship(paid, [pick(paid, 0, 2)])
  const first = desk.hold(shipped)
  t.match(first, { holds: [{ id: /^hld_/, kind: 'compliance', placed_at: desk.books.now.toISOString() }], allowed_actions: ['ship', 'extend', 'cancel'], transactions: [] })
  t.strictSame(lastEvent(desk), { type: 'trade.hold_placed', state: 'partially_shipped', currency: 'CNY', hold: first.holds[0]?.id, kind: 'compliance' })
  const both = desk.hold(first, 'identity')
  const refusal = refusalOf(() => desk.confirm(both))
  t.equal(refusal.code, 'release_blocked')
  for (const { id, kind } of both.holds) t.match(refusal.message, `${id} (${kind})`, 'it names the holds')
  t.match(refusal.facts, { current_state: 'partially_shipped', allowed_actions: ['ship', 'extend', 'cancel'] })
  t.match(desk.cancel(both), { refunded: '10.00', state: 'awaiting_confirmation' }, 'what is not shipped goes back all the same')
  const one = desk.lift(both)
  t.strictSame(one.holds.map(({ kind }) => kind), ['identity'])
  t.strictSame(lastEvent(desk), { type: 'trade.hold_lifted', state: 'awaiting_confirmation', currency: 'CNY', hold: first.holds[0]?.id, kind: 'compliance' })
  t.equal(codeOf(() => desk.confirm(one)), 'release_blocked')
  t.equal(codeOf(() => desk.lift(both)), 'not_found', 'that one is gone')
  t.match(desk.lift(one), { holds: [], allowed_actions: ['confirm', 'extend'] })
  t.match(desk.confirm(one), { state: 'completed', released: '20.00' })
})

t.test('the timer of a held trade sleeps, and confirms once the last hold is lifted', async (t) => {
  const desk = new TradeDesk()
  const shipped = shippedTrade(desk)
  const deadline = shipped.deadlines.confirm_by ?? ''
  const held = desk.hold(desk.hold(shipped), 'identity')
  t.equal(held.deadlines.confirm_by, deadline, 'its time runs on')
  t.equal(dueAt(desk, held), null, 'nobody sweeps it')
  desk.wait(4 * DAY_MS)
  // A sweep that found the deadline before the hold came releases nothing, and does not use up the deadline.
  t.equal(desk.sweep(shipped, deadline), 0)
  t.equal(desk.sweep(held, deadline), 0)
  const one = desk.lift(held)
  t.equal(dueAt(desk, one), null)
  const free = desk.lift(one)
  t.strictSame(dueAt(desk, free), new Date(deadline))
  t.equal(desk.sweep(free, deadline), 1)
  t.strictSame(desk.lastPostings(), ['escrow / seller_available 10.00'])
  t.equal(desk.sweep(free, deadline), 1, 'the same sweep again has the same answer')
  t.equal(desk.books.transactions.length, 2, 'and no other effect')
})

t.test('deadlines of one instant are met in one step', async (t) => {
  const desk = new TradeDesk()
  desk.books.settings = { ...desk.books.settings, ship_by_ms: 3 * DAY_MS }
  const paid = desk.pay(desk.open([{ quantity: 2, fulfilment: 'virtual' }]))
  const shipped = desk.ship(paid, [pick(paid, 0, 1)])
  t.equal(shipped.deadlines.ship_by, shipped.deadlines.confirm_by)
  desk.wait(3 * DAY_MS)
  eventsOf(desk)
  t.equal(desk.sweep(shipped, shipped.deadlines.ship_by ?? ''), 1)
  t.strictSame(eventsOf(desk), ['trade.ship_overdue', 'trade.confirmed'])
  t.equal(dueAt(desk, shipped), null)
})

t.test('a hold is placed while money can still be released, and lifted also when the trade is over', async (t) => {
  const desk = new TradeDesk()
  const unpaid = desk.hold(desk.open(), 'identity')
  t.match(desk.pay(unpaid), { state: 'awaiting_shipment', holds: unpaid.holds }, 'money may come in')
  const closed = desk.cancel(unpaid)
  t.match(closed, { state: 'closed_refunded', holds: unpaid.holds })
  t.equal(codeOf(() => desk.hold(closed)), 'illegal_in_state')
  t.match(desk.lift(closed), { state: 'closed_refunded', holds: [] })
  let many: TradeJson = desk.open()
  for (let hold = 0; hold < 20; hold++) many = desk.hold(many)
  t.equal(codeOf(() => desk.hold(many)), 'too_many_holds')
})
