import fc from 'fast-check'
import t from 'tap'
import type { TradeAnswer, TradeJson } from '../src/escrow/trade/show-trade.ts'
import type { ProposedCondition, ProposedRelease } from '../src/escrow/trade/parse-release.ts'
import { ATTESTATION_KINDS, NAMED_FACTS } from '../src/escrow/trade/release-terms.ts'
import { showTrade } from '../src/escrow/trade/show-trade.ts'
import { TRADES } from '../src/escrow/trade/trade-rows.ts'
import { externalId } from '../src/kernel/ids.ts'
import { DAY_MS } from '../src/kernel/time.ts'
import { ATTESTER, codeOf, pick, refusalOf, TradeDesk, type LineTerms } from './support/trade-desk.ts'

const delivered: ProposedCondition = { fact: 'carrier_delivered' }
const cleared: ProposedCondition = { fact: 'customs_cleared' }
const inspected: ProposedCondition = { fact: 'inspection_passed' }
const confirmed: ProposedCondition = { fact: 'confirmed' }
const only = (when: ProposedCondition): ProposedRelease => ({ when, confirmation: 'waived' })

const DEPOSIT: ProposedRelease = { milestones: [{ ref: 'deposit', share: '0.3', when: inspected }, { ref: 'rest', share: '0.7', when: delivered }] }

/** The trade as it stands now. */
function now (desk: TradeDesk, trade: TradeJson): TradeJson {
  const row = desk.books.rows(TRADES).find(({ id }) => externalId('trd', id) === trade.id)
  if (row === undefined) throw new Error('no such trade')
  return showTrade(row)
}

/** A paid trade of one line. */
function paid (desk: TradeDesk, release: ProposedRelease, line: LineTerms = {}): TradeAnswer {
  return desk.pay(desk.open([{ unit_price: '100.00', release, ...line }]))
}

/** A paid and shipped one. */
function shipped (desk: TradeDesk, release: ProposedRelease, line: LineTerms = {}): TradeAnswer {
  return desk.ship(paid(desk, release, line))
}

function nested (depth: number): ProposedCondition {
  return depth === 1 ? delivered : { any_of: [nested(depth - 1)] }
}

const share = (ref: string, size: string, when = delivered) => ({ ref, share: size, when })

t.test('release terms are understood with what they imply written out', async (t) => {
  const understood: ReadonlyArray<readonly [ProposedRelease, object[]]> = [
    [{ when: delivered }, [{ milestone: null, share: '1', when: { all_of: [delivered, { fact: 'shipped' }, confirmed] } }]],
    [{ when: delivered, confirmation: 'needed' }, [{ when: { all_of: [delivered, { fact: 'shipped' }, confirmed] } }]],
    [only(delivered), [{ when: { all_of: [delivered, { fact: 'shipped' }] } }]],
    [{ when: { any_of: [confirmed, delivered] } }, [{ when: { all_of: [{ any_of: [confirmed, delivered] }, { fact: 'shipped' }] } }]],
    [{ when: { all_of: [{ fact: 'buyer_confirmed' }, cleared] } }, [{ when: { all_of: [{ fact: 'buyer_confirmed' }, cleared, { fact: 'shipped' }] } }]],
    [DEPOSIT, [
      { milestone: 'deposit', share: '0.3', when: inspected },
      { milestone: 'rest', share: '0.7', when: { all_of: [delivered, { fact: 'shipped' }, confirmed] } }
    ]],
    [{ milestones: [share('a', '0.5', confirmed), share('b', '0.50')] }, [{ when: confirmed }, { when: { all_of: [delivered, { fact: 'shipped' }] } }]],
    [{ when: nested(3) }, [{}]]
  ]
  for (const [release, expected] of understood) {
    const desk = new TradeDesk()
    t.match(desk.open([{ release }]).lines[0]?.release_conditions, expected, JSON.stringify(release))
  }
  t.strictSame(new TradeDesk().open().lines[0]?.release_conditions, [], 'none without release terms')
})

t.test('release terms that make no sense are refused at the place that is wrong', async (t) => {
  const eleven = Array.from({ length: 11 }, (_, index) => share(String(index), index === 0 ? '0.9' : '0.01'))
  const refused: ReadonlyArray<readonly [ProposedRelease, string, string]> = [
    [{}, 'invalid_request', ''],
    [{ when: delivered, milestones: [share('a', '1')] }, 'invalid_request', ''],
    [{ when: {} }, 'invalid_request', '/when'],
    [{ when: { fact: 'confirmed', all_of: [delivered] } }, 'invalid_request', '/when'],
    [{ when: { all_of: [delivered, { any_of: [] }] } }, 'invalid_request', '/when/all_of/1/any_of'],
    [{ when: nested(4) }, 'invalid_request', '/when/any_of/0/any_of/0'],
    [{ when: { all_of: Array.from({ length: 21 }, () => delivered) } }, 'invalid_request', '/when/all_of/20'],
    [{ milestones: [] }, 'invalid_request', '/milestones'],
    [{ milestones: eleven }, 'invalid_request', '/milestones'],
    [{ milestones: [share('a', '0.5'), share('a', '0.5')] }, 'invalid_request', '/milestones/1/ref'],
    [{ milestones: [share('a', '0'), share('b', '1')] }, 'invalid_amount', '/milestones/0/share'],
    [{ milestones: [share('a', '1.1')] }, 'invalid_amount', '/milestones/0/share'],
    [{ milestones: [share('a', '0.3'), share('b', '0.6')] }, 'invalid_amount', '/milestones'],
    [{ milestones: [share('a', '0.333333333'), share('b', '0.666666666')] }, 'invalid_amount', '/milestones'],
    [{ milestones: [share('a', '1', { any_of: [delivered, confirmed] })], confirmation: 'waived' }, 'invalid_request', '/confirmation']
  ]
  for (const [release, code, place] of refused) {
    const refusal = refusalOf(() => new TradeDesk().open([{}, { release }]))
    t.equal(refusal.code, code, JSON.stringify(release))
    t.equal(refusal.facts.errors?.[0]?.pointer, `/lines/1/release${place}`, JSON.stringify(release))
  }
})

t.test('two milestones of 30 and 70 percent: each releases its share of goods and shipping, with its commission and split', async (t) => {
  const desk = new TradeDesk()
  const [partner = ''] = desk.partners
  const line: LineTerms = { quantity: 3, unit_price: '19.99', shipping: '5.01', commission_rate: '0.05', splits: [{ partner, rate: '0.10' }], release: DEPOSIT }
  const trade = desk.pay(desk.open([line]))
  t.match(trade.allowed_actions, ['ship', 'cancel', 'attest'])
  const deposit = desk.attest(trade, { kind: 'inspection_passed', milestone: 'deposit', evidence: 'a'.repeat(64) })
  t.equal(deposit.transactions.length, 1)
  t.strictSame(desk.lastPostings(), [
    'escrow / seller_available 19.49', // 30 % of 59.97 is 17.991, of 5.01 is 1.503
    'seller_available / commission_income 0.90',
    'seller_available / partner_available 1.80'
  ])
  t.match(deposit, {
    state: 'awaiting_shipment', lines: [{
      release_conditions: [
        { milestone: 'deposit', met: true, facts: [{ fact: 'inspection_passed', met: true, by: ATTESTER, at: '2026-01-31T08:00:00.000Z', evidence_sha256: 'a'.repeat(64) }] },
        { milestone: 'rest', met: false, facts: [{ fact: 'carrier_delivered', met: false, by: null, at: null }, { fact: 'shipped', met: false }, { fact: 'confirmed', met: false }] }
      ]
    }]
  })
  t.match(now(desk, trade), { released: '19.49', held: '45.49' })
  const gone = desk.ship(trade)
  t.equal(gone.deadlines.confirm_by, '2026-02-10T08:00:00.000Z')
  t.strictSame(desk.confirm(gone).transactions, [], 'the confirmation is recorded, and nothing moves')
  t.match(now(desk, trade), { state: 'awaiting_confirmation', allowed_actions: ['attest'], deadlines: {}, lines: [{ state: 'shipped', confirmed: 0 }] })
  t.equal(desk.attest(gone, { milestone: 'rest' }).transactions.length, 1)
  t.strictSame(desk.lastPostings(), [
    'escrow / seller_available 45.49',
    'seller_available / commission_income 2.10',
    'seller_available / partner_available 4.20'
  ])
  t.match(now(desk, trade), { state: 'completed', released: '64.98', held: '0.00', allowed_actions: [], lines: [{ state: 'confirmed', confirmed: 3 }] })
})

t.test('milestones are met in any order; the last to be met takes the rest, whatever rounding left', async (t) => {
  const thirds: ProposedRelease = {
    milestones: [share('a', '0.333333333', inspected), share('b', '0.333333333', cleared), share('c', '0.333333334')], confirmation: 'waived'
  }
  const kinds = { a: 'inspection_passed', b: 'customs_cleared', c: 'carrier_delivered' } as const
  for (const order of [['a', 'b', 'c'], ['c', 'b', 'a'], ['b', 'c', 'a']] as const) {
    const desk = new TradeDesk()
    const trade = shipped(desk, thirds, { unit_price: '0.05', quantity: 2 })
    const released = order.map((milestone) => {
      desk.attest(trade, { kind: kinds[milestone], milestone })
      return now(desk, trade).released
    })
    t.strictSame(released, ['0.03', '0.07', '0.10'], order.join())
  }
})

const CONFIRM = 'confirm'

t.test('money moves with the act that makes the whole condition true, whichever it is, and with no other', async (t) => {
  const all: ProposedCondition = { all_of: [delivered, cleared] }
  const any: ProposedCondition = { any_of: [delivered, cleared] }
  const table: ReadonlyArray<readonly [string, ProposedRelease, (has: (fact: string) => boolean) => boolean]> = [
    ['all of two, and the confirmation', { when: all }, (has) => has('carrier_delivered') && has('customs_cleared') && has(CONFIRM)],
    ['all of two alone', only(all), (has) => has('carrier_delivered') && has('customs_cleared')],
    ['any of two, and the confirmation', { when: any }, (has) => (has('carrier_delivered') || has('customs_cleared')) && has(CONFIRM)],
    ['any of two alone', only(any), (has) => has('carrier_delivered') || has('customs_cleared')],
    ['delivered or confirmed', { when: { any_of: [delivered, confirmed] } }, (has) => has('carrier_delivered') || has(CONFIRM)],
    ['inspected, and delivered or cleared', only({ all_of: [inspected, any] }), (has) => has('inspection_passed') && (has('carrier_delivered') || has('customs_cleared'))],
    ['inspected, or delivered and cleared', only({ any_of: [inspected, all] }), (has) => has('inspection_passed') || (has('carrier_delivered') && has('customs_cleared'))],
    ['inspected, or delivered and confirmed', { when: { any_of: [inspected, { all_of: [delivered, confirmed] }] } },
      (has) => has('inspection_passed') || (has('carrier_delivered') && has(CONFIRM))]
  ]
  const acts = [...ATTESTATION_KINDS, CONFIRM] as const
  for (const [name, release, isTrue] of table) {
    for (const order of permutations(acts)) {
      const desk = new TradeDesk()
      const trade = shipped(desk, release)
      const done = new Set<string>()
      for (const act of order) {
        const code = codeOf(() => act === CONFIRM ? desk.confirm(trade) : desk.attest(trade, { kind: act }))
        if (code === 'answered') done.add(act)
        const should = isTrue((fact) => done.has(fact)) ? '100.00' : '0.00'
        if (now(desk, trade).released !== should) t.fail(`${name}, ${order.join()}: ${now(desk, trade).released} after ${act} (${code})`)
        if (should !== '0.00') break
      }
      if (now(desk, trade).released !== '100.00') t.fail(`${name}, ${order.join()}: it was never released`)
    }
    t.pass(name)
  }
})

function permutations<Item> (items: readonly Item[]): Item[][] {
  return items.length === 0 ? [[]] : items.flatMap((item, index) => permutations(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]))
}

t.test('silence is a confirmation where terms let it count, once the whole line is shipped; where they do not, only the buyer confirms', async (t) => {
  const desk = new TradeDesk()
  const trade = shipped(desk, { when: delivered })
  desk.attest(trade)
  desk.wait(10 * DAY_MS)
  t.equal(desk.sweep(now(desk, trade), trade.deadlines.confirm_by ?? ''), 1)
  t.match(now(desk, trade), { state: 'completed', lines: [{ release_conditions: [{ facts: [{}, {}, { fact: 'confirmed', met: true, by: 'silence' }] }] }] })

  const before = shipped(desk, { when: delivered })
  desk.wait(10 * DAY_MS)
  t.equal(desk.sweep(now(desk, before), before.deadlines.confirm_by ?? ''), 0, 'silence is recorded before the carrier delivered')
  t.match(now(desk, before), { released: '0.00', deadlines: {}, allowed_actions: ['attest'] })
  t.equal(codeOf(() => desk.confirm(before)), 'quantity_exceeded', 'nothing is left to confirm')
  desk.attest(before)
  t.equal(now(desk, before).released, '100.00')

  const strict = shipped(desk, { when: { fact: 'buyer_confirmed' } })
  t.match(strict, { deadlines: {}, allowed_actions: ['confirm'], lines: [{ confirm_by: null }] })
  t.match(desk.confirm(strict), { state: 'completed', lines: [{ release_conditions: [{ facts: [{ fact: 'buyer_confirmed', by: 'buyer' }, {}] }] }] })
  t.match(shipped(desk, only(delivered)), { deadlines: {}, allowed_actions: ['attest'] }, 'nobody need confirm')
})

t.test('a line with release conditions is confirmed as a whole or not at all', async (t) => {
  const desk = new TradeDesk()
  const trade = desk.pay(desk.open([{ quantity: 3, release: { when: delivered } }, { quantity: 2 }]))
  const partly = desk.ship(trade, [pick(trade, 0, 2), pick(trade, 1, 1)])
  t.equal(partly.lines[0]?.confirm_by, null, 'silence does not count while something of it is to be shipped')
  const refusal = refusalOf(() => desk.confirm(partly, [pick(trade, 0)]))
  t.match(refusal, { code: 'partial_confirmation', facts: { errors: [{ pointer: '/lines/0/quantity' }] } })
  t.match(desk.confirm(partly), { released: '10.00', lines: [{ confirmed: 0 }, { confirmed: 1 }] }, 'a confirmation of everything leaves it out')
  const rest = desk.cancel(partly, [pick(trade, 0)])
  t.equal(rest.lines[0]?.confirm_by, '2026-02-10T08:00:00.000Z', 'what is left is shipped as a whole')
  t.equal(codeOf(() => desk.confirm(rest, [pick(trade, 0, 1)])), 'partial_confirmation')
  t.strictSame(desk.confirm(rest, [pick(trade, 0, 2)]).transactions, [])
  desk.attest(trade)
  t.match(now(desk, trade), { released: '30.00', refunded: '10.00', lines: [{ state: 'confirmed', confirmed: 2, refunded: 1 }, {}] })
})

t.test('an attestation stands: the same once more, by whomever, changes nothing; one that is not asked for is refused', async (t) => {
  const desk = new TradeDesk()
  const trade = shipped(desk, { milestones: [share('a', '0.5', { any_of: [cleared, inspected] }), share('b', '0.5')] })
  const first = desk.attest(trade, { milestone: 'b', evidence: 'a'.repeat(64) })
  const events = desk.books.events.length
  const again = desk.attest(trade, { milestone: 'b', evidence: 'b'.repeat(64), by: 'key_01kaj6n8k2f5rvt4r9e8q7m3zz' })
  t.strictSame(again, { ...first, transactions: [] })
  t.equal(desk.books.events.length, events)
  const asked = (attestation: Parameters<TradeDesk['attest']>[1]) => refusalOf(() => desk.attest(trade, attestation))
  t.match(asked({ milestone: 'b', kind: 'customs_cleared' }), { code: 'attestation_not_asked', facts: { errors: [{ pointer: '/kind' }] } })
  for (const milestone of ['c', null]) t.match(asked({ milestone }), { code: 'attestation_not_asked', facts: { errors: [{ pointer: '/milestone' }] } })
  t.match(asked({ line: 'lin_01kaj6n8k2f5rvt4r9e8q7m3zd' }), { code: 'unknown_line', facts: { errors: [{ pointer: '/line' }] } })
  desk.attest(trade, { milestone: 'a', kind: 'inspection_passed' })
  desk.confirm(trade)
  t.equal(now(desk, trade).state, 'completed')
  t.equal(desk.attest(trade, { milestone: 'b' }).state, 'completed', 'also when the trade is over')
  t.equal(codeOf(() => desk.attest(trade, { milestone: 'a', kind: 'customs_cleared' })), 'illegal_in_state')
  t.equal(codeOf(() => desk.attest(desk.open([{ release: only(delivered) }]))), 'illegal_in_state', 'nor before it is paid')
})

t.test('while a hold blocks the release attestations are recorded; what they complete is released by the sweep after the last hold', async (t) => {
  const desk = new TradeDesk()
  const trade = shipped(desk, DEPOSIT)
  const held = desk.hold(trade)
  t.strictSame(desk.attest(trade, { milestone: 'deposit', kind: 'inspection_passed' }).transactions, [])
  t.equal(codeOf(() => desk.confirm(trade)), 'release_blocked')
  t.match(now(desk, trade), { released: '0.00', lines: [{ release_conditions: [{ met: true }, { met: false }] }] })
  desk.wait(DAY_MS)
  const free = desk.lift(held)
  t.equal(desk.sweep(free, desk.books.now), 1)
  t.match(now(desk, trade), { released: '30.00', held: '70.00' })
})

t.test('what only clears the way is followed by the next sweep: a shipment after its attestation', async (t) => {
  const desk = new TradeDesk()
  const trade = paid(desk, only(inspected))
  desk.attest(trade, { kind: 'inspection_passed' })
  t.equal(now(desk, trade).released, '0.00', 'the last of the money waits for the shipment')
  const gone = desk.ship(trade)
  t.equal(desk.sweep(gone, desk.books.now), 1)
  t.match(now(desk, trade), { state: 'completed', released: '100.00' })
})

t.test('what is cancelled after a milestone gives back what it still holds; the seller keeps what he has, and later shares are of what is left', async (t) => {
  const desk = new TradeDesk()
  const over = paid(desk, DEPOSIT)
  desk.attest(over, { milestone: 'deposit', kind: 'inspection_passed' })
  t.match(desk.cancel(over), { state: 'completed', released: '30.00', refunded: '70.00', held: '0.00', lines: [{ state: 'confirmed' }] })
  const steps: ProposedRelease = { milestones: [share('a', '0.25', inspected), share('b', '0.25', cleared), share('c', '0.5')], confirmation: 'waived' }
  const trade = paid(desk, steps, { quantity: 4, unit_price: '25.00' })
  desk.attest(trade, { milestone: 'a', kind: 'inspection_passed' })
  t.match(desk.cancel(trade, [pick(trade, 0, 2)]), { released: '25.00', refunded: '37.50' }, 'half of what is open goes back')
  desk.attest(trade, { milestone: 'b', kind: 'customs_cleared' })
  t.match(now(desk, trade), { released: '31.25', held: '31.25' }, 'half of the 62.50 that were not given back')
  desk.attest(desk.ship(trade), { milestone: 'c' })
  t.match(now(desk, trade), { state: 'completed', released: '62.50', held: '0.00' })
})

t.test('new prices leave the milestones as they are', async (t) => {
  const desk = new TradeDesk()
  const trade = desk.ship(desk.pay(desk.reprice(desk.open([{ unit_price: '100.00', release: DEPOSIT }]), [{ unit_price: '50.00' }])))
  desk.attest(trade, { milestone: 'deposit', kind: 'inspection_passed' })
  t.match(now(desk, trade), { released: '15.00', held: '35.00' })
})

const leaf: fc.Arbitrary<ProposedCondition> = fc.constantFrom(...NAMED_FACTS).map((fact) => ({ fact }))
const node = (child: fc.Arbitrary<ProposedCondition>): fc.Arbitrary<ProposedCondition> => fc.oneof(leaf,
  fc.array(child, { minLength: 1, maxLength: 3 }).map((parts) => ({ all_of: parts })), fc.array(child, { minLength: 1, maxLength: 3 }).map((parts) => ({ any_of: parts })))

t.test('whatever the condition and the order of acts: a free line, or one of a cent, comes to the same end, and no money is left', async (t) => {
  fc.assert(fc.property(node(node(leaf)), fc.constantFrom('0.00', '0.01', '33.33'), fc.shuffledSubarray([...ATTESTATION_KINDS, CONFIRM], { minLength: 4 }), (when, price, order) => {
    const desk = new TradeDesk()
    const trade = desk.ship(desk.pay(desk.open([{ unit_price: price, release: { when } }, { unit_price: '1.00' }])))
    for (const act of order) codeOf(() => act === CONFIRM ? desk.confirm(trade) : desk.attest(trade, { kind: act as typeof ATTESTATION_KINDS[number] }))
    const end = now(desk, trade)
    if (end.state !== 'completed' || end.held !== '0.00' || end.lines[0]?.state !== 'confirmed') throw new Error(JSON.stringify(end))
  }), { numRuns: 500 })
  t.pass('no counter-example')
})
