import t from 'tap'
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { permissionOf, ROLE_PERMISSIONS, ROUTE_PERMISSIONS, type Permission } from '../src/auth/permissions.ts'
import { EVENT_TYPES } from '../src/events/catalogue.ts'
import { ROLES, type Role } from '../src/kernel/principal.ts'
import { openApi, type Body, type Call } from './support/api.ts'
import { LI, PURPOSE, TRUE_OF_LI } from './support/customs-desk.ts'
import { origin } from './support/memory-books.ts'
import { owe } from './support/owe.ts'

const api = await openApi()
const ours = await api.newTenant('ours')
const theirs = await api.newTenant('theirs')
const { admin } = ours.keys

/** Longer than a process remembers a key. */
const FORGOTTEN_MS = 3_200

t.teardown(async () => { await api.close() })

async function makeKey (role: Role, more: object = {}, by = admin): Promise<Body> {
  const { status, body } = await api.call('POST', '/v1/api-keys', { key: by, body: { name: `a ${role} key`, role, ...more } })
  if (status !== 201) throw new Error(`the key was refused: ${JSON.stringify(body)}`)
  return body
}

async function statusWith (key: string): Promise<number> {
  return (await api.call('GET', '/v1/tenant', { key })).status
}

t.test('a key is shown once, and the database holds nothing but its hash', async (t) => {
  const made = await api.call('POST', '/v1/api-keys', { key: admin, body: { name: 'backend', role: 'marketplace' } })
  t.equal(made.status, 201)
  t.equal(made.headers['cache-control'], 'no-store')
  const { key, id } = made.body
  t.match(key, /^hf_sandbox_[A-Za-z0-9_-]{43}$/)
  t.match(made.body, { name: 'backend', role: 'marketplace', hint: key.slice(-4), expires_at: null, revoked_at: null, last_used_at: null })
  const list = await api.call('GET', '/v1/api-keys', { key: admin })
  t.match(list.body.data[0], { id, hint: key.slice(-4) })
  t.notMatch(list.text, key)
  const { rows } = await sql<{ row: string, hash: Buffer }>`select k::text || s::text as row, hash from api_keys k join api_key_secrets s on s.key_id = k.id`.execute(api.databases.read)
  t.ok(rows.some(({ hash }) => hash.equals(createHash('sha256').update(key).digest())))
  t.notMatch(rows.map(({ row }) => row).join('\n'), key.slice(11, 50))
  t.equal(await statusWith(key), 200)
})

t.test('every key is another', async (t) => {
  const keys = await Promise.all(Array.from({ length: 20 }, async () => (await makeKey('finance')).key))
  t.equal(new Set(keys).size, 20)
})

t.test('what is no valid key is refused alike, whatever is wrong with it', async (t) => {
  const { key } = await makeKey('finance')
  const last = key.endsWith('A') ? 'B' : 'A'
  const headers: ReadonlyArray<Record<string, string>> = [
    {},
    { authorization: '' },
    { authorization: 'Bearer' },
    { authorization: 'Bearer nonsense' },
    { authorization: `Basic ${key}` },
    { authorization: `Bearer ${key} ${key}` },
    { authorization: `Bearer ${key}A` },
    { authorization: `Bearer ${key.slice(0, -1)}${last}` },
    { authorization: `Bearer ${key.replace('sandbox', 'live')}` },
    { authorization: `Bearer hf_sandbox_${'\u00e9'.repeat(43)}` }
  ]
  for (const sent of headers) {
    const answer = await api.call('GET', '/v1/tenant', { headers: sent })
    t.match(answer, { status: 401, headers: { 'www-authenticate': 'Bearer' }, body: { code: 'unauthenticated' } }, JSON.stringify(sent))
  }
  t.match(await api.call('GET', '/v1/tenant', { headers: { authorization: `bearer ${key}` } }), { status: 200 }, 'the scheme has no case')
})

t.test('without a key a body is not even read', async (t) => {
  t.match(await api.call('POST', '/v1/parties', { body: '{broken' }), { status: 401 })
})

t.test('a revoked key is refused within seconds, and stays revoked', async (t) => {
  const { key, id } = await makeKey('finance')
  t.equal(await statusWith(key), 200)
  const revoked = await api.call('DELETE', `/v1/api-keys/${id}`, { key: admin })
  t.match(revoked, { status: 200, body: { id, revoked_at: String } })
  await sleep(FORGOTTEN_MS)
  t.equal(await statusWith(key), 401)
  const again = await api.call('DELETE', `/v1/api-keys/${id}`, { key: admin })
  t.equal(again.body.revoked_at, revoked.body.revoked_at)
})

t.test('a key that was never used is refused at once when it is revoked', async (t) => {
  const { key, id } = await makeKey('finance')
  await api.call('DELETE', `/v1/api-keys/${id}`, { key: admin })
  t.equal(await statusWith(key), 401)
})

t.test('a key expires by the database\'s clock, and cannot be made expired', async (t) => {
  const { key } = await makeKey('finance', { expires_at: new Date(Date.now() + 1_500).toISOString() })
  t.equal(await statusWith(key), 200)
  await sleep(1_500 + FORGOTTEN_MS)
  t.equal(await statusWith(key), 401)
  const past = await api.call('POST', '/v1/api-keys', { key: admin, body: { name: 'late', role: 'finance', expires_at: '2020-01-01T00:00:00Z' } })
  t.match(past, { status: 400, body: { code: 'invalid_time', errors: [{ pointer: '/expires_at' }] } })
})

t.test('the last use of a key is noted, to the minute', async (t) => {
  const { key, id } = await makeKey('finance')
  await statusWith(key)
  const { body } = await api.call('GET', '/v1/api-keys?limit=1', { key: admin })
  t.equal(body.data[0]?.id, id)
  t.match(body.data[0]?.last_used_at, /^\d{4}-/)
})

t.test('the list of keys comes in pages that meet without a gap', async (t) => {
  const all = (await api.call('GET', '/v1/api-keys?limit=100', { key: admin })).body.data
  const paged: string[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const { body } = await api.call('GET', `/v1/api-keys?limit=7${cursor === '' ? '' : `&starting_after=${cursor}`}`, { key: admin })
    paged.push(...body.data.map(({ id }) => id))
    cursor = body.next_cursor
  }
  t.same(paged, all.map(({ id }) => id))
})

const OTHER_ID = '01kaj6n8k2f5rvt4r9e8q7m3zd'
const PREFIXES: Readonly<Record<string, string>> = { 'api-keys': 'key', parties: 'pty', trades: 'trd', groups: 'grp', payments: 'pay', refunds: 'rfd', 'refund-cases': 'cas', disputes: 'dsp', chargebacks: 'chb', sandbox: 'rfd', accounts: 'acc', transactions: 'txn', 'manual-journals': 'jnl', 'write-offs': 'wof', 'fx-quotes': 'fxq', 'coin-programmes': 'cpr', 'coin-campaigns': 'cmp', consents: 'con', identities: 'idn', matches: 'mat', 'match-batches': 'mbt', declarations: 'dcl' }

/** The path of a route with an id in it that is well formed, and the id of nothing unless one is given. */
function pathOf (route: string, id?: string): { method: string, path: string } {
  const [method = '', pattern = ''] = route.split(' ')
  const prefix = PREFIXES[pattern.split('/')[2] ?? ''] ?? ''
  return { method, path: pattern.replace(':id', id ?? `${prefix}_${OTHER_ID}`).replace(':hold_id', `hld_${OTHER_ID}`).replace(':case_id', `cas_${OTHER_ID}`) }
}

for (const [route, permission] of Object.entries(ROUTE_PERMISSIONS)) {
  t.test(`${route} is open to the roles that have ${permission}, and to no other`, async (t) => {
    const { method, path } = pathOf(route)
    const without = await api.call(method, path)
    t.equal(without.status, 401, 'nobody')
    for (const role of ROLES) {
      const { status, body } = await api.call(method, path, { key: ours.keys[role] })
      if (ROLE_PERMISSIONS[role].has(permission)) {
        t.notOk([401, 403, 405].includes(status) || status >= 500, `${role}: ${status}`)
      } else {
        t.equal(status, 403, role)
        t.match(body, { code: 'forbidden' })
        t.ok(body.detail.includes(permission), 'the permission is named')
      }
    }
  })
}

/** What anybody may ask: whoever has a receipt checks it. */
const OPEN_ROUTES = ['GET /v1/receipts/:jti/status']

t.test('the table of permissions names every route there is, and no other', async (t) => {
  const { paths } = api.app.swagger()
  const mounted = Object.entries((paths ?? {}) as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`)).filter((route) => route.includes(' /v1/'))
  t.same(new Set(mounted), new Set([...Object.keys(ROUTE_PERMISSIONS), ...OPEN_ROUTES]))
})

t.test('a route that the table does not name does not start', async (t) => {
  t.throws(() => permissionOf('GET /v1/secrets'), /name the permission/)
})

t.test('who administers moves no money, who moves money makes no keys, and customs see nothing of the books', async (t) => {
  const writes: Permission[] = ['trades.write', 'groups.write', 'payments.write', 'parties.write', 'payments.match', 'refunds.reroute', 'journals.propose', 'journals.approve', 'debts.propose', 'debts.approve']
  for (const permission of writes) t.notOk(ROLE_PERMISSIONS.admin.has(permission), permission)
  for (const role of ['marketplace', 'finance', 'customs'] as const) {
    for (const permission of ['keys.write', 'keys.read', 'tenant.configure'] as const) t.notOk(ROLE_PERMISSIONS[role].has(permission), `${role} ${permission}`)
  }
  for (const role of ['customs', 'broker', 'auditor'] as const) {
    for (const permission of ['trades.read', 'accounts.read', 'transactions.read', 'reports.read', 'payments.read', 'parties.read', 'events.read', ...writes] as const) t.notOk(ROLE_PERMISSIONS[role].has(permission), `${role} ${permission}`)
  }
  t.same([...ROLE_PERMISSIONS.broker], ['matches.ask', 'declarations.read'])
  t.same([...ROLE_PERMISSIONS.auditor], ['lookups.audit'])
})

/** Real things of one tenant, by the first part of their path. */
async function makeThings (): Promise<Record<string, string>> {
  const { marketplace: key, finance } = ours.keys
  const post = async (path: string, body: object): Promise<Body> => {
    const answer = await api.call('POST', path, { key, body })
    if (answer.status !== 201) throw new Error(`${path} was refused: ${answer.text}`)
    return answer.body
  }
  const buyer = await post('/v1/parties', { kind: 'buyer', external_ref: 'B-1', name: 'Ada' })
  const seller = await post('/v1/parties', { kind: 'seller', external_ref: 'S-1', name: 'Tea House' })
  const lines = [{ ref: '1', seller: seller.id, description: 'tea', quantity: 2, unit_price: '19.90', shipping: '5.00', fulfilment: 'express', commission_rate: '0.05' }]
  const trade = await post('/v1/trades', { external_ref: 'ORD-1', buyer: buyer.id, currency: 'CNY', lines })
  const sold = await post('/v1/trades', { external_ref: 'ORD-2', buyer: buyer.id, currency: 'CNY', lines: ['1', '2'].map((ref) => ({ ...lines[0], ref })) })
  await post(`/v1/trades/${sold.id}/payments`, { amount: '89.60', provider: 'sandbox', provider_ref: 'P-2' })
  const { lines: [argued, returned] } = await post(`/v1/trades/${sold.id}/shipments`, {}) as Body & { lines: ReadonlyArray<{ id: string }> }
  const { refund_cases: [asked] } = await post(`/v1/trades/${sold.id}/refunds`, { lines: [{ line: returned?.id, kind: 'refund_only' }], reason: 'late' }) as Body & { refund_cases: ReadonlyArray<{ id: string }> }
  const payment = await post('/v1/payments', { amount: '3.00', currency: 'CNY', provider: 'sandbox', provider_ref: 'P-1' })
  const given = await api.call('POST', `/v1/payments/${payment.id}/return`, { key: finance, body: { amount: '1.00' } })
  if (given.status !== 201) throw new Error(`the money did not go back: ${given.text}`)
  await api.services.journal.submit(owe(origin(ours.id), { party: seller.id, role: 'seller', unit: 'CNY', amount: 100n }))
  const { id: consent } = await post('/v1/consents', { party: buyer.id, purposes: [PURPOSE], recipients: ['customs_broker'] })
  const { id: identity } = await post('/v1/identities', { ...LI, consent })
  await api.call('PUT', `/v1/trades/${sold.id}/customs-parties`, { key, body: { payer: identity, orderer: identity } })
  await post(`/v1/trades/${sold.id}/grants`, { broker: await keyIdOf('broker'), purpose: PURPOSE, expires_at: '2099-01-01T00:00:00Z' })
  const declaration = await post('/v1/declarations', { request_id: 'D-1', trade: sold.id, customs: 'NINGBO', merchant_code: '1', merchant_name: 'Tea House' })
  const question = { trade: sold.id, role: 'payer', jurisdiction: 'CN', purpose: PURPOSE, claim: TRUE_OF_LI }
  const { body: match } = await api.call('POST', '/v1/matches', { key: ours.keys.broker, body: question })
  const { body: programme } = await api.call('POST', '/v1/coin-programmes', { key: finance, body: { currency: 'EUR', coin: 'TEACOIN', name: 'Tea coins' } })
  const first = async (path: string): Promise<string> => (await api.call('GET', path, { key: finance })).body.data[0]?.id ?? ''
  return {
    'api-keys': (await makeKey('finance')).id,
    parties: buyer.id,
    trades: trade.id,
    groups: (await post('/v1/groups', { seller: seller.id, currency: 'CNY', unit_price: '1.00', size: 2 })).id,
    payments: payment.id,
    refunds: await first('/v1/refunds'),
    'refund-cases': asked?.id ?? '',
    disputes: String((await post(`/v1/trades/${sold.id}/disputes`, { by: 'buyer', reason: 'damaged', lines: [{ line: argued?.id }] }) as Body & { dispute: string }).dispute),
    // Its routes name refunds.
    sandbox: await first('/v1/refunds'),
    chargebacks: (await post('/v1/chargebacks', { provider: 'sandbox', provider_ref: 'CB-1', payment_provider_ref: 'P-0', amount: '1.00', currency: 'CNY' })).id,
    'manual-journals': (await api.call('POST', '/v1/manual-journals', {
      key: finance,
      body: { description: 'fees', currency: 'CNY', postings: [{ debit: { class: 'tax_payable' }, credit: { class: 'bank_operating', owner: 'main' }, amount: '1.00' }] }
    })).body.id,
    'write-offs': (await api.call('POST', '/v1/write-offs', { key: finance, body: { party: seller.id, currency: 'CNY', reason: 'closed' } })).body.id,
    'fx-quotes': (await api.call('POST', '/v1/fx-quotes', {
      key: finance, body: { from: 'CNY', to: 'USD', rate: '0.14', source: 'ecb', reference: '1', expires_at: '2099-01-01T00:00:00Z' }
    })).body.id,
    'coin-programmes': programme.id,
    'coin-campaigns': (await api.call('POST', '/v1/coin-campaigns', { key: finance, body: { programme: programme.id, name: 'Spring', funder: 'platform', budget: 100, ends_at: '2099-01-01T00:00:00Z' } })).body.id,
    consents: consent,
    identities: identity,
    matches: match.id,
    declarations: declaration.id,
    'match-batches': (await api.call('POST', '/v1/match-batches', { key: ours.keys.broker, body: { matches: [question] } })).body.id,
    accounts: await first('/v1/accounts'),
    transactions: await first('/v1/transactions')
  }
}

async function keyIdOf (role: string): Promise<string> {
  const { data } = (await api.call('GET', '/v1/api-keys?limit=100', { key: ours.keys.admin })).body as unknown as { data: ReadonlyArray<{ id: string, role: string }> }
  return data.find((key) => key.role === role)?.id ?? ''
}

const PROVIDER_REPORT = { provider: 'sandbox', provider_ref: 'R-1' }
const BANK_REPORT = { bank_account: 'main', bank_ref: 'B-1' }

/** A body that would do where the thing is the caller's own. */
const BODIES: Readonly<Record<string, object>> = {
  'POST /v1/trades/:id/payments': { amount: '1.00', provider: 'sandbox', provider_ref: 'X-1' },
  'POST /v1/manual-journals/:id/rejection': { reason: 'wrong' },
  'POST /v1/trades/:id/reprice': { lines: [{ line: `lin_${OTHER_ID}`, unit_price: '1.00' }] },
  'POST /v1/trades/:id/attestations': { line: `lin_${OTHER_ID}`, kind: 'customs_cleared' },
  'POST /v1/trades/:id/extensions': { by: 'buyer' },
  'POST /v1/trades/:id/holds': { kind: 'compliance' },
  'POST /v1/trades/:id/refunds': { lines: [{ line: `lin_${OTHER_ID}`, kind: 'refund_only' }], reason: 'late' },
  'POST /v1/trades/:id/disputes': { by: 'buyer', reason: 'damaged', lines: [{ line: `lin_${OTHER_ID}` }] },
  'POST /v1/disputes/:id/evidence': { by: 'buyer', kind: 'photo', attachments: [{ sha256: '0'.repeat(64) }] },
  'POST /v1/disputes/:id/withdrawal': { by: 'buyer' },
  'POST /v1/disputes/:id/award': { lines: [{ line: `lin_${OTHER_ID}`, buyer: '1.00', seller: '0.00' }] },
  'POST /v1/refunds/:id/sending': PROVIDER_REPORT,
  'POST /v1/refunds/:id/success': PROVIDER_REPORT,
  'POST /v1/refunds/:id/failure': { ...PROVIDER_REPORT, reason: 'other' },
  'POST /v1/refunds/:id/bounce': PROVIDER_REPORT,
  'POST /v1/refunds/:id/bank/sending': BANK_REPORT,
  'POST /v1/refunds/:id/bank/success': BANK_REPORT,
  'POST /v1/refunds/:id/bank/failure': { ...BANK_REPORT, reason: 'other' },
  'POST /v1/refunds/:id/bank/bounce': BANK_REPORT,
  'POST /v1/chargebacks/:id/outcome': { outcome: 'won' },
  'PATCH /v1/parties/:id/terms': { reserve: null },
  'PATCH /v1/coin-programmes/:id': { cap: '0.10' },
  'PATCH /v1/coin-campaigns/:id': { name: 'Other' },
  'POST /v1/coin-campaigns/:id/grants': { rows: [{ ref: 'G-1', buyer: `pty_${OTHER_ID}`, coins: 1 }] },
  'POST /v1/sandbox/refunds/:id': { outcome: 'success' },
  'PUT /v1/trades/:id/customs-parties': { payer: `idn_${OTHER_ID}`, orderer: `idn_${OTHER_ID}` },
  'POST /v1/trades/:id/grants': { broker: `key_${OTHER_ID}`, purpose: PURPOSE, expires_at: '2099-01-01T00:00:00Z' },
  'POST /v1/trades/:id/declaration-splits': { customs: 'NINGBO', merchant_code: '1', merchant_name: 'Tea House', parts: [{ request_id: 'D-2', sub_order: 'S', amount: '1.00' }] },
  'POST /v1/declarations/:id/receipts': { guid: '019AA46A-A262-7972-BD13-1875E8E9A1F2', payment_no: 'P-1', code: 'accepted', at: '2026-01-31T08:00:00Z' },
  'POST /v1/payments/:id/match': { trade: `trd_${OTHER_ID}` }
}

t.test('what belongs to another tenant answers exactly like what does not exist, on every route', async (t) => {
  const things = await makeThings()
  const routes = Object.entries(ROUTE_PERMISSIONS).filter(([route]) => route.includes('/:id'))
  t.ok(routes.length >= 10)
  for (const [route, permission] of routes) {
    const role = ROLES.find((one) => ROLE_PERMISSIONS[one].has(permission)) ?? 'admin'
    const own = things[route.split('/')[2] ?? ''] ?? ''
    t.match(own, /^[a-z]{3}_/, `there is something to ask for: ${route}`)
    const body = BODIES[route] ?? (route.startsWith('POST') ? {} : undefined)
    const call: Call = { key: theirs.keys[role], headers: { 'request-id': 'same' }, ...body === undefined ? {} : { body } }
    const foreign = pathOf(route, own)
    const missing = pathOf(route)
    const answer = await api.call(foreign.method, foreign.path, call)
    const expected = await api.call(missing.method, missing.path, call)
    t.equal(answer.status, 404, route)
    t.equal(answer.text.replaceAll(foreign.path, ''), expected.text.replaceAll(missing.path, ''), route)
    const bare = ({ headers: { date, 'content-length': length, ratelimit, ...rest } }: typeof answer) => rest
    t.same(bare(answer), bare(expected), route)
  }
  for (const list of ['/v1/parties', '/v1/trades', '/v1/payments', '/v1/refunds', '/v1/refund-cases', '/v1/disputes', '/v1/chargebacks', '/v1/manual-journals', '/v1/declarations', '/v1/accounts', '/v1/transactions', '/v1/events']) {
    t.same((await api.call('GET', list, { key: theirs.keys.finance })).body.data, [], `${list} shows nothing of another tenant`)
    t.ok((await api.call('GET', list, { key: ours.keys.finance })).body.data.length > 0, `${list} shows one's own`)
  }
})

t.test('a key made by one tenant never speaks for another, and cannot be revoked by it', async (t) => {
  const { key, id } = await makeKey('finance')
  t.equal((await api.call('GET', '/v1/tenant', { key })).body.name, 'ours')
  t.equal((await api.call('DELETE', `/v1/api-keys/${id}`, { key: theirs.keys.admin })).status, 404)
  await sleep(FORGOTTEN_MS)
  t.equal(await statusWith(key), 200)
})

t.test('settings that are named change, the others stay, and no other tenant notices', async (t) => {
  const before = (await api.call('GET', '/v1/tenant', { key: admin })).body.settings
  const change = async (body: object): Promise<unknown> => (await api.call('PATCH', '/v1/tenant/settings', { key: admin, body })).body.settings
  t.same(await change({}), before)
  await Promise.all([change({ fee_base: 'price_and_shipping' }), change({ auto_confirm_ms: { express: 1 } }), change({ auto_confirm_ms: { mail: 2 } })])
  const after = (await api.call('GET', '/v1/tenant', { key: admin })).body.settings
  t.same(after, { ...before, fee_base: 'price_and_shipping', auto_confirm_ms: { ...before['auto_confirm_ms'] as object, express: 1, mail: 2 } })
  t.same((await api.call('GET', '/v1/tenant', { key: theirs.keys.admin })).body.settings, before)
  t.match(await api.call('PATCH', '/v1/tenant/settings', { key: admin, body: { reporting_currency: 'XXX' } }), { status: 400, body: { code: 'unknown_currency' } })
  t.match(await api.call('PATCH', '/v1/tenant/settings', { key: admin, body: { unpaid_close_ms: 999 } }), { status: 400, body: { errors: [{ pointer: '/unpaid_close_ms', code: 'too_small' }] } })
})

t.test('events come in their order, from where the reader stopped, and only of a known type', async (t) => {
  const { finance: key } = ours.keys
  const { body: all } = await api.call('GET', '/v1/events?limit=100', { key })
  const seqs = all.data.map(({ seq }) => seq)
  t.same(seqs, seqs.map((_, index) => index + 1), 'no number is left out')
  const { body: rest } = await api.call('GET', `/v1/events?after=${seqs.length - 1}`, { key })
  t.same(rest, { data: all.data.slice(-1), has_more: false, next_cursor: null })
  const { body: one } = await api.call('GET', '/v1/events?limit=1', { key })
  t.match(one, { has_more: true, next_cursor: '1' })
  t.same((await api.call('GET', '/v1/events?limit=1&starting_after=1', { key })).body.data, all.data.slice(1, 2))
  for (const { type } of all.data) t.ok(type in EVENT_TYPES, type)
})
