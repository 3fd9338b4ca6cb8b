import t from 'tap'
import { changeProgramme } from '../src/coins/change-programme.ts'
import { parseProgramme, parseTerms as parseProgrammeTerms } from '../src/coins/parse-programme.ts'
import { expiryOf } from '../src/coins/programme.ts'
import { WALLETS } from '../src/coins/wallet-rows.ts'
import { createTrade } from '../src/escrow/steps/create-trade.ts'
import { parseTerms } from '../src/escrow/trade/terms.ts'
import { newId } from '../src/kernel/ids.ts'
import { DAY_MS } from '../src/kernel/time.ts'
import { chargeBack, decide } from './support/chargeback-desk.ts'
import { CoinDesk } from './support/coin-desk.ts'
import { setTerms } from './support/exchange-steps.ts'
import { origin } from './support/memory-books.ts'
import { codeOf, pick, refusalOf, type LineTerms } from './support/trade-desk.ts'

const BOWL: LineTerms = { unit_price: '200.00', commission_rate: '0.05' }

/** A desk whose buyer has so many coins, and the first seller's terms. */
function deskWith (coins: number, terms: ConstructorParameters<typeof CoinDesk>[0] = {}): CoinDesk {
  const desk = new CoinDesk(terms)
  if (coins > 0) desk.grant(coins)
  return desk
}

t.test('the worked example: 6,000 coins pay 60.00 of 200.00, it earns on 140.00, and half of it goes back', async (t) => {
  const desk = deskWith(6_500)
  const [partner = ''] = desk.partners
  const trade = desk.buy([{ ...BOWL, splits: [{ partner, rate: '0.10' }] }])
  t.match(trade, { total: '200.00', coins_value: '60.00', amount_due: '140.00', coins: { coin: 'TEACOIN', taken: '6000', held: '6000' } })
  t.strictSame(desk.lastPostings(), ['coins_available / coins_held 6000'])
  desk.pay(trade)
  desk.ship(trade)
  const confirmed = desk.confirm(trade)
  t.strictSame(desk.lastPostings(), [
    'escrow / seller_available 140.00',
    'coin_liability / seller_available 60.00',
    'coins_held / coins_redeemed 6000',
    'seller_available / commission_income 10.00',
    'seller_available / partner_available 20.00',
    'coin_issuance / coins_pending 140',
    'coin_expense / coin_liability 1.40'
  ])
  t.match(confirmed, { state: 'completed', paid: '140.00', held: '0.00', released: '140.00', coins: { held: '0', redeemed: '6000', earned: '140' } })
  const refunded = desk.refund(trade, [{ ...pick(trade, 0), amount: '100.00' }], { sellerAgreed: true })
  t.strictSame(desk.lastPostings(), [
    'partner_available / seller_available 10.00',
    'commission_income / seller_available 5.00',
    'coins_pending / coin_issuance 70',
    'coin_liability / coin_expense 0.70',
    'seller_available / escrow 70.00',
    'seller_available / coin_liability 30.00',
    'coins_redeemed / coins_available 3000',
    'escrow / refund_payable 70.00'
  ])
  t.match(refunded, { paid: '140.00', held: '0.00', released: '70.00', refunded: '70.00', coins: { redeemed: '3000', returned: '3000', earned: '70' } })
  t.strictSame(desk.coins(), { pending: 70n, available: 3_500n, owed: 0n })
  t.strictSame(desk.faults(), [])
})

t.test('coins pay for goods of sellers who accept them, up to the cap of each line in whole coins, and never for shipping', async (t) => {
  const desk = deskWith(100_000)
  const lines: LineTerms[] = [{ unit_price: '10.01', shipping: '50.00' }, { unit_price: '0.03' }, { unit_price: '100.00', seller: desk.other }, { unit_price: '3.33', quantity: 2 }]
  const trade = desk.buy(lines)
  t.strictSame(trade.lines.map(({ coins }) => coins?.taken), ['300', '0', '0', '199'])
  t.match(trade, { coins_value: '4.99', amount_due: '161.71' })
  t.strictSame(desk.buy(lines, 100).lines.map(({ coins }) => coins?.taken), ['60', '0', '0', '40'], 'a smaller number is spread by the caps')
  t.match(refusalOf(() => desk.buy(lines, 500)), { code: 'coins_exceed_cap', message: /at most 499 TEACOIN/ })
  t.match(desk.buy(lines, 0), { coins_value: '0.00' })
  t.strictSame(desk.faults(), [])
})

t.test('who has fewer coins is told so, or pays with what he has', async (t) => {
  const desk = deskWith(10)
  t.match(refusalOf(() => desk.buy([BOWL], 11)), { code: 'insufficient_coins', message: /has 10 TEACOIN/ })
  t.match(desk.buy([BOWL]), { coins_value: '0.10' })
  t.match(desk.buy([BOWL]), { coins_value: '0.00', amount_due: '200.00' })
  const bare = new CoinDesk()
  t.equal(codeOf(() => bare.buy([BOWL], 1)), 'insufficient_coins')
  const yuan = new CoinDesk({ currency: 'EUR' })
  t.equal(codeOf(() => { yuan.buy([BOWL], 1) }), 'insufficient_coins')
  t.equal(yuan.open([BOWL]).coins, null, 'a currency without a programme knows no coins')
})

t.test('of two trades that want the same last coins one gets them, and the other is told', async (t) => {
  const desk = deskWith(100)
  t.equal(codeOf(() => desk.buy([BOWL], 60)), 'answered')
  t.match(refusalOf(() => desk.buy([BOWL], 60)), { code: 'insufficient_coins', message: /has 40/ })
})

t.test('a trade that is not paid, is cancelled, or is refunded before its release gives back exactly what it took', async (t) => {
  const ways: Record<string, (desk: CoinDesk) => void> = {
    'cancelled before it is paid': (desk) => { desk.cancel(desk.buy([BOWL])) },
    'closed by time': (desk) => {
      const trade = desk.buy([BOWL])
      desk.wait(2 * DAY_MS)
      desk.sweep(trade, trade.deadlines.pay_by ?? '')
    },
    'cancelled after it is paid': (desk) => { desk.cancel(desk.pay(desk.buy([BOWL, { unit_price: '7.77', quantity: 3 }]))) },
    'cancelled unit by unit': (desk) => {
      const trade = desk.pay(desk.buy([{ unit_price: '7.77', quantity: 3 }]))
      for (const unit of [1, 2, 3]) desk.cancel(trade, [pick(trade, 0, Math.min(unit, 1))])
    },
    'refunded while it is shipped': (desk) => {
      const trade = desk.pay(desk.buy([BOWL]))
      desk.ship(trade)
      for (const amount of ['33.33', '0.01', '66.66', '100.00']) desk.refund(trade, [{ ...pick(trade, 0), amount }], { sellerAgreed: true })
    },
    'refunded after its release': (desk) => {
      const trade = desk.pay(desk.buy([BOWL]))
      desk.ship(trade)
      desk.confirm(trade)
      desk.refund(trade, [pick(trade, 0)], { sellerAgreed: true })
    }
  }
  for (const [name, way] of Object.entries(ways)) {
    const desk = deskWith(6_500)
    const before = desk.books.rows(WALLETS)[0]?.lots.map(({ id, available, expiresAt }) => ({ id, available, expiresAt }))
    way(desk)
    t.strictSame(desk.coins(), { pending: 0n, available: 6_500n, owed: 0n }, name)
    t.strictSame(desk.books.rows(WALLETS)[0]?.lots.filter(({ available }) => available > 0n).map(({ id, available, expiresAt }) => ({ id, available, expiresAt })), before, `${name}: the same lots`)
    t.strictSame(desk.faults(), [], name)
  }
})

t.test('coins that expire first are spent first, and what comes back lives longest', async (t) => {
  const desk = new CoinDesk({ expiry: { months: 1, until: 'end_of_day' } })
  desk.grant(100)
  desk.wait(10 * DAY_MS)
  desk.grant(100)
  const trade = desk.pay(desk.buy([{ unit_price: '5.00', quantity: 2 }], 150))
  t.strictSame(desk.books.rows(WALLETS)[0]?.lots.map(({ available }) => available), [0n, 50n])
  desk.cancel(trade, [pick(trade, 0, 1)])
  t.strictSame(desk.books.rows(WALLETS)[0]?.lots.map(({ available }) => available), [25n, 100n])
})

t.test('coins that come back keep their end, but live seven days at least', async (t) => {
  const desk = new CoinDesk({ expiry: { months: 0, until: 'end_of_day' } })
  desk.grant(100)
  const trade = desk.pay(desk.buy([BOWL], 100))
  desk.wait(3 * DAY_MS)
  desk.sweepWallet()
  desk.cancel(trade)
  const lots = desk.books.rows(WALLETS)[0]?.lots.filter(({ available }) => available > 0n)
  t.match(lots, [{ source: 'returned', available: 100n, expiresAt: new Date(desk.books.now.getTime() + 7 * DAY_MS) }])
  desk.wait(7 * DAY_MS)
  desk.sweepWallet()
  t.strictSame(desk.lastPostings(), ['coins_available / coins_expired 100', 'coin_liability / coin_breakage_income 1.00'])
  t.strictSame(desk.faults(), [])
})

t.test('earned coins wait until the after-sale window is over, and are available then', async (t) => {
  const desk = new CoinDesk({ earn_rate: '0.10' })
  const trade = desk.pay(desk.open([{ ...BOWL, quantity: 2 }]))
  desk.ship(trade)
  desk.confirm(trade, [pick(trade, 0, 1)])
  t.strictSame(desk.coins(), { pending: 2_000n, available: 0n, owed: 0n })
  desk.wait(20 * DAY_MS)
  desk.sweepWallet()
  t.equal(desk.coins().pending, 2_000n, 'the trade is not completed: no window runs')
  desk.confirm(trade)
  desk.wait(15 * DAY_MS - 1)
  desk.sweepWallet()
  t.equal(desk.coins().pending, 4_000n)
  desk.wait(1)
  desk.sweepWallet()
  t.strictSame(desk.coins(), { pending: 0n, available: 4_000n, owed: 0n })
  t.strictSame(desk.lastPostings(), ['coins_pending / coins_available 2000', 'coins_pending / coins_available 2000'])
  t.strictSame(desk.faults(), [])
})

t.test('who spent what he earned, and sends its source back, owes it; his next earnings pay that, and cost nobody anything', async (t) => {
  const desk = new CoinDesk({ earn_rate: '0.10', after_sale_days: 0 })
  const source = desk.pay(desk.open([BOWL]))
  desk.ship(source)
  desk.confirm(source)
  desk.sweepWallet()
  const spent = desk.pay(desk.buy([BOWL]))
  t.match(spent, { coins_value: '20.00' })
  desk.refund(source, [pick(source, 0)], { sellerAgreed: true })
  t.strictSame(desk.lastPostings().filter((posting) => posting.includes('coin')), ['coins_owed / coin_issuance 2000'], 'no money moves')
  t.strictSame(desk.coins(), { pending: 0n, available: 0n, owed: 2_000n })
  desk.ship(spent)
  desk.confirm(spent)
  t.strictSame(desk.lastPostings().filter((posting) => posting.includes('coin_issuance') || posting.includes('expense')), ['coin_issuance / coins_owed 1800'])
  const more = desk.pay(desk.open([BOWL]))
  desk.ship(more)
  desk.confirm(more)
  t.strictSame(desk.lastPostings().filter((posting) => posting.includes('coin')), ['coin_issuance / coins_owed 200', 'coin_issuance / coins_pending 1800', 'coin_expense / coin_liability 18.00'])
  t.strictSame(desk.coins(), { pending: 1_800n, available: 0n, owed: 0n })
  desk.refund(more, [pick(more, 0)], { sellerAgreed: true })
  t.strictSame(desk.coins(), { pending: 0n, available: 0n, owed: 200n })
  t.strictSame(desk.faults(), [])
})

t.test('a seller who pays for coins pays out of each release, and gets back what is no longer earned', async (t) => {
  const desk = new CoinDesk({ earn_rate: '0.10' })
  setTerms(desk, { fundsCoins: true })
  const trade = desk.pay(desk.open([BOWL]))
  desk.ship(trade)
  desk.confirm(trade)
  t.strictSame(desk.lastPostings(), [
    'escrow / seller_available 200.00', 'seller_available / commission_income 10.00', 'coin_issuance / coins_pending 2000', 'seller_available / coin_liability 20.00'
  ])
  desk.refund(trade, [{ ...pick(trade, 0), amount: '50.00' }], { sellerAgreed: true })
  t.strictSame(desk.lastPostings(), [
    'commission_income / seller_available 2.50', 'coins_pending / coin_issuance 500', 'coin_liability / seller_available 5.00', 'seller_available / escrow 50.00', 'escrow / refund_payable 50.00'
  ])
  t.equal(codeOf(() => desk.open([{ ...BOWL, commission_rate: '0.91' }])), 'terms_exceed_price', 'what he pays for must fit into the line')
  t.equal(codeOf(() => desk.open([{ ...BOWL, commission_rate: '0.90' }])), 'answered')
  t.strictSame(desk.faults(), [])
})

t.test('a lower price gives back the coins above its cap, and cash above what is left to pay', async (t) => {
  const desk = deskWith(6_000)
  const trade = desk.buy([BOWL])
  desk.pay(trade, { amount: '100.00' })
  const repriced = desk.reprice(trade, [{ unit_price: '100.00' }])
  t.strictSame(desk.lastPostings(), ['coins_held / coins_available 3000', 'escrow / refund_payable 30.00'])
  t.match(repriced, { state: 'awaiting_shipment', coins_value: '30.00', total: '100.00', paid: '100.00', refunded: '30.00' })
  t.match(desk.reprice(desk.buy([BOWL], 100), [{ unit_price: '400.00' }]), { coins_value: '1.00', amount_due: '399.00' }, 'a higher one keeps what was taken')
  t.strictSame(desk.faults(), [])
})

t.test('a group that fails gives its members their coins back', async (t) => {
  const desk = deskWith(500)
  const group = desk.gather()
  const trade = desk.pay(desk.books.submit(createTrade(origin(), parseTerms({ ...desk.propose([{}]), group: group.id, coins: 'max' }))))
  t.match(trade, { state: 'awaiting_group', coins_value: '3.00' })
  desk.wait(2 * DAY_MS)
  desk.sweepGroup(group)
  desk.sweep(trade, trade.deadlines.fill_by ?? '')
  t.match(desk.show(trade), { state: 'closed_refunded' })
  t.strictSame(desk.coins(), { pending: 0n, available: 500n, owed: 0n })
  t.strictSame(desk.faults(), [])
})

t.test('an award gives the buyer his part of cash and coins, and the seller his', async (t) => {
  const desk = deskWith(6_000, { earn_rate: '0.10' })
  const trade = desk.pay(desk.buy([BOWL]))
  desk.ship(trade)
  const { dispute } = desk.dispute(trade)
  desk.award(dispute, [{ line: pick(trade, 0).line, buyer: '50.00', seller: '150.00' }])
  t.strictSame(desk.lastPostings(), [
    'escrow / seller_available 105.00', 'coin_liability / seller_available 45.00', 'coins_held / coins_redeemed 4500', 'seller_available / commission_income 7.50',
    'coin_issuance / coins_pending 1050', 'coin_expense / coin_liability 10.50', 'coins_held / coins_available 1500', 'escrow / refund_payable 35.00'
  ])
  t.match(desk.show(trade), { paid: '140.00', released: '105.00', refunded: '35.00', held: '0.00' })
  t.strictSame(desk.faults(), [])
})

t.test('a chargeback takes cash alone: the coins of a line that lost all its cash go back when it is lost', async (t) => {
  for (const outcome of ['won', 'lost'] as const) {
    const desk = deskWith(6_000, { earn_rate: '0.10' })
    const trade = desk.pay(desk.buy([BOWL]))
    const chargeback = chargeBack(desk, { amount: '140.00' })
    t.match(desk.show(trade), { charged_back: '140.00', held: '0.00', coins: { held: '6000' } })
    decide(desk, chargeback, outcome)
    if (outcome === 'won') t.match(desk.show(trade), { state: 'awaiting_shipment', held: '140.00', coins: { held: '6000' } })
    else t.match(desk.show(trade), { state: 'closed_charged_back', coins: { held: '0', returned: '6000' } })
    t.strictSame(desk.coins(), { pending: 0n, available: outcome === 'won' ? 0n : 6_000n, owed: 0n })
    t.strictSame(desk.faults(), [], outcome)
  }
})

t.test('a chargeback of what was released claws back what it earned, and keeps what coins were redeemed for', async (t) => {
  for (const outcome of ['won', 'lost'] as const) {
    const desk = deskWith(6_000, { earn_rate: '0.10' })
    const trade = desk.pay(desk.buy([BOWL]))
    desk.ship(trade)
    desk.confirm(trade)
    const chargeback = chargeBack(desk, { amount: '140.00' })
    t.strictSame(desk.coins(), { pending: 0n, available: 0n, owed: 0n })
    decide(desk, chargeback, outcome)
    t.strictSame(desk.coins(), { pending: outcome === 'won' ? 1_400n : 0n, available: 0n, owed: 0n })
    t.match(desk.show(trade), { coins: { redeemed: '6000' }, released: outcome === 'won' ? '140.00' : '0.00' })
    t.strictSame(desk.faults(), [], outcome)
  }
})

t.test('new terms touch what is taken and earned by trades that are created after them', async (t) => {
  const desk = deskWith(100_000, { earn_rate: '0.10' })
  const [old, older] = [desk.pay(desk.open([BOWL])), desk.buy([BOWL])]
  desk.books.submit(changeProgramme(origin(), { currency: 'CNY', terms: { earnRate: '0.50', cap: '0.10' }, person: newId() }))
  const young = desk.pay(desk.buy([BOWL]))
  t.match([older, young], [{ coins_value: '60.00' }, { coins_value: '20.00' }])
  for (const trade of [old, young]) desk.ship(trade)
  t.match(desk.confirm(old), { coins: { earned: '2000' } })
  t.match(desk.confirm(young), { coins: { earned: '9000' } })
  t.strictSame(desk.faults(), [])
})

t.test('time warns of coins that come to their end, once at thirty days and once at seven', async (t) => {
  const desk = new CoinDesk({ expiry: { months: 2, until: 'end_of_month' } })
  desk.grant(10)
  for (let day = 0; day < 100; day += 1) {
    desk.sweepWallet()
    desk.wait(DAY_MS)
  }
  const told = desk.books.events.filter(({ type }) => type.startsWith('coins.exp')).map(({ type, data }) => [type, data['days'], data['coins']])
  t.strictSame(told, [['coins.expiring', 30, '10'], ['coins.expiring', 7, '10'], ['coins.expired', undefined, '10']])
})

t.test('the end of coins by months and day, month or year', async (t) => {
  const cases: ReadonlyArray<readonly [string, number, 'end_of_day' | 'end_of_month' | 'end_of_year', string]> = [
    ['2026-01-31T08:00:00Z', 1, 'end_of_day', '2026-03-01'],
    ['2026-01-31T08:00:00Z', 0, 'end_of_day', '2026-02-01'],
    ['2026-01-15T23:59:59Z', 12, 'end_of_month', '2027-02-01'],
    ['2026-12-31T00:00:00Z', 1, 'end_of_month', '2027-02-01'],
    ['2026-06-01T00:00:00Z', 0, 'end_of_year', '2027-01-01'],
    ['2026-06-01T00:00:00Z', 8, 'end_of_year', '2028-01-01']
  ]
  for (const [from, months, until, end] of cases) t.equal(expiryOf({ months, until }, new Date(from))?.toISOString().slice(0, 10), end, `${from} ${months} ${until}`)
  t.equal(expiryOf(null, new Date()), null)
})

t.test('a coin is a whole number of the smallest parts of its currency', async (t) => {
  const text = { currency: 'CNY', coin: 'TEACOIN', name: 'Tea coins' }
  t.match(parseProgramme(text), { coinsPerUnit: 100, coinValue: 1n })
  t.match(parseProgramme({ ...text, coins_per_unit: 4 }), { coinValue: 25n })
  t.match(parseProgramme({ ...text, currency: 'JPY' }), { coinsPerUnit: 1, coinValue: 1n })
  t.match(parseProgramme({ ...text, currency: 'KWD' }), { coinsPerUnit: 100, coinValue: 10n })
  for (const coinsPerUnit of [3, 1_000]) t.equal(codeOf(() => parseProgramme({ ...text, coins_per_unit: coinsPerUnit })), 'invalid_request')
  t.equal(codeOf(() => parseProgramme({ ...text, currency: 'JPY', coins_per_unit: 100 })), 'invalid_request')
  t.equal(codeOf(() => parseProgramme({ ...text, currency: 'XXX' })), 'unknown_currency')
  for (const terms of [{ cap: '0.91' }, { cap: '1' }, { earn_rate: '1.1' }]) t.equal(codeOf(() => parseProgrammeTerms(terms)), 'invalid_amount')
})
