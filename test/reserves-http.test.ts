import { sql } from 'kysely'
import { pino } from 'pino'
import t from 'tap'
import { buildApp } from '../src/app.ts'
import { openDatabases } from '../src/db/pools.ts'
import { DUE_SLICES } from '../src/escrow/reserves/due-slices.ts'
import { Journal } from '../src/journal/journal.ts'
import { runVerify } from '../src/reports/verify.ts'
import { sweepDue } from '../src/timers/sweep-due.ts'
import { openApi, type Answer } from './support/api.ts'

const api = await openApi()
const { id: tenantId, keys } = await api.newTenant('shop')
const stranger = await api.newTenant('stranger')
// Only the superuser can turn back what was decided.
const vandal = openDatabases({ url: api.database.superuserUrl })
const log = pino({ level: 'silent' })
// What another process would be.
const journal = new Journal({ db: api.databases.journal, log })

t.setTimeout(120_000)
t.teardown(async () => {
  await journal.stop(5000)
  await vandal.close()
  await api.close()
})

let count = 0
async function post (url: string, body: object = {}, key = keys.marketplace): Promise<Answer> {
  return await api.call('POST', url, { key, body })
}

async function get (url: string, key = keys.finance): Promise<Answer> {
  return await api.call('GET', url, { key })
}

async function setTerms (party: string, body: object, { key = keys.finance, query = '', as = `terms-${++count}` } = {}): Promise<Answer> {
  return await api.call('PATCH', `/v1/parties/${party}/terms${query}`, { key, body, headers: { 'idempotency-key': as } })
}

const party = async (kind: string): Promise<string> => (await post('/v1/parties', { kind, external_ref: `${kind}-${++count}`, name: kind })).body.id
const buyer = await party('buyer')

/** A trade over 100.00 with 5 % commission, confirmed. */
async function sold (seller: string): Promise<Answer> {
  const trade = await post('/v1/trades', {
    external_ref: `ORD-${++count}`, buyer, currency: 'CNY', lines: [{ ref: '1', seller, quantity: 1, unit_price: '100.00', fulfilment: 'express', commission_rate: '0.05' }]
  })
  await post(`/v1/trades/${trade.body.id}/payments`, { amount: '100.00', provider: 'sandbox', provider_ref: `P-${++count}` })
  await post(`/v1/trades/${trade.body.id}/shipments`)
  return await post(`/v1/trades/${trade.body.id}/confirmations`)
}

/** Lets time pass for the reserves: every slice that waits was put in that many days ago. */
async function age (days: number): Promise<void> {
  await vandal.journal.transaction().execute(async (trx) => {
    await sql`set local role none`.execute(trx)
    await sql`update reserve_slices set created_at = created_at - make_interval(days => ${days}), matures_at = matures_at - make_interval(days => ${days}),
      next_attempt_at = next_attempt_at - make_interval(days => ${days}) where matured_at is null`.execute(trx)
  })
}

async function sweep (): Promise<void> {
  await sweepDue(api.databases.read, DUE_SLICES, { journal, log, failures: new Map() })
}

t.test('terms are set by administration and finance, tried, once for each key, and seen on the party and its lines', async (t) => {
  const seller = await party('seller')
  const terms = { reserve: { rate: '0.10', days: 30 } }
  t.match(await setTerms(seller, terms, { key: keys.marketplace }), { status: 403, body: { code: 'forbidden' } })
  t.match(await setTerms(seller, terms, { query: '?dry_run=true' }), { status: 200, body: { dry_run: true, terms, would_post: [] } })
  t.match((await get(`/v1/parties/${seller}`)).body, { terms: { reserve: null } })
  const set = await setTerms(seller, terms, { as: 'once' })
  t.match(set, { status: 200, body: { id: seller, terms } })
  t.equal((await setTerms(seller, terms, { as: 'once' })).headers['idempotent-replayed'], 'true')
  t.match(await setTerms(seller, { reserve: null }, { as: 'once' }), { status: 422, body: { code: 'idempotency_key_reused' } })
  t.strictSame((await get(`/v1/parties/${seller}`)).body, set.body)
  t.match(await sold(seller), { status: 201, body: { lines: [terms] } })
  t.match(await setTerms(seller, { reserve: null }, { key: keys.admin }), { status: 200, body: { terms: { reserve: null } } })
  const events = (await get('/v1/events?limit=100')).body.data as unknown as Array<{ type: string, data: object }>
  t.match(events.filter(({ type }) => type === 'party.terms_changed'), [
    { data: { changed_by: /^key_/, from: { reserve: null }, to: terms } }, { data: { from: terms, to: { reserve: null } } }
  ])
})

t.test('terms that are none are refused, and so are those of others', async (t) => {
  const seller = await party('seller')
  const wrong: Array<[object, string]> = [
    [{}, 'invalid_request'], [{ reserve: {} }, 'invalid_request'], [{ reserve: { rate: '0.1', days: 0 } }, 'invalid_request'], [{ reserve: { rate: '0.1', days: 181 } }, 'invalid_request'],
    [{ reserve: { rate: '0.1', days: '30' } }, 'invalid_request'], [{ reserve: { rate: '1.1', days: 30 } }, 'invalid_request'], [{ reserve: { rate: '0.00', days: 30 } }, 'invalid_amount'],
    [{ reserve: { rate: 0.1, days: 30 } }, 'invalid_request'], [{ commission: '0.1' }, 'invalid_request']
  ]
  for (const [body, code] of wrong) t.match(await setTerms(seller, body), { status: 400, body: { code } }, JSON.stringify(body))
  t.match(await setTerms(buyer, { reserve: null }), { status: 422, body: { code: 'wrong_party_kind' } })
  t.match(await setTerms(seller, { reserve: null }, { key: stranger.keys.finance }), { status: 404, body: { code: 'not_found' } })
  t.match((await get(`/v1/parties/${buyer}`)).body, { terms: null })
})

t.test('a seller sees what is available, what waits and until when, and the sweep lets it mature once', async (t) => {
  const seller = await party('seller')
  t.strictSame((await get(`/v1/parties/${seller}/balances`)).body, { party: seller, balances: [] })
  await setTerms(seller, { reserve: { rate: '0.10', days: 30 } })
  await sold(seller)
  await age(10)
  await sold(seller)
  const { body } = await get(`/v1/parties/${seller}/balances`, keys.marketplace)
  t.match(body, { balances: [{ currency: 'CNY', available: '171.00', reserve: '19.00', owed: '0.00', maturities: [{ slice: /^rsv_/, amount: '9.50' }, { amount: '9.50' }] }] })
  await sweep()
  t.strictSame((await get(`/v1/parties/${seller}/balances`)).body, body, 'nothing is due')
  await age(25)
  t.match(await DUE_SLICES.overdue(api.databases.read), { count: 2, oldestSeconds: /^432/ })
  await Promise.all([sweep(), sweep(), sweep()])
  const after = (await get(`/v1/parties/${seller}/balances`)).body
  t.match(after, { balances: [{ available: '180.50', reserve: '9.50', maturities: [{ amount: '9.50' }] }] })
  t.equal((after['balances'] as Array<{ maturities: object[] }>)[0]?.maturities.length, 1)
  await age(25)
  await sweep()
  t.match((await get(`/v1/parties/${seller}/balances`)).body, { balances: [{ available: '190.00', reserve: '0.00', maturities: [] }] })
  t.match(await get(`/v1/parties/${seller}/balances`, stranger.keys.finance), { status: 404 })
  t.match(await get(`/v1/parties/${seller}/balances`, keys.customs), { status: 403 })
})

t.test('a hundred changes of one seller\'s terms at once, through two processes: each is told once, and the last one holds', async (t) => {
  const seller = await party('seller')
  const other = await buildOther()
  for (let round = 0; round < 25; round += 1) {
    const answers = await Promise.all(Array.from({ length: 4 }, async (_, index) =>
      await (index % 2 === 0 ? setTerms : other)(seller, { reserve: { rate: '0.10', days: 1 + 4 * round + index } })))
    t.ok(answers.every(({ status }) => status === 200))
  }
  const { rows } = await sql<{ data: { to: object } }>`select data from events where tenant_id = ${tenantId} and type = 'party.terms_changed' order by seq desc limit 1`.execute(api.databases.read)
  const { accepts_coins: accepts, funds_coins: funds, ...told } = (await get(`/v1/parties/${seller}`)).body['terms'] as Record<string, unknown>
  t.strictSame(told, rows[0]?.data.to)
  t.strictSame([accepts, funds], [false, false], 'what is switched off no event tells')
  const { checks } = await runVerify(api.databases.report)
  t.strictSame(checks.flatMap(({ findings }) => findings.map(({ check, what }) => `${check}: ${what}`)), [])
})

/** The same service a second time, with a Journal of its own. */
async function buildOther (): Promise<typeof setTerms> {
  const app = await buildApp({ ...api.services, journal })
  t.teardown(async () => { await app.close() })
  return async (party, body) => {
    const response = await app.inject({
      method: 'PATCH', url: `/v1/parties/${party}/terms`, headers: { authorization: `Bearer ${keys.finance}`, 'idempotency-key': `other-${++count}`, 'content-type': 'application/json' }, payload: JSON.stringify(body)
    })
    return { status: response.statusCode, headers: response.headers, text: response.body, body: response.json() }
  }
}
