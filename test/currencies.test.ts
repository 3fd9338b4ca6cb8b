import fc from 'fast-check'
import t from 'tap'
import { createFxQuote, parseFxQuote } from '../src/escrow/exchange/create-fx-quote.ts'
import { RESERVE_SLICES } from '../src/escrow/reserves/reserve-slices.ts'
import { addExchange, returnExchanges, type Exchange } from '../src/escrow/trade/exchange.ts'
import type { TradeJson } from '../src/escrow/trade/show-trade.ts'
import { newId } from '../src/kernel/ids.ts'
import { convert, formatAmount, isExchangeRate } from '../src/kernel/money.ts'
import { DAY_MS } from '../src/kernel/time.ts'
import { currencyCodes, unitOf } from '../src/kernel/units.ts'
import { balanceOf } from '../src/ledger/accounts.ts'
import { confirmBy, quote, refund, setTerms } from './support/exchange-steps.ts'
import { origin } from './support/memory-books.ts'
import { owe } from './support/owe.ts'
import { codeOf, pick, refusalOf, TradeDesk, type LineTerms } from './support/trade-desk.ts'

const person = newId()

function shipped (desk: TradeDesk, lines: readonly LineTerms[], currency = 'CNY'): TradeJson {
  const trade = desk.open(lines, currency)
  desk.pay(trade)
  return desk.ship(trade)
}

/** What accounts hold by class and unit, whoever they belong to, where that is not zero. */
function balances (desk: TradeDesk): Record<string, string> {
  const sums = new Map<string, bigint>()
  for (const account of desk.books.accounts.values()) {
    const key = `${account.class} ${account.unit}`
    sums.set(key, (sums.get(key) ?? 0n) + balanceOf(account))
  }
  const shown = [...sums].flatMap(([key, sum]): Array<[string, string]> => sum === 0n ? [] : [[key, formatAmount(sum, unitOf(key.slice(-3)))]])
  return Object.fromEntries(shown.sort())
}

const HALVES: LineTerms = { unit_price: '100.00', quantity: 2, commission_rate: '0.05' }

t.test('after commission and splits a seller gets his own currency, through our position, at the rate of a quote', async (t) => {
  const desk = new TradeDesk()
  setTerms(desk, { payoutCurrency: 'USD', reserve: { rate: '0.10', days: 30 } })
  const trade = shipped(desk, [{ ...HALVES, splits: [{ partner: desk.partners[0] ?? '', rate: '0.10' }] }])
  const id = quote(desk, '0.1403')
  const confirmed = confirmBy(desk, trade, [id])
  t.strictSame(desk.lastPostings(), [
    'escrow / seller_available 200.00',
    'seller_available / commission_income 10.00',
    'seller_available / partner_available 20.00',
    'seller_available / fx_position 170.00',
    'fx_position / seller_available 23.85',
    'seller_available / seller_reserve 2.38'
  ])
  t.match(desk.books.transactions.at(-1), { description: `CNY to USD at 0.1403 by ${id} (ecb)` })
  t.match(confirmed.lines[0], { payout_currency: 'USD', exchanged: [{ fx_quote: id, rate: '0.1403', net: '170.00', currency: 'USD', paid: '23.85' }] })
  t.match(desk.books.rows(RESERVE_SLICES), [{ unit: 'USD', amount: 238n }])
})

t.test('one by one pays what all at once pays, to the cent', async (t) => {
  const prices = ['0.07', '1.11', '33.33']
  for (const price of prices) {
    const [whole, parts] = [new TradeDesk(), new TradeDesk()]
    for (const [desk, steps] of [[whole, [7]], [parts, [1, 2, 1, 3]]] as const) {
      setTerms(desk, { payoutCurrency: 'JPY' })
      const trade = shipped(desk, [{ unit_price: price, quantity: 7, commission_rate: '0.029' }])
      const id = quote(desk, '21.3377', 'CNY', 'JPY')
      for (const units of steps) confirmBy(desk, trade, [id], units)
    }
    t.strictSame(balances(whole), balances(parts))
  }
})

t.test('a full refund after release gives everybody exactly back, whatever quotes it was released by', async (t) => {
  const desk = new TradeDesk()
  setTerms(desk, { payoutCurrency: 'USD' })
  const trade = shipped(desk, [{ ...HALVES, splits: [{ partner: desk.partners[0] ?? '', rate: '0.10' }] }])
  confirmBy(desk, trade, [quote(desk, '0.1403')], 1)
  confirmBy(desk, trade, [quote(desk, '0.139')], 1)
  refund(desk, trade)
  t.strictSame(balances(desk), { 'provider_clearing CNY': '200.00', 'refund_payable CNY': '200.00' })
  t.strictSame(desk.books.rows(RESERVE_SLICES), [])
})

t.test('a refund goes back at the rate of the release, also when the quote has expired and another one holds', async (t) => {
  const desk = new TradeDesk()
  setTerms(desk, { payoutCurrency: 'USD' })
  const trade = shipped(desk, [HALVES])
  confirmBy(desk, trade, [quote(desk, '0.14')])
  desk.wait(2 * DAY_MS)
  quote(desk, '0.20')
  refund(desk, trade, 100_00n)
  t.strictSame(desk.lastPostings(), [
    'commission_income / seller_available 5.00',
    'seller_available / fx_position 13.30',
    'fx_position / seller_available 95.00',
    'seller_available / escrow 100.00',
    'escrow / refund_payable 100.00'
  ])
  t.strictSame(balances(desk), {
    'commission_income CNY': '5.00', 'fx_position CNY': '95.00', 'fx_position USD': '-13.30', 'provider_clearing CNY': '200.00', 'refund_payable CNY': '100.00', 'seller_available USD': '13.30'
  })
})

t.test('what he lacks he owes in his currency, and nothing is netted across currencies', async (t) => {
  const desk = new TradeDesk()
  setTerms(desk, { payoutCurrency: 'USD' })
  const trade = shipped(desk, [HALVES])
  confirmBy(desk, trade, [quote(desk, '0.14')])
  // He was paid out meanwhile.
  desk.books.submit(owe(origin(), { party: desk.seller, role: 'seller', unit: 'USD', amount: 26_60n }))
  refund(desk, trade, 100_00n)
  t.match(balances(desk), { 'party_receivable USD': '13.30', 'refund_payable CNY': '100.00' })
  setTerms(desk, { payoutCurrency: null })
  const later = shipped(desk, [{ unit_price: '50.00' }])
  desk.confirm(later)
  t.match(balances(desk), { 'party_receivable USD': '13.30', 'seller_available CNY': '50.00' }, 'his yuan do not pay his dollars')
  setTerms(desk, { payoutCurrency: 'USD' })
  confirmBy(desk, shipped(desk, [{ unit_price: '100.00' }]), [quote(desk, '0.14')])
  t.strictSame(desk.lastPostings(), ['escrow / seller_available 100.00', 'seller_available / fx_position 100.00', 'fx_position / seller_available 14.00', 'seller_available / party_receivable 13.30'])
})

t.test('what he owes in the trade\'s currency is paid before anything is exchanged', async (t) => {
  const desk = new TradeDesk()
  setTerms(desk, { payoutCurrency: 'USD' })
  desk.books.submit(owe(origin(), { party: desk.seller, role: 'seller', unit: 'CNY', amount: 30_00n }))
  const trade = shipped(desk, [{ unit_price: '100.00' }])
  confirmBy(desk, trade, [quote(desk, '0.14')])
  t.strictSame(desk.lastPostings(), ['escrow / seller_available 100.00', 'seller_available / party_receivable 30.00', 'seller_available / fx_position 70.00', 'fx_position / seller_available 9.80'])
  refund(desk, trade, 50_00n)
  t.strictSame(desk.lastPostings(), [
    'seller_available / fx_position 4.90', 'fx_position / seller_available 35.00', 'seller_available / escrow 35.00', 'party_receivable / escrow 15.00', 'escrow / refund_payable 50.00'
  ], 'in the parts in which he got it')
})

t.test('silence pays in the trade\'s currency, and so does a refund of that', async (t) => {
  const desk = new TradeDesk()
  setTerms(desk, { payoutCurrency: 'USD' })
  const trade = shipped(desk, [{ unit_price: '100.00', quantity: 2 }])
  confirmBy(desk, trade, [quote(desk, '0.14')], 1)
  const half = confirmBy(desk, trade, null)
  t.match(half.lines[0], { exchanged: [{ net: '100.00', paid: '14.00' }] })
  t.match(balances(desk), { 'seller_available CNY': '100.00', 'seller_available USD': '14.00' })
  refund(desk, trade, 100_00n)
  t.match(balances(desk), { 'seller_available CNY': '50.00', 'seller_available USD': '7.00', 'refund_payable CNY': '100.00' })
  refund(desk, trade)
  t.strictSame(balances(desk), { 'provider_clearing CNY': '200.00', 'refund_payable CNY': '200.00' })
})

t.test('the timer confirms without any quote', async (t) => {
  const desk = new TradeDesk()
  setTerms(desk, { payoutCurrency: 'USD' })
  const trade = shipped(desk, [{ unit_price: '100.00' }])
  desk.wait(10 * DAY_MS)
  t.equal(desk.sweep(trade, trade.deadlines.confirm_by ?? ''), 1)
  t.strictSame(desk.lastPostings(), ['escrow / seller_available 100.00'])
})

t.test('a person names a quote that holds, of the right pair, for every seller that needs one', async (t) => {
  const desk = new TradeDesk()
  setTerms(desk, { payoutCurrency: 'USD' })
  setTerms(desk, { payoutCurrency: 'KRW' }, desk.other)
  const trade = shipped(desk, [{ unit_price: '100.00' }, { unit_price: '100.00', seller: desk.other }])
  const [dollars, won] = [quote(desk, '0.14'), quote(desk, '200.5', 'CNY', 'KRW')]
  const attempt = (...quotes: string[]): string => codeOf(() => confirmBy(desk, trade, quotes))
  t.equal(attempt(), 'fx_quote_required')
  t.equal(attempt(dollars), 'fx_quote_required')
  t.match(refusalOf(() => confirmBy(desk, trade, [dollars])), { message: /line "2".*KRW/, facts: { current_state: 'awaiting_confirmation' } })
  t.equal(attempt(dollars, quote(desk, '0.15')), 'invalid_request')
  t.equal(attempt(dollars, won, quote(desk, '7', 'USD', 'CNY')), 'currency_mismatch')
  t.equal(attempt('fxq_01kaj6n8k2f5rvt4r9e8q7m3zd', won), 'unknown_fx_quote')
  t.equal(attempt('nonsense', won), 'unknown_fx_quote')
  desk.wait(DAY_MS)
  t.equal(attempt(dollars, won), 'fx_quote_expired')
  const fresh = [quote(desk, '0.14'), quote(desk, '200.5', 'CNY', 'KRW')]
  confirmBy(desk, trade, fresh)
  t.match(balances(desk), { 'seller_available USD': '14.00', 'seller_available KRW': '20050' })
})

t.test('no quote is needed where the currencies are one, or for units that are not confirmed', async (t) => {
  const desk = new TradeDesk()
  setTerms(desk, { payoutCurrency: 'CNY' })
  setTerms(desk, { payoutCurrency: 'USD' }, desk.other)
  const trade = shipped(desk, [{ unit_price: '100.00' }, { unit_price: '100.00', seller: desk.other }])
  desk.confirm(trade, [pick(trade, 0)])
  t.equal(codeOf(() => desk.confirm(trade)), 'fx_quote_required')
})

t.test('a quote is kept once for each reference of its source', async (t) => {
  const desk = new TradeDesk()
  const text = { from: 'CNY', to: 'USD', rate: '0.14', source: 'ecb', reference: 'R', expires_at: '2026-02-01T00:00:00Z' }
  const create = (more: object): string => codeOf(() => desk.books.submit(createFxQuote(origin(), person, parseFxQuote({ ...text, ...more }))))
  t.equal(create({}), 'answered')
  t.equal(create({ rate: '0.15' }), 'external_ref_taken')
  t.equal(create({ source: 'boc' }), 'answered')
  t.equal(create({ reference: '2', expires_at: '2026-01-31T08:00:00Z' }), 'fx_quote_expired')
  t.equal(create({ reference: '3', to: 'CNY' }), 'invalid_request')
  t.equal(create({ reference: '3', to: 'XAU' }), 'unknown_currency')
  t.equal(create({ reference: '3', rate: '0' }), 'invalid_amount')
})

t.test('rates have up to twelve significant digits, and amounts are rounded half to even between all exponents', async (t) => {
  for (const rate of ['0.14', '1', '123456789012', '0.000000123456789012', '1.00000000000', '10.5']) t.ok(isExchangeRate(rate), rate)
  for (const rate of ['0', '0.0', '-1', '1e3', '.5', '1.', '01', '1234567890123', '1.000000000001', '']) t.notOk(isExchangeRate(rate), rate)
  const [cny, jpy, kwd] = [unitOf('CNY'), unitOf('JPY'), unitOf('KWD')]
  t.equal(convert(100n, '21.5', cny, jpy), 22n)
  t.equal(convert(100n, '20.5', cny, jpy), 20n)
  t.equal(convert(1n, '0.0005', jpy, kwd), 0n)
  t.equal(convert(3n, '0.0005', jpy, kwd), 2n)
  t.equal(convert(10n ** 15n, '123456.789012', jpy, kwd), 123456789012n * 10n ** 12n)
})

const rate = fc.tuple(fc.integer({ min: 1, max: 999_999 }), fc.integer({ min: 0, max: 8 })).map(([digits, decimals]) => {
  const text = String(digits).padStart(decimals + 1, '0')
  return decimals === 0 ? text : `${text.slice(0, -decimals)}.${text.slice(-decimals)}`
})

t.test('whatever is exchanged by any rates, in any steps, and taken back in any parts: each quote pays its rate, and the whole gives the whole back', async (t) => {
  const step = fc.record({ quote: fc.nat(2), amount: fc.nat(5000), given: fc.nat(100) })
  fc.assert(fc.property(fc.array(rate, { minLength: 3, maxLength: 3 }), fc.constantFrom(...currencyCodes().filter((code) => code !== 'CNY')), fc.array(step, { minLength: 1, maxLength: 20 }), fc.nat(500), (rates, to, steps, other) => {
    let exchanges: readonly Exchange[] = []
    let [net, position, paid] = [BigInt(other), 0n, 0n]
    const holds = (): void => {
      for (const each of exchanges) if (each.paid !== convert(each.net, each.rate, unitOf('CNY'), unitOf(to))) throw new Error('a quote does not pay its rate')
      const sums = exchanges.reduce((sum, each) => ({ net: sum.net + each.net, paid: sum.paid + each.paid }), { net: 0n, paid: 0n })
      if (sums.net !== position || sums.paid !== paid) throw new Error('the steps do not add up')
      if (position > net || net < 0n) throw new Error('more was exchanged than there is')
    }
    for (const { quote, amount, given } of steps) {
      const add = addExchange(exchanges, { quoteId: String(quote), rate: rates[quote] ?? '1', from: 'CNY', to }, BigInt(amount))
      exchanges = add.exchanges
      net += BigInt(amount)
      for (const each of add.moved) [position, paid] = [position + each.net, paid + each.paid]
      if (add.moved.some((each) => each.net < 0n || each.paid < 0n)) throw new Error('an exchange backwards')
      holds()
      const back = net * BigInt(given) / 100n
      const taken = returnExchanges(exchanges, back, net)
      exchanges = taken.exchanges
      net -= back
      for (const each of taken.moved) [position, paid] = [position - each.net, paid - each.paid]
      if (taken.moved.some((each) => each.net < 0n || each.paid < 0n)) throw new Error('a return backwards')
      holds()
    }
    const { exchanges: left, moved } = returnExchanges(exchanges, net, net)
    for (const each of moved) [position, paid] = [position - each.net, paid - each.paid]
    if (left.length > 0 || position !== 0n || paid !== 0n) throw new Error('something is left')
  }), { numRuns: 2000 })
  t.pass('no counter-example')
})

t.test('whole trades in any currency, with shares, debts and reserves, refunded in parts until all is back: every account is as before the release', async (t) => {
  const scene = fc.record({
    price: fc.integer({ min: 1, max: 100_000 }), quantity: fc.integer({ min: 1, max: 5 }), commission: fc.integer({ min: 0, max: 400 }), split: fc.integer({ min: 0, max: 400 }),
    rates: fc.array(rate, { minLength: 5, maxLength: 5 }), units: fc.constantFrom('CNY USD', 'JPY KWD', 'KWD JPY', 'USD JPY', 'KRW CNY'),
    parts: fc.array(fc.integer({ min: 1, max: 50_000 }), { maxLength: 4 }), reserve: fc.boolean(), owed: fc.nat(500), silent: fc.nat(4)
  })
  fc.assert(fc.property(scene, ({ price, quantity, commission, split, rates, units, parts, reserve, owed, silent }) => {
    const [currency = '', payout = ''] = units.split(' ')
    const desk = new TradeDesk()
    setTerms(desk, { payoutCurrency: payout, reserve: reserve ? { rate: '0.3', days: 7 } : null })
    const money = formatAmount(BigInt(price), unitOf(currency))
    const rateOf = (thousandths: number): string => `0.${String(thousandths).padStart(3, '0')}`
    const trade = shipped(desk, [{ unit_price: money, quantity, commission_rate: rateOf(commission), splits: [{ partner: desk.partners[0] ?? '', rate: rateOf(split) }] }], currency)
    if (owed > 0) desk.books.submit(owe(origin(), { party: desk.seller, role: 'seller', unit: currency, amount: BigInt(owed) }))
    const nets = (): string => JSON.stringify([currency, payout].flatMap((unit) => [['seller_available', desk.seller], ['partner_available', desk.partners[0] ?? '']].map(([name, owner = '']) => {
      const balance = (accountClass: 'seller_available' | 'partner_available' | 'seller_reserve' | 'party_receivable'): bigint => desk.books.balance({ class: accountClass, owner, unit })
      return String(balance(name === 'seller_available' ? 'seller_available' : 'partner_available') + balance('seller_reserve') - balance('party_receivable'))
    })))
    const before = nets()
    for (let unit = 0; unit < quantity; unit++) {
      confirmBy(desk, trade, unit === silent ? null : [quote(desk, rates[unit] ?? '1', currency, payout)], 1)
    }
    for (const part of parts) refund(desk, trade, BigInt(part))
    refund(desk, trade)
    if (nets() !== before) throw new Error(`${nets()}, before ${before}`)
    for (const name of ['fx_position', 'fx_gain_loss', 'commission_income'] as const) {
      for (const unit of [currency, payout]) if (desk.books.balance({ class: name, owner: '', unit }) !== 0n) throw new Error(`${name} keeps something`)
    }
    if (desk.books.balance({ class: 'escrow', owner: trade.id, unit: currency }) !== 0n) throw new Error('the escrow keeps something')
  }), { numRuns: 200 })
  t.pass('no counter-example')
})
