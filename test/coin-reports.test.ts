import fc from 'fast-check'
import { sql } from 'kysely'
import t from 'tap'
import { allProgrammes } from '../src/coins/read-programmes.ts'
import { returnToLots, takeFromLots, type CoinLot } from '../src/coins/wallet.ts'
import { newId } from '../src/kernel/ids.ts'
import { DAY_MS } from '../src/kernel/time.ts'
import { outstandingOf, plus, NO_FLOWS, type OriginFlows } from '../src/reports/coin-flows.ts'
import { parseExpectation, readCoinDeferredRevenue, tabulateCoinDeferredRevenue } from '../src/reports/coin-deferred-revenue.ts'
import { liabilityAmounts, readCoinLiability, showLiabilityRow } from '../src/reports/coin-liability.ts'
import { reachPeriod } from '../src/reports/coin-period.ts'
import { divideOver } from '../src/reports/coin-redemptions.ts'
import { readCoinStatistics, showCohort } from '../src/reports/coin-statistics.ts'
import { controlOf } from '../src/reports/control.ts'
import { deferRevenue, type EarnedCohort, type Expectation } from '../src/reports/deferred-revenue.ts'
import { printReport } from '../src/reports/print.ts'
import { readCoinFlows } from '../src/reports/read-coin-flows.ts'
import { readTrialBalance } from '../src/reports/trial-balance.ts'
import { openApi } from './support/api.ts'
import { CoinBooks } from './support/coin-books.ts'
import { coinLife, liveWithCoins } from './support/coin-life.ts'
import { createTenant } from './support/posted-books.ts'
import { codeOf, pick } from './support/trade-desk.ts'

const api = await openApi()
const { databases, services: { journal } } = api
const db = databases.report
/** The next January, whose days are known. */
const YEAR = new Date().getUTCFullYear() + 1
const JANUARY = Date.UTC(YEAR, 0, 15)

t.setTimeout(120_000)
t.teardown(async () => { await api.close() })

/** A shop in the middle of a January. */
async function openShop (tenantId: number, terms: Parameters<typeof CoinBooks.open>[3]): Promise<CoinBooks> {
  const books = await CoinBooks.open(databases, journal, tenantId, terms)
  await books.wait(JANUARY - Date.now())
  return books
}

/** The balance of a class in a unit as the trial balance has it after a transaction. */
async function balanceAt (tenantId: number, seq: bigint): Promise<(name: string, unit: string) => bigint> {
  const { units } = await readTrialBalance(db, tenantId, { kind: 'seq', seq })
  return (name, unit) => units.find((each) => each.unit === unit)?.accounts.find((sums) => sums.class === name)?.balance ?? 0n
}

/** What is in lots and in trades of the coins of each funder and source, without a look at the ledger or at what moved. */
async function whatLotsSay (tenantId: number): Promise<Record<string, string>> {
  const { rows } = await sql<{ holding: string, coins: string }>`
    with kept as (
      select origin_id, pending + available as coins from coin_lots where tenant_id = ${tenantId}
      union all
      select (lot ->> 'origin')::uuid, (lot ->> 'coins')::bigint - (lot ->> 'returned')::bigint from trades cross join jsonb_array_elements(coins -> 'lots') as each (lot) where tenant_id = ${tenantId}
    )
    select concat_ws(' ', coalesce(o.funder_id::text, 'platform'), o.source, to_char(o.created_at, 'YYYY-MM')) as holding, sum(kept.coins)::text as coins
    from kept join coin_lots o on o.tenant_id = ${tenantId} and o.id = kept.origin_id group by 1 having sum(kept.coins) > 0 order by 1`.execute(db)
  return Object.fromEntries(rows.map(({ holding, coins }) => [holding, coins]))
}

function holdingsOf (flows: readonly OriginFlows[]): Record<string, string> {
  const sums = new Map<string, bigint>()
  for (const { funderId, source, month, closing } of flows) {
    const key = [funderId ?? 'platform', source, month].join(' ')
    // What is redeemed for good is in no lot any more, but in the trade that redeemed it.
    sums.set(key, (sums.get(key) ?? 0n) + outstandingOf(closing) + closing.redeemed - closing.returned)
  }
  return Object.fromEntries([...sums].filter(([, coins]) => coins > 0n).sort(([a], [b]) => a < b ? -1 : 1).map(([key, coins]) => [key, coins.toString()]))
}

t.test('a trade redeems what it took first, whatever came back meanwhile: whose coins these are follows', async (t) => {
  const lots = [{ name: 'platform', coins: 50n }, { name: 'seller', coins: 50n }]
  const parts = (before: bigint, coins: bigint): string[] => divideOver({ subject: 'trd_1', before, coins }, lots).map(({ name, coins }) => `${name} ${coins}`)
  t.strictSame([parts(0n, 30n), parts(30n, 30n), parts(60n, 40n)], [['platform 30'], ['platform 20', 'seller 10'], ['seller 40']])
  t.throws(() => parts(60n, 41n), /trd_1 redeemed more coins than it took/)
})

t.test('redeemed coins come back into the lots that they were redeemed of, and what is still held stays', async (t) => {
  const now = new Date('2026-01-31T08:00:00Z')
  const lot = (id: string, days: number): CoinLot => ({
    id, originId: id, source: 'granted', sourceId: 'cmp', tradeId: null, funderId: null, issued: 50n, earnedOn: null, pending: 0n, available: 50n, maturesAt: null,
    expiresAt: new Date(now.getTime() + days * DAY_MS), warnedDays: null, createdAt: now
  })
  const { wallet, taken } = takeFromLots({ buyerId: 'b', currency: 'CNY', version: 1, createdAt: now, lots: [lot('first', 20), lot('second', 30)] }, 100n)
  const giveBack = (coins: bigint, stillHeld: bigint): bigint[] => returnToLots(wallet, taken, { coins, stillHeld, now, lifeDays: 7, newId, sourceId: 'trd' }).wallet.lots.map(({ available }) => available)
  t.strictSame(giveBack(30n, 0n), [0n, 30n], 'of a hundred redeemed ones the last')
  t.strictSame(giveBack(30n, 40n), [20n, 10n], 'of sixty redeemed ones the last, not of the forty behind them')
  t.strictSame(giveBack(60n, 40n), [50n, 10n])
  t.throws(() => giveBack(61n, 40n), /1 of 61 coins were never taken/)
})

t.test('a price below what the coins of a trade were worth gives those above its cap back', async (t) => {
  const books = await CoinBooks.open(databases, journal, await createTenant(databases.read, 'prices'))
  await books.grant(6_000)
  const trade = await books.open([{}], 'max')
  t.equal(trade.coins_value, '60.00')
  t.match(await books.reprice(trade, '50.00'), { total: '50.00', coins_value: '15.00', amount_due: '35.00', coins: { held: '1500' } })
})

t.test('the roll-forward, the statistics and the deferred revenue of one shop, number by number', async (t) => {
  const { id: tenantId, keys } = await api.newTenant('january')
  const books = await openShop(tenantId, { after_sale_days: 0, expiry: { months: 0, until: 'end_of_month' } })
  const { parties: { funding } } = books
  // January: 3,000 coins of the platform's campaign, 1,000 that a seller pays for, and 2,000 earned on 200.00.
  await books.grant(3_000)
  await books.grant(1_000, { funder: funding })
  await books.sell([{ seller: funding }])
  await books.wait(DAY_MS)
  const { seq: opening } = await readTrialBalance(db, tenantId, { kind: 'now' })
  // 5,000 coins pay for two lines; one is confirmed, and half of it goes back at the end of the month; the other one is cancelled. What was not spent ends with January.
  const trade = await books.pay(await books.open([{ unit_price: '100.00' }, { unit_price: '66.67' }], 5_000))
  await books.ship(trade, [pick(trade, 0)])
  await books.confirm(trade, [pick(trade, 0)])
  await books.wait(14 * DAY_MS)
  await books.refund(trade, { amount: '50.00' })
  await books.cancel(trade, [pick(trade, 1)])
  await books.wait(3 * DAY_MS)
  const reached = await reachPeriod(db, tenantId, { opening_seq: Number(opening) })
  const { rows } = await readCoinLiability(db, tenantId, reached)
  const shown = rows.map(showLiabilityRow)
  const of = (funder: string, source: string) => shown.find((row) => row.funder === funder && row.source === source)
  // Taken: 3,000 and 1,000 that were granted, then 1,000 that were earned (all end with the month). 3,000 of them for the first line are redeemed: the platform's.
  t.match(of('platform', 'granted'), { campaign: books.campaign, coins: { opening: '3000', issued: '0', redeemed: '3000', returned: '1500', clawed_back: '0', expired: '0', closing: '1500' }, value: { redeemed: '30.00', closing: '15.00' } })
  t.match(of(funding, 'granted'), { coins: { opening: '1000', redeemed: '0', returned: '0', expired: '0', closing: '1000' } }, 'came back from the cancelled line, and lives for seven days more')
  t.match(of(funding, 'earned'), { campaign: null, coins: { opening: '2000', issued: '0', redeemed: '0', clawed_back: '0', expired: '1000', closing: '1000' } })
  t.match(of('platform', 'earned'), { coins: { opening: '0', issued: '700', clawed_back: '350', expired: '0', closing: '350' } }, 'a tenth of the cash of 70.00, and of half of it; available since the trade was completed')
  t.equal(shown.length, 4)
  t.strictSame(controlOf(shown, liabilityAmounts).control_total, [
    { unit: 'CNY', debits: '82.00', credits: '82.00' }, { unit: 'TEACOIN', debits: '8200', credits: '8200' }
  ])

  const { cohorts } = await readCoinStatistics(db, tenantId, { seq: reached.seq, asOf: new Date(), generatedAt: new Date() })
  t.match(cohorts.map(showCohort), [
    { month: `${YEAR}-01`, source: 'earned', issued: '2700', clawed_back: '350', redeemed: '0', expired: '1000', outstanding: '1350', redemption_rate: '0.0000', breakage_rate: '0.4255' },
    { month: `${YEAR}-01`, source: 'granted', issued: '4000', clawed_back: '0', redeemed: '1500', expired: '0', outstanding: '2500', redemption_rate: '0.3750', breakage_rate: '0.0000' }
  ])

  // 200.00 and 70.00 earned 2,700 coins; without those of 350 that went back 235.00 are left. Coins of 23.50 of which a half is expected to be used: 11.75 of 246.75.
  const revenue = await readCoinDeferredRevenue(db, tenantId, { seq: reached.seq, asOf: new Date(), generatedAt: new Date() }, { breakage: '0.5', breakageAtIssue: '0.5' })
  t.match(revenue.rows, [{
    month: `${YEAR}-01`, earned: '2350', redeemed: '0', expired: '1000', outstanding: '1350', expected: '1175', transaction_price: '235.00', coins_stand_alone: '11.75',
    allocated_to_goods: '223.81', allocated_to_coins: '11.19', recognised: '0.00', deferred: '11.19'
  }])
  t.strictSame(controlOf(revenue.rows, tabulateCoinDeferredRevenue(revenue).amounts).control_total, [{ unit: 'CNY', debits: '235.00', credits: '235.00' }])

  t.equal((await readCoinStatistics(db, tenantId, { seq: 0n, asOf: new Date(), generatedAt: new Date() })).cohorts.length, 0, 'before the first coin there is no month')
  const printed: string[] = []
  for (const name of ['coin-liability', 'coin-statistics', 'coin-deferred-revenue'] as const) {
    for (const format of ['text', 'json', 'csv'] as const) await printReport(db, { name, tenantId, format, breakage: '0.5' }, (text) => { printed.push(text) })
  }
  t.match(printed.join(''), /Coin liability[^]*TEACOIN[^]*"rows":\[\{"programme"[^]*opening_value[^]*Coin statistics[^]*0\.4255[^]*Coin deferred revenue[^]*transaction_price/)
  await t.rejects(printReport(db, { name: 'coin-deferred-revenue', tenantId, format: 'text' }, () => {}), { code: 'invalid_request' })

  const get = async (path: string, key = keys.finance) => await api.call('GET', `/v1/reports/${path}`, { key })
  t.match(await get(`coin-liability?opening_seq=${opening}&as_of_seq=${reached.seq}&limit=3`), {
    status: 200, body: { opening_seq: Number(opening), seq: Number(reached.seq), rows: shown.slice(0, 3), row_count: 3, has_more: true, next_after_row: 3 }
  })
  t.match((await get(`coin-liability?opening_seq=${opening}&limit=3&after_row=3`)).body, { rows: shown.slice(3), has_more: false, next_after_row: null })
  t.match((await get(`coin-statistics?as_of_seq=${reached.seq}`)).body, { rows: cohorts.map(showCohort), control_total: [{ unit: 'TEACOIN', debits: '6700', credits: '6700' }] })
  t.match((await get('coin-deferred-revenue?breakage=0.5')).body, { breakage: '0.5', breakage_at_issue: '0.5', rows: revenue.rows })
  for (const [path, status] of [
    ['coin-liability?format=csv', 200], ['coin-statistics?format=csv', 200], ['coin-deferred-revenue?breakage=0.5&format=csv', 200], ['coin-deferred-revenue', 400], ['coin-deferred-revenue?breakage=2', 400],
    ['coin-liability?from=2026-01-01T00:00:00Z&opening_seq=1', 400], ['coin-liability?format=csv&limit=1', 400], ['coin-statistics?as_of_seq=100000', 400]
  ] as const) t.equal((await get(path)).status, status, path)
  for (const path of ['coin-liability', 'coin-statistics', 'coin-deferred-revenue?breakage=0']) t.equal((await get(path, keys.marketplace)).status, 403, `${path} is for finance`)
  const stranger = await api.newTenant('stranger')
  for (const path of ['coin-liability', 'coin-statistics', 'coin-deferred-revenue?breakage=0']) t.strictSame((await get(path, stranger.keys.finance)).body['rows'], [], `${path} of another tenant`)
})

t.test('a period is named at each end by a time or by a seq, and the books have reached it', async (t) => {
  const tenantId = await createTenant(databases.read, 'periods')
  const books = await CoinBooks.open(databases, journal, tenantId)
  await books.grant(5)
  for (const period of [
    { from: '2026-01-01T00:00:00Z', opening_seq: 0 }, { to: '2026-01-01T00:00:00Z', as_of_seq: 1 }, { as_of_seq: 2 }, { opening_seq: 1, as_of_seq: 0 }, { opening_seq: 2 }
  ]) await t.rejects(reachPeriod(db, tenantId, period), { code: 'invalid_request' }, JSON.stringify(period))
  t.match(await reachPeriod(db, tenantId, { from: '2026-01-01T00:00:00Z', to: '2099-01-01T00:00:00Z' }), { after: 0n, seq: 1n })
  t.match(await reachPeriod(db, tenantId, { to: '2026-01-01T00:00:00Z' }), { after: 0n, seq: 0n })
  t.match(await reachPeriod(db, tenantId, { from: '2099-01-01T00:00:00Z' }), { after: 1n, seq: 1n })
})

t.test('deferred revenue is that of the example in the standard', async (t) => {
  // IFRS 15, example 52: purchases of 100,000 earn 10,000 points worth 1 each, of which 9,500 are expected to be redeemed; 4,500 are in the first year, and 8,500 in all by
  // the end of the second, when 9,700 are expected.
  const cohort = (redeemed: bigint): EarnedCohort => ({ price: 10_000_000n, earned: 10_000n, redeemed, outstanding: 10_000n - redeemed })
  const whole = ({ toGoods, toCoins, recognised, deferred }: ReturnType<typeof deferRevenue>): number[] => [toGoods, toCoins, recognised, deferred].map((minor) => Math.round(Number(minor) / 100))
  t.strictSame(whole(deferRevenue(cohort(4_500n), 100n, { breakage: '0.05', breakageAtIssue: '0.05' })), [91_324, 8_676, 4_110, 4_566])
  t.strictSame(whole(deferRevenue(cohort(8_500n), 100n, { breakage: '0.03', breakageAtIssue: '0.05' })), [91_324, 8_676, 7_603, 1_073])
})

t.test('revenue is deferred as far as coins can still be used, and no further', async (t) => {
  const half: Expectation = { breakage: '0.5', breakageAtIssue: '0.5' }
  const cohort = { price: 10_000n, earned: 1_000n, redeemed: 0n, outstanding: 1_000n }
  t.match(deferRevenue(cohort, 1n, half), { standAlone: 500n, toGoods: 9_524n, toCoins: 476n, expected: 500n, recognised: 0n, deferred: 476n })
  t.match(deferRevenue({ ...cohort, redeemed: 250n, outstanding: 750n }, 1n, half), { recognised: 238n, deferred: 238n })
  t.match(deferRevenue({ ...cohort, redeemed: 600n, outstanding: 400n }, 1n, half), { expected: 600n, deferred: 0n }, 'more was used than was expected')
  t.match(deferRevenue({ ...cohort, redeemed: 100n, outstanding: 100n }, 1n, half), { expected: 200n, recognised: 238n }, 'the others expired before')
  t.match(deferRevenue({ ...cohort, outstanding: 0n }, 1n, half), { recognised: 476n, deferred: 0n }, 'all expired')
  t.match(deferRevenue(cohort, 1n, { breakage: '1', breakageAtIssue: '1' }), { toCoins: 0n, deferred: 0n }, 'nobody will use them')
  t.match(deferRevenue({ price: 0n, earned: 0n, redeemed: 0n, outstanding: 0n }, 1n, half), { toGoods: 0n, toCoins: 0n, deferred: 0n }, 'everything was refunded')
  t.equal(codeOf(() => parseExpectation({})), 'invalid_request')
  t.equal(codeOf(() => parseExpectation({ breakage: '1.5' })), 'invalid_amount')
  t.equal(codeOf(() => parseExpectation({ breakage: '0.1', breakage_at_issue: 'x' })), 'invalid_amount')
  t.strictSame(parseExpectation({ breakage: '0.1' }), { breakage: '0.1', breakageAtIssue: '0.1' })
})

t.test('whatever happened, the roll-forward closes at the trial balance of every seq, and opens where the one before it closed', async (t) => {
  const seen = { done: 0, redeemed: 0n, returned: 0n, clawedBack: 0n, expired: 0n, funded: 0 }
  let lives = 0
  await fc.assert(fc.asyncProperty(coinLife, fc.constantFrom(['CNY', 100], ['CNY', 20], ['JPY', 1]), async (life, [currency, coinsPerUnit]) => {
    const tenantId = await createTenant(databases.read, `life-${++lives}`)
    const books = await openShop(tenantId, {
      currency: String(currency), coins_per_unit: Number(coinsPerUnit), earn_rate: '0.25', cap: '0.50', after_sale_days: 2, expiry: { months: 0, until: 'end_of_month' }
    })
    // Whatever else happens: coins that a seller pays for are redeemed, come back, are earned and clawed back, and what is left ends with a month.
    await books.grant(2_000, { funder: books.parties.funding })
    await books.refund(await books.sell([{ unit_price: '40' }], 'max'), { amount: '10' })
    seen.done += await liveWithCoins(books, life)
    await books.wait(40 * DAY_MS)
    const { seq: last } = await readTrialBalance(db, tenantId, { kind: 'now' })
    const [programme] = await allProgrammes(db, tenantId)
    if (programme === undefined) throw new Error('there is no programme')
    const step = last / 6n + 1n
    for (let after = 0n; after < last; after += step) {
      const seq = after + step < last ? after + step : last
      const { rows } = await readCoinLiability(db, tenantId, { period: { from: null, to: null }, after, seq, generatedAt: new Date() })
      const [opening, closing] = [await balanceAt(tenantId, after), await balanceAt(tenantId, seq)]
      const total = (of: 'opening' | 'closing' | 'issued' | 'redeemed' | 'returned' | 'clawedBack' | 'expired'): bigint => rows.reduce((sum, { coins }) => sum + coins[of], 0n)
      const outstanding = (balance: typeof opening): bigint => ['coins_pending', 'coins_available', 'coins_held'].reduce((sum, name) => sum + balance(name, programme.unit), 0n)
      t.equal(total('opening'), outstanding(opening), `opening after ${after}`)
      t.equal(total('closing'), outstanding(closing), `closing at ${seq}`)
      t.equal(total('closing') * programme.coinValue, closing('coin_liability', programme.currency), `money at ${seq}`)
      t.equal(total('redeemed') - total('returned'), closing('coins_redeemed', programme.unit) - opening('coins_redeemed', programme.unit))
      t.equal(total('expired'), closing('coins_expired', programme.unit) - opening('coins_expired', programme.unit))
      t.equal(total('expired') * programme.coinValue, closing('coin_breakage_income', programme.currency) - opening('coin_breakage_income', programme.currency))
      // What settled a debt, or became one, was issued and is nobody's.
      t.equal(total('issued') - total('clawedBack'), closing('coin_issuance', programme.unit) - opening('coin_issuance', programme.unit) + closing('coins_owed', programme.unit) - opening('coins_owed', programme.unit))
      for (const { coins } of rows) t.ok(Object.values(coins).every((count) => count >= 0n), 'nothing is below zero, of any funder')
      if (rows.some(({ funderId }) => funderId !== null)) seen.funded += 1
      for (const name of ['redeemed', 'returned', 'clawedBack', 'expired'] as const) seen[name] += total(name)
    }
    const flows = await readCoinFlows(db, tenantId, { after: 0n, seq: last })
    t.strictSame(holdingsOf(flows), await whatLotsSay(tenantId), 'of every funder, source and month what its lots and its trades have')
    const byKey = (all: OriginFlows[]): OriginFlows[] => all.sort((a, b) => JSON.stringify([a.funderId, a.source, a.month]) < JSON.stringify([b.funderId, b.source, b.month]) ? -1 : 1)
    t.strictSame(byKey(await readCoinFlows(db, tenantId, { after: 0n, seq: last }, { moves: 3, redemptions: 2 })), byKey(flows), 'small pages and large ones add up to the same')
    const { cohorts } = await readCoinStatistics(db, tenantId, { seq: last, asOf: new Date(), generatedAt: new Date() })
    t.strictSame(cohorts.reduce((sum, cohort) => plus(sum, cohort.flows), NO_FLOWS), flows.reduce((sum, { closing }) => plus(sum, closing), NO_FLOWS), 'the statistics are of the same coins')
  }), { numRuns: 3, endOnFailure: true })
  t.comment(JSON.stringify(seen, (_, value: unknown) => typeof value === 'bigint' ? value.toString() : value))
  for (const [name, count] of Object.entries(seen)) t.ok(count > 0, `${name} happened`)
})
