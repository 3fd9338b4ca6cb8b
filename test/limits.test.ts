import t from 'tap'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildApp } from '../src/app.ts'
import type { App } from '../src/http/app-type.ts'
import type { HttpLimits } from '../src/http/server.ts'
import { openApi } from './support/api.ts'

const api = await openApi()
const ours = await api.newTenant('ours')
const theirs = await api.newTenant('theirs')

t.teardown(async () => { await api.close() })

/** The service again, on the same database, with limits of its own. */
async function limited (t: { teardown (step: () => Promise<void>): void }, limits: Partial<HttpLimits>): Promise<App> {
  const app = await buildApp({ ...api.services, config: { ...api.services.config, ...limits } })
  t.teardown(async () => { await app.close() })
  return app
}

interface Asked {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Readonly<Record<string, unknown>>
}

async function ask (app: App, key: string | null, { from = '127.0.0.1', headers = {}, path = '/v1/tenant' }: { from?: string, headers?: Record<string, string>, path?: string } = {}): Promise<Asked> {
  const answer = await app.inject({ url: path, remoteAddress: from, headers: { ...key === null ? {} : { authorization: `Bearer ${key}` }, ...headers } })
  return { status: answer.statusCode, headers: answer.headers, body: answer.json() }
}

async function makeKey (): Promise<{ readonly id: string, readonly key: string }> {
  return (await api.call('POST', '/v1/api-keys', { key: ours.keys.admin, body: { name: 'one', role: 'finance' } })).body
}

const WRONG_KEY = `hf_sandbox_${'A'.repeat(43)}`
const WINDOW_MS = 60_000

t.test('a key may send so many requests in a window, is told what is left, and then when to come again', async (t) => {
  const app = await limited(t, { rateLimitMax: 3, rateLimitWindowMs: WINDOW_MS })
  const { key } = await makeKey()
  for (const left of [2, 1, 0]) {
    const { status, headers } = await ask(app, key)
    t.equal(status, 200)
    t.equal(headers['ratelimit-policy'], '"key";q=3;w=60')
    t.match(headers['ratelimit'], new RegExp(`^"key";r=${left};t=(60|5\\d)$`))
    t.notOk('x-ratelimit-limit' in headers)
  }
  const refused = await ask(app, key)
  t.match(refused, {
    status: 429,
    headers: { 'content-type': 'application/problem+json', 'ratelimit-policy': '"key";q=3;w=60', ratelimit: /^"key";r=0;t=\d+$/, 'retry-after': /^(60|5\d)$/ },
    body: { type: '/problems/rate_limited', code: 'rate_limited', retryable: true }
  })
})

t.test('the limit is the key\'s: both its secrets share it, and no other key feels it', async (t) => {
  const app = await limited(t, { rateLimitMax: 2, rateLimitWindowMs: WINDOW_MS })
  const { id, key } = await makeKey()
  const { body: { key: next } } = await api.call('POST', `/v1/api-keys/${id}/rotation`, { key: ours.keys.admin })
  const other = await makeKey()
  t.same([(await ask(app, key)).status, (await ask(app, next)).status], [200, 200])
  t.same([(await ask(app, key)).status, (await ask(app, next)).status], [429, 429])
  t.equal((await ask(app, other.key)).status, 200, 'another key of the tenant')
  t.equal((await ask(app, theirs.keys.finance)).status, 200, 'another tenant\'s key')
  t.equal((await ask(app, key, { from: '192.0.2.7' })).status, 429, 'from wherever it comes')
})

t.test('what a key may not do counts as well', async (t) => {
  const app = await limited(t, { rateLimitMax: 2, rateLimitWindowMs: WINDOW_MS })
  const { key } = await makeKey()
  const statuses = []
  for (let time = 0; time < 3; time++) statuses.push((await ask(app, key, { path: '/v1/api-keys' })).status)
  t.same(statuses, [403, 403, 429])
})

t.test('after its window a key may send again, and what was refused was not remembered under its idempotency key', async (t) => {
  const app = await limited(t, { rateLimitMax: 1, rateLimitWindowMs: 1_000 })
  const { key } = (await api.call('POST', '/v1/api-keys', { key: ours.keys.admin, body: { name: 'one', role: 'marketplace' } })).body
  const idempotencyKey = randomUUID()
  const post = async () => await app.inject({
    method: 'POST',
    url: '/v1/parties',
    headers: { authorization: `Bearer ${key}`, 'idempotency-key': idempotencyKey },
    payload: { kind: 'seller', external_ref: 'S-limits', name: 'Tea House' }
  })
  await ask(app, key)
  const refused = await post()
  t.equal(refused.statusCode, 429)
  await sleep(Number(refused.headers['retry-after']) * 1_000)
  const done = await post()
  t.equal(done.statusCode, 201)
  t.notOk('idempotent-replayed' in done.headers)
})

t.test('without a limit nothing is counted and nothing is said', async (t) => {
  const app = await limited(t, { rateLimitMax: 0, authFailuresMax: 0 })
  for (let time = 0; time < 5; time++) {
    const { status, headers } = await ask(app, ours.keys.finance)
    t.equal(status, 200)
    t.notOk('ratelimit' in headers || 'ratelimit-policy' in headers)
    t.equal((await ask(app, WRONG_KEY)).status, 401)
  }
})

t.test('an address that tries keys is stopped, for keys that are not known to be good, and no other address is', async (t) => {
  const app = await limited(t, { authFailuresMax: 3 })
  const [known, unmet] = [await makeKey(), await makeKey()]
  t.equal((await ask(app, known.key)).status, 200)
  t.same([(await ask(app, WRONG_KEY)).status, (await ask(app, null)).status, (await ask(app, 'nonsense')).status], [401, 401, 401])
  for (const key of [WRONG_KEY, null, unmet.key]) {
    t.match(await ask(app, key), { status: 429, headers: { 'retry-after': /^\d+$/ }, body: { code: 'rate_limited' } })
  }
  t.equal((await ask(app, known.key)).status, 200, 'who was let in before goes on')
  t.equal((await ask(app, unmet.key, { from: '192.0.2.7' })).status, 200, 'another address goes on')
  t.equal((await ask(app, WRONG_KEY, { from: '192.0.2.7' })).status, 401)
  t.equal((await ask(app, null, { headers: { 'x-forwarded-for': '192.0.2.8' } })).status, 429, 'nobody hides behind a header')
})

t.test('behind a trusted proxy the address is the one that it tells', async (t) => {
  const app = await limited(t, { authFailuresMax: 1, trustedProxies: ['10.0.0.0/8'] })
  const tried = async (from: string, forwarded: string): Promise<number> => (await ask(app, WRONG_KEY, { from, headers: { 'x-forwarded-for': forwarded } })).status
  t.same([await tried('10.1.2.3', '192.0.2.1'), await tried('10.1.2.3', '192.0.2.1')], [401, 429])
  t.equal(await tried('10.1.2.3', '192.0.2.2'), 401)
  t.same([await tried('192.0.2.9', '192.0.2.3'), await tried('192.0.2.9', '192.0.2.4')], [401, 429], 'from elsewhere the header is not believed')
})

t.test('the addresses of one IPv6 network are one', async (t) => {
  const app = await limited(t, { authFailuresMax: 1 })
  const tried = async (from: string): Promise<number> => (await ask(app, WRONG_KEY, { from })).status
  t.same([await tried('2001:db8:0:1::1'), await tried('2001:db8:0:1::2'), await tried('2001:db8:0:2::1')], [401, 429, 401])
})

interface Listening {
  readonly open: () => Promise<Socket>
  readonly exchange: (...pieces: readonly string[]) => Promise<Asked>
}

/** A service that listens, and what a caller reads from it until it closes the connection. */
async function listening (t: { teardown (step: () => Promise<void>): void }, limits: Partial<HttpLimits>): Promise<Listening> {
  const app = await limited(t, limits)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const open = async (): Promise<Socket> => {
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
    socket.on('error', () => {})
    await once(socket, 'connect')
    t.teardown(async () => { socket.destroy() })
    return socket
  }
  return {
    open,
    exchange: async (...pieces) => {
      const socket = await open()
      let text = ''
      socket.setEncoding('utf8').on('data', (part: string) => { text += part })
      const closed = once(socket, 'close')
      for (const piece of pieces) {
        socket.write(piece)
        await sleep(20)
      }
      await closed
      const [head = '', body = ''] = text.split('\r\n\r\n')
      const [first = '', ...fields] = head.split('\r\n')
      const headers = Object.fromEntries(fields.map((field) => [field.slice(0, field.indexOf(':')).toLowerCase(), field.slice(field.indexOf(':') + 1).trim()]))
      return { status: Number(first.split(' ')[1]), headers, body: JSON.parse(body) as Record<string, unknown> }
    }
  }
}

const SLOW = { requestTimeoutMs: 400, headersTimeoutMs: 300 }
const post = (more: string): string => `POST /v1/parties HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer ${ours.keys.marketplace}\r\nIdempotency-Key: slow\r\nContent-Type: application/json\r\n${more}`

t.test('a header or a body that trickles is answered 408, and the connection ends', async (t) => {
  const { exchange } = await listening(t, SLOW)
  for (const request of [['GET /v1/tenant HTTP/1.1\r\n', 'Host: here\r\n'], [post('Content-Length: 100\r\n\r\n'), '{"kind":']]) {
    t.match(await exchange(...request), {
      status: 408,
      headers: { 'content-type': 'application/problem+json', connection: 'close', 'request-id': String },
      body: { type: '/problems/request_timeout', code: 'request_timeout', status: 408, retryable: true }
    })
  }
})

t.test('a body beyond the limit is answered 413, whether it says its length or not', async (t) => {
  const { exchange } = await listening(t, { ...SLOW, bodyBytesMax: 2_000 })
  const expected = { status: 413, headers: { 'content-type': 'application/problem+json' }, body: { code: 'body_too_large', retryable: false } }
  t.match(await exchange(post(`Content-Length: 2001\r\n\r\n${'x'.repeat(2_001)}`)), expected)
  t.match(await exchange(post('Transfer-Encoding: chunked\r\n\r\n'), '400\r\n' + 'x'.repeat(1_024) + '\r\n', '400\r\n' + 'x'.repeat(1_024) + '\r\n', '0\r\n\r\n'), expected)
})

t.test('what is no HTTP, and a header without end, are answered with problems too', async (t) => {
  const { exchange } = await listening(t, {})
  t.match(await exchange('NONSENSE\r\n\r\n'), { status: 400, body: { code: 'invalid_request' } })
  t.match(await exchange(`GET / HTTP/1.1\r\nHost: here\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`), { status: 431, body: { code: 'headers_too_large' } })
})

t.test('one connection more than the limit is not taken', async (t) => {
  const { open } = await listening(t, { connectionsMax: 2 })
  const sockets = [await open(), await open()]
  const third = await open()
  await once(third, 'close')
  t.ok(sockets.every((socket) => !socket.destroyed))
})
