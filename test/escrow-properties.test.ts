import fc from 'fast-check'
import t from 'tap'
import { CHARGEBACKS } from '../src/escrow/chargebacks/chargeback-rows.ts'
import { DISPUTES } from '../src/escrow/disputes/dispute-rows.ts'
import { goodsFirst, sumOf } from '../src/escrow/trade/line-amount.ts'
import { confirmUnits, grossOf, refundUnits, sharesOf, takeBack } from '../src/escrow/trade/line-money.ts'
import type { TradeJson } from '../src/escrow/trade/show-trade.ts'
import { TRADES } from '../src/escrow/trade/trade-rows.ts'
import { newLine, type LineTerms } from '../src/escrow/trade/trade.ts'
import { matchPayment } from '../src/escrow/payments/match-payment.ts'
import { recordPayment } from '../src/escrow/payments/record-payment.ts'
import { internalId } from '../src/kernel/ids.ts'
import { DAY_MS } from '../src/kernel/time.ts'
import { DEFAULT_SETTINGS } from '../src/tenants/settings.ts'
import { chargeBack, decide } from './support/chargeback-desk.ts'
import { origin } from './support/memory-books.ts'
import { live } from './support/memory-life.ts'
import { chargedCommands, commands, disputedCommands, type Command, type LineDraft } from './support/trade-commands.ts'
import * as model from './support/trade-model.ts'
import { decidedByTwo, DisputeDesk } from './support/dispute-desk.ts'
import { pick, TradeDesk, type LineTerms as Proposed } from './support/trade-desk.ts'
import { tableOfTransitions } from './support/watched-books.ts'

const RUNS = 1200
const DISPUTED_RUNS = 400
const CHARGED_RUNS = 400
const LINES = 7500
const TIMEOUT_MS = 280_000

t.setTimeout(TIMEOUT_MS)

t.test(`${RUNS} lives of trades leave books that agree with the model after every step`, async (t) => {
  const settings = fc.record({
    fee_base: fc.constantFrom('price' as const, 'price_and_shipping' as const),
    // In a wide window a line comes to its buyer's second extension, which it must not get.
    buyer_extension_window_ms: fc.constantFrom(3 * DAY_MS, 90 * DAY_MS)
  })
  const seen = new Set<string>()
  await fc.assert(fc.asyncProperty(commands, settings, async (all, changed) => {
    await live(all, { ...DEFAULT_SETTINGS, ...changed }, seen)
  }), { numRuns: RUNS })
  const rare = [...chargedBack(), ...confirmedForNothing('trade.cancel'), ...confirmedForNothing('trade.confirm'), ...confirmedForNothing('trade.deadline'), ...rareMembers(), ...keptDeposit(), ...attestedLast(), ...decidedGroups(), ...refunded(), ...decidedByTwo(), ...cancelledRest(), ...lostMember(), ...lostInDispute(), ...lostLines(), ...LEFT_OVER]
  t.strictSame(tableOfTransitions().filter((transition) => !seen.has(transition) && !rare.includes(transition)), [], 'every transition of the table was seen')
})

t.test(`${DISPUTED_RUNS} lives of trades that are mostly disputed`, async (t) => {
  const limit = fc.constantFrom(null, '5.00')
  let [awards, escalated, conditioned] = [0, 0, 0]
  await fc.assert(fc.asyncProperty(disputedCommands, limit, async (all, awardLimit) => {
    const books = await live(all, { ...DEFAULT_SETTINGS, dispute_award_limit: awardLimit })
    awards += books.transactions.filter(({ kind }) => kind === 'trade.award').length
    const lines = new Map(books.rows(TRADES).flatMap((trade) => trade.lines.map((line) => [line.id, line])))
    const decided = books.rows(DISPUTES).filter(({ state }) => state === 'awarded' || state === 'withdrawn')
    escalated += decided.filter(({ reason }) => reason === 'refund_refused').length
    conditioned += decided.filter((dispute) => dispute.lines.some(({ lineId }) => (lines.get(lineId)?.milestones.length ?? 0) > 0)).length
  }), { numRuns: DISPUTED_RUNS })
  t.ok(awards > DISPUTED_RUNS / 4, `${awards} awards moved money`)
  t.ok(escalated > DISPUTED_RUNS / 100, `${escalated} cases came before an arbitrator, and were decided`)
  t.ok(conditioned > DISPUTED_RUNS / 20, `${conditioned} disputes were about lines with release conditions`)
})

t.test(`${CHARGED_RUNS} lives of trades whose payments are mostly charged back`, async (t) => {
  const seen = new Set<string>()
  const exchanged = { won: 0, others: 0 }
  await fc.assert(fc.asyncProperty(chargedCommands, async (all) => {
    const books = await live(all, DEFAULT_SETTINGS, seen)
    for (const { state, takes } of books.rows(CHARGEBACKS)) {
      if (takes?.trades.some(({ lines }) => lines.some((line) => line.exchanged.length > 0)) === true) exchanged[state === 'won' ? 'won' : 'others'] += 1
    }
  }), { numRuns: CHARGED_RUNS })
  t.ok([...seen].some((transition) => transition.includes('chargeback.outcome')))
  t.ok(exchanged.won > 2 && exchanged.others > 2, `${exchanged.won} chargebacks that were won, and ${exchanged.others} others, took what was exchanged`)
})

t.test('a life that was found: one sweep releases what a hold had blocked of one seller, and what silence confirms of another; both reserves mature for whom they wait', async (t) => {
  const draft: LineDraft = { seller: 0, quantity: 1, price: 1000, shipping: 0, rate: 0, fulfilment: 2, release: { parts: [{ weight: 1, when: { fact: 'carrier_delivered' } }], waived: true }, splits: [] }
  const step = (kind: Command['kind'], more: Partial<Command> = {}): Command => ({ kind, target: 1, size: 1, choice: 1, joins: false, lines: [draft, { ...draft, seller: 1, price: 700, release: null }], ...more })
  const books = await live([
    step('create', { choice: 0 }), step('pay', { choice: 2 }), step('ship'), step('hold'), step('attest', { choice: 3, size: 0 }), step('wait', { size: 15 }), step('wait', { size: 15 }),
    step('lift', { size: 0 }), step('timer'), step('mature'), step('mature'), step('mature', { target: 2 })
  ], DEFAULT_SETTINGS)
  const released = books.transactions.map(({ kind }) => kind).filter((kind) => /confirmation|release|maturity/.test(kind))
  t.strictSame(released, ['trade.confirmation', 'trade.release', 'reserve.maturity', 'reserve.maturity'], 'in the order of the timers')
})

/** One line is confirmed, and the other one cancelled. */
function cancelledRest (): string[] {
  const desk = new TradeDesk()
  const trade = desk.pay(desk.open([{}, {}]))
  desk.ship(trade, [pick(trade, 0)])
  desk.confirm(trade)
  desk.cancel(trade)
  return [...desk.books.seen]
}

/** Each way to give money back, from each state to what it leads to: random lives come to some of these seldom. */
function refunded (): string[] {
  const desk = new TradeDesk()
  const ship = (lines: readonly Proposed[], units: ReadonlyArray<number | undefined>): TradeJson => {
    const trade = desk.pay(desk.open(lines))
    return desk.ship(trade, units.map((count, place) => pick(trade, place, count)))
  }
  const confirmed = (trade: TradeJson, place: number): TradeJson => desk.confirm(trade, [pick(trade, place)])
  const deposit = [{ ref: 'deposit', share: '0.3', when: { fact: 'inspection_passed' as const } }, { ref: 'rest', share: '0.7', when: { fact: 'carrier_delivered' as const } }]
  const before = [
    () => ship([{ quantity: 2 }, {}], [1, 1]), () => confirmed(ship([{ quantity: 2 }, {}], [1, 1]), 1), () => ship([{ quantity: 2 }], [1]),
    () => confirmed(ship([{}, {}], [1, 1]), 1), () => ship([{}], [1]), () => confirmed(ship([{}], [1]), 0)
  ]
  const unsent = [
    () => desk.pay(desk.open([{}])), () => {
      const trade = desk.pay(desk.open([{ release: { milestones: deposit } }]))
      desk.attest(trade, { milestone: 'deposit', kind: 'inspection_passed' })
      return trade
    }
  ]
  for (const trade of [...before, ...unsent]) {
    const whole = (of: TradeJson) => [{ ...pick(of, 0), ...of.lines[0]?.shipped === 0 ? { quantity: 1 } : {} }]
    for (const act of [
      (of: TradeJson) => desk.refund(of, whole(of), { sellerAgreed: true }),
      (of: TradeJson) => desk.act(desk.refund(of, whole(of)), 'agree'),
      (of: TradeJson) => {
        const { deadlines } = desk.refund(of, whole(of))
        desk.wait(2 * DAY_MS)
        return desk.sweep(of, deadlines.refund_answer_by ?? '')
      }
    ]) act(trade())
  }
  for (const trade of before) {
    const of = trade()
    desk.act(desk.act(desk.refund(of, [{ ...pick(of, 0), kind: 'return_refund' }], { sellerAgreed: true }), 'ship_return'), 'confirm_return')
  }
  desk.cancel(confirmed(ship([{ quantity: 2 }], [1]), 0))
  return [...desk.books.seen]
}

/** The last milestone is attested after its buyer has confirmed. */
function attestedLast (): string[] {
  const desk = new TradeDesk()
  const milestones = [{ ref: 'deposit', share: '0.3', when: { fact: 'inspection_passed' as const } }, { ref: 'rest', share: '0.7', when: { fact: 'carrier_delivered' as const } }]
  const trade = desk.pay(desk.open([{ release: { milestones } }]))
  desk.attest(trade, { milestone: 'deposit', kind: 'inspection_passed' })
  desk.ship(trade)
  desk.confirm(trade)
  desk.attest(trade, { milestone: 'rest', kind: 'carrier_delivered' })
  return [...desk.books.seen]
}

/** Members who have paid follow their group: one that another member filled, and one that failed. */
function decidedGroups (): string[] {
  const desk = new TradeDesk()
  const [filled, failed] = [desk.gather(), desk.gather()]
  const [member, alone] = [desk.pay(desk.join(filled)), desk.pay(desk.join(failed))]
  desk.fill(member)
  desk.sweep(member, desk.books.now)
  desk.wait(DAY_MS)
  desk.sweepGroup(failed)
  desk.sweep(alone, desk.books.now)
  return [...desk.books.seen]
}

/** A milestone was met before anything was shipped, and everything else is cancelled. */
function keptDeposit (): string[] {
  const desk = new TradeDesk()
  const milestones = [{ ref: 'deposit', share: '0.3', when: { fact: 'inspection_passed' as const } }, { ref: 'rest', share: '0.7', when: { fact: 'carrier_delivered' as const } }]
  const trade = desk.pay(desk.open([{ release: { milestones } }]))
  desk.attest(trade, { milestone: 'deposit', kind: 'inspection_passed' })
  desk.cancel(trade)
  return [...desk.books.seen]
}

/** Chargebacks that take all of a trade in every state, and their outcome told before or after. */
function chargedBack (): string[] {
  const seen = new Set<string>()
  const into: ReadonlyArray<(desk: TradeDesk) => TradeJson> = [
    (desk) => desk.pay(desk.open([{ quantity: 2 }]), { amount: '15.00' }),
    (desk) => desk.pay(desk.open([{ quantity: 2 }])),
    (desk) => { const trade = desk.pay(desk.open([{ quantity: 2 }])); return desk.ship(trade, [pick(trade, 0, 1)]) },
    (desk) => desk.ship(desk.pay(desk.open([{ quantity: 2 }]))),
    (desk) => desk.confirm(desk.ship(desk.pay(desk.open([{ quantity: 2 }])))),
    (desk) => desk.cancel(desk.pay(desk.open([{ quantity: 2 }])))
  ]
  for (const prepare of into) {
    for (const told of ['before', 'after', 'won', 'in part'] as const) {
      const desk = new TradeDesk()
      const trade = prepare(desk)
      if (told === 'before') decide(desk, 'C1', 'lost')
      chargeBack(desk, { amount: told === 'in part' ? '10.00' : trade.paid })
      if (told !== 'before') decide(desk, 'C1', told === 'won' ? 'won' : 'lost')
      if (trade.state === 'awaiting_shipment' && told === 'in part') desk.cancel(trade)
      for (const each of desk.books.seen) seen.add(each)
    }
  }
  return [...seen]
}

/** A member lost all that it paid before its group is full. */
function lostMember (): string[] {
  const desk = new TradeDesk()
  const member = desk.pay(desk.join(desk.gather()))
  decide(desk, chargeBack(desk), 'lost')
  desk.fill(member)
  desk.sweep(member, member.deadlines.fill_by ?? '')
  return [...desk.books.seen]
}

/** What gives back the rest that a lost chargeback left: it ends as a refund would, but for the name. */
const LEFT_OVER = tableOfTransitions().filter((transition) => transition.endsWith(' closed_charged_back') && !transition.includes(' chargeback.'))

/** Chargebacks that take all that single lines hold, their outcome told before or after. */
function lostLines (): string[] {
  const into: ReadonlyArray<(desk: TradeDesk) => unknown> = [
    (desk) => { const trade = desk.pay(desk.open([{}, {}])); desk.ship(trade); desk.confirm(trade, [pick(trade, 0)]) },
    (desk) => { const trade = desk.pay(desk.open([{}, {}])); desk.ship(trade, [pick(trade, 0)]); desk.confirm(trade) },
    (desk) => { const trade = desk.pay(desk.open([{ unit_price: '0' }, {}])); desk.ship(trade, [pick(trade, 0)]) },
    (desk) => {
      const milestones = [{ ref: 'deposit', share: '0.5', when: { fact: 'inspection_passed' as const } }, { ref: 'rest', share: '0.5', when: { fact: 'carrier_delivered' as const } }]
      desk.attest(desk.pay(desk.open([{ unit_price: '20', release: { milestones } }])), { milestone: 'deposit', kind: 'inspection_passed' })
    }
  ]
  return into.flatMap((prepare) => (['before', 'after'] as const).flatMap((told) => {
    const desk = new TradeDesk()
    prepare(desk)
    if (told === 'before') decide(desk, 'C1', 'lost')
    chargeBack(desk)
    if (told === 'after') decide(desk, 'C1', 'lost')
    return [...desk.books.seen]
  }))
}

/** A dispute about nothing that is left, because a chargeback took it: lost, or won. */
function lostInDispute (): string[] {
  const wins = new DisputeDesk()
  const sold = wins.ship(wins.pay(wins.open()))
  wins.dispute(sold, [{ line: sold.lines[0]?.id ?? '', amount: '4.00' }])
  wins.confirm(sold)
  decide(wins, chargeBack(wins, { amount: '4.00' }), 'won')
  const desk = new DisputeDesk()
  const trade = desk.ship(desk.pay(desk.open()))
  const { dispute } = desk.dispute(trade)
  decide(desk, chargeBack(desk), 'lost')
  desk.award(dispute, [{ ...pick(trade, 0), buyer: '0', seller: '0' }])
  return [...wins.books.seen, ...desk.books.seen]
}

/** A cent of shipping for three free things: rounding gives it to the two that are cancelled, and the confirmed one brings nothing. */
function confirmedForNothing (last: 'trade.cancel' | 'trade.confirm' | 'trade.deadline'): string[] {
  const desk = new TradeDesk()
  const trade = desk.pay(desk.open([{ quantity: 3, unit_price: '0', shipping: '0.01' }]))
  const cancel = (): unknown => desk.cancel(trade, [pick(trade, 0, 2)])
  if (last !== 'trade.cancel') cancel()
  const { deadlines: { confirm_by: confirmBy = '' } } = desk.ship(trade, [pick(trade, 0, 1)])
  desk.wait(last === 'trade.deadline' ? 10 * DAY_MS : 0)
  if (last === 'trade.deadline') desk.sweep(trade, confirmBy)
  else desk.confirm(trade)
  if (last === 'trade.cancel') cancel()
  return [...desk.books.seen]
}

/** What few lives bring members to: new prices that their cash fills, money that waited, parts that were paid when the group is decided, and late payments. */
function rareMembers (): string[] {
  const seen = ['filled', 'failed'].flatMap((decision) => {
    const desk = new TradeDesk()
    const group = desk.gather({ size: 3 })
    const [repriced, part, none] = [desk.join(group, { shipping: '5' }), desk.join(group), desk.join(group)]
    const fact = { provider: 'sandbox', amount: '10', currency: 'CNY', occurredAt: null }
    desk.reprice(desk.pay(repriced, { amount: '10' }), [{ shipping: '0' }])
    desk.pay(part, { amount: '5' })
    const waits = desk.books.submit(recordPayment(origin(), { ...fact, providerRef: 'EARLY' }, null))
    desk.books.submit(matchPayment(origin(), { paymentId: internalId('pay', waits.id), tradeId: internalId('trd', desk.join(group).id), amount: null }))
    if (decision === 'filled') desk.fill(part)
    else desk.wait(DAY_MS)
    for (const member of [part, none]) desk.sweep(member, member.deadlines.pay_by ?? '')
    if (decision === 'filled') desk.pay(none)
    else desk.books.submit(recordPayment(origin(), { ...fact, providerRef: 'LATE' }, none.external_ref))
    return [...desk.books.seen]
  })
  return seen.filter((transition) => /_group|group\.|^closed_/.test(transition))
}

// Tiny prices and shares that take almost everything: where rounding is as large as the amounts.
const tinyLine = fc.record({
  price: fc.nat(4),
  shipping: fc.nat(4),
  shares: fc.array(fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.constantFrom(500, 333, 250)), { minLength: 1, maxLength: 5 }),
  steps: fc.array(fc.record({ units: fc.integer({ min: 1, max: 4 }), confirmed: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)) }), { minLength: 1, maxLength: 12 }),
  takes: fc.array(fc.nat(8), { maxLength: 8 }),
  feeBase: fc.constantFrom('price' as const, 'price_and_shipping' as const)
})

t.test('no step of a line takes more than it gives, nothing is lost, and taking all of it back gives back exactly what was taken, however small the amounts', async (t) => {
  let capped = 0
  fc.assert(fc.property(tinyLine, ({ price, shipping, shares, steps, takes, feeBase }) => {
    const quantity = steps.reduce((sum, { units }) => sum + units, 0)
    const rates = shares.map((share) => `0.${String(Math.min(share, 999)).padStart(3, '0')}`)
    const terms: LineTerms = {
      ref: '1',
      sellerId: 'seller',
      description: '',
      quantity,
      unitPrice: BigInt(price),
      shipping: BigInt(shipping),
      fulfilment: 'mail',
      commissionRate: rates[0] ?? '0',
      milestones: [],
      splits: rates.slice(1).map((rate, index) => ({ partnerId: String(index), rate }))
    }
    fc.pre(sharesOf(terms, feeBase) <= grossOf(terms))
    const expected: model.ModelLine = {
      seller: 'seller',
      price: terms.unitPrice,
      shipping: terms.shipping,
      rate: terms.commissionRate,
      splits: rates.slice(1).map((rate) => ({ partner: 'partner', rate })),
      confirmAfterMs: 0,
      units: Array.from({ length: quantity }, () => 'shipped' as const),
      steps: [],
      milestones: [],
      facts: new Set<string>(),
      releaseBy: null,
      confirmBy: null,
      extended: false,
      refundCase: null
    }
    let line = newLine('1', terms)
    let given = 0n
    for (const { units, confirmed } of steps) {
      const step = confirmed ? confirmUnits(line, units, { feeBase, coins: null }) : { ...refundUnits(line, units, { feeBase, coins: null }), commission: 0n, splits: [] }
      const cash = sumOf(step.amount)
      const taken = step.commission + model.sum(step.splits)
      if (step.commission < 0n || step.splits.some((split) => split < 0n)) throw new Error('a share was given back')
      if (taken > cash) throw new Error('a step took more than it gave')
      line = step.line
      given += cash
      model.moveUnits(expected, 'shipped', confirmed ? 'confirmed' : 'refunded', units)
      const { taken: should } = model.lineMoney(expected, feeBase)
      if ([line.commissionPosted, ...line.splitPosted].join() !== should.join()) throw new Error('shares differ from the model')
      if (line.refunded === 0 && taken === cash && taken > 0n) capped += 1
    }
    if (given !== grossOf(terms)) throw new Error('a residue was left')
    // At last all that is left.
    for (const size of [...takes, Infinity]) {
      const left = line.releasedAmount
      const amount = size === Infinity ? left : goodsFirst(BigInt(size), left)
      const step = takeBack(line, amount, { feeBase, coins: null })
      if (step.commission < 0n || step.splits.some((split) => split < 0n)) throw new Error('a share was taken once more')
      line = step.line
      expected.steps.push({ kind: 'take', ...amount })
      const { taken: should } = model.lineMoney(expected, feeBase)
      if ([line.commissionPosted, ...line.splitPosted].join() !== should.join()) throw new Error('shares given back differ from the model')
    }
    if (line.commissionPosted + model.sum(line.splitPosted) !== 0n) throw new Error('a share was kept of nothing')
  }), { numRuns: LINES })
  t.ok(capped > 50, 'steps were taken whole')
})
