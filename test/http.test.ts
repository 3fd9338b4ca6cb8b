import t from 'tap'
import { setTimeout as sleep } from 'node:timers/promises'
import { PROBLEM_TYPE } from '../src/http/answers.ts'
import { REFUSALS, type RefusalCode } from '../src/kernel/refusals.ts'
import { openApi, type Call } from './support/api.ts'

const api = await openApi()
const { keys } = await api.newTenant('shop')
const key = keys.marketplace
const party = { kind: 'buyer', external_ref: 'B-1', name: 'Ada' }
const payment = { amount: '19.90', provider: 'sandbox', provider_ref: 'P-1' }

t.teardown(async () => { await api.close() })

interface BadInput {
  readonly what: string
  readonly path?: string
  readonly call: Call
  readonly status: number
  readonly code: RefusalCode
  /** The places that the answer names, with the code of each. */
  readonly errors?: ReadonlyArray<readonly [pointer: string, code: string]>
}

const partyWith = (members: object): Call => ({ body: { ...party, ...members } })
const paymentWith = (members: object): Call => ({ body: { ...payment, ...members } })
const textWith = (text: string): Call => ({ body: `{"kind":"buyer","external_ref":"B-1","name":${text}}` })

const BAD_INPUTS: readonly BadInput[] = [
  { what: 'a number for an amount', path: '/v1/payments', call: paymentWith({ amount: 19.9 }), status: 400, code: 'invalid_amount', errors: [['/amount', 'invalid_amount']] },
  { what: 'null for an amount', path: '/v1/payments', call: paymentWith({ amount: null }), status: 400, code: 'invalid_amount', errors: [['/amount', 'invalid_amount']] },
  { what: 'an amount with a comma', path: '/v1/payments', call: paymentWith({ amount: '19,90' }), status: 400, code: 'invalid_amount', errors: [['/amount', 'invalid_amount']] },
  { what: 'an amount below zero', path: '/v1/payments', call: paymentWith({ amount: '-1.00' }), status: 400, code: 'invalid_amount', errors: [['/amount', 'invalid_amount']] },
  { what: 'an amount with an exponent', path: '/v1/payments', call: paymentWith({ amount: '1e3' }), status: 400, code: 'invalid_amount', errors: [['/amount', 'invalid_amount']] },
  { what: 'an amount with more decimals than its currency', path: '/v1/payments', call: paymentWith({ amount: '19.901' }), status: 400, code: 'invalid_amount', errors: [['/amount', 'invalid_amount']] },
  { what: 'an amount beyond the largest', path: '/v1/payments', call: paymentWith({ amount: '99999999999999999.00' }), status: 400, code: 'invalid_amount', errors: [['/amount', 'invalid_amount']] },
  { what: 'no amount', path: '/v1/payments', call: { body: { provider: 'sandbox', provider_ref: 'P-1' } }, status: 400, code: 'invalid_request', errors: [['/amount', 'missing']] },
  { what: 'a currency that does not look like one', path: '/v1/payments', call: paymentWith({ currency: 'yuan' }), status: 400, code: 'unknown_currency', errors: [['/currency', 'unknown_currency']] },
  { what: 'a day that does not exist', path: '/v1/payments', call: paymentWith({ occurred_at: '2026-02-30T00:00:00Z' }), status: 400, code: 'invalid_time', errors: [['/occurred_at', 'invalid_time']] },
  { what: 'a number for a time', path: '/v1/payments', call: paymentWith({ occurred_at: 1767225600 }), status: 400, code: 'invalid_time', errors: [['/occurred_at', 'invalid_time']] },
  { what: 'a time of the year 2200', path: '/v1/payments', call: paymentWith({ occurred_at: '2200-01-01T00:00:00Z' }), status: 400, code: 'invalid_time' },
  { what: 'a body with errors of two kinds', path: '/v1/payments', call: paymentWith({ amount: 1, more: 1 }), status: 400, code: 'invalid_request', errors: [['/amount', 'invalid_amount'], ['/more', 'unknown']] },
  { what: 'an unknown member', call: partyWith({ colour: 'red' }), status: 400, code: 'invalid_request', errors: [['/colour', 'unknown']] },
  { what: 'an unknown member with a name to escape', call: partyWith({ 'a/b~c': 1 }), status: 400, code: 'invalid_request', errors: [['/a~1b~0c', 'unknown']] },
  { what: 'a number for a text', call: partyWith({ name: 1 }), status: 400, code: 'invalid_request', errors: [['/name', 'wrong_type']] },
  { what: 'an empty text', call: partyWith({ name: '' }), status: 400, code: 'invalid_request', errors: [['/name', 'too_short']] },
  { what: 'a text that is too long', call: partyWith({ external_ref: 'x'.repeat(101) }), status: 400, code: 'invalid_request', errors: [['/external_ref', 'too_long']] },
  { what: 'a value that is not one of the allowed', call: partyWith({ kind: 'thief' }), status: 400, code: 'invalid_request', errors: [['/kind', 'not_one_of']] },
  { what: 'an array for an object', call: { body: [] }, status: 400, code: 'invalid_request', errors: [['', 'wrong_type']] },
  { what: 'a body of null', call: { body: 'null' }, status: 400, code: 'invalid_request', errors: [['', 'wrong_type']] },
  { what: 'no body', call: {}, status: 400, code: 'invalid_request', errors: [['/external_ref', 'missing'], ['/kind', 'missing'], ['/name', 'missing']] },
  { what: 'broken JSON', call: { body: '{"kind":"buyer"' }, status: 400, code: 'invalid_json' },
  { what: 'two JSON values', call: { body: '{} {}' }, status: 400, code: 'invalid_json' },
  { what: 'a key twice', call: { body: '{"kind":"buyer","kind":"seller","external_ref":"B-1","name":"x"}' }, status: 400, code: 'invalid_json', errors: [['/kind', 'duplicate_key']] },
  { what: 'a key twice in other spellings', call: { body: '{"kind":"buyer","k\\u0069nd":"seller"}' }, status: 400, code: 'invalid_json', errors: [['/kind', 'duplicate_key']] },
  { what: 'a key twice deep inside', call: { body: '{"lines":[{"ref":"1"},{"splits":[{"rate":"0","rate":"1"}]}]}' }, status: 400, code: 'invalid_json', errors: [['/lines/1/splits/0/rate', 'duplicate_key']] },
  { what: 'a prototype', call: { body: '{"__proto__":{"admin":true}}' }, status: 400, code: 'invalid_json', errors: [['/__proto__', 'forbidden_key']] },
  { what: 'a NUL', call: textWith('"a\\u0000b"'), status: 400, code: 'invalid_json', errors: [['/name', 'forbidden_character']] },
  { what: 'half of a surrogate pair', call: textWith('"\\ud83d"'), status: 400, code: 'invalid_json', errors: [['/name', 'forbidden_character']] },
  { what: 'the halves of a pair in the wrong order', call: textWith('"\\udc00\\ud83d"'), status: 400, code: 'invalid_json', errors: [['/name', 'forbidden_character']] },
  { what: 'a NUL in a key', call: { body: '{"a\\u0000":1}' }, status: 400, code: 'invalid_json', errors: [['', 'forbidden_character']] },
  { what: 'a NUL in an array', call: { body: '{"lines":["a",["b","\\u0000"]]}' }, status: 400, code: 'invalid_json', errors: [['/lines/1/1', 'forbidden_character']] },
  { what: 'endless depth', call: { body: '['.repeat(100_000) + ']'.repeat(100_000) }, status: 400, code: 'invalid_json' },
  { what: 'endless values', call: { body: `[${'0,'.repeat(200_000)}0]` }, status: 400, code: 'invalid_json' },
  { what: 'almost a megabyte of emoji', call: partyWith({ name: '😀'.repeat(250_000) }), status: 400, code: 'invalid_request', errors: [['/name', 'too_long']] },
  { what: 'more than a megabyte', call: partyWith({ name: 'x'.repeat(1024 * 1024) }), status: 413, code: 'body_too_large' },
  { what: 'a form', call: { body: 'kind=buyer', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, status: 415, code: 'unsupported_media_type' },
  { what: 'a text', call: { body: '{}', headers: { 'content-type': 'text/plain' } }, status: 415, code: 'unsupported_media_type' },
  { what: 'no idempotency key', call: { body: party, headers: { 'idempotency-key': '' } }, status: 400, code: 'idempotency_key_required' },
  { what: 'an idempotency key with a space', call: { body: party, headers: { 'idempotency-key': 'a b' } }, status: 400, code: 'idempotency_key_required' },
  { what: 'an idempotency key that is too long', call: { body: party, headers: { 'idempotency-key': 'k'.repeat(256) } }, status: 400, code: 'idempotency_key_required' },
  { what: 'an unknown parameter', path: '/v1/parties?colour=red', call: { body: party }, status: 400, code: 'invalid_request', errors: [['/colour', 'unknown']] },
  { what: 'half a dry run', path: '/v1/parties?dry_run=perhaps', call: { body: party }, status: 400, code: 'invalid_request', errors: [['/dry_run', 'wrong_type']] }
]

for (const { what, path = '/v1/parties', call, status, code, errors } of BAD_INPUTS) {
  t.test(`${what} is refused as ${code}, and nothing is written`, async (t) => {
    const answer = await api.call('POST', path, { key, ...call })
    t.equal(answer.status, status)
    t.equal(answer.headers['content-type'], PROBLEM_TYPE)
    t.match(answer.body, { type: `/problems/${code}`, title: REFUSALS[code].title, status, code, instance: path.split('?')[0], retryable: false })
    t.type(answer.body.detail, 'string')
    t.equal(answer.body.request_id, answer.headers['request-id'])
    if (errors !== undefined) t.same(new Set(answer.body.errors.map((one) => `${one.pointer} ${one.code}`)), new Set(errors.map((one) => one.join(' '))))
    for (const list of ['/v1/parties', '/v1/payments']) t.same((await api.call('GET', list, { key })).body.data, [])
  })
}

t.test('a refusal explains what was expected and does not repeat what was sent', async (t) => {
  const { body, text } = await api.call('POST', '/v1/payments', { key, body: { ...payment, amount: 'Ada Lovelace', provider: 'Ada Lovelace' } })
  t.match(body.errors[0]?.detail, 'A decimal string')
  t.match(body.errors[1]?.detail, 'Your name of the payment provider')
  t.notMatch(text, 'Lovelace')
})

const BAD_QUERIES: ReadonlyArray<readonly [query: string, pointer: string, code: string]> = [
  ['limit=0', '/limit', 'too_small'],
  ['limit=101', '/limit', 'too_large'],
  ['limit=ten', '/limit', 'wrong_type'],
  ['limit=1&limit=2', '/limit', 'wrong_type'],
  ['after=-1', '/after', 'wrong_format'],
  ['starting_after=seven', '/starting_after', 'wrong_cursor'],
  ['colour=red', '/colour', 'unknown']
]

for (const [query, pointer, code] of BAD_QUERIES) {
  t.test(`a list refuses ?${query}`, async (t) => {
    const { status, body } = await api.call('GET', `/v1/events?${query}`, { key })
    t.equal(status, 400)
    t.match(body, { code: 'invalid_request', errors: [{ pointer, code }] })
  })
}

t.test('a NUL in a query string is refused before it reaches the database', async (t) => {
  for (const path of ['/v1/parties?external_ref=%00', '/v1/parties?external_ref=a%00b&limit=1', '/v1/accounts?owner=%00']) {
    const { status, body } = await api.call('GET', path, { key: keys.admin })
    t.equal(status, 400, path)
    t.equal(body['code'], 'invalid_request')
  }
})

t.test('a list takes its limit from the text of the query', async (t) => {
  t.equal((await api.call('GET', '/v1/events?limit=100&after=0', { key })).status, 200)
})

t.test('an id that does not look like one is refused with what it should look like', async (t) => {
  for (const id of ['1', 'trd_1', 'pty_8zzzzzzzzzzzzzzzzzzzzzzzzz', 'trd_01kaj6n8k2f5rvt4r9e8q7m3zd']) {
    const { status, body } = await api.call('GET', `/v1/parties/${id}`, { key })
    t.equal(status, 400, id)
    t.match(body, { code: 'invalid_request', errors: [{ pointer: '/id', code: 'wrong_format' }] })
  }
})

t.test('an unknown path is 404, a known path with another method 405 with what it allows', async (t) => {
  const missing = await api.call('GET', '/v1/nothing?secret=1', { key })
  t.match(missing, { status: 404, body: { code: 'not_found', instance: '/v1/nothing' } })
  const wrong = await api.call('PUT', '/v1/parties/pty_01kaj6n8k2f5rvt4r9e8q7m3zd', { key })
  t.match(wrong, { status: 405, headers: { allow: 'GET' }, body: { code: 'method_not_allowed' } })
  t.match(await api.call('DELETE', '/v1/parties', { key }), { status: 405, headers: { allow: 'GET, POST' } })
  t.match(await api.call('GET', '/v1/%zz', { key }), { status: 404, body: { code: 'not_found' } })
})

t.test('every answer has a request id: the one that was sent, or a new one where that is none', async (t) => {
  t.equal((await api.call('GET', '/healthz', { headers: { 'request-id': 'my-1.2:3_4' } })).headers['request-id'], 'my-1.2:3_4')
  for (const sent of ['', 'a b', 'x'.repeat(101), '<script>']) {
    const { headers } = await api.call('GET', '/healthz', { headers: { 'request-id': sent } })
    t.match(headers['request-id'], /^[0-9a-f-]{36}$/)
  }
})

t.test('the type of a problem leads to its explanation, for every code of the catalogue', async (t) => {
  const { body: { data } } = await api.call('GET', '/problems')
  t.same(data.map(({ code }) => code), Object.keys(REFUSALS))
  for (const code of Object.keys(REFUSALS) as RefusalCode[]) {
    t.match(await api.call('GET', `/problems/${code}`), { status: 200, body: { code, status: REFUSALS[code].status, remedy: REFUSALS[code].remedy } })
  }
  t.match(await api.call('GET', '/problems/toString'), { status: 404 })
})

t.test('a retry is answered byte for byte as before; another request with its key is refused', async (t) => {
  const headers = { 'idempotency-key': 'retry-1' }
  const once = await api.call('POST', '/v1/parties', { key, headers, body: { kind: 'buyer', external_ref: 'R-1', name: 'Ada' } })
  t.equal(once.status, 201)
  t.equal(once.headers['idempotent-replayed'], undefined)
  const again = await api.call('POST', '/v1/parties', { key, headers, body: '{ "name": "Ada", "external_ref":"R-1", "kind":"buyer" }' })
  t.match(again, { status: 201, headers: { 'idempotent-replayed': 'true', 'content-type': 'application/json; charset=utf-8' } })
  t.equal(again.text, once.text)
  t.match(await api.call('POST', '/v1/parties', { key, headers, body: { kind: 'buyer', external_ref: 'R-1', name: 'Eve' } }), { status: 422, body: { code: 'idempotency_key_reused' } })
  t.match(await api.call('POST', '/v1/payments', { key, headers, body: payment }), { status: 422, body: { code: 'idempotency_key_reused' } })
})

t.test('a refusal that was decided is answered again as it was, and says so', async (t) => {
  const body = { kind: 'buyer', external_ref: 'R-1', name: 'Taken' }
  const headers = { 'idempotency-key': 'refused-1' }
  const once = await api.call('POST', '/v1/parties', { key, headers, body })
  t.match(once, { status: 409, body: { code: 'external_ref_taken' } })
  t.equal(once.headers['idempotent-replayed'], undefined)
  t.match(await api.call('POST', '/v1/parties', { key, headers, body }), {
    status: 409, headers: { 'idempotent-replayed': 'true' }, body: { code: 'external_ref_taken', detail: once.body.detail }
  })
})

t.test('a dry run shows what would be posted and changes nothing', async (t) => {
  const headers = { 'idempotency-key': 'dry-1' }
  const body = { ...payment, provider_ref: 'D-1', amount: '5.00', currency: 'CNY' }
  const dry = await api.call('POST', '/v1/payments?dry_run=true', { key, headers, body })
  t.match(dry, {
    status: 200,
    body: { dry_run: true, would_post: [{ transfers: [{ debit: { class: 'provider_clearing', owner: 'sandbox' }, credit: { class: 'suspense' }, amount: '5.00', unit: 'CNY' }] }] }
  })
  t.same((await api.call('GET', '/v1/payments', { key })).body.data, [])
  t.match(await api.call('POST', '/v1/payments', { key, headers, body }), { status: 201, body: { amount: '5.00' } }, 'the key of a dry run is free')
})

t.test('the log tells the route and the outcome of a request, and nothing personal', async (t) => {
  api.logged.length = 0
  await api.call('POST', '/v1/parties', { key, body: { kind: 'buyer', external_ref: 'LOG-SECRET-1', name: 'Grace Hopper' }, headers: { 'request-id': 'log-1' } })
  await api.call('GET', '/v1/parties?external_ref=LOG-SECRET-1', { key })
  await api.call('GET', '/v1/LOG-SECRET-1', { key })
  await sleep(20)
  const text = api.logged.join('')
  t.match(text, '"request_id":"log-1"')
  t.match(JSON.parse(api.logged[0] ?? ''), { method: 'POST', route: '/v1/parties', status: 201, tenant: Number })
  for (const secret of ['Hopper', 'LOG-SECRET', key]) t.notMatch(text, secret)
})

t.test('an error that nobody foresaw is logged once and tells the caller nothing', async (t) => {
  const { databases } = api
  api.logged.length = 0
  const broken = databases.read.selectFrom.bind(databases.read)
  Object.defineProperty(databases.read, 'selectFrom', { configurable: true, value: () => { throw new Error('the cat ate it') } })
  const answer = await api.call('GET', '/v1/tenant', { key })
  Object.defineProperty(databases.read, 'selectFrom', { configurable: true, value: broken })
  t.match(answer, { status: 500, body: { code: 'internal', retryable: true } })
  t.notMatch(answer.text, 'cat')
  await sleep(20)
  t.equal(api.logged.filter((line) => line.includes('the cat ate it')).length, 1)
})

t.test('ready means that the database answers and no stop has begun; alive is less', async (t) => {
  t.match(await api.call('GET', '/readyz'), { status: 200, body: { status: 'ready' } })
  api.lifecycle.stopping = true
  t.match(await api.call('GET', '/readyz'), { status: 503, headers: { 'retry-after': '1' }, body: { code: 'unavailable', retryable: true } })
  t.equal((await api.call('GET', '/healthz')).status, 200)
  api.lifecycle.stopping = false
})

t.test('the reference page runs its own script and nothing from elsewhere', async (t) => {
  const page = await api.call('GET', '/docs/')
  t.equal(page.status, 200)
  t.notMatch(page.text, /(src|href)="https?:/)
  t.notMatch(page.headers['content-security-policy'], 'http')
  const script = await api.call('GET', '/docs/js/scalar.js')
  t.equal(script.status, 200)
  t.ok(script.text.length > 100_000)
  t.equal((await api.call('GET', '/docs')).headers['location'], '/docs/')
})

t.test('answers tell browsers to run nothing', async (t) => {
  const { headers } = await api.call('GET', '/v1/tenant', { key })
  t.match(headers, { 'content-security-policy': /default-src 'none'/, 'x-content-type-options': 'nosniff' })
})
