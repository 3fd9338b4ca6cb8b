import { sql } from 'kysely'
import t from 'tap'
import { buildApp } from '../src/app.ts'
import { openDatabases } from '../src/db/pools.ts'
import { Journal } from '../src/journal/journal.ts'
import { internalId } from '../src/kernel/ids.ts'
import { runVerify } from '../src/reports/verify.ts'
import { sweepDue } from '../src/timers/sweep-due.ts'
import { DUE_WALLETS } from '../src/coins/due-wallets.ts'
import { openApi, type Answer } from './support/api.ts'

const api = await openApi()
const { id: tenantId, keys } = await api.newTenant('shop')
const stranger = await api.newTenant('stranger')

// A second process on the same database, as far as the Journal knows.
const others = openDatabases({ url: api.database.url })
const other = await buildApp({ ...api.services, databases: others, journal: new Journal({ db: others.journal, log: api.services.log }) })

t.setTimeout(120_000)
t.teardown(async () => {
  await other.close()
  await others.close()
  await api.close()
})

let count = 0
async function post (url: string, body: object = {}, key = keys.marketplace, app = api.app): Promise<Answer> {
  return await api.call('POST', url, { key, body, at: app })
}

async function get (url: string, key = keys.finance): Promise<Answer> {
  return await api.call('GET', url, { key })
}

const party = async (kind: string): Promise<string> => (await post('/v1/parties', { kind, external_ref: `${kind}-${++count}`, name: kind })).body.id
const [seller, sponsor] = [await party('seller'), await party('seller')]
const programme = await post('/v1/coin-programmes', { currency: 'CNY', coin: 'TEACOIN', name: 'Tea coins', earn_rate: '0.50', after_sale_days: 0 }, keys.finance)
await api.call('PATCH', `/v1/parties/${seller}/terms`, { key: keys.finance, body: { accepts_coins: true } })
await api.call('PATCH', `/v1/parties/${sponsor}/terms`, { key: keys.finance, body: { accepts_coins: true, funds_coins: true, reserve: { rate: '0.10', days: 30 } } })

interface Order {
  readonly buyer: string
  readonly price?: string
  readonly coins?: 'max' | number
  readonly from?: string
  readonly quantity?: number
}

async function order ({ buyer, price = '100.00', coins, from = seller, quantity = 1 }: Order, query = '', app = api.app): Promise<Answer> {
  return await post(`/v1/trades${query}`, {
    external_ref: `ORD-${++count}`, buyer, currency: 'CNY', ...coins === undefined ? {} : { coins },
    lines: [{ ref: '1', seller: from, quantity, unit_price: price, fulfilment: 'express', commission_rate: '0.05', shipping: '5.00' }]
  }, keys.marketplace, app)
}

async function pay (trade: Answer): Promise<Answer> {
  return await post(`/v1/trades/${trade.body.id}/payments`, { amount: trade.body['amount_due'], provider: 'sandbox', provider_ref: `P-${++count}` })
}

async function shipAndConfirm (trade: Answer): Promise<Answer> {
  await post(`/v1/trades/${trade.body.id}/shipments`)
  return await post(`/v1/trades/${trade.body.id}/confirmations`)
}

async function sweep (): Promise<void> {
  while (await sweepDue(api.databases.journal, DUE_WALLETS, { journal: api.services.journal, log: api.services.log, failures: new Map() }));
}

/** A buyer who earned 5,000 coins. */
async function rich (): Promise<string> {
  const buyer = await party('buyer')
  await shipAndConfirm(await pay(await order({ buyer })))
  await sweep()
  return buyer
}

async function available (buyer: string): Promise<string> {
  const { body } = await get(`/v1/accounts?class=coins_available&owner=${buyer}&unit=TEACOIN`)
  return (body.data as unknown as ReadonlyArray<{ balance: string }>)[0]?.balance ?? '0'
}

async function findings (): Promise<string[]> {
  const { checks } = await runVerify(api.databases.report)
  return checks.flatMap((check) => check.findings.map(({ check, what }) => `${check}: ${what}`))
}

t.test('a programme is made once for a currency, read, changed with an event, and its coin is nobody else\'s', async (t) => {
  t.match(programme, { status: 201, body: { id: /^cpr_/, currency: 'CNY', coin: 'TEACOIN', coins_per_unit: 100, earn_rate: '0.50', cap: '0.30', version: 1 } })
  t.strictSame((await get(`/v1/coin-programmes/${programme.body.id}`)).body, programme.body)
  const again = { currency: 'CNY', coin: 'OTHERCOIN', name: 'More' }
  t.match(await post('/v1/coin-programmes', again, keys.finance), { status: 409, body: { code: 'coin_programme_exists' } })
  t.match(await post('/v1/coin-programmes', { ...again, currency: 'USD', coin: 'TEACOIN' }, keys.finance), { status: 409, body: { code: 'coin_code_taken' } })
  t.match(await post('/v1/coin-programmes', { ...again, currency: 'JPY', coins_per_unit: 100 }, keys.finance), { status: 400, body: { code: 'invalid_request', errors: [{ pointer: '/coins_per_unit' }] } })
  for (const coin of ['TEA', 'teacoin', 'TEACOIN2', 'ABCDEFGHIJKLM']) t.match(await post('/v1/coin-programmes', { ...again, currency: 'USD', coin }, keys.finance), { status: 400 }, coin)
  t.match(await post('/v1/coin-programmes', { ...again, currency: 'USD' }), { status: 403 }, 'the marketplace does not decide on programmes')
  const changed = await api.call('PATCH', `/v1/coin-programmes/${programme.body.id}`, { key: keys.admin, body: { name: 'Leaves' } })
  t.match(changed, { status: 200, body: { name: 'Leaves', version: 2, earn_rate: '0.50' } })
  t.match(await api.call('PATCH', `/v1/coin-programmes/${programme.body.id}`, { key: stranger.keys.admin, body: { name: 'Mine' } }), { status: 404 })
  t.match((await get('/v1/coin-programmes', stranger.keys.finance)).body.data, [])
  await t.rejects(sql`update coin_programmes set coin_value = 2 where tenant_id = ${tenantId}`.execute(api.databases.journal), /permission denied/)
})

t.test('a hundred programmes at once for one currency are one', async (t) => {
  const answers = await Promise.all(Array.from({ length: 100 }, async (_, index) =>
    await post('/v1/coin-programmes', { currency: 'EUR', coin: `EURO${String.fromCharCode(65 + index % 26)}${index < 26 ? '' : 'X'}`, name: 'Euro coins' }, keys.finance)))
  t.equal(answers.filter(({ status }) => status === 201).length, 1)
  t.equal(answers.filter(({ status }) => status === 409).length, 99)
})

t.test('a trade is paid with coins, earns coins, and is shown with them; a quote and a dry run promise what happens', async (t) => {
  const buyer = await rich()
  t.equal(await available(buyer), '5000')
  const quoted = await post('/v1/quotes', { buyer, currency: 'CNY', coins: 'max', lines: [{ ref: '1', seller, quantity: 1, unit_price: '100.00', fulfilment: 'express' }] })
  t.match(quoted, { status: 200, body: { coins_value: '30.00', amount_due: '70.00' } })
  t.match(await order({ buyer, coins: 'max' }, '?dry_run=true'), { status: 200, body: { would_post: [{ kind: 'trade.coins' }] } })
  t.equal(await available(buyer), '5000')
  const trade = await order({ buyer, coins: 'max' })
  t.match(trade, { status: 201, body: { total: '105.00', coins_value: '30.00', amount_due: '75.00', coins: { programme: programme.body.id, coin: 'TEACOIN', taken: '3000', held: '3000' } } })
  t.match(await shipAndConfirm(await pay(trade)), { status: 201, body: { state: 'completed', released: '75.00', coins: { redeemed: '3000', earned: '3500' } } })
  t.equal(await available(buyer), '2000')
  await sweep()
  t.equal(await available(buyer), '5500')
  t.match((await get(`/v1/trades/${trade.body.id}`)).body, { coins: { taken: '3000', held: '0', redeemed: '3000', returned: '0', earned: '3500' } })
  t.strictSame(await findings(), [])
})

t.test('of a hundred trades at once for the last coins of one wallet those that fit get them, and the others are told', async (t) => {
  // So that both know the key, and begin together.
  for (const at of [api.app, other]) await order({ buyer: await party('buyer') }, '', at)
  for (let round = 1; round <= 4; round += 1) {
    const buyer = await rich()
    const answers = await Promise.all(Array.from({ length: 100 }, async (_, index) => await order({ buyer, coins: 1_500 }, '', index % 2 === 0 ? api.app : other)))
    t.equal(answers.filter(({ status }) => status === 201).length, 3)
    t.match(answers.find(({ status }) => status !== 201), { status: 409, body: { code: 'insufficient_coins', errors: [{ pointer: '/coins' }] } })
    t.equal(answers.filter(({ body }) => body['code'] === 'insufficient_coins').length, 97)
    t.equal(await available(buyer), '500')
    await Promise.all(answers.filter(({ status }) => status === 201).map(async ({ body }) => await post(`/v1/trades/${body.id}/cancellation`)))
    t.equal(await available(buyer), '5000')
  }
  t.strictSame(await findings(), [])
})

t.test('confirmations, cancellations and refunds of one buyer\'s trades at once leave his wallet right', async (t) => {
  const buyer = await rich()
  const trades = await Promise.all(Array.from({ length: 24 }, async (_, index) => await pay(await order({ buyer, coins: 100, quantity: 2, price: '20.00', from: index % 2 === 0 ? seller : sponsor }))))
  await Promise.all(trades.map(async ({ body: { id } }) => await post(`/v1/trades/${id}/shipments`, {})))
  await Promise.all(trades.flatMap((trade) => {
    const [{ id: line } = { id: '' }] = trade.body['lines'] as ReadonlyArray<{ id: string }>
    const url = `/v1/trades/${trade.body.id}`
    return [
      post(`${url}/confirmations`, { lines: [{ line, quantity: 1 }] }),
      post(`${url}/refunds`, { lines: [{ line, kind: 'refund_only', amount: '7.77' }], reason: 'damaged', agreed_by_seller: true }),
      post(`${url}/confirmations`)
    ]
  }))
  await sweep()
  t.strictSame(await findings(), [])
})

t.test('a line whose coins its seller pays for takes that out of his release, and brings it back with a refund', async (t) => {
  const buyer = await party('buyer')
  const trade = await pay(await order({ buyer, from: sponsor }))
  t.match(await shipAndConfirm(trade), { status: 201, body: { coins: { earned: '5000' } } })
  const [{ id: line } = { id: '' }] = trade.body['lines'] as ReadonlyArray<{ id: string }>
  t.match(await post(`/v1/trades/${trade.body.id}/refunds`, { lines: [{ line, kind: 'refund_only' }], reason: 'damaged', agreed_by_seller: true }), { status: 201, body: { coins: { earned: '0' } } })
  t.strictSame(await findings(), [])
})

t.test('time lets coins mature, warns, and ends them, once, however often it is asked', async (t) => {
  const buyer = await rich()
  const his = sql`tenant_id = ${tenantId} and buyer_id = ${internalId('pty', buyer)}`
  await sql`update coin_lots set expires_at = now() - interval '1 second', warned_days = 7 where ${his}`.execute(api.databases.journal)
  await sql`update coin_wallets set next_attempt_at = now(), next_deadline_at = now() where ${his}`.execute(api.databases.journal)
  await Promise.all([sweep(), sweep(), sweep()])
  t.equal(await available(buyer), '0')
  const { body } = await get('/v1/accounts?class=coin_breakage_income&unit=CNY')
  t.match(body.data, [{ balance: '50.00' }])
  t.strictSame(await findings(), [])
})
