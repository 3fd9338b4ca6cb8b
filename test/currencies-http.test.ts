import { sql } from 'kysely'
import t from 'tap'
import { openDatabases } from '../src/db/pools.ts'
import { EXCHANGE_CHECKS } from '../src/escrow/checks/exchange-checks.ts'
import { internalId } from '../src/kernel/ids.ts'
import { runVerify } from '../src/reports/verify.ts'
import { openApi, type Answer } from './support/api.ts'

const api = await openApi()
const { id: tenantId, keys } = await api.newTenant('shop')
const stranger = await api.newTenant('stranger')
const vandal = openDatabases({ url: api.database.superuserUrl })

t.setTimeout(120_000)
t.teardown(async () => {
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

const party = async (kind: string): Promise<string> => (await post('/v1/parties', { kind, external_ref: `${kind}-${++count}`, name: kind })).body.id
const [buyer, seller] = [await party('buyer'), await party('seller')]
await api.call('PATCH', `/v1/parties/${seller}/terms`, { key: keys.finance, body: { payout_currency: 'USD' } })

async function quote (more: object = {}, key = keys.marketplace, query = ''): Promise<Answer> {
  return await post(`/v1/fx-quotes${query}`, { from: 'CNY', to: 'USD', rate: '0.1403', source: 'ecb', reference: String(++count), expires_at: '2099-01-01T00:00:00Z', ...more }, key)
}

/** A trade over two pieces at 100.00 that is shipped. */
async function shipped (): Promise<Answer> {
  const trade = await post('/v1/trades', {
    external_ref: `ORD-${++count}`, buyer, currency: 'CNY', lines: [{ ref: '1', seller, quantity: 2, unit_price: '100.00', fulfilment: 'express', commission_rate: '0.05' }]
  })
  await post(`/v1/trades/${trade.body.id}/payments`, { amount: '200.00', provider: 'sandbox', provider_ref: `P-${++count}` })
  return await post(`/v1/trades/${trade.body.id}/shipments`)
}

async function findings (): Promise<string[]> {
  const { checks } = await runVerify(api.databases.report)
  return checks.flatMap((check) => check.findings.map(({ check, what }) => `${check}: ${what}`))
}

t.test('a quote is kept, shown, listed by its pair, and never changed', async (t) => {
  t.match(await quote({}, keys.finance, '?dry_run=true'), { status: 200, body: { dry_run: true, would_post: [] } })
  const made = await quote({ reference: 'R-1' })
  t.match(made, { status: 201, body: { id: /^fxq_/, from: 'CNY', to: 'USD', rate: '0.1403', source: 'ecb', reference: 'R-1', created_by: /^key_/ } })
  t.strictSame((await get(`/v1/fx-quotes/${made.body.id}`)).body, made.body)
  t.match((await get('/v1/fx-quotes?from=CNY&to=USD&limit=1')).body, { data: [{ id: made.body.id }] })
  t.strictSame((await get('/v1/fx-quotes?from=USD')).body.data, [])
  t.strictSame((await get('/v1/fx-quotes', stranger.keys.finance)).body.data, [])
  t.match(await get(`/v1/fx-quotes/${made.body.id}`, stranger.keys.finance), { status: 404 })
  t.match(await quote({ reference: 'R-1', rate: '0.2' }), { status: 409, body: { code: 'external_ref_taken', errors: [{ pointer: '/reference' }] } })
  t.match(await quote({}, keys.admin), { status: 403 })
  const wrong: Array<[object, number, string]> = [
    [{ rate: 0.14 }, 400, 'invalid_amount'], [{ rate: '0' }, 400, 'invalid_amount'], [{ rate: '1.234567890123' }, 400, 'invalid_amount'], [{ rate: '-1' }, 400, 'invalid_amount'],
    [{ to: 'CNY' }, 400, 'invalid_request'], [{ to: 'XAU' }, 400, 'unknown_currency'], [{ expires_at: 'soon' }, 400, 'invalid_time'], [{ source: 'The ECB' }, 400, 'invalid_request'],
    [{ expires_at: '2020-01-01T00:00:00Z' }, 409, 'fx_quote_expired']
  ]
  for (const [more, status, code] of wrong) t.match(await quote(more), { status, body: { code } }, JSON.stringify(more))
  await t.rejects(sql`update fx_quotes set rate = '1' where tenant_id = ${tenantId}`.execute(api.databases.journal), /permission denied/)
})

t.test('a hundred reports of one quote at once keep one', async (t) => {
  const answers = await Promise.all(Array.from({ length: 100 }, async (_, index) => await quote({ reference: 'same', rate: `0.${index + 1}` })))
  t.equal(answers.filter(({ status }) => status === 201).length, 1)
  t.equal(answers.filter(({ body }) => body['code'] === 'external_ref_taken').length, 99)
})

t.test('a confirmation names the quote, pays in the seller\'s currency, and a quote of the trade tells what silence would pay', async (t) => {
  const trade = await shipped()
  const url = `/v1/trades/${trade.body.id}/confirmations`
  t.match(trade, { body: { lines: [{ payout_currency: 'USD', exchanged: [] }] } })
  t.match(await post(url), { status: 409, body: { code: 'fx_quote_required', current_state: 'awaiting_confirmation' } })
  t.match(await post(url, { fx_quotes: ['fxq_01kaj6n8k2f5rvt4r9e8q7m3zd'] }), { status: 422, body: { code: 'unknown_fx_quote', errors: [{ pointer: '/fx_quotes/0' }] } })
  t.match(await post(url, { fx_quotes: [(await quote({ from: 'EUR' })).body.id] }), { status: 422, body: { code: 'currency_mismatch' } })
  const { id } = (await quote()).body
  t.match(await post(`${url}?dry_run=true`, { fx_quotes: [id] }), { status: 200, body: { would_post: [{ transfers: [{}, {}, { credit: { class: 'fx_position' }, amount: '190.00', unit: 'CNY' }, { debit: { class: 'fx_position' }, amount: '26.66', unit: 'USD' }] }] } })
  const confirmed = await post(url, { fx_quotes: [id] })
  t.match(confirmed, { status: 201, body: { state: 'completed', released: '200.00', lines: [{ exchanged: [{ fx_quote: id, rate: '0.1403', net: '190.00', currency: 'USD', paid: '26.66' }] }] } })
  const { transactions, ...shown } = confirmed.body
  t.strictSame((await get(`/v1/trades/${trade.body.id}`)).body, shown)
  t.match((await get(`/v1/trades/${trade.body.id}/transactions`)).body.data.at(-1), { id: (transactions as string[])[0], description: `CNY to USD at 0.1403 by ${id} (ecb)` })
  t.match((await get(`/v1/parties/${seller}/balances`)).body, { balances: [{ currency: 'CNY', available: '0.00' }, { currency: 'USD', available: '26.66' }] })
  const asked = await post('/v1/quotes', { buyer, currency: 'CNY', lines: [{ ref: '1', seller, quantity: 1, unit_price: '10.00', fulfilment: 'express' }] })
  t.match(asked, { status: 200, body: { sellers: [{ party: seller, currency: 'CNY', amount: '10.00' }] } })
  t.strictSame(await findings(), [])
})

t.test('what was exchanged survives the database, goes back at its rate, and verify finds whatever is wrong with it', async (t) => {
  const trade = await shipped()
  const paidBy = count
  const line = (trade.body['lines'] as Array<{ id: string }>)[0]?.id
  for (const rate of ['0.1403', '0.139']) {
    const { body: { id } } = await quote({ rate })
    t.equal((await post(`/v1/trades/${trade.body.id}/confirmations`, { lines: [{ line, quantity: 1 }], fx_quotes: [id] })).status, 201)
  }
  const tradeId = internalId('trd', trade.body.id) ?? ''
  const refund = async (more: object = {}): Promise<number> =>
    (await post(`/v1/trades/${trade.body.id}/refunds`, { lines: [{ line, kind: 'refund_only', ...more }], reason: 'damaged', agreed_by_seller: true })).status
  const told = { provider: 'sandbox', provider_ref: 'CB-1', payment_provider_ref: `P-${paidBy}`, amount: '120.00' }
  const opened = await post('/v1/chargebacks', told)
  t.match((await get(`/v1/trades/${trade.body.id}`)).body, { released: '80.00', lines: [{ exchanged: [{ net: '76.00', paid: '10.66' }] }] })
  t.strictSame(await findings(), [])
  t.equal((await post(`/v1/chargebacks/${opened.body.id}/outcome`, { outcome: 'won' })).status, 201)
  t.match((await get(`/v1/trades/${trade.body.id}`)).body, { released: '200.00', lines: [{ exchanged: [{ net: '95.00', paid: '13.33' }, { net: '95.00', paid: '13.20' }] }] })
  t.strictSame(await findings(), [])
  t.equal(await refund({ amount: '50.00' }), 201)
  t.match((await get(`/v1/trades/${trade.body.id}`)).body, { released: '150.00', refunded: '50.00', lines: [{ exchanged: [{ net: '95.00', paid: '13.33' }, { net: '47.50', paid: '6.60' }] }] })
  t.strictSame(await findings(), [])
  const row = `tenant_id = ${tenantId} and trade_id = '${tradeId}'`
  const damages = [
    { sql: `update trade_lines set exchanges = jsonb_set(exchanges, '{0,paid}', '"1334"') where ${row}`, checks: ['line-exchanges', 'fx-positions'], says: /exchanged by fxq_\w+: it makes 1332\.8\d* minor units of 9500, but 1334 were paid$/ },
    { sql: `update trade_lines set exchanges = jsonb_set(exchanges, '{0,rate}', '"0.14031"') where ${row}`, checks: ['line-exchanges'], says: /there is no such quote, or it says something else$/ },
    { sql: `update trade_lines set seller_terms = '{"payout_currency": "EUR"}' where ${row}`, checks: ['line-exchanges'], says: /it is not between these currencies$/ },
    { sql: `update trade_lines set exchanges = null where ${row}`, checks: ['fx-positions'], says: /^trd_\w+: it left 142\.50 CNY on our position, but its lines say 0\.00 CNY$/ },
    { sql: 'delete from fx_quotes', checks: ['line-exchanges'], says: /there is no such quote/ }
  ]
  for (const damage of damages) {
    const undone = new Error('undone')
    await vandal.journal.transaction().execute(async (trx) => {
      await sql`set local role none`.execute(trx)
      await sql`set local session_replication_role = replica`.execute(trx)
      t.not((await sql.raw(damage.sql).execute(trx)).numAffectedRows, 0n)
      const found = []
      for (const check of EXCHANGE_CHECKS) found.push(...await check.find(trx))
      t.strictSame([...new Set(found.map(({ check }) => check))], damage.checks, damage.sql)
      t.ok(found.some(({ what }) => damage.says.test(what)), 'says what is wrong', { found: found.map(({ what }) => what) })
      throw undone
    }).catch((error: unknown) => { if (error !== undone) throw error })
  }
  t.equal(await refund(), 201)
  t.match((await get(`/v1/trades/${trade.body.id}`)).body, { released: '0.00', refunded: '200.00', lines: [{ exchanged: [] }] })
  t.strictSame(await findings(), [])
})
