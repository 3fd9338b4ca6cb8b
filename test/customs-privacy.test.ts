import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import t from 'tap'
import pg from 'pg'
import { callerOf, openApi } from './support/api.ts'
import { cardNumber, CustomsDesk, PURPOSE } from './support/customs-desk.ts'
import { createMetrics } from '../src/metrics/service-metrics.ts'
import { buildApp } from '../src/app.ts'

// Somebody who does not exist, by words and numbers that nothing else here contains.
const SENTINEL = {
  names: [{ script: 'Hani', full: '哨兵壹拾' }, { script: 'Hang', full: '보초하나' }, { script: 'Latn', full: 'Sentinella Zyxquine' }],
  id: { type: 'cn_id', number: cardNumber(123_456), country: 'CN', valid_until: '2077-07-17' },
  phone: '+8613912345670',
  postcodes: ['987654'],
  evidence: [{ method: 'government_database', provider: 'sample', ref: 'EVIDENCE-ZYXQUINE', verified_at: '2026-01-30T08:00:00Z', sha256: 'fedc'.repeat(16) }]
}
const CLAIMED = { name: '哨兵贰拾', id_type: 'cn_id', id_number: cardNumber(234_567), phone: '+8613912345671', postcode: '987653' }
const SECRETS = [
  ...SENTINEL.names.map(({ full }) => full), 'SENTINELLA ZYXQUINE', SENTINEL.id.number, SENTINEL.id.valid_until, SENTINEL.phone, '13912345670', '987654', 'EVIDENCE-ZYXQUINE', 'fedc'.repeat(16),
  CLAIMED.name, CLAIMED.id_number, CLAIMED.phone, '13912345671', '987653', '900101-2345678', '9001012345678'
]

/** How a text may be written that must not be found: as it is, as bytes, or as a hash that anybody can compute. */
function disguises (text: string): string[] {
  const bytes = Buffer.from(text)
  const hashes = ['sha256', 'sha1', 'md5'].flatMap((name) => ['hex', 'base64'].map((encoding) => createHash(name).update(bytes).digest(encoding as 'hex')))
  return [text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1), bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, ''), ...hashes]
}

function found (text: string): string[] {
  return SECRETS.filter((secret) => disguises(secret).some((disguise) => text.includes(disguise)))
}

const api = await openApi()
const metrics = createMetrics()
const app = await buildApp({ ...api.services, metrics: { count: (...request) => { metrics.count(...request) }, read: async () => await metrics.registry.metrics() } })
const desk = new CustomsDesk({ ...api, app, call: callerOf(app) }, await api.newTenant('ours'))
const dba = new pg.Client({ connectionString: api.database.superuserUrl })
await dba.connect()

t.teardown(async () => {
  await dba.end()
  await app.close()
  await api.close()
})

const answers: string[] = []
const send: typeof desk.send = async (...args) => {
  const answer = await desk.send(...args)
  answers.push(answer.text, JSON.stringify(answer.headers))
  return answer
}

t.test('personal data goes in, and is used in every way there is', async (t) => {
  const consent = await desk.consent(await desk.party('buyer'))
  const { status, body: { id: identity } } = await send('POST', 'identities', { ...SENTINEL, consent })
  t.equal(status, 201)
  const { data: [ours] } = await desk.made('GET', 'api-keys', undefined, desk.keys.admin)
  t.ok(ours)
  const trade = await desk.granted(identity)
  await desk.made('POST', `trades/${trade}/payments`, { amount: '10.00', provider: 'sandbox', provider_ref: trade })
  const ask = async (claim: object): Promise<string> => (await send('POST', 'matches', { trade, role: 'orderer', jurisdiction: 'CN', purpose: PURPOSE, claim }, desk.keys.broker)).body.id
  const right = { name: SENTINEL.names[0]?.full, id_type: 'cn_id', id_number: SENTINEL.id.number, phone: SENTINEL.phone, postcode: '987654' }
  const match = await ask(right)
  await ask({ ...right, name: 'Sentinella Zyxquine' })
  await ask(CLAIMED)
  await ask({ ...CLAIMED, id_number: SENTINEL.id.number })
  await send('POST', 'match-batches', { matches: [right, CLAIMED, { ...right, id_number: '9001012345678' }].map((claim) => ({ trade, role: 'payer', jurisdiction: 'CN', purpose: PURPOSE, claim })) }, desk.keys.broker)
  await send('POST', `matches/${match}/receipt`, {}, desk.keys.broker)
  // And in the ways in which it goes wrong.
  await send('POST', 'identities', { ...SENTINEL, consent, phone: CLAIMED.phone })
  await send('POST', 'identities', { ...SENTINEL, consent, id: { type: 'kr_rrn', number: '900101-2345678' } })
  await send('POST', 'identities', { ...SENTINEL, consent, id: { ...SENTINEL.id, country: '哨兵壹拾' } })
  await send('POST', 'identities', { ...SENTINEL, consent: undefined })
  await send('POST', 'identities', { ...SENTINEL, consent, names: [{ script: 'Hani', full: '哨兵壹拾\u0000' }] })
  await ask({ ...right, phone: `${SENTINEL.phone}x` })
  await ask({ ...right, name: '哨兵壹拾\u200b' })
  await ask({ ...right, id_number: `${SENTINEL.id.number}1` })
  await send('GET', `identities/${identity}`)
  // Who puts a name into an address gets it back in `instance`, and nobody else sees it.
  await desk.send('GET', 'parties/哨兵壹拾/lookups')
  await api.call('POST', '/v1/matches', { key: desk.keys.broker, body: '{"claim":{"name":"哨兵壹拾"' })
  await dba.query('alter table matches add constraint never check (false) not valid')
  t.equal((await send('POST', 'matches', { trade: await desk.granted(identity), role: 'consignee', jurisdiction: 'CN', purpose: PURPOSE, claim: right }, desk.keys.broker)).status, 500)
  await dba.query('alter table matches drop constraint never')
  await dba.query('alter table identity_secrets add constraint never check (false) not valid')
  t.equal((await send('POST', 'identities', { ...SENTINEL, consent: await desk.consent(await desk.party('buyer')) })).status, 500)
  await dba.query('alter table identity_secrets drop constraint never')
  for (const path of ['events?limit=100', 'audit?limit=100']) await send('GET', path, undefined, desk.keys.finance)
  await send('GET', 'audit/lookups?limit=100', undefined, desk.keys.auditor)
})

t.test('none of it is in an answer, a receipt, a log, an event, an audit entry or a metric', async (t) => {
  t.ok(answers.length > 40)
  t.same(found(answers.join('\n')), [])
  const payload = /"receipt":"[\w-]+\.([\w-]+)\./.exec(answers.join('\n'))?.[1] ?? ''
  t.match(Buffer.from(payload, 'base64url').toString(), /"verdict":"match"/)
  t.same(found(Buffer.from(payload, 'base64url').toString()), [])
  t.ok(api.logged.length > 30)
  t.same(found(api.logged.join('\n')), [])
  const { payload: counted } = await app.inject('/metrics')
  t.ok(counted.length > 1000)
  t.same(found(counted), [])
  t.same(found(await readFile(api.services.erasures.path, 'utf8').catch(() => '')), [])
})

t.test('none of it is in any table, as text, as bytes or as a plain hash', async (t) => {
  const { rows: tables } = await dba.query<{ name: string }>("select tablename as name from pg_tables where schemaname = 'public' order by 1")
  t.ok(tables.length > 30)
  for (const { name } of tables) {
    const { rows } = await dba.query<{ text: string }>(`select string_agg(x::text, E'\\n') as text from ${name} x`)
    t.same(found(rows[0]?.text ?? ''), [], name)
  }
  // What is found here is looked for well: a name that is no secret is.
  const { rows: [party] } = await dba.query<{ text: string }>("select string_agg(x::text, E'\\n') as text from parties x")
  t.match(party?.text, /buyer-1/)
})

t.test('none of it is in a dump of the database, where PostgreSQL\'s own program is there to make one', async (t) => {
  const { rows: [server] } = await dba.query<{ major: number }>("select current_setting('server_version_num')::integer / 10000 as major")
  const program = await dumpProgram(server?.major ?? 0)
  if (program === null) {
    t.pass(`there is no pg_dump of version ${server?.major ?? 0} or newer`)
    return
  }
  const { stdout } = await promisify(execFile)(program, ['--dbname', api.database.superuserUrl], { maxBuffer: 1 << 28 })
  t.match(stdout, /COPY public\.identity_secrets/)
  t.same(found(stdout), [])
})

/** The program that dumps a server of that version, or null. */
async function dumpProgram (major: number): Promise<string | null> {
  const places = [process.env['HOLDFAST_TEST_POSTGRES_BIN'], ...[15, 16, 17, 18, 19].map((version) => `/usr/lib/postgresql/${version}/bin`)].flatMap((place) => place === undefined || place === '' ? [] : [`${place}/pg_dump`])
  for (const program of [...places, 'pg_dump']) {
    const version = await promisify(execFile)(program, ['--version']).then(({ stdout }) => Number(/\d+/.exec(stdout)?.[0]), () => 0)
    if (version >= major) return program
  }
  return null
}
