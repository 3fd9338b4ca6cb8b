import fc from 'fast-check'
import t from 'tap'
import { dueOf, maturitiesOf } from '../src/escrow/reserves/maturing.ts'
import { internalId } from '../src/kernel/ids.ts'
import { formatAmount } from '../src/kernel/money.ts'
import { DAY_MS } from '../src/kernel/time.ts'
import { unitOf } from '../src/kernel/units.ts'
import { origin } from './support/memory-books.ts'
import { owe, oweBeside } from './support/owe.ts'
import { mature, setReserve, slicesOf } from './support/reserve-steps.ts'
import { codeOf, pick, TradeDesk, type LineTerms } from './support/trade-desk.ts'

/** A trade that is paid, shipped and confirmed as far as that is told. */
function confirmed (desk: TradeDesk, lines: readonly LineTerms[], quantity?: number) {
  const trade = desk.open(lines)
  desk.pay(trade)
  desk.ship(trade)
  return desk.confirm(trade, quantity === undefined ? null : [pick(trade, 0, quantity)])
}

/** What the seller has available, in reserve, and owes. */
function standing (desk: TradeDesk, unit = 'CNY'): string[] {
  return (['seller_available', 'seller_reserve', 'party_receivable'] as const).map((name) =>
    formatAmount(desk.books.balance({ class: name, owner: desk.seller, unit }), unitOf(unit)))
}

function charge (desk: TradeDesk, amount: bigint): void {
  desk.books.submit(owe(origin(), { party: desk.seller, role: 'seller', unit: 'CNY', amount }))
}

t.test('a release keeps the rate of his net back, after commission, splits and what he owes, until it matures', async (t) => {
  const desk = new TradeDesk()
  setReserve(desk, { rate: '0.10', days: 30 })
  const trade = confirmed(desk, [{ unit_price: '200.00', commission_rate: '0.05', splits: [{ partner: desk.partners[0] ?? '', rate: '0.10' }] }])
  t.match(trade.lines[0], { reserve: { rate: '0.10', days: 30 } })
  t.strictSame(desk.lastPostings(), [
    'escrow / seller_available 200.00',
    'seller_available / commission_income 10.00',
    'seller_available / partner_available 20.00',
    'seller_available / seller_reserve 17.00'
  ])
  const [slice] = slicesOf(desk)
  if (slice === undefined) throw new Error('no slice')
  t.match(slice, { amount: 1700n, upto: 1700n, maturedAt: null, maturesAt: new Date(desk.books.now.getTime() + 30 * DAY_MS) })
  t.throws(() => mature(desk, slice), /has not matured/)
  desk.wait(30 * DAY_MS)
  t.equal(mature(desk, slice).length, 1)
  t.strictSame(desk.lastPostings(), ['seller_reserve / seller_available 17.00'])
  t.equal(mature(desk, slice).length, 1, 'the same timer is answered again')
  t.strictSame(standing(desk), ['170.00', '0.00', '0.00'])
  t.match(desk.books.events.slice(-1), [{ type: 'reserve.matured', data: { party: desk.seller, currency: 'CNY', released: '17.00' } }])
})

t.test('what he owes is netted first, and the reserve takes no more than is left', async (t) => {
  const desk = new TradeDesk()
  setReserve(desk, { rate: '0.50', days: 30 })
  charge(desk, 8000n)
  confirmed(desk, [{ unit_price: '100.00' }])
  t.strictSame(desk.lastPostings(), ['escrow / seller_available 100.00', 'seller_available / party_receivable 80.00', 'seller_available / seller_reserve 20.00'])
  charge(desk, 12_000n)
  t.strictSame(standing(desk), ['0.00', '0.00', '100.00'], 'a debt draws the reserve before it is one')
  confirmed(desk, [{ unit_price: '60.00' }])
  t.strictSame(desk.lastPostings(), ['escrow / seller_available 60.00', 'seller_available / party_receivable 60.00'])
  t.equal(slicesOf(desk).length, 1)
})

t.test('terms freeze when the trade is created, line by line and seller by seller', async (t) => {
  const desk = new TradeDesk()
  const before = desk.open([{ unit_price: '100.00' }])
  setReserve(desk, { rate: '0.25', days: 7 })
  const during = desk.open([{ unit_price: '100.00' }, { unit_price: '10.00', seller: desk.other }])
  setReserve(desk, null)
  const after = desk.open([{ unit_price: '100.00' }])
  for (const trade of [before, during, after]) {
    desk.pay(trade)
    desk.ship(trade)
    desk.confirm(trade)
  }
  t.match(slicesOf(desk), [{ amount: 2500n, tradeId: internalId('trd', during.id) }])
  t.equal(desk.open([{ seller: desk.other }]).lines[0]?.reserve, null)
})

t.test('only sellers have terms, and what does not change tells nothing', async (t) => {
  const desk = new TradeDesk()
  t.match(setReserve(desk, { rate: '0.10', days: 30 }), { terms: { reserve: { rate: '0.10', days: 30 } } })
  const events = desk.books.events.length
  setReserve(desk, { rate: '0.10', days: 30 })
  t.equal(desk.books.events.length, events)
  t.match(desk.books.events.at(-1), { type: 'party.terms_changed', data: { from: { reserve: null }, to: { reserve: { rate: '0.10', days: 30 } } } })
  t.equal(codeOf(() => setReserve(desk, null, desk.buyer)), 'wrong_party_kind')
  t.equal(codeOf(() => setReserve(desk, null, desk.partners[0])), 'wrong_party_kind')
  t.equal(codeOf(() => setReserve(desk, null, 'pty_01kaj6n8k2f5rvt4r9e8q7m3zd')), 'not_found')
})

t.test('a part of nothing, or less than half a minor unit, is no slice', async (t) => {
  const desk = new TradeDesk()
  setReserve(desk, { rate: '0.10', days: 30 })
  confirmed(desk, [{ unit_price: '0.05' }])
  confirmed(desk, [{ unit_price: '10.00', commission_rate: '1' }])
  t.strictSame(slicesOf(desk), [])
})

t.test('what is recovered comes out of the oldest slices; those that follow mature whole', async (t) => {
  const desk = new TradeDesk()
  setReserve(desk, { rate: '1', days: 10 })
  confirmed(desk, [{ unit_price: '10.00' }])
  desk.wait(DAY_MS)
  confirmed(desk, [{ unit_price: '20.00' }])
  charge(desk, 1200n)
  t.strictSame(standing(desk), ['0.00', '18.00', '0.00'])
  desk.wait(10 * DAY_MS)
  const [first, second] = slicesOf(desk)
  if (first === undefined || second === undefined) throw new Error('two slices')
  t.strictSame(mature(desk, first), [], 'nothing is left of it')
  mature(desk, second)
  t.strictSame(desk.lastPostings(), ['seller_reserve / seller_available 18.00'])
  t.strictSame(slicesOf(desk).map(({ released }) => released), [0n, 1800n])
  t.strictSame(standing(desk), ['18.00', '0.00', '0.00'])
})

t.test('a newer slice with fewer days takes the older ones along, and they find nothing when their time comes', async (t) => {
  const desk = new TradeDesk()
  setReserve(desk, { rate: '0.10', days: 180 })
  confirmed(desk, [{ unit_price: '100.00' }])
  setReserve(desk, { rate: '0.10', days: 7 })
  confirmed(desk, [{ unit_price: '100.00' }])
  const [old, recent] = slicesOf(desk)
  if (old === undefined || recent === undefined) throw new Error('two slices')
  desk.wait(7 * DAY_MS)
  mature(desk, recent)
  t.strictSame(standing(desk), ['200.00', '0.00', '0.00'])
  desk.wait(173 * DAY_MS)
  t.strictSame(mature(desk, old), [])
  t.strictSame(standing(desk), ['200.00', '0.00', '0.00'])
})

t.test('of what matures goes on what he owes by then', async (t) => {
  const desk = new TradeDesk()
  setReserve(desk, { rate: '0.10', days: 7 })
  confirmed(desk, [{ unit_price: '100.00' }])
  const [slice] = slicesOf(desk)
  if (slice === undefined) throw new Error('no slice')
  desk.books.submit(oweBeside(origin(), { party: desk.seller, unit: 'CNY', amount: 400n }))
  desk.wait(7 * DAY_MS)
  mature(desk, slice)
  t.strictSame(desk.lastPostings(), ['seller_reserve / seller_available 10.00', 'seller_available / party_receivable 4.00'])
})

/** A reserve as a queue of coins: what is taken leaves from the front, and a coin leaves at the latest with any that came after it. */
class Queue {
  #coins: Array<{ readonly slice: number, dueAt: number }> = []

  put (slice: number, amount: number, dueAt: number): void {
    for (const coin of this.#coins) coin.dueAt = Math.min(coin.dueAt, dueAt)
    for (let count = 0; count < amount; count++) this.#coins.push({ slice, dueAt })
  }

  take (amount: number): number {
    return this.#coins.splice(0, amount).length
  }

  mature (now: number): number {
    const left = this.#coins.filter(({ dueAt }) => dueAt > now)
    const due = this.#coins.length - left.length
    this.#coins = left
    return due
  }

  get size (): number {
    return this.#coins.length
  }
}

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('put' as const), amount: fc.integer({ min: 1, max: 20 }), days: fc.integer({ min: 1, max: 20 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('take' as const), amount: fc.integer({ min: 1, max: 30 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), days: fc.integer({ min: 1, max: 8 }) }) }
)

t.test('slices and a cumulative number are a queue: whatever is put in, taken and waited for, both release the same on the same day', async (t) => {
  let [early, recovered] = [0, 0]
  fc.assert(fc.property(fc.array(step, { minLength: 5, maxLength: 60, size: 'max' }), (steps) => {
    const queue = new Queue()
    let [credits, debits, day] = [0n, 0n, 0]
    let waiting: Array<{ upto: bigint, maturesAt: number }> = []
    for (const each of steps) {
      if (each.kind === 'put') {
        credits += BigInt(each.amount)
        if (waiting.some(({ maturesAt }) => maturesAt > day + each.days)) early += 1
        waiting.push({ upto: credits, maturesAt: day + each.days })
        queue.put(waiting.length, each.amount, day + each.days)
      } else if (each.kind === 'take') {
        const taken = BigInt(each.amount) < credits - debits ? BigInt(each.amount) : credits - debits
        debits += taken
        if (taken > 0n) recovered += 1
        if (queue.take(each.amount) !== Number(taken)) throw new Error('taken')
      } else {
        for (let passed = 0; passed < each.days; passed++) {
          day += 1
          const due = waiting.filter(({ maturesAt }) => maturesAt <= day)
          waiting = waiting.filter(({ maturesAt }) => maturesAt > day)
          const foretold = maturitiesOf(due, debits).reduce((sum, { amount }) => sum + amount, 0n)
          let released = 0n
          for (const slice of due) {
            const amount = dueOf(slice, debits)
            debits += amount
            released += amount
          }
          const expected = queue.mature(day)
          if (released !== BigInt(expected) || foretold !== released) throw new Error(`day ${day}: ${released} and ${foretold}, expected ${expected}`)
        }
      }
      if (credits - debits !== BigInt(queue.size)) throw new Error('the reserve holds something else')
      if (credits > debits && waiting.at(-1)?.upto !== credits) throw new Error('something stays for ever')
    }
  }), { numRuns: 2000 })
  t.ok(early > 500 && recovered > 500, 'days were shortened, and reserves drawn')
})
