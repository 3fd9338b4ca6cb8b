import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import { sql } from 'kysely'
import t from 'tap'
import { createKey } from '../src/auth/keys.ts'
import { buildApp } from '../src/app.ts'
import { packageRoot } from '../src/db/package-root.ts'
import { inTransaction } from '../src/db/transaction.ts'
import { DUE_WORK } from '../src/due-work.ts'
import { Journal } from '../src/journal/journal.ts'
import { internalId } from '../src/kernel/ids.ts'
import { DAY_MS, HOUR_MS, SECOND_MS } from '../src/kernel/time.ts'
import { runVerify } from '../src/reports/verify.ts'
import { advanceClock } from '../src/sandbox/clock/advance.ts'
import { SANDBOX_CHECKS } from '../src/sandbox/checks.ts'
import { createTenant, findTenantByName } from '../src/tenants/tenants.ts'
import { openApi, type Answer } from './support/api.ts'

const api = await openApi()
const db = api.databases.read
const log = pino({ level: 'silent' })
// What another process would be.
const journal = new Journal({ db: api.databases.journal, log })
const other = await buildApp({ ...api.services, journal })

t.setTimeout(120_000)
t.teardown(async () => {
  await other.close()
  await journal.stop(5000)
  await api.close()
})

/** What a step takes in real time, at most: a deadline is met at its own time and at most this much later. */
const SLACK_MS = 20 * SECOND_MS
/** What is to be done at once is done at once, however busy the machine is. */
const PATIENT = { stepsMax: 500, longestMs: 100_000 }

interface Shop {
  readonly id: number
  post (url: string, body?: object, headers?: Record<string, string>): Promise<Answer>
  get (url: string): Promise<Answer>
  advance (by: object, headers?: Record<string, string>): Promise<Answer>
  now (): Promise<number>
  open (more?: object): Promise<Answer>
  shipped (fulfilment: string): Promise<Answer>
}

let refs = 0
/** A sandbox tenant of its own, and its trades of 33.00. */
async function newShop (name: string): Promise<Shop> {
  const { id, keys } = await api.newTenant(name)
  const post = async (url: string, body: object = {}, headers: Record<string, string> = {}): Promise<Answer> =>
    await api.call('POST', url, { key: keys.marketplace, body, headers })
  const party = async (kind: string): Promise<string> => (await post('/v1/parties', { kind, external_ref: kind, name: kind })).body.id
  const [buyer, seller] = [await party('buyer'), await party('seller')]
  const get = async (url: string): Promise<Answer> => await api.call('GET', url, { key: keys.admin })
  const open = async (more: object = {}): Promise<Answer> => await post('/v1/trades', {
    external_ref: `ORD-${++refs}`, buyer, currency: 'CNY', lines: [{ ref: '1', seller, quantity: 3, unit_price: '10.00', shipping: '3.00', fulfilment: 'express', commission_rate: '0.05', ...more }]
  })
  return {
    id,
    post,
    get,
    advance: async (by, headers = {}) => await api.call('POST', '/v1/test-clock/advance', { key: keys.admin, body: by, headers }),
    now: async () => Date.parse(String((await get('/v1/test-clock')).body['now'])),
    open,
    shipped: async (fulfilment) => {
      const { body: { id } } = await open({ fulfilment })
      await post(`/v1/trades/${id}/payments`, { amount: '33.00', provider: 'sandbox', provider_ref: `P-${++refs}` })
      return await post(`/v1/trades/${id}/shipments`)
    }
  }
}

interface Happened { readonly type: string, readonly subject: string, readonly recorded_at: string }

async function eventsOf (shop: Shop, subject: string): Promise<Happened[]> {
  return ((await shop.get('/v1/events?limit=100')).body.data as unknown as Happened[]).filter((event) => event.subject === subject)
}

/** As a caller does who wants to arrive: what one request had no time for is asked for again. */
async function arrive (shop: Shop, by: object): Promise<Answer> {
  let answer = await shop.advance(by)
  while (answer.body.has_more) answer = await shop.advance({ to: answer.body['advancing_to'] })
  return answer
}

async function dueIn (tenantId: number): Promise<number> {
  return (await Promise.all(DUE_WORK.map(async (work) => (await work.find(db, 100, tenantId)).length))).reduce((sum, count) => sum + count, 0)
}

t.test('each deadline is met at its own time, also one that the one before it sets', async (t) => {
  const shop = await newShop('deadlines')
  const begun = await shop.now()
  const [unpaid, express, mail] = [await shop.open(), await shop.shipped('express'), await shop.shipped('mail')]
  const waiting = await shop.open()
  await shop.post(`/v1/trades/${waiting.body.id}/payments`, { amount: '33.00', provider: 'sandbox', provider_ref: `P-${++refs}` })
  const answer = await shop.advance({ by_seconds: 40 * 86_400 })
  t.match(answer, { status: 200, body: { has_more: false, advancing_to: null, steps: 5 } })
  for (const [trade, type, afterMs] of [
    [unpaid, 'trade.closed', DAY_MS], [waiting, 'trade.ship_overdue', 2 * DAY_MS], [express, 'trade.completed', 10 * DAY_MS],
    [express, 'trade.after_sale_ended', 25 * DAY_MS], [mail, 'trade.completed', 30 * DAY_MS]
  ] as const) {
    const met = (await eventsOf(shop, trade.body.id)).find((event) => event.type === type)
    const lateMs = Date.parse(met?.recorded_at ?? '') - begun - afterMs
    t.ok(lateMs >= 0 && lateMs < SLACK_MS, `${type} came ${lateMs} ms after its time`)
  }
  t.equal(await dueIn(shop.id), 0)
  const { body: { data } } = await shop.get(`/v1/trades/${express.body.id}/transactions`)
  const posted = data.find((each) => (each as unknown as { kind: string }).kind === 'trade.confirmation') as unknown as { kind: string, recorded_at: string, occurred_at: string }
  t.ok(Math.abs(Date.parse(posted.recorded_at) - begun - 10 * DAY_MS) < SLACK_MS)
  t.ok(Math.abs(Date.parse(posted.occurred_at) - begun - 10 * DAY_MS) < SLACK_MS)
})

t.test('what people do sets deadlines by the test clock', async (t) => {
  const shop = await newShop('chains')
  const { body: { id, deadlines } } = await shop.open({ fulfilment: 'virtual' })
  await shop.advance({ to: new Date(Date.parse((deadlines as { pay_by: string }).pay_by) - 60_000).toISOString() })
  const paid = await shop.post(`/v1/trades/${id}/payments`, { amount: '33.00', provider: 'sandbox', provider_ref: `P-${++refs}` })
  t.match(paid.body, { state: 'awaiting_shipment' })
  const shipBy = Date.parse((paid.body['deadlines'] as { ship_by: string }).ship_by)
  t.ok(Math.abs(shipBy - await shop.now() - 2 * DAY_MS) < SLACK_MS, 'the time to ship runs from the test clock')
  const shipped = await shop.post(`/v1/trades/${id}/shipments`)
  t.ok(Math.abs(Date.parse((shipped.body['deadlines'] as { confirm_by: string }).confirm_by) - await shop.now() - 3 * DAY_MS) < SLACK_MS)
})

t.test('it goes forward only, ten years at most, in a sandbox only, by whom it is allowed', async (t) => {
  const shop = await newShop('limits')
  const now = await shop.now()
  t.match(await shop.advance({ to: new Date(now - HOUR_MS).toISOString() }), { status: 422, body: { code: 'clock_out_of_range' } })
  t.match(await shop.advance({ to: new Date(now + 3653 * DAY_MS).toISOString() }), { status: 422, body: { code: 'clock_out_of_range' } })
  t.match(await shop.advance({ to: '2100-01-01T00:00:00Z' }), { status: 400, body: { code: 'invalid_time' } })
  for (const body of [{}, { by_seconds: 0 }, { by_seconds: -1 }, { by_seconds: '1' }, { by_seconds: 1.5 }, { by_seconds: 1, to: '2099-01-01T00:00:00Z' }]) {
    t.match(await shop.advance(body), { status: 400, body: { code: 'invalid_request' } }, JSON.stringify(body))
  }
  t.match(await shop.advance({ by_seconds: 3652 * 86_400 }), { status: 200, body: { has_more: false } })
  t.match(await shop.advance({ by_seconds: 86_400 }), { status: 422, body: { code: 'clock_out_of_range' } })
  const live = await inTransaction(db, async (trx) => await createTenant(trx, { name: 'real', kind: 'live', actor: 'cli' }))
  const { secret: key } = await inTransaction(db, async (trx) => await createKey(trx, { tenantId: live, tenantKind: 'live', name: 'admin', role: 'admin', actor: 'cli' }))
  t.match(await api.call('GET', '/v1/test-clock', { key }), { status: 403, body: { code: 'sandbox_only' } })
  t.match(await api.call('POST', '/v1/test-clock/advance', { key, body: { by_seconds: 1 } }), { status: 403, body: { code: 'sandbox_only' } })
  await t.rejects(sql`update tenant_counters set clock_ahead_ms = 1 where tenant_id = ${live}`.execute(db), /no sandbox/)
  await t.rejects(sql`update tenant_counters set clock_ahead_ms = 1 where tenant_id = ${shop.id}`.execute(db), /would go back/)
  const { keys } = await api.newTenant('others')
  t.match(await api.call('POST', '/v1/test-clock/advance', { key: keys.finance, body: { by_seconds: 1 } }), { status: 403, body: { code: 'forbidden' } })
  t.match(await api.call('GET', '/v1/test-clock', { key: keys.finance }), { status: 200, body: { ahead_seconds: 0, advancing_to: null } }, 'each tenant has its own')
})

t.test('an advance counts once under its key, is in the audit trail, and can be tried without being made', async (t) => {
  const shop = await newShop('once')
  const before = await shop.now()
  t.match(await api.call('POST', '/v1/test-clock/advance?dry_run=true', { key: (await api.newTenant('dry')).keys.admin, body: { by_seconds: 60 } }), { status: 200, body: { dry_run: true, ahead_seconds: 0 } })
  const [first, again] = [await shop.advance({ by_seconds: 86_400 }, { 'idempotency-key': 'day' }), await shop.advance({ by_seconds: 86_400 }, { 'idempotency-key': 'day' })]
  t.equal(again.body['to'], first.body['to'])
  t.equal(again.headers['idempotent-replayed'], 'true')
  t.ok(await shop.now() - before - DAY_MS < SLACK_MS)
  const { body: { data } } = await shop.get('/v1/audit?action=clock.advanced')
  t.equal(data.length, 1)
  t.match(data[0], { subject: 'once', actor: /^key_/, details: { from: String, to: first.body['to'] } })
  t.ok(Date.now() - Date.parse(String((data[0] as unknown as { recorded_at: string }).recorded_at)) < SLACK_MS, 'the trail itself goes by the real time')
})

t.test('twenty advances by one day at once, by two processes: twenty days, and each is told once', async (t) => {
  const shop = await newShop('together')
  const before = await shop.now()
  const key = (await createAdmin(shop.id))
  const answers = await Promise.all(Array.from({ length: 20 }, async (_, index) => index % 2 === 0
    ? (await shop.advance({ by_seconds: 86_400 })).status
    : (await other.inject({ method: 'POST', url: '/v1/test-clock/advance', headers: { authorization: `Bearer ${key}`, 'idempotency-key': `day-${index}` }, payload: { by_seconds: 86_400 } })).statusCode))
  t.strictSame(new Set(answers), new Set([200]))
  const ranMs = await shop.now() - before - 20 * DAY_MS
  t.ok(ranMs >= 0 && ranMs < SLACK_MS, `${ranMs} ms beside twenty days`)
  const { body: { data } } = await shop.get('/v1/audit?action=clock.advanced&limit=100')
  t.equal(data.length, 20)
})

async function createAdmin (tenantId: number): Promise<string> {
  return (await inTransaction(db, async (trx) => await createKey(trx, { tenantId, tenantKind: 'sandbox', name: 'another', role: 'admin', actor: 'cli' }))).secret
}

t.test('an advance that is broken off stands at a deadline, says where it was going, and goes on when it is sent again', async (t) => {
  const shop = await newShop('crash')
  const trades = [await shop.shipped('express'), await shop.shipped('mail')]
  const begun = await shop.now()
  const to = new Date(begun + 40 * DAY_MS)
  // What a process does before it dies.
  await t.rejects(advanceClock({ db, journal: { submit: async () => { throw new Error('killed') } }, log, work: DUE_WORK.map((work) => ({ ...work, postpone: async () => { throw new Error('killed') } })) }, shop.id, to))
  t.ok(await shop.now() - begun - 10 * DAY_MS < SLACK_MS)
  t.equal(await dueIn(shop.id), 1)
  const part = await advanceClock({ db, journal, log, work: DUE_WORK }, shop.id, to, { ...PATIENT, stepsMax: 1 })
  t.strictSame(part, { hasMore: true, steps: 1 })
  t.match(await shop.advance({ to: to.toISOString() }), { status: 200, body: { has_more: false, advancing_to: null } })
  for (const { body } of trades) t.match((await shop.get(`/v1/trades/${body.id}`)).body, { state: 'completed' })
  const confirmed = (await eventsOf(shop, trades[0]?.body.id ?? '')).find(({ type }) => type === 'trade.confirmed')
  t.ok(Date.parse(confirmed?.recorded_at ?? '') - begun - 10 * DAY_MS < SLACK_MS, 'what was broken off is met at its time')
})

t.test('what fails on the way is tried again at later times, and keeps neither the clock nor the rest waiting', async (t) => {
  const shop = await newShop('broken')
  const [broken, sound] = [await shop.open(), await shop.shipped('virtual')]
  const begun = await shop.now()
  let tries = 0
  const work = DUE_WORK.map((each) => ({
    ...each,
    operation: async (due: unknown) => ({
      ...await each.operation(due),
      ...(due as { tradeId?: string }).tradeId === internalId('trd', broken.body.id) ? { decide: () => { tries += 1; throw new Error('broken') } } : {}
    })
  }))
  t.match(await advanceClock({ db, journal, log, work }, shop.id, new Date(begun + 4 * DAY_MS), PATIENT), { hasMore: false })
  t.ok(tries > 10 && tries < 200, `it was tried ${tries} times`)
  t.match((await shop.get(`/v1/trades/${sound.body.id}`)).body, { state: 'completed' })
  t.match(await arrive(shop, { by_seconds: 2 * 3600 }), { status: 200, body: { has_more: false } })
  t.match((await shop.get(`/v1/trades/${broken.body.id}`)).body, { state: 'closed_unpaid' }, 'repaired, it is done')
})

t.test('what was decided before an advance is not committed after it', async (t) => {
  const shop = await newShop('coherent')
  await shop.advance({ by_seconds: 1 })
  const before = await shop.now()
  const submitted = await inTransaction(db, async (trx) => {
    await sql`select from tenant_counters where tenant_id = ${shop.id} for no key update`.execute(trx)
    const opened = shop.open()
    // Its batch has read the clock and waits for the counter.
    await waitForLock()
    await sql`update tenant_counters set clock_ahead_ms = clock_ahead_ms + ${5 * DAY_MS} where tenant_id = ${shop.id}`.execute(trx)
    return { opened }
  })
  const trade = await submitted.opened
  t.equal(trade.status, 201)
  t.ok(Date.parse((trade.body['deadlines'] as { pay_by: string }).pay_by) - before >= 6 * DAY_MS, 'it was decided again')
})

async function waitForLock (): Promise<void> {
  for (;;) {
    const { rows: [row] } = await sql<{ waits: boolean }>`
      select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%tenant_counters%') as waits`.execute(db)
    if (row?.waits === true) return
  }
}

t.test('advances while a hundred trades are opened, paid, shipped and confirmed from two sides: nothing due is left and the books are clean', async (t) => {
  const shop = await newShop('busy')
  const lives = Array.from({ length: 100 }, async (_, index) => {
    const { body: { id } } = await shop.open({ fulfilment: ['instant', 'virtual', 'express'][index % 3] })
    await shop.post(`/v1/trades/${id}/payments`, { amount: '33.00', provider: 'sandbox', provider_ref: `B-${index}` })
    await shop.post(`/v1/trades/${id}/shipments`)
    if (index % 2 === 0) await shop.post(`/v1/trades/${id}/confirmations`)
    return id
  })
  const advances = Array.from({ length: 10 }, async () => await shop.advance({ by_seconds: 86_400 }))
  const [ids, moved] = [await Promise.all(lives), await Promise.all(advances)]
  // Ten at once hold each other up, and one may have no time to arrive.
  for (const { status, body } of moved) t.match({ status, body }, { status: 200, body: { has_more: Boolean } })
  t.match(await arrive(shop, { by_seconds: 60 * 86_400 }), { status: 200, body: { has_more: false } })
  t.equal(await dueIn(shop.id), 0)
  for (const id of ids) {
    const { body } = await shop.get(`/v1/trades/${id}`)
    t.ok(['completed', 'closed_unpaid'].includes(String(body['state'])), String(body['state']))
    t.equal(body['held'], '0.00')
  }
  const { rows: [row] } = await sql<{ ahead: number }>`select clock_ahead_ms::float8 as ahead from tenant_counters where tenant_id = ${shop.id}`.execute(db)
  t.ok((row?.ahead ?? 0) <= 70 * DAY_MS, 'the clock is where it was sent')
})

t.test('reports are as of the test clock; what concerns the service itself goes by the real time', async (t) => {
  const shop = await newShop('times')
  await shop.shipped('express')
  await shop.advance({ by_seconds: 100 * 86_400 })
  const now = await shop.now()
  const { body } = await shop.get('/v1/reports/trial-balance')
  t.ok(Math.abs(Date.parse(String(body['as_of'])) - now) < SLACK_MS)
  const then = await shop.get(`/v1/reports/trial-balance?as_of=${new Date(now - 95 * DAY_MS).toISOString()}`)
  t.match(then.body, { units: [{ accounts: [{ class: 'provider_clearing' }, { class: 'escrow', balance: '33.00' }] }] }, 'on day five it was all in escrow')
  const { rows: [real] } = await sql<{ keys: boolean, expires: Date }>`
    select bool_and(created_at < clock_timestamp()) as keys from idempotency_keys where tenant_id = ${shop.id}`.execute(db)
  t.ok(real?.keys, 'idempotency keys age in real time')
})

t.test('whoever reads the real time is on this list, because it is meant', (t) => {
  const REAL: Readonly<Record<string, string>> = {
    'src/audit/record.ts': 'what administrators did happened when it did',
    'src/auth/key-cache.ts': 'keys expire and retire in real time',
    'src/auth/keys.ts': 'the same',
    'src/auth/read-keys.ts': 'the same',
    'src/customs/erasure/erase-identity.ts': 'people are forgotten in real time',
    'src/customs/lookups/record-lookups.ts': 'who looked somebody up did so when he did',
    'src/customs/matches/load-grounds.ts': 'what brokers may ask, and how often, ends in real time: a test clock gives nobody more',
    'src/customs/matches/match-batch.ts': 'the same',
    'src/customs/matches/write-answers.ts': 'the same',
    'src/customs/receipts/issue-receipt.ts': 'receipts are read by customs, who know no test clock',
    'src/customs/receipts/read-receipts.ts': 'the same',
    'src/customs/trades/grant.ts': 'the same as for questions',
    'src/db/migrate.ts': 'when a migration was applied',
    'src/db/server-cluster.ts': 'the age of a file that was left over',
    'src/journal/load.ts': 'the tenant\'s clock is read here: with what it is ahead',
    'src/journal/write.ts': 'recorded times are the tenant\'s; idempotency keys age in real time',
    'src/metrics/database-metrics.ts': 'how far a replica is behind',
    'src/sandbox/clock/advance.ts': 'the tenant\'s clock is moved here',
    'src/tenants/clock.ts': 'the tenant\'s clock, for all others',
    'src/timers/forget-keys.ts': 'idempotency keys age in real time'
  }
  const files = readdirSync(join(packageRoot(), 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/^(bench|demo)\//.test(name)).map((name) => `src/${name}`)
  const reading = files.filter((file) => /\bnow\(\)|clock_timestamp|current_timestamp|new Date\(\)|Date\.now/.test(
    readFileSync(join(packageRoot(), file), 'utf8').replaceAll('performance.now()', '')))
  t.strictSame(reading.sort(), Object.keys(REAL).sort(), 'others go by the clock of their tenant: `books.now`, or `tenantNow` in SQL')
  t.end()
})

t.test('verify tells of a clock that was moved by nobody, and of one that should be real', async (t) => {
  const vandal = new pg.Client({ connectionString: api.database.superuserUrl })
  await vandal.connect()
  const tenants = { nobody: (await newShop('nobody')).id, real: (await findTenantByName(db, 'real'))?.id ?? 0, once: (await findTenantByName(db, 'once'))?.id ?? 0 }
  await vandal.query(`
    set session_replication_role = replica;
    update tenant_counters set clock_ahead_ms = 1 where tenant_id in (${tenants.nobody}, ${tenants.real});
    update test_clocks set version = 2 where tenant_id = ${tenants.once}`)
  const found = (await runVerify(api.databases.report, SANDBOX_CHECKS)).checks.flatMap(({ findings }) => findings)
  t.strictSame(found.map(({ tenant }) => tenant).sort(), Object.values(tenants).sort())
  await vandal.query(`
    update tenant_counters set clock_ahead_ms = 0 where tenant_id in (${tenants.nobody}, ${tenants.real});
    update test_clocks set version = 1 where tenant_id = ${tenants.once}`)
  await vandal.end()
})

t.test('after all of this verify finds nothing', async (t) => {
  const { checks } = await runVerify(api.databases.report)
  t.strictSame(checks.flatMap(({ findings }) => findings), [])
})
