import pg from 'pg'
import { pino } from 'pino'
import t from 'tap'
import { createKey } from '../src/auth/keys.ts'
import { inTransaction } from '../src/db/transaction.ts'
import { DUE_WORK } from '../src/due-work.ts'
import { DAY_MS, HOUR_MS } from '../src/kernel/time.ts'
import { runVerify } from '../src/reports/verify.ts'
import { DUE_FACTS } from '../src/sandbox/provider/due-facts.ts'
import { SANDBOX_CHECKS } from '../src/sandbox/checks.ts'
import { createTenant } from '../src/tenants/tenants.ts'
import { sweepDue } from '../src/timers/sweep-due.ts'
import { openApi, type Answer } from './support/api.ts'
import { until } from './support/until.ts'

const api = await openApi()
const db = api.databases.read
const log = pino({ level: 'silent' })
const { id: tenantId, keys } = await api.newTenant('shop')

t.setTimeout(120_000)
t.teardown(async () => { await api.close() })

async function post (url: string, body: object = {}, headers: Record<string, string> = {}): Promise<Answer> {
  return await api.call('POST', url, { key: keys.marketplace, body, headers })
}

async function get (url: string): Promise<Answer> {
  return await api.call('GET', url, { key: keys.finance })
}

async function advance (bySeconds: number): Promise<void> {
  const { status, text, body } = await post('/v1/test-clock/advance', { by_seconds: bySeconds })
  if (status !== 200 || body.has_more) throw new Error(text)
}

const HOUR = HOUR_MS / 1000
const DAY = DAY_MS / 1000

const party = async (kind: string): Promise<string> => (await post('/v1/parties', { kind, external_ref: kind, name: kind })).body.id
const [buyer, seller] = [await party('buyer'), await party('seller')]

interface Fact { readonly id: string, readonly provider_ref: string, readonly reported: number, readonly occurred_at: string }

let orders = 0
/** A trade of 44.80, two pieces and their shipping, that was paid through the sandbox provider. */
async function paid (more: object = {}): Promise<{ readonly url: string, readonly payment: string }> {
  const trade = await post('/v1/trades', {
    external_ref: `ORD-${++orders}`, buyer, currency: 'CNY', lines: [{ ref: '1', seller, quantity: 2, unit_price: '19.90', shipping: '5.00', fulfilment: 'express', commission_rate: '0.05' }]
  })
  const [fact] = await happened('payments', { trade: trade.body.id, ...more })
  return { url: `/v1/trades/${trade.body.id}`, payment: fact?.provider_ref ?? '' }
}

/** Has the provider do something, and answers what happened there. */
async function happened (what: string, body: object): Promise<Fact[]> {
  const answer = await post(`/v1/sandbox/${what}`, body)
  if (answer.status !== 201) throw new Error(answer.text)
  return answer.body.data as unknown as Fact[]
}

async function takeBack (payment: string, more: object = {}): Promise<Fact> {
  const [fact] = await happened('chargebacks', { payment_provider_ref: payment, ...more })
  if (fact === undefined) throw new Error('nothing happened')
  return fact
}

async function decide (opening: Fact, outcome: string, more: object = {}): Promise<Fact[]> {
  return await happened(`chargebacks/${opening.id}/outcome`, { outcome, ...more })
}

async function read (url: string): Promise<Answer['body']> {
  return (await get(url)).body
}

/** The chargeback of a fact, as the books have it. */
async function bookedOf ({ provider_ref: reference }: Fact): Promise<Record<string, unknown> | undefined> {
  const { data } = await read('/v1/chargebacks?limit=100')
  return (data as unknown as Array<Record<string, unknown>>).find((each) => each['provider_ref'] === reference)
}

async function balance (name: string, more = ''): Promise<string> {
  const { data: [account] } = await read(`/v1/accounts?class=${name}&unit=CNY${more}`)
  return (account as unknown as { balance: string } | undefined)?.balance ?? '0.00'
}

t.test('before the release: opened with a fee, told twice, and lost', async (t) => {
  const { url, payment } = await paid()
  const [clearing, loss] = [await balance('provider_clearing'), await balance('chargeback_loss')]
  const opening = await takeBack(payment, { fee: '15.00', report_after_seconds: [0, 0] })
  t.match(opening, { kind: 'chargeback_opened', payment_provider_ref: payment, amount: '44.80', fee: '15.00', fee_returned: '0.00', reported: 2, refund: null, trade: url.split('/').at(-1) })
  t.match(await bookedOf(opening), {
    state: 'open', provider: 'sandbox', payment_provider_ref: payment, amount: '44.80', fee: '15.00', opened_at: opening.occurred_at, version: 1,
    taken: { trades: [{ held: '44.80', released: '0.00' }], loss: '0.00' }
  })
  t.match(await read(url), { state: 'awaiting_shipment', held: '0.00', charged_back: '44.80', holds: [{ kind: 'chargeback' }] })
  t.strictSame([Number(await balance('provider_clearing')) - Number(clearing), Number(await balance('chargeback_loss')) - Number(loss)].map((each) => each.toFixed(2)), ['-59.80', '15.00'])
  t.match(await decide(opening, 'lost'), [{ kind: 'chargeback_lost', provider_ref: opening.provider_ref, payment_provider_ref: payment, amount: '44.80', reported: 1 }])
  t.match(await bookedOf(opening), { state: 'lost', outcome: 'lost' })
  t.match(await read(url), { state: 'closed_charged_back', charged_back: '44.80', holds: [] })
})

t.test('after the release: opened a week later by the clock, and won a month after that, with a part of the fee', async (t) => {
  const { url, payment } = await paid()
  await post(`${url}/shipments`)
  await post(`${url}/confirmations`)
  const available = await balance('seller_available')
  const opening = await takeBack(payment, { fee: '15.00', after_seconds: 7 * DAY })
  t.match(opening, { reported: 0 })
  const [outcome] = await decide(opening, 'won', { fee_returned: '10.00', after_seconds: 30 * DAY })
  t.equal(Date.parse(outcome?.occurred_at ?? '') - Date.parse(opening.occurred_at), 30 * DAY_MS, 'nothing is decided before it is opened')
  t.match(await read(url), { released: '44.80' })
  await advance(7 * DAY)
  t.match(await read(url), { state: 'completed', released: '0.00', charged_back: '44.80' })
  t.match(await bookedOf(opening), { state: 'open', opened_at: opening.occurred_at, taken: { trades: [{ held: '0.00', released: '44.80' }] } })
  await advance(30 * DAY)
  t.match(await bookedOf(opening), { state: 'won', fee: '15.00', fee_returned: '10.00', decided_at: outcome?.occurred_at })
  t.match(await read(url), { state: 'completed', released: '44.80', charged_back: '0.00' })
  t.equal(await balance('seller_available'), available)
})

t.test('a part of what was half given back: refunds that have not left stay, and what had left is our loss', async (t) => {
  const { url, payment } = await paid()
  await post(`${url}/cancellation`)
  const { data: [refund] } = await read(`/v1/refunds?trade=${url.split('/').at(-1) ?? ''}`)
  const opening = await takeBack(payment, { amount: '20.00' })
  t.match(await bookedOf(opening), { taken: { trades: [{ refunded: '20.00' }] } })
  t.match(await read(`/v1/refunds/${refund?.id ?? ''}`), { status: 'charged_back' })
  await happened(`refunds/${refund?.id ?? ''}`, { outcome: 'success' })
  t.match(await read(`/v1/refunds/${refund?.id ?? ''}`), { status: 'charged_back', paid_twice: true }, 'what left all the same was not owed any more')
  await happened(`refunds/${refund?.id ?? ''}`, { outcome: 'bounce' })
  await decide(opening, 'won')
  t.match(await read(url), { refunded: '44.80', refund_pending: '44.80', charged_back: '0.00' })
  const again = await takeBack(payment, { amount: '50.00' })
  t.match(await bookedOf(again), { taken: { trades: [{ refunded: '44.80' }], loss: '5.20' } }, 'more than it ever was')
})

t.test('the outcome is told before the opening, and the opening before the payment', async (t) => {
  const { payment } = await paid()
  const opening = await takeBack(payment, { report_after_seconds: [DAY] })
  await decide(opening, 'lost', { fee: '3.00' })
  t.match(await bookedOf(opening), { state: 'awaiting_opening', outcome: 'lost', outcome_fee: '3.00', amount: null })
  await advance(DAY)
  t.match(await bookedOf(opening), { state: 'lost', amount: '44.80', opened_at: opening.occurred_at })

  const late = await paid({ report_after_seconds: [2 * HOUR] })
  const early = await takeBack(late.payment, { report_after_seconds: [0, 3 * HOUR] })
  t.match(early, { amount: '44.80', reported: 1, trade: late.url.split('/').at(-1) }, 'the provider knows what it collected')
  t.match(await bookedOf(early), { state: 'open', payment: null, taken: null })
  t.equal(await balance('unidentified_debits'), '44.80')
  await advance(2 * HOUR)
  t.match(await read(late.url), { paid: '44.80', charged_back: '0.00' })
  await advance(HOUR)
  t.match(await bookedOf(early), { taken: { trades: [{ held: '44.80' }] } }, 'told again, it finds its payment')
  t.match(await read(late.url), { charged_back: '44.80', holds: [{ kind: 'chargeback' }] })
  t.equal(await balance('unidentified_debits'), '0.00')
})

t.test('the provider decides once', async (t) => {
  const { url, payment } = await paid()
  const opening = await takeBack(payment)
  const both = await Promise.all(['won', 'lost'].map(async (outcome) => await post(`/v1/sandbox/chargebacks/${opening.id}/outcome`, { outcome })))
  t.strictSame(both.map(({ status }) => status).sort(), [201, 409])
  const refused = both.find(({ status }) => status === 409)
  const { state } = await bookedOf(opening) ?? {}
  t.match(refused?.body, { code: 'chargeback_known', current_state: state })
  t.match(await post(`/v1/sandbox/chargebacks/${opening.id}/outcome`, { outcome: 'won' }), { status: 409, body: { code: 'chargeback_known' } })
  t.strictSame((await read(url))['holds'], [])
})

t.test('a refund that comes between what was read of a payment and its chargeback does not cost the report: it is read anew at once', async (t) => {
  const { url, payment } = await paid()
  const opening = await takeBack(payment, { report_after_seconds: [1] })
  await until(async () => (await DUE_FACTS.find(db, 10, tenantId)).length > 0)
  const noise: string[] = []
  const sweep = { journal: api.services.journal, log: pino({ level: 'warn' }, { write: (line) => { noise.push(line) } }), failures: new Map<string, number>(), tenantId }
  await sweepDue(db, {
    ...DUE_FACTS,
    async find (...asked) {
      const due = await DUE_FACTS.find(...asked)
      await post(`${url}/cancellation`)
      return due
    }
  }, sweep)
  t.equal(await bookedOf(opening), undefined)
  await sweepDue(db, DUE_FACTS, sweep)
  t.match(await bookedOf(opening), { taken: { trades: [{ refunded: '44.80' }] } })
  t.strictSame(noise, [], 'which is no error')
})

t.test('a report that stays outdated steps back like any other that fails', async (t) => {
  const { url, payment } = await paid()
  await post(`${url}/cancellation`)
  const opening = await takeBack(payment, { report_after_seconds: [1] })
  await until(async () => (await DUE_FACTS.find(db, 10, tenantId)).length > 0)
  const blind = { ...DUE_FACTS, find: async (...asked: Parameters<typeof DUE_FACTS.find>) => (await DUE_FACTS.find(...asked)).map((fact) => ({ ...fact, reading: { tradeIds: [], refundIds: [] } })) }
  const failures = new Map<string, number>()
  let sweeps = 0
  while ((await DUE_FACTS.find(db, 10, tenantId)).length > 0 && sweeps < 20) {
    await sweepDue(db, blind, { journal: api.services.journal, log, failures, tenantId })
    sweeps += 1
  }
  t.equal(sweeps, 5)
  await advance(HOUR)
  t.match(await bookedOf(opening), { taken: { trades: [{ refunded: '44.80' }] } })
})

t.test('the settlement file has what was taken back, given back, and the fees of both; it adds up to what the clearing account holds', async (t) => {
  const { keys: own } = await api.newTenant('settled')
  const call = async (method: string, url: string, body?: object): Promise<Answer> => await api.call(method, url, { key: own.marketplace, ...body === undefined ? {} : { body } })
  await api.call('PATCH', '/v1/sandbox/provider', { key: own.marketplace, body: { fee_rate: '0' } })
  const pay = async (ref: string): Promise<string> => String((await call('POST', '/v1/sandbox/payments', { trade_external_ref: ref, amount: '100.00' })).body.data[0]?.id)
  const charge = async (ref: string, more: object, outcome: object | null): Promise<void> => {
    const { body: { data: [opening] } } = await call('POST', '/v1/sandbox/chargebacks', { payment_provider_ref: await pay(ref), ...more })
    if (outcome !== null) await call('POST', `/v1/sandbox/chargebacks/${opening?.id ?? ''}/outcome`, outcome)
  }
  await charge('A', { amount: '60.00', fee: '15.00' }, { outcome: 'lost', fee: '2.00' })
  await charge('B', { fee: '15.00' }, { outcome: 'won', fee_returned: '10.00' })
  await charge('C', {}, { outcome: 'lost' })
  await charge('D', { report_after_seconds: [DAY] }, null)
  const { body: { now } } = await call('GET', '/v1/test-clock') as unknown as { body: { now: string } }
  const file = await call('GET', `/v1/sandbox/settlement?day=${now.slice(0, 10)}`)
  const lines = file.text.split('\n').slice(1, -1).map((line) => line.split(',')).map(([, type, , currency, gross, fee, net]) => [type, currency, gross, fee, net].join(' '))
  t.strictSame(lines, [
    'payment CNY 100.00 0.00 100.00', 'chargeback CNY -60.00 15.00 -75.00', 'chargeback_lost CNY 0.00 2.00 -2.00',
    'payment CNY 100.00 0.00 100.00', 'chargeback CNY -100.00 15.00 -115.00', 'chargeback_won CNY 100.00 -10.00 110.00',
    'payment CNY 100.00 0.00 100.00', 'chargeback CNY -100.00 0.00 -100.00',
    'payment CNY 100.00 0.00 100.00', 'chargeback CNY -100.00 0.00 -100.00',
    '9 CNY 140.00 22.00 118.00'
  ].map((line) => line.replace(/^9 /, '10 ')))
  const { body: { data: [clearing] } } = await api.call('GET', '/v1/accounts?class=provider_clearing&unit=CNY', { key: own.finance })
  t.equal((clearing as unknown as { balance: string }).balance, '218.00', 'but for what it has not told us yet')
  await call('POST', '/v1/test-clock/advance', { by_seconds: DAY })
  const { body: { data: [later] } } = await api.call('GET', '/v1/accounts?class=provider_clearing&unit=CNY', { key: own.finance })
  t.equal((later as unknown as { balance: string }).balance, '118.00')
})

t.test('trying without doing, and what is refused', async (t) => {
  const { url, payment } = await paid()
  t.match(await post('/v1/sandbox/chargebacks?dry_run=true', { payment_provider_ref: payment }), { status: 200, body: { dry_run: true, data: [{ amount: '44.80', reported: 0 }] } })
  t.match(await read(url), { holds: [], charged_back: '0.00' })
  for (const [body, status, code] of [
    [{ payment_provider_ref: 'NOBODY' }, 422, 'unknown_payment'],
    [{ payment_provider_ref: 'sbx_01kaj6n8k2f5rvt4r9e8q7m3zd' }, 422, 'unknown_payment'],
    [{ payment_provider_ref: payment, currency: 'USD' }, 422, 'currency_mismatch'],
    [{ payment_provider_ref: 'NOBODY', amount: '1.00', currency: 'XXX' }, 400, 'unknown_currency'],
    [{ payment_provider_ref: payment, amount: '0.001' }, 400, 'invalid_amount'],
    [{ payment_provider_ref: payment, amount: '0' }, 400, 'invalid_amount'],
    [{ payment_provider_ref: payment, fee: '-1' }, 400, 'invalid_amount'],
    [{ payment_provider_ref: payment, report_after_seconds: [] }, 400, 'invalid_request'],
    [{ payment }, 400, 'invalid_request']
  ] as const) t.match(await post('/v1/sandbox/chargebacks', body), { status, body: { code } }, JSON.stringify(body))
  const opening = await takeBack('NOBODY', { amount: '1.00' })
  t.match(opening, { amount: '1.00', trade: null, payment_provider_ref: 'NOBODY', reported: 1 }, 'of a payment that nobody has')
  const outcome = `/v1/sandbox/chargebacks/${opening.id}/outcome`
  t.match(await post(`${outcome}?dry_run=true`, { outcome: 'won' }), { status: 200, body: { dry_run: true, data: [{ kind: 'chargeback_won' }] } })
  t.match(await post(outcome, { outcome: 'drawn' }), { status: 400, body: { code: 'invalid_request' } })
  t.match(await post(outcome, { outcome: 'won', fee: '0.001' }), { status: 400, body: { code: 'invalid_amount' } })
  t.match(await post(`/v1/sandbox/chargebacks/${payment}/outcome`, { outcome: 'won' }), { status: 404, body: { code: 'not_found' } }, 'a payment is no opening')
  t.match(await post('/v1/sandbox/chargebacks/sbx_01kaj6n8k2f5rvt4r9e8q7m3zd/outcome', { outcome: 'won' }), { status: 404, body: { code: 'not_found' } })
  const stranger = (await api.newTenant('stranger')).keys.marketplace
  t.match(await api.call('POST', outcome, { key: stranger, body: { outcome: 'won' } }), { status: 404, body: { code: 'not_found' } })
  t.match(await api.call('POST', '/v1/sandbox/chargebacks', { key: stranger, body: { payment_provider_ref: payment } }), { status: 422, body: { code: 'unknown_payment' } })
  for (const url of ['/v1/sandbox/chargebacks', outcome]) t.match(await api.call('POST', url, { key: keys.finance, body: {} }), { status: 403, body: { code: 'forbidden' } })
  await decide(opening, 'won')
})

t.test('a live tenant has no such provider', async (t) => {
  const live = await inTransaction(db, async (trx) => await createTenant(trx, { name: 'real', kind: 'live', actor: 'cli' }))
  const { secret: key } = await inTransaction(db, async (trx) => await createKey(trx, { tenantId: live, tenantKind: 'live', name: 'market', role: 'marketplace', actor: 'cli' }))
  for (const [url, body] of [
    ['/v1/sandbox/chargebacks', { payment_provider_ref: 'P', amount: '1.00' }], ['/v1/sandbox/chargebacks/sbx_01kaj6n8k2f5rvt4r9e8q7m3zd/outcome', { outcome: 'lost' }]
  ] as const) t.match(await api.call('POST', url, { key, body }), { status: 403, body: { code: 'sandbox_only' } }, url)
})

t.test('verify tells of what was told and is not in the books', async (t) => {
  const vandal = new pg.Client({ connectionString: api.database.superuserUrl })
  await vandal.connect()
  const find = async (): Promise<string[]> => (await runVerify(api.databases.report, SANDBOX_CHECKS)).checks.flatMap(({ findings }) => findings.map(({ what }) => what))
  t.strictSame(await find(), [])
  for (const [damage, repair, said] of [
    ["update chargebacks set payment_provider_ref = payment_provider_ref || '!' where id = (select id from chargebacks where state = 'open' order by id limit 1) returning id",
      "update chargebacks set payment_provider_ref = rtrim(payment_provider_ref, '!') where id = $1", /no such chargeback$/],
    ["update chargebacks set fee_returned = fee_returned + 1 where id = (select id from chargebacks where state = 'won' order by id limit 1) returning id",
      'update chargebacks set fee_returned = fee_returned - 1 where id = $1', /no such chargeback has that outcome/]
  ] as const) {
    const { rows: [{ id } = { id: '' }] } = await vandal.query<{ id: string }>(damage)
    t.match(await find(), [said])
    await vandal.query(repair, [id])
  }
  await vandal.end()
})

t.test('after all of this verify finds nothing, and nothing is left to do', async (t) => {
  const { checks } = await runVerify(api.databases.report)
  t.strictSame(checks.flatMap(({ findings }) => findings), [])
  t.strictSame((await Promise.all(DUE_WORK.map(async (work) => await work.find(db, 10, tenantId)))).flat(), [])
})
