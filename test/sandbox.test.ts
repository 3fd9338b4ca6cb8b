import pg from 'pg'
import { pino } from 'pino'
import t from 'tap'
import { createKey } from '../src/auth/keys.ts'
import { inTransaction } from '../src/db/transaction.ts'
import { DUE_WORK } from '../src/due-work.ts'
import { Journal } from '../src/journal/journal.ts'
import { ROLES } from '../src/kernel/principal.ts'
import { DAY_MS, HOUR_MS } from '../src/kernel/time.ts'
import { runVerify } from '../src/reports/verify.ts'
import { SANDBOX_CHECKS } from '../src/sandbox/checks.ts'
import { createTenant } from '../src/tenants/tenants.ts'
import { startSweeper } from '../src/timers/sweeper.ts'
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

async function behave (body: object): Promise<Answer> {
  return await api.call('PATCH', '/v1/sandbox/provider', { key: keys.marketplace, body })
}

async function advance (bySeconds: number): Promise<void> {
  const { status, text, body } = await post('/v1/test-clock/advance', { by_seconds: bySeconds })
  if (status !== 200 || body.has_more) throw new Error(text)
}

const HOUR = HOUR_MS / 1000
const DAY = DAY_MS / 1000

const party = async (kind: string): Promise<string> => (await post('/v1/parties', { kind, external_ref: kind, name: kind })).body.id
const [buyer, seller] = [await party('buyer'), await party('seller')]

let orders = 0
/** A trade of 44.80. */
async function open (): Promise<Answer> {
  return await post('/v1/trades', {
    external_ref: `ORD-${++orders}`, buyer, currency: 'CNY', lines: [{ ref: '1', seller, quantity: 2, unit_price: '19.90', shipping: '5.00', fulfilment: 'express', commission_rate: '0.05' }]
  })
}

interface Fact { readonly id: string, readonly provider_ref: string, readonly reported: number, readonly amount: string, readonly fee: string, readonly occurred_at: string }

/** Has the buyer pay, and answers what happened at the provider. */
async function pay (trade: Answer, more: object = {}): Promise<Fact[]> {
  const answer = await post('/v1/sandbox/payments', { trade: trade.body.id, ...more })
  if (answer.status !== 201) throw new Error(answer.text)
  return answer.body.data as unknown as Fact[]
}

async function read (trade: Answer): Promise<Answer['body']> {
  return (await get(`/v1/trades/${trade.body.id}`)).body
}

/** The payments of the provider's references, as the books have them. */
async function paymentOf (fact: Fact | undefined): Promise<Record<string, unknown> | undefined> {
  return (await get(`/v1/payments?provider=sandbox&provider_ref=${fact?.provider_ref ?? ''}`)).body.data[0]
}

/** A refund of a whole trade that was paid and cancelled. */
async function refunded (): Promise<string> {
  const trade = await open()
  await pay(trade)
  await post(`/v1/trades/${trade.body.id}/cancellation`)
  return (await get(`/v1/refunds?trade=${trade.body.id}`)).body.data[0]?.id ?? ''
}

async function refund (id: string): Promise<Answer['body']> {
  return (await get(`/v1/refunds/${id}`)).body
}

t.test('a life: paid an hour late by the clock, shipped, confirmed by silence on day ten, over on day twenty-five', async (t) => {
  const trade = await open()
  const [fact] = await pay(trade, { after_seconds: HOUR })
  t.match(fact, { reported: 0, amount: '44.80', fee: '0.27' })
  t.match(await read(trade), { state: 'awaiting_payment', paid: '0.00' })
  await advance(HOUR)
  t.match(await read(trade), { state: 'awaiting_shipment', paid: '44.80' })
  t.match(await paymentOf(fact), { amount: '44.80', occurred_at: fact?.occurred_at, provider: 'sandbox' })
  await post(`/v1/trades/${trade.body.id}/shipments`)
  await advance(10 * DAY - HOUR)
  t.match(await read(trade), { state: 'awaiting_confirmation' })
  await advance(HOUR)
  t.match(await read(trade), { state: 'completed', released: '44.80', held: '0.00' })
  await advance(15 * DAY)
  const events = (await get('/v1/events?limit=100')).body.data as unknown as Array<{ type: string, subject: string }>
  t.ok(events.some(({ type, subject }) => type === 'trade.after_sale_ended' && subject === trade.body.id))
})

t.test('short, and then the rest', async (t) => {
  const trade = await open()
  t.match(await pay(trade, { mode: 'short' }), [{ amount: '22.40', reported: 1 }])
  t.match(await read(trade), { state: 'awaiting_payment', paid: '22.40', amount_due: '22.40' })
  t.match(await pay(trade), [{ amount: '22.40' }])
  t.match(await read(trade), { state: 'awaiting_shipment', paid: '44.80' })
})

t.test('twice, too much, and too late: what the trade cannot take waits in suspense', async (t) => {
  const trade = await open()
  const both = await pay(trade, { mode: 'twice' })
  t.equal(both.length, 2)
  t.match(await Promise.all(both.map(paymentOf)), [{ in_suspense: '0.00' }, { in_suspense: '44.80', suspense_reason: 'not_awaiting_payment' }])
  const [once] = await pay(trade)
  t.match(await paymentOf(once), { amount: '44.80', in_suspense: '44.80' }, 'a second session pays the whole price')
  const [surplus] = await pay(await open(), { mode: 'surplus' })
  t.match(await paymentOf(surplus), { amount: '49.28', applied: '44.80', in_suspense: '4.48', suspense_reason: 'surplus' })
  const [late] = await pay(await open(), { after_seconds: 2 * DAY })
  await advance(2 * DAY)
  t.match(await paymentOf(late), { in_suspense: '44.80', suspense_reason: 'not_awaiting_payment' }, 'the trade had closed unpaid')
})

t.test('by reference, also before there is such a trade', async (t) => {
  const trade = await open()
  t.match(await post('/v1/sandbox/payments', { trade_external_ref: trade.body['external_ref'] }), { status: 201, body: { data: [{ amount: '44.80', trade: trade.body.id, reported: 1 }] } })
  t.match(await read(trade), { state: 'awaiting_shipment' })
  const ref = `ORD-${orders + 1}`
  t.match(await post('/v1/sandbox/payments', { trade_external_ref: ref }), { status: 422, body: { code: 'unknown_trade' } })
  const [early, reportedLate] = await Promise.all([{}, { report_after_seconds: [HOUR] }].map(async (more) =>
    (await post('/v1/sandbox/payments', { trade_external_ref: ref, amount: '44.80', ...more })).body.data[0] as unknown as Fact))
  const opened = await open()
  t.equal(opened.body['external_ref'], ref)
  await advance(HOUR)
  t.match(await paymentOf(early), { in_suspense: '44.80', suspense_reason: 'unknown_trade' })
  t.match(await paymentOf(reportedLate), { in_suspense: '0.00', trade: opened.body.id })
})

t.test('one fact is told twice, late, and after what came later; it counts once, at its own time', async (t) => {
  const trade = await open()
  const [first] = await pay(trade, { amount: '20.00', report_after_seconds: [2 * HOUR, 2 * HOUR, 5 * HOUR] })
  const [second] = await pay(trade, { amount: '24.80', report_after_seconds: [HOUR] })
  await advance(HOUR)
  t.match(await read(trade), { paid: '24.80' }, 'the second came first')
  await advance(HOUR)
  t.match(await read(trade), { state: 'awaiting_shipment', paid: '44.80' })
  await advance(3 * HOUR)
  const { body: { data } } = await get('/v1/sandbox/facts?limit=2')
  t.match(data, [{ id: second?.id, reported: 1 }, { id: first?.id, reported: 3 }])
  t.match(await paymentOf(first), { occurred_at: first?.occurred_at, amount: '20.00' })
  const posted = (await get(`/v1/trades/${trade.body.id}/transactions`)).body.data as unknown as Array<{ occurred_at: string, recorded_at: string }>
  t.equal(posted.length, 2)
  t.ok(posted.every(({ occurred_at: at, recorded_at: recorded }) => Date.parse(recorded) - Date.parse(at) >= HOUR_MS))
})

t.test('the payer agreed to a revision that is gone', async (t) => {
  const trade = await open()
  const line = (trade.body['lines'] as Array<{ id: string }>)[0]?.id
  const [fact] = await pay(trade, { revision: 1, after_seconds: 60 })
  await post(`/v1/trades/${trade.body.id}/reprice`, { lines: [{ line, unit_price: '10.00' }] })
  await advance(60)
  t.match(await paymentOf(fact), { suspense_reason: 'other_revision' })
})

t.test('refunds succeed, fail and come back as they are told to', async (t) => {
  const [paid, failing, bouncing] = [await refunded(), await refunded(), await refunded()]
  t.match(await post(`/v1/sandbox/refunds/${paid}`, { outcome: 'success' }), { status: 201, body: { data: [{ kind: 'refund_success', amount: '44.80', reported: 1 }] } })
  t.match(await refund(paid), { status: 'succeeded' })
  await post(`/v1/sandbox/refunds/${failing}`, { outcome: 'failure', reason: 'account_closed' })
  t.match(await refund(failing), { status: 'failed', attempts: [{ outcome: 'failed', reason: 'account_closed' }] })
  await post(`/v1/sandbox/refunds/${failing}`, { outcome: 'success', after_seconds: HOUR })
  t.match(await refund(failing), { status: 'failed' })
  await advance(HOUR)
  t.match(await refund(failing), { status: 'succeeded', attempts: [{ outcome: 'failed' }, { outcome: 'succeeded' }] })
  t.match(await post(`/v1/sandbox/refunds/${bouncing}`, { outcome: 'bounce', after_seconds: DAY, report_after_seconds: [0, HOUR] }), { body: { data: [{ kind: 'refund_success' }, { kind: 'refund_bounce' }] } })
  t.match(await refund(bouncing), { status: 'succeeded' })
  await advance(DAY + HOUR)
  t.match(await refund(bouncing), { status: 'bounced', attempts: [{ outcome: 'bounced', reason: 'other' }] })
  t.match(await post(`/v1/sandbox/refunds/${paid}`, { outcome: 'bounce' }), { body: { data: [{ kind: 'refund_bounce', reported: 1 }] } })
  t.match(await refund(paid), { status: 'bounced', attempts: [{ outcome: 'bounced' }] }, 'the attempt that stood as paid came back')
  t.match(await post('/v1/sandbox/refunds/rfd_01kaj6n8k2f5rvt4r9e8q7m3zd', { outcome: 'success' }), { status: 404, body: { code: 'not_found' } })
  const elsewhere = await open()
  await post(`/v1/trades/${elsewhere.body.id}/payments`, { amount: '44.80', provider: 'another', provider_ref: 'A-1' })
  await post(`/v1/trades/${elsewhere.body.id}/cancellation`)
  const other = (await get(`/v1/refunds?trade=${elsewhere.body.id}`)).body.data[0]?.id ?? ''
  t.match(await post(`/v1/sandbox/refunds/${other}`, { outcome: 'success' }), { status: 404 }, 'it cannot pay out what another provider collected')
})

t.test('a success that is told after it came back leaves the same', async (t) => {
  const id = await refunded()
  await post(`/v1/sandbox/refunds/${id}`, { outcome: 'success', report_after_seconds: [0, DAY] })
  await post(`/v1/sandbox/refunds/${id}`, { outcome: 'bounce' })
  await advance(DAY)
  t.match(await refund(id), { status: 'bounced', attempts: [{ outcome: 'bounced' }], paid_twice: false })
})

t.test('a rule decides the refunds that come after it, and only those', async (t) => {
  const before = await refunded()
  t.match(await behave({ refunds: 'succeed', refund_after_seconds: HOUR }), { status: 200, body: { fee_rate: '0.006', refunds: 'succeed', refund_after_seconds: HOUR } })
  const [ruled, byHand] = [await refunded(), await refunded()]
  await post(`/v1/sandbox/refunds/${byHand}`, { outcome: 'failure' })
  await advance(HOUR - 60)
  t.match(await refund(ruled), { status: 'payable' })
  await advance(60)
  t.match([await refund(ruled), await refund(byHand), await refund(before)], [{ status: 'succeeded' }, { status: 'failed' }, { status: 'payable' }])
  await behave({ refunds: 'bounce' })
  const bouncing = await refunded()
  await advance(HOUR)
  t.match(await refund(bouncing), { status: 'succeeded' })
  await advance(HOUR)
  t.match(await refund(bouncing), { status: 'bounced' })
  await behave({ refunds: 'fail', refund_after_seconds: 0 })
  const failing = await refunded()
  await advance(1)
  t.match(await refund(failing), { status: 'failed' })
  await behave({ refunds: 'by_hand' })
  const { body: { data } } = await api.call('GET', '/v1/audit?action=sandbox.changed', { key: keys.admin })
  t.equal(data.length, 4)
})

t.test('the settlement file of each day adds up to what the clearing account holds, fees aside', async (t) => {
  const { keys: own } = await api.newTenant('settled')
  const call = async (method: string, url: string, body?: object): Promise<Answer> => await api.call(method, url, { key: own.marketplace, ...body === undefined ? {} : { body } })
  await api.call('PATCH', '/v1/sandbox/provider', { key: own.marketplace, body: { fee_rate: '0.01' } })
  const days = [new Date(String((await call('GET', '/v1/test-clock')).body['now']))]
  await call('POST', '/v1/sandbox/payments', { trade_external_ref: 'A', amount: '100.00' })
  await call('POST', '/v1/sandbox/payments', { trade_external_ref: 'B', amount: '1000', currency: 'KRW' })
  await call('POST', '/v1/sandbox/payments', { trade_external_ref: 'C', amount: '50.00', after_seconds: DAY })
  const file = await call('GET', `/v1/sandbox/settlement?day=${days[0]?.toISOString().slice(0, 10) ?? ''}`)
  t.equal(file.headers['content-type'], 'text/csv; charset=utf-8; header=present')
  const shown = file.text.replaceAll(/sbx_\w+/g, 'sbx').replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time')
  t.equal(shown, [
    'line,type,provider_ref,currency,gross,fee,net,occurred_at,fact',
    '1,payment,sbx,CNY,100.00,1.00,99.00,time,sbx',
    '2,payment,sbx,KRW,1000,10,990,time,sbx',
    'total,1,,CNY,100.00,1.00,99.00,,',
    'total,1,,KRW,1000,10,990,,',
    ''
  ].join('\n'), 'what is to happen tomorrow is not in it')
  await call('POST', '/v1/test-clock/advance', { by_seconds: DAY })
  const { body: { data: [a] } } = await api.call('GET', '/v1/payments?in_suspense=true', { key: own.finance })
  await api.call('POST', `/v1/payments/${a?.id ?? ''}/return`, { key: own.finance, body: { amount: '20.00' } })
  const { body: { data: [back] } } = await api.call('GET', '/v1/refunds', { key: own.finance })
  await call('POST', `/v1/sandbox/refunds/${back?.id ?? ''}`, { outcome: 'success' })
  await call('POST', '/v1/sandbox/payments', { trade_external_ref: 'D', amount: '5.00', report_after_seconds: [DAY] })
  const now = new Date(String((await call('GET', '/v1/test-clock')).body['now']))
  const next = await call('GET', `/v1/sandbox/settlement?day=${now.toISOString().slice(0, 10)}`)
  t.match(next.text, /refund,sbx_\w+,CNY,-20.00,0.00,-20.00/)
  t.match(next.text, 'total,3,,CNY,35.00,0.55,34.45', 'also what it has not told us yet')
  const { body: { data: [clearing] } } = await api.call('GET', '/v1/accounts?class=provider_clearing&unit=CNY', { key: own.finance })
  t.equal((clearing as unknown as { balance: string }).balance, '130.00', 'which the books do not have')
  t.match(await call('GET', '/v1/sandbox/settlement?day=2026-02-30'), { status: 400 })
  t.equal((await call('GET', '/v1/sandbox/settlement?day=2020-01-01')).text, 'line,type,provider_ref,currency,gross,fee,net,occurred_at,fact\n')
})

t.test('the same request a hundred times while two sweepers run: one payment, told as often as it was to be', async (t) => {
  const journals = [1, 2].map(() => new Journal({ db: api.databases.journal, log }))
  const sweepers = journals.map((journal) => startSweeper({ db, journal, log, work: DUE_WORK, intervalMs: 5, keptDays: 30 }))
  const trade = await open()
  const body = { trade: trade.body.id, report_after_seconds: [0, 0, 0] }
  const answers = await Promise.all(Array.from({ length: 100 }, async () => await post('/v1/sandbox/payments', body, { 'idempotency-key': 'hundred' })))
  t.strictSame(new Set(answers.map(({ status }) => status)), new Set([201]))
  t.equal(new Set(answers.map(({ body: { data } }) => data[0]?.id)).size, 1)
  await until(async () => (await get('/v1/sandbox/facts?limit=1')).body.data[0] !== undefined && ((await get('/v1/sandbox/facts?limit=1')).body.data[0] as unknown as Fact).reported === 3)
  t.match(await read(trade), { state: 'awaiting_shipment', paid: '44.80' })
  t.equal((await get(`/v1/trades/${trade.body.id}/transactions`)).body.data.length, 1)
  for (const sweeper of sweepers) await sweeper.stop()
  for (const journal of journals) await journal.stop(5000)
})

t.test('what a process that died was to tell is told by the sweep', async (t) => {
  const trade = await open()
  // A second ahead, so that the request itself tells nothing.
  const [fact] = await pay(trade, { after_seconds: 1 })
  const journal = new Journal({ db: api.databases.journal, log })
  const sweeper = startSweeper({ db, journal, log, work: DUE_WORK, intervalMs: 5, keptDays: 30 })
  await until(async () => (await read(trade))['state'] === 'awaiting_shipment')
  await sweeper.stop()
  await journal.stop(5000)
  t.match(await paymentOf(fact), { applied: '44.80' })
})

t.test('a report that is refused is sent again and given up some day; the clock goes on', async (t) => {
  const trade = await open()
  const [fact] = await pay(trade, { report_after_seconds: [60] })
  // Somebody took its reference for another payment.
  await post(`/v1/trades/${trade.body.id}/payments`, { amount: '1.00', provider: 'sandbox', provider_ref: fact?.provider_ref })
  await advance(HOUR)
  t.match((await get('/v1/sandbox/facts?limit=1')).body.data, [{ id: fact?.id, reported: 0 }])
  t.match(await read(trade), { paid: '1.00' })
  t.strictSame((await Promise.all(DUE_WORK.map(async (work) => await work.find(db, 10, tenantId)))).flat(), [])
})

t.test('trying without doing, and what is refused', async (t) => {
  const trade = await open()
  t.match(await post('/v1/sandbox/payments?dry_run=true', { trade: trade.body.id }), { status: 200, body: { dry_run: true, data: [{ amount: '44.80', reported: 0 }] } })
  t.match(await read(trade), { paid: '0.00' })
  t.match(await post('/v1/sandbox/payments', { trade: 'trd_01kaj6n8k2f5rvt4r9e8q7m3zd' }), { status: 422, body: { code: 'unknown_trade' } })
  t.match(await post('/v1/sandbox/payments', { trade: trade.body.id, amount: '0.001' }), { status: 400, body: { code: 'invalid_amount' } })
  t.match(await post('/v1/sandbox/payments', { trade: trade.body.id, currency: 'XXX', amount: '1' }), { status: 400, body: { code: 'unknown_currency' } })
  for (const body of [{}, { trade: trade.body.id, trade_external_ref: 'A' }, { trade: trade.body.id, mode: 'much' }, { trade: trade.body.id, after_seconds: -1 },
    { trade: trade.body.id, report_after_seconds: [] }, { trade: trade.body.id, report_after_seconds: Array(11).fill(0) }]) {
    t.match(await post('/v1/sandbox/payments', body), { status: 400, body: { code: 'invalid_request' } }, JSON.stringify(body))
  }
  t.match(await api.call('POST', '/v1/sandbox/payments', { key: keys.finance, body: { trade: trade.body.id } }), { status: 403, body: { code: 'forbidden' } })
  t.match(await api.call('POST', '/v1/sandbox/payments', { key: (await api.newTenant('stranger')).keys.marketplace, body: { trade: trade.body.id } }), { status: 422, body: { code: 'unknown_trade' } })
})

t.test('a live tenant has no such provider', async (t) => {
  const live = await inTransaction(db, async (trx) => await createTenant(trx, { name: 'real', kind: 'live', actor: 'cli' }))
  const own = Object.fromEntries(await inTransaction(db, async (trx) => {
    const made: Array<[string, string]> = []
    for (const role of ROLES) made.push([role, (await createKey(trx, { tenantId: live, tenantKind: 'live', name: role, role, actor: 'cli' })).secret])
    return made
  }))
  for (const [method, url, body] of [
    ['POST', '/v1/sandbox/payments', { trade_external_ref: 'A', amount: '1.00' }], ['POST', '/v1/sandbox/refunds/rfd_01kaj6n8k2f5rvt4r9e8q7m3zd', { outcome: 'success' }],
    ['PATCH', '/v1/sandbox/provider', { refunds: 'succeed' }], ['GET', '/v1/sandbox/provider', undefined], ['GET', '/v1/sandbox/facts', undefined], ['GET', '/v1/sandbox/settlement?day=2026-01-31', undefined]
  ] as const) {
    const call = { key: own['marketplace'] ?? '', ...body === undefined ? {} : { body } }
    t.match(await api.call(method, url, call), { status: 403, body: { code: 'sandbox_only' } }, `${method} ${url}`)
  }
})

t.test('verify tells of what was told and is not in the books', async (t) => {
  const vandal = new pg.Client({ connectionString: api.database.superuserUrl })
  await vandal.connect()
  const find = async (): Promise<string[]> => (await runVerify(api.databases.report, SANDBOX_CHECKS)).checks.flatMap(({ findings }) => findings.map(({ what }) => what))
  t.strictSame(await find(), [])
  for (const [damage, repair, said] of [
    ["update payments set amount = amount + 1, applied = applied + 1 where id = (select id from payments where applied > 0 and provider = 'sandbox' order by id limit 1) returning id", 'update payments set amount = amount - 1, applied = applied - 1 where id = $1', /no such payment/],
    ["update refund_attempts set account = 'elsewhere' where refund_id = (select refund_id from refund_attempts order by refund_id limit 1) returning refund_id as id", "update refund_attempts set account = 'sandbox' where refund_id = $1", /no such attempt/]
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
