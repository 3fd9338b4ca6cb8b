import t from 'tap'
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { buildApp } from '../src/app.ts'
import { openApi, type Answer, type Body } from './support/api.ts'

const api = await openApi()
const ours = await api.newTenant('ours')
const theirs = await api.newTenant('theirs')
const { admin } = ours.keys

/** Longer than a process remembers a key. */
const FORGOTTEN_MS = 3_200
const OVERLAP_DEFAULT_MS = 24 * 3_600_000
const PATIENCE_MS = 60_000

t.teardown(async () => { await api.close() })

interface Key extends Body {
  readonly state: string
  readonly hint: string
  readonly expires_at: string | null
  readonly last_used_at: string | null
  readonly secrets: ReadonlyArray<{ readonly hint: string, readonly created_at: string, readonly retires_at: string | null, readonly last_used_at: string | null }>
}

async function makeKey (more: object = {}): Promise<Key> {
  const { status, body, text } = await api.call('POST', '/v1/api-keys', { key: admin, body: { name: 'backend', role: 'finance', ...more } })
  if (status !== 201) throw new Error(`the key was refused: ${text}`)
  return body as Key
}

async function rotate (id: string, body: object = {}, by = admin): Promise<Answer & { readonly body: Key }> {
  return await api.call('POST', `/v1/api-keys/${id}/rotation`, { key: by, body }) as Answer & { readonly body: Key }
}

async function read (id: string): Promise<Key> {
  const { body } = await api.call('GET', '/v1/api-keys?limit=100', { key: admin })
  const found = body.data.find((key) => key.id === id)
  if (found === undefined) throw new Error('the key is not listed')
  return found as unknown as Key
}

async function statusWith (key: string, app = api.app): Promise<number> {
  return (await app.inject({ url: '/v1/tenant', headers: { authorization: `Bearer ${key}` } })).statusCode
}

t.test('after a rotation both secrets speak for the same key, the former one for a day', async (t) => {
  const made = await makeKey({ expires_at: '2099-01-01T00:00:00Z' })
  t.equal(await statusWith(made.key), 200)
  const { status, headers, body } = await rotate(made.id)
  t.equal(status, 201)
  t.equal(headers['cache-control'], 'no-store')
  t.match(body, { id: made.id, name: 'backend', role: 'finance', expires_at: made.expires_at, hint: body.key.slice(-4) })
  t.match(body.key, /^hf_sandbox_[A-Za-z0-9_-]{43}$/)
  t.not(body.key, made.key)
  const [newest, former] = body.secrets
  t.match(newest, { hint: body.key.slice(-4), retires_at: null, last_used_at: null })
  t.match(former, { hint: made.key.slice(-4), last_used_at: String })
  const endsInMs = Date.parse(former?.retires_at ?? '') - Date.parse(newest?.created_at ?? '')
  t.ok(Math.abs(endsInMs - OVERLAP_DEFAULT_MS) < PATIENCE_MS)
  for (const secret of [made.key, body.key]) t.equal(await statusWith(secret), 200)
  const { rows } = await sql<{ text: string, hash: Buffer }>`select s::text as text, hash from api_key_secrets s`.execute(api.databases.read)
  t.ok(rows.some(({ hash }) => hash.equals(createHash('sha256').update(body.key).digest())))
  t.notMatch(rows.map(({ text }) => text).join('\n'), body.key.slice(11, 50), 'only its hash is kept')
  t.notMatch((await api.call('GET', '/v1/api-keys?limit=100', { key: admin })).text, body.key)
})

t.test('the last use of each secret is told apart, so that one sees who has not moved yet', async (t) => {
  const { id, key } = await makeKey()
  const { body: { key: next } } = await rotate(id)
  t.same((await read(id)).secrets.map(({ last_used_at: use }) => use), [null, null])
  await statusWith(next)
  t.match(await read(id), { last_used_at: String, secrets: [{ last_used_at: String }, { last_used_at: null }] })
  await statusWith(key)
  t.match(await read(id), { secrets: [{ last_used_at: String }, { last_used_at: String }] })
})

t.test('a former secret ends with its overlap; the key goes on', async (t) => {
  const { id, key } = await makeKey()
  t.equal(await statusWith(key), 200)
  const { body: { key: next } } = await rotate(id, { overlap_seconds: 1 })
  t.equal(await statusWith(key), 200)
  await sleep(1_000 + FORGOTTEN_MS)
  t.same([await statusWith(key), await statusWith(next)], [401, 200])
  t.match((await read(id)).secrets, [{ hint: next.slice(-4) }])
  t.equal((await read(id)).secrets.length, 1)
  t.match(await rotate(id), { status: 201 }, 'and can rotate again')
})

t.test('an overlap of 0 ends every former secret at once, even while an earlier rotation is under way', async (t) => {
  const { id, key: first } = await makeKey()
  const { body: { key: second } } = await rotate(id)
  const { status, body: { key: third, secrets } } = await rotate(id, { overlap_seconds: 0 })
  t.equal(status, 201)
  t.equal(secrets.length, 1)
  t.same([await statusWith(first), await statusWith(second), await statusWith(third)], [401, 401, 200])
})

t.test('a key has two secrets at most: of rotations at once one happens and the others are told why not', async (t) => {
  const { id, key } = await makeKey()
  const answers = await Promise.all(Array.from({ length: 5 }, async () => await rotate(id)))
  t.same(answers.map(({ status }) => status).sort(), [201, 409, 409, 409, 409])
  for (const { body } of answers.filter(({ status }) => status === 409)) t.match(body, { code: 'key_rotating', detail: key.slice(-4), retryable: false })
  t.equal((await read(id)).secrets.length, 2)
  const winner = answers.find(({ status }) => status === 201)?.body.key ?? ''
  t.same([await statusWith(key), await statusWith(winner)], [200, 200])
})

t.test('a key that has ended does not rotate', async (t) => {
  const revoked = await makeKey()
  await api.call('DELETE', `/v1/api-keys/${revoked.id}`, { key: admin })
  t.match(await rotate(revoked.id), { status: 409, body: { code: 'key_ended', detail: /revoked/ } })
  const expired = await makeKey({ expires_at: new Date(Date.now() + 300).toISOString() })
  await sleep(400)
  t.match(await rotate(expired.id), { status: 409, body: { code: 'key_ended', detail: /expired/ } })
  t.match(await rotate((await makeKey()).id, {}, theirs.keys.admin), { status: 404 })
})

t.test('an overlap is a whole number of seconds up to thirty days', async (t) => {
  const { id } = await makeKey()
  for (const overlap of [-1, 2_592_001, 1.5, '60', null]) {
    t.match(await rotate(id, { overlap_seconds: overlap }), { status: 400, body: { code: 'invalid_request', errors: [{ pointer: '/overlap_seconds' }] } })
  }
  t.equal((await rotate(id, { overlap_seconds: 2_592_000 })).status, 201)
})

t.test('a revoked key ends with both its secrets, within seconds, in every process', async (t) => {
  const other = await buildApp(api.services)
  t.teardown(async () => { await other.close() })
  const { id, key } = await makeKey()
  const { body: { key: next } } = await rotate(id)
  for (const app of [api.app, other]) for (const secret of [key, next]) t.equal(await statusWith(secret, app), 200)
  const { body } = await api.call('DELETE', `/v1/api-keys/${id}`, { key: admin })
  t.match(body, { state: 'revoked', revoked_at: String })
  await sleep(FORGOTTEN_MS)
  for (const app of [api.app, other]) for (const secret of [key, next]) t.equal(await statusWith(secret, app), 401)
})

t.test('the list tells which keys work, and which soon will not', async (t) => {
  const { keys } = await api.newTenant('listing')
  const make = async (expiresInMs: number | null): Promise<string> => {
    const body = { name: 'one', role: 'finance', ...expiresInMs === null ? {} : { expires_at: new Date(Date.now() + expiresInMs).toISOString() } }
    return (await api.call('POST', '/v1/api-keys', { key: keys.admin, body })).body.id
  }
  const DAY_MS = 86_400_000
  const expired = await make(200)
  const expiring = await make(29 * DAY_MS)
  const later = await make(31 * DAY_MS)
  const revoked = await make(29 * DAY_MS)
  await api.call('DELETE', `/v1/api-keys/${revoked}`, { key: keys.admin })
  await sleep(300)
  const list = async (query: string): Promise<string[]> => (await api.call('GET', `/v1/api-keys?limit=100${query}`, { key: keys.admin })).body.data.map(({ id }) => id)
  t.same(await list('&state=expiring'), [expiring])
  t.same(await list('&state=expired'), [expired])
  t.same(await list('&state=revoked'), [revoked])
  t.ok((await list('&state=active')).includes(later))
  t.equal((await list('&state=active')).length + 3, (await list('')).length)
  t.match(await api.call('GET', '/v1/api-keys?state=lost', { key: keys.admin }), { status: 400 })
})
