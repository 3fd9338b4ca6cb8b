import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createLocalJWKSet, decodeJwt, jwtVerify, type JSONWebKeySet } from 'jose'
import t from 'tap'
import { sql } from 'kysely'
import { buildApp } from '../src/app.ts'
import { rotateKeys, usedKeys } from '../src/customs/identities/rotate-keys.ts'
import { keyringOf } from '../src/customs/keyring/keyring.ts'
import { packageRoot } from '../src/db/package-root.ts'
import { internalId } from '../src/kernel/ids.ts'
import { openApi } from './support/api.ts'
import { cardNumber, CustomsDesk, LI, TRUE_OF_LI } from './support/customs-desk.ts'

const api = await openApi()
const desk = new CustomsDesk(api, await api.newTenant('ours'))
const theirs = new CustomsDesk(api, await api.newTenant('theirs'))
const folder = await mkdtemp(join(tmpdir(), 'holdfast-receipts-'))

t.teardown(async () => {
  await api.close()
  await rm(folder, { recursive: true })
})

interface Receipt {
  readonly jti: string
  readonly receipt: string
  readonly nonce: string
}

async function receiptOf (trade: string, claim: object = TRUE_OF_LI): Promise<Receipt & { readonly match: string }> {
  const { id: match } = (await desk.ask(trade, claim)).body
  return { match, ...await desk.made('POST', `matches/${match}/receipt`, {}, desk.keys.broker) as unknown as Receipt }
}

async function keySet (): Promise<JSONWebKeySet> {
  const answer = await api.call('GET', '/.well-known/jwks.json')
  if (answer.status !== 200) throw new Error(answer.text)
  return answer.body as unknown as JSONWebKeySet
}

/** Checks a receipt with the published script, and answers what it prints and whether it accepts. */
async function checkOffline ({ receipt, nonce }: Receipt, claim: object, keys?: object): Promise<{ readonly accepted: boolean, readonly said: string }> {
  await Promise.all([
    writeFile(join(folder, 'receipt'), receipt), writeFile(join(folder, 'claim.json'), JSON.stringify(claim, null, 2)), writeFile(join(folder, 'jwks.json'), JSON.stringify(keys ?? await keySet()))
  ])
  const script = join(packageRoot(), 'docs/verify-receipt.mjs')
  return await promisify(execFile)(process.execPath, [script, 'receipt', 'jwks.json', nonce, 'claim.json'], { cwd: folder }).then(
    ({ stdout }) => ({ accepted: true, said: stdout }), (error: unknown) => ({ accepted: false, said: String((error as { stderr: unknown }).stderr) }))
}

t.test('a receipt says what was found, of whom nothing, and any JOSE library checks it', async (t) => {
  const trade = await desk.granted(await desk.identity())
  await desk.made('POST', `trades/${trade}/payments`, { amount: '10.00', provider: 'sandbox', provider_ref: trade })
  const { jti, receipt, match } = await receiptOf(trade)
  const { payload, protectedHeader } = await jwtVerify(receipt, createLocalJWKSet(await keySet()), { issuer: 'holdfast', audience: await desk.keyId('broker'), typ: 'receipt+jwt', algorithms: ['EdDSA'] })
  t.match(protectedHeader, { alg: 'EdDSA', kid: /^[\w-]{43}$/ })
  const { iat = 0, exp = 0, claim_commitment: commitment, payment, ...rest } = payload
  t.strictSame(rest, {
    jti, iss: 'holdfast', aud: await desk.keyId('broker'), trade, amount: '10.00', currency: 'CNY', role: 'orderer', jurisdiction: 'CN', verdict: 'match', fields_checked: ['name', 'id'], assurance: 'high',
    policy_version: 'holdfast-match/1', normaliser_version: 'holdfast-forms/1'
  })
  t.equal(exp - iat, 90 * 86_400)
  t.match([payment, commitment], [/^pay_/, /^[\w-]{43}$/])
  const again = await Promise.all(Array.from({ length: 20 }, async () => (await desk.made('POST', `matches/${match}/receipt`, {}, desk.keys.broker)) as unknown as Receipt))
  t.same(new Set(again.map((each) => each.receipt)), new Set([receipt]), 'asked again, or twenty times at once, it is the same')
  t.match((await desk.send('GET', `audit/lookups?trade=${trade}`, undefined, desk.keys.auditor)).body, { data: [{ match }] })
})

t.test('the published script checks it with plain node, and refuses whatever is not so', async (t) => {
  const claim = { phone: '１３８ 0013 8000', ...TRUE_OF_LI }
  const receipt = await receiptOf(await desk.granted(await desk.identity()), claim)
  const { accepted, said } = await checkOffline(receipt, claim)
  t.ok(accepted, said)
  t.match(JSON.parse(said), { verdict: 'match', jti: receipt.jti })
  t.ok((await checkOffline(receipt, Object.fromEntries(Object.entries(claim).reverse()))).accepted, 'the order of members does not matter')
  const [header = '', body = '', signature = ''] = receipt.receipt.split('.')
  const forged = Buffer.from(Buffer.from(body, 'base64url').toString().replace('"match"', '"no_match"')).toString('base64url')
  const unsigned = Buffer.from(JSON.stringify({ alg: 'none', typ: 'receipt+jwt' })).toString('base64url')
  const { keys } = await keySet()
  const wrong: ReadonlyArray<readonly [title: string, receipt: Receipt, claim: object, keys?: object]> = [
    ['another claim', receipt, { ...claim, id_number: cardNumber(1) }],
    ['the claim in other characters', receipt, { ...claim, phone: '138 0013 8000' }],
    ['another nonce', { ...receipt, nonce: randomBytes(32).toString('base64url') }, claim],
    ['another verdict', { ...receipt, receipt: [header, forged, signature].join('.') }, claim],
    ['another signature', { ...receipt, receipt: [header, body, Buffer.alloc(64).toString('base64url')].join('.') }, claim],
    ['no signature', { ...receipt, receipt: [unsigned, body, ''].join('.') }, claim],
    ['no key', receipt, claim, { keys: [] }],
    ['another key of that name', receipt, claim, { keys: [{ ...keys[0], x: randomBytes(32).toString('base64url') }] }]
  ]
  for (const [title, ...args] of wrong) t.notOk((await checkOffline(...args)).accepted, title)
})

t.test('only the key that asked gets a receipt, and only of a verdict that says something', async (t) => {
  const trade = await desk.granted(await desk.identity())
  const { id: match } = (await desk.ask(trade, TRUE_OF_LI)).body
  t.match(await desk.send('POST', `matches/${match}/receipt`, {}, desk.keys.customs), { status: 404 })
  t.match(await theirs.send('POST', `matches/${match}/receipt`, {}, theirs.keys.broker), { status: 404 })
  const { id: thin } = (await desk.ask(trade, { name: '李示范' })).body
  t.match(await desk.send('POST', `matches/${thin}/receipt`, {}, desk.keys.broker), { status: 409, body: { code: 'verdict_not_final' } })
  const { id: wrong } = (await desk.ask(trade, { ...TRUE_OF_LI, phone: '13900139000' })).body
  const { receipt } = await desk.made('POST', `matches/${wrong}/receipt`, {}, desk.keys.broker) as unknown as Receipt
  t.match(decodeJwt(receipt), { verdict: 'no_match', payment: null, amount: '0.00' })
})

t.test('whoever has a receipt asks whether it may be relied on, without a key', async (t) => {
  const identity = await desk.identity()
  const { jti, match } = await receiptOf(await desk.granted(identity))
  const status = async (): Promise<unknown> => (await api.call('GET', `/v1/receipts/${jti}/status`)).body
  t.match(await status(), { jti, status: 'valid', revoked_at: null })
  t.match(await api.call('GET', `/v1/receipts/rcp_${'0'.repeat(26)}/status`), { status: 404 })
  await sql`update receipts set revoked_at = now() where id = ${internalId('rcp', jti)}`.execute(api.databases.read)
  t.match(await status(), { status: 'revoked', revoked_at: /^20/ })
  const next = await desk.made('POST', `matches/${match}/receipt`, {}, desk.keys.broker) as unknown as Receipt
  t.not(next.jti, jti, 'a revoked one is not answered again')
})

t.test('after a rotation identities read as before, new receipts have a new key, and old ones are still checked', async (t) => {
  const trade = await desk.granted(await desk.identity())
  const claim = { ...TRUE_OF_LI }
  const old = await receiptOf(trade, claim)
  const fresh = { id: 'fresh', secret: randomBytes(32) }
  const both = keyringOf([fresh, ...api.keyring.all()])
  const rewrapped = await rotateKeys(api.databases.read, both)
  t.ok(rewrapped > 1)
  t.same((await usedKeys(api.databases.read)).map(({ keyId }) => keyId), ['fresh'])
  t.equal(await rotateKeys(api.databases.read, both), 0, 'there is nothing left to do')
  // The former key is gone for good.
  const app = await buildApp({ ...api.services, keyring: keyringOf([fresh]) })
  const call = async (method: 'GET' | 'POST', url: string, key?: string, payload?: object) =>
    await app.inject({ method, url, headers: key === undefined ? {} : { authorization: `Bearer ${key}` }, ...payload === undefined ? {} : { payload } })
  t.match((await call('POST', '/v1/matches', desk.keys.broker, { trade, role: 'orderer', jurisdiction: 'CN', purpose: 'customs_clearance', claim })).json(), { id: old.match, verdict: 'match' }, 'the claim is known again')
  t.match((await call('POST', `/v1/matches/${old.match}/receipt`, desk.keys.broker, {})).json(), { receipt: old.receipt, nonce: old.nonce })
  const { id } = (await call('POST', '/v1/matches', desk.keys.broker, { trade, role: 'payer', jurisdiction: 'CN', purpose: 'customs_clearance', claim })).json<{ id: string }>()
  const next = (await call('POST', `/v1/matches/${id}/receipt`, desk.keys.broker, {})).json<Receipt>()
  const keys = (await call('GET', '/.well-known/jwks.json')).json<JSONWebKeySet>()
  t.equal(keys.keys.length, 2)
  for (const each of [old, next]) {
    t.ok(await jwtVerify(each.receipt, createLocalJWKSet(keys)))
    t.ok((await checkOffline(each, claim, keys)).accepted)
  }
  t.match((await call('POST', '/v1/identities', desk.keys.marketplace, { ...LI, phone: '+8613800138044', consent: await desk.consent(await desk.party('buyer')) })).statusCode, 201)
  await app.close()
})
