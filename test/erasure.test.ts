import { copyFile, mkdir, rm } from 'node:fs/promises'
import t from 'tap'
import { sql } from 'kysely'
import pg from 'pg'
import { IDENTITY_CHECKS } from '../src/customs/checks/identity-checks.ts'
import { eraseDue } from '../src/customs/erasure/erase-identity.ts'
import { erasureLogAt } from '../src/customs/erasure/erasure-log.ts'
import { listErasures, replayErasures } from '../src/customs/erasure/replay-erasures.ts'
import { readIdentityFields } from '../src/customs/identities/read-identity.ts'
import { openDatabases } from '../src/db/pools.ts'
import { internalId } from '../src/kernel/ids.ts'
import { runVerify } from '../src/reports/verify.ts'
import { openApi, type Body } from './support/api.ts'
import { CustomsDesk, LI, TRUE_OF_LI } from './support/customs-desk.ts'

const api = await openApi()
const desk = new CustomsDesk(api, await api.newTenant('ours'))
const { read } = api.databases
const inside = (id: string): string => internalId('idn', id) ?? ''

t.teardown(async () => { await api.close() })

async function erase (identity: string, key = desk.keys.marketplace): Promise<Body> {
  return await desk.made('POST', `identities/${identity}/erasure`, {}, key)
}

/** A trade that names the identity, and is over. */
async function closedTrade (identity: string): Promise<string> {
  const trade = await desk.granted(identity)
  await desk.made('POST', `trades/${trade}/cancellation`, {})
  return trade
}

/** How many rows hold something of an identity that is more than an id. */
async function leftOf (db: typeof read, identity: string): Promise<number> {
  const { rows: [row] } = await sql<{ count: number }>`
    select ((select count(*) from identity_secrets where identity_id = ${inside(identity)}) + (select count(*) from quota_index where identity_id = ${inside(identity)})
      + (select count(*) from receipts where identity_id = ${inside(identity)} and revoked_at is null))::integer as count`.execute(db)
  return row?.count ?? -1
}

t.test('an erased identity is gone, with its receipts and its masks; ids stay', async (t) => {
  const identity = await desk.identity()
  const trade = await closedTrade(identity)
  const { id: match } = (await desk.ask(trade, TRUE_OF_LI)).body
  const { jti } = await desk.made('POST', `matches/${match}/receipt`, {}, desk.keys.broker) as unknown as { jti: string }
  t.equal(await leftOf(read, identity), 3)
  const erased = await erase(identity)
  t.match(erased, { identity, status: 'erased', legal_basis: null, erased_at: /^20/ })
  t.strictSame(await erase(identity), erased, 'twice is once')
  t.equal(await leftOf(read, identity), 0)
  t.match(await desk.made('GET', `identities/${identity}`), { state: 'erased', names: [], id_document: null, phone_masked: null, postcodes_masked: [], evidence: [] })
  t.match((await desk.ask(trade, TRUE_OF_LI)).body, { verdict: 'unavailable' })
  t.match((await api.call('GET', `/v1/receipts/${jti}/status`)).body, { status: 'revoked' })
  t.match(await desk.send('POST', `matches/${match}/receipt`, {}, desk.keys.broker), { status: 409, body: { code: 'identity_erased' } })
  await t.rejects(readIdentityFields(read, api.keyring, desk.tenantId, inside(identity), ['phone']), { code: 'identity_erased' })
  t.match(await desk.send('PUT', `trades/${await desk.trade()}/customs-parties`, { payer: identity, orderer: identity }), { status: 409, body: { code: 'identity_erased' } })
  t.match((await desk.made('GET', 'audit?action=identity.erased', undefined, desk.keys.admin)).data[0], { subject: identity, details: { was_deferred: false } })
  t.ok((await api.services.erasures.read()).some(({ identityId }) => identityId === inside(identity)))
  t.match(await desk.send('POST', `identities/idn_${'0'.repeat(26)}/erasure`, {}), { status: 404 })
})

t.test('while a trade that names it is open, an erasure waits, and then is done by itself', async (t) => {
  const identity = await desk.identity({ ...LI, phone: '+8613800138021' })
  const trade = await desk.granted(identity)
  t.match(await erase(identity), { status: 'deferred', legal_basis: 'open_trade', erase_at: /^20/, erased_at: null })
  t.match(await desk.made('GET', `identities/${identity}`), { state: 'erasure_deferred', names: [{ masked: '李**' }, {}] })
  t.match((await desk.ask(trade, TRUE_OF_LI)).body, { verdict: 'match' }, 'what it is needed for goes on')
  t.equal(await eraseDue(read, api.services.erasures), 0)
  await desk.made('POST', `trades/${trade}/cancellation`, {})
  await desk.made('POST', 'test-clock/advance', { by_seconds: 31 * 86_400 })
  t.equal(await eraseDue(read, api.services.erasures), 1)
  t.match(await desk.made('GET', `identities/${identity}`), { state: 'erased' })
  t.equal(await leftOf(read, identity), 0)
})

t.test('what the law wants kept is kept so long, and no longer', async (t) => {
  await desk.made('PATCH', 'tenant/settings', { identity_retention_days: 1095 }, desk.keys.admin)
  const identity = await desk.identity({ ...LI, phone: '+8613800138022' })
  await closedTrade(identity)
  t.match(await erase(identity), { status: 'deferred', legal_basis: 'record_keeping' })
  t.match(await erase(await desk.identity({ ...LI, phone: '+8613800138023' })), { status: 'erased' }, 'of whom no trade is kept, nothing needs to be')
  await desk.made('POST', 'test-clock/advance', { by_seconds: 1094 * 86_400 })
  t.equal(await eraseDue(read, api.services.erasures), 0)
  await desk.made('POST', 'test-clock/advance', { by_seconds: 2 * 86_400 })
  t.equal(await eraseDue(read, api.services.erasures), 1)
  t.equal(await leftOf(read, identity), 0)
  await desk.made('PATCH', 'tenant/settings', { identity_retention_days: 0 }, desk.keys.admin)
})

t.test('an erasure among fifty questions ends with nothing left', async (t) => {
  const identity = await desk.identity({ ...LI, phone: '+8613800138024' })
  const trade = await closedTrade(identity)
  const { id: match } = (await desk.ask(trade, TRUE_OF_LI)).body
  const answers = await Promise.all(Array.from({ length: 50 }, async (_, index) => {
    if (index === 25) return (await erase(identity))['status']
    if (index % 5 === 0) return (await desk.send('POST', `matches/${match}/receipt`, {}, desk.keys.broker)).status
    return ((await desk.ask(trade, TRUE_OF_LI)).body as unknown as { verdict: string }).verdict
  }))
  t.same([...new Set(answers)].filter((answer) => ![201, 409, 'match', 'unavailable', 'erased'].includes(answer as string)), [])
  t.equal(await leftOf(read, identity), 0)
})

t.test('a backup that is restored forgets again what was erased', async (t) => {
  const [gone, kept] = [await desk.identity({ ...LI, phone: '+8613800138031' }), await desk.identity({ ...LI, phone: '+8613800138032' })]
  const [name, superuser] = [new URL(api.database.superuserUrl.replace('postgres://', 'http://')).pathname.slice(1), new pg.Client({ connectionString: api.database.superuserUrl.replace(/\/[^/?]+(\?|$)/, '/postgres$1') })]
  await superuser.connect()
  const backup = `${name}_backup`
  await superuser.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
  await superuser.query(`create database ${backup} template ${name}`)
  t.teardown(async () => {
    await superuser.query(`drop database if exists ${backup} with (force)`)
    await superuser.end()
  })
  await erase(gone)
  const later = await desk.identity({ ...LI, phone: '+8613800138033' })
  await erase(later)
  const restored = openDatabases({ url: api.database.url.replace(name, backup) })
  t.teardown(async () => { await restored.close() })
  const log = erasureLogAt(`${api.services.erasures.path}.copy`)
  await copyFile(api.services.erasures.path, log.path)
  t.teardown(async () => { await rm(log.path) })
  t.match(await readIdentityFields(restored.read, api.keyring, desk.tenantId, inside(gone), ['phone']), { phone: '+8613800138031' }, 'the backup has it')
  t.equal(await replayErasures(restored.read, log), 1)
  await t.rejects(readIdentityFields(restored.read, api.keyring, desk.tenantId, inside(gone), ['phone']), { code: 'identity_erased' })
  t.equal(await leftOf(restored.read, gone), 0)
  t.match(await readIdentityFields(restored.read, api.keyring, desk.tenantId, inside(kept), ['phone']), { phone: '+8613800138032' })
  t.equal(await replayErasures(restored.read, log), 0, 'a second time there is nothing to do')
  t.ok((await listErasures(restored.read)).some(({ identityId }) => identityId === inside(gone)))
  const { checks } = await runVerify(restored.report, IDENTITY_CHECKS)
  t.same(checks.flatMap(({ findings }) => findings), [])
})

t.test('where the log of erasures cannot be written nothing is erased', async (t) => {
  const identity = await desk.identity({ ...LI, phone: '+8613800138041' })
  const { path } = api.services.erasures
  await rm(path)
  await mkdir(path)
  t.match(await desk.send('POST', `identities/${identity}/erasure`, {}), { status: 500 })
  t.ok(await leftOf(read, identity) > 0)
  await rm(path, { recursive: true })
  t.match(await erase(identity), { status: 'erased' })
})
