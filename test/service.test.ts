import t from 'tap'
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeFirstTenant } from '../src/auth/first-start.ts'
import { KeyCache } from '../src/auth/key-cache.ts'
import { openDatabases } from '../src/db/pools.ts'
import { ROLES } from '../src/kernel/principal.ts'
import { listTenants } from '../src/tenants/tenants.ts'
import { createEmptyDatabase, createTestDatabase } from './support/database.ts'

const folder = await mkdtemp(join(tmpdir(), 'holdfast-service-'))
const database = await createTestDatabase()
const environment = { ...process.env, DATABASE_URL: database.url, DATABASE_MIGRATION_URL: database.ownerUrl, DATA_DIR: join(folder, 'data'), PORT: '0', LOG_LEVEL: 'warn', DRAIN_MS: '200' }

t.teardown(async () => {
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs the `holdfast` command to its end. */
async function holdfast (words: readonly string[], env: NodeJS.ProcessEnv = environment): Promise<Ended> {
  return await new Promise((resolve) => {
    execFile(process.execPath, [fileURLToPath(new URL('../src/cli.js', import.meta.url)), ...words], { env }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
  })
}

/** Starts the service and answers where it listens. */
async function serve (env: NodeJS.ProcessEnv = environment): Promise<{ child: ChildProcess, url: string, ended: Promise<number | null> }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../src/main.js', import.meta.url))], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  let said = ''
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text: Buffer) => {
        said += text.toString()
        const found = /listens at (\S+)\. /.exec(said)?.[1]
        if (found !== undefined) resolve(found)
      })
    }
    void ended.then(() => { reject(new Error(said)) })
  })
  return { child, url, ended }
}

t.test('of many processes that start at once on a new database, one makes the tenant and writes keys that work', async (t) => {
  const fresh = await createTestDatabase()
  const pools = Array.from({ length: 5 }, () => openDatabases({ url: fresh.url }))
  const paths = await Promise.all(pools.map(async (databases, index) => await makeFirstTenant(databases, join(folder, `start-${index}`))))
  const made = paths.filter((path) => path !== null)
  t.equal(made.length, 1)
  const [databases] = pools
  const path = made[0] ?? ''
  t.equal((await stat(path)).mode & 0o777, 0o600)
  t.same(await readdir(join(path, '..')), ['credentials.json'], 'no draft is left')
  const credentials = JSON.parse(await readFile(path, 'utf8')) as { tenant: string, keys: Record<string, string> }
  t.same({ tenant: credentials.tenant, keys: Object.keys(credentials.keys) }, { tenant: 'demo', keys: [...ROLES] })
  if (databases !== undefined) {
    t.match(await listTenants(databases.read), [{ name: 'demo', kind: 'sandbox' }])
    const keys = new KeyCache(databases.read)
    for (const role of ROLES) t.match(await keys.find(credentials.keys[role] ?? ''), { role })
  }
  for (const pool of pools) await pool.close()
  await fresh.drop()
})

t.test('when the file of the first keys cannot be written, no tenant comes to be', async (t) => {
  const fresh = await createTestDatabase()
  const databases = openDatabases({ url: fresh.url })
  await t.rejects(makeFirstTenant(databases, '/dev/null/nowhere'))
  t.same(await listTenants(databases.read), [])
  t.not(await makeFirstTenant(databases, join(folder, 'second-try')), null)
  await databases.close()
  await fresh.drop()
})

t.test('the service starts, answers, and ends with 0 at SIGTERM, also when it is sent twice', async (t) => {
  const { child, url, ended } = await serve()
  t.equal((await fetch(`${url}/readyz`)).status, 200)
  const { keys } = JSON.parse(await readFile(join(folder, 'data/credentials.json'), 'utf8')) as { keys: { admin: string } }
  const answer = await fetch(`${url}/v1/tenant`, { headers: { authorization: `Bearer ${keys.admin}` } })
  t.match(await answer.json(), { name: 'demo', kind: 'sandbox' })
  child.kill('SIGTERM')
  child.kill('SIGTERM')
  t.equal(await ended, 0)
  await t.rejects(fetch(`${url}/readyz`), 'nobody listens any more')
})

t.test('a port that is taken is told, with what to do', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  await t.rejects(serve({ ...environment, PORT: String(port) }), { message: /port \d+ of 127\.0\.0\.1 is taken: set PORT/ })
  other.close()
})

t.test('a bad variable ends the start with what to set', async (t) => {
  await t.rejects(serve({ ...environment, PORT: 'http' }), { message: /Holdfast did not start: PORT is not usable\. Set it to/ })
  t.match(await holdfast(['verify'], { ...environment, LOG_LEVEL: 'loud' }), { code: 2, err: /LOG_LEVEL is not usable/ })
})

t.test('a command that cannot mean anything ends with 2 and says where help is', async (t) => {
  const wrong = [[], ['frob'], ['tenant'], ['tenant', 'create'], ['tenant', 'create', 'a', 'b'], ['verify', '--live'], ['verify', '--nope'], ['key', 'revoke', 'x'],
    ['key', 'create', '--tenant', 'demo', '--role', 'king', '--name', 'x'], ['key', 'create', '--role', 'admin', '--name', 'x'], ['report', 'nothing', '--tenant', 'demo'],
    ['report', 'journal', '--tenant', 'demo', '--json', '--csv'], ['export', 'nothing', '--tenant', 'demo'], ['export', 'hledger', '--tenant', 'demo', '--json']]
  await Promise.all(wrong.map(async (words) => { t.match(await holdfast(words), { code: 2 }, words.join(' ')) }))
  t.match(await holdfast(['frob']), { err: /there is no command "frob"\nSee holdfast --help/ })
  t.match(await holdfast(['--help']), { code: 0, out: /holdfast tenant create/, err: '' })
  t.match(await holdfast(['--version']), { code: 0, out: /^\d+\.\d+\.\d+\n$/ })
})

t.test('tenants and keys are made and revoked from the command line', async (t) => {
  t.match(await holdfast(['tenant', 'create', 'acme', '--json']), { code: 0, out: '{"tenant":"acme","kind":"sandbox"}\n' })
  t.match(await holdfast(['tenant', 'create', 'acme']), { code: 1, err: /There is a tenant named "acme" already/ })
  t.match(await holdfast(['tenant', 'create', 'Not A Name']), { code: 1, err: /is no name for a tenant/ })
  const made = await holdfast(['key', 'create', '--tenant', 'acme', '--role', 'finance', '--name', 'books', '--json'])
  const { id, key } = JSON.parse(made.out) as { id: string, key: string }
  const databases = openDatabases({ url: database.url })
  t.match(await new KeyCache(databases.read).find(key), { role: 'finance' })
  t.match(await holdfast(['key', 'revoke', id]), { code: 0, out: /Revoked key_/ })
  t.equal(await new KeyCache(databases.read).find(key), null)
  await databases.close()
  t.match(await holdfast(['key', 'revoke', 'key_01kaj6n8k2f5rvt4r9e8q7m3zd']), { code: 1, err: /no key of that id/ })
  t.match(await holdfast(['key', 'create', '--tenant', 'nobody', '--role', 'finance', '--name', 'x']), { code: 1, err: /no tenant named "nobody"/ })
})

t.test('verify ends with 0 on clean books, a report prints', async (t) => {
  t.match(await holdfast(['verify', '--json']), { code: 0, out: /^\{"clean":true/ })
  t.match(await holdfast(['report', 'trial-balance', '--tenant', 'acme', '--json']), { code: 0, out: /"units":\[\]/ })
  t.match(await holdfast(['report', 'journal', '--tenant', 'acme', '--csv']), { code: 0, out: /^\uFEFFseq,recorded_at.+\r\nsha256,[0-9a-f]{64},+\r\n$/s, err: '' })
})

t.test('the journal is written for hledger, to the output or to a file', async (t) => {
  t.match(await holdfast(['export', 'hledger', '--tenant', 'acme']), { code: 0, out: /^; The journal of acme.+; complete: 0 transactions\n$/s, err: /up to seq 0/ })
  const file = join(folder, 'acme.journal')
  t.strictSame(JSON.parse((await holdfast(['export', 'hledger', '--tenant', 'acme', '--out', file, '--json'])).out), {
    tenant: 'acme', seq: 0, transactions: 0, file, bytes: (await stat(file)).size
  })
  t.match(await holdfast(['export', 'hledger', '--tenant', 'acme', '--as-of-seq', '7']), { code: 1, err: /the books have reached seq 0, not 7/ })
  t.match(await holdfast(['export', 'hledger', '--tenant', 'acme', '--out', join(file, 'nowhere')]), { code: 1 })
})

t.test('a database that was not migrated says so, and migrate brings it there', async (t) => {
  const empty = await createEmptyDatabase()
  const env = { ...environment, DATABASE_URL: empty.url, DATABASE_MIGRATION_URL: empty.ownerUrl }
  t.match(await holdfast(['verify'], env), { code: 1, err: /run holdfast migrate/ })
  t.match(await holdfast(['migrate'], env), { code: 0, out: /Applied 0001_tenants\.sql/ })
  t.match(await holdfast(['migrate'], env), { code: 0, out: /Nothing to do/ })
  t.equal((await holdfast(['verify'], env)).code, 0)
  await empty.drop()
})

t.test('real money does not run on a login that could change the books', async (t) => {
  for (const url of [database.ownerUrl, database.superuserUrl]) {
    t.match(await holdfast(['tenant', 'create', 'real', '--live'], { ...environment, DATABASE_URL: url }), { code: 1, err: /superuser or owns/ })
  }
  t.match(await holdfast(['tenant', 'create', 'real', '--live']), { code: 0, out: /live tenant real/ })
  const { out } = await holdfast(['key', 'create', '--tenant', 'real', '--role', 'admin', '--name', 'first', '--json'])
  t.match(JSON.parse(out), { key: /^hf_live_/ })
  await t.rejects(serve({ ...environment, DATABASE_URL: database.superuserUrl }), { message: /there are live tenants, and the login/ })
  const { child, ended } = await serve()
  child.kill('SIGTERM')
  t.equal(await ended, 0, 'with the right login it runs')
})

t.test('the command lists, rotates and revokes keys, and tells who did what', async (t) => {
  const json = async (...words: string[]): Promise<Record<string, unknown>> => {
    const { code, out, err } = await holdfast([...words, '--json'])
    if (code !== 0) throw new Error(err)
    return JSON.parse(out) as Record<string, unknown>
  }
  await json('tenant', 'create', 'rotating')
  const made = await json('key', 'create', '--tenant', 'rotating', '--role', 'finance', '--name', 'reports')
  const id = String(made['id'])
  const rotated = await json('key', 'rotate', id, '--overlap', '60')
  t.match(rotated, { id, tenant: 'rotating', role: 'finance', name: 'reports', key: /^hf_sandbox_/ })
  t.not(rotated['key'], made['key'])
  t.match(await json('key', 'list', '--tenant', 'rotating'), { data: [{ id, state: 'active', secrets: [{ retires_at: null }, { retires_at: String }] }] })
  t.match(await holdfast(['key', 'rotate', id]), { code: 1, err: /goes on until/ })
  for (const overlap of ['soon', '2592001', '-1', '1.5']) t.match(await holdfast(['key', 'rotate', id, `--overlap=${overlap}`]), { code: 2, err: /--overlap takes seconds/ }, overlap)
  await json('key', 'revoke', id)
  t.match(await holdfast(['key', 'rotate', id]), { code: 1, err: /revoked/ })
  const text = await holdfast(['key', 'list', '--tenant', 'rotating'])
  t.match(text.out, new RegExp(`^${id}  revoked   finance .* reports\n$`))
  const { data } = await json('audit', '--tenant', 'rotating') as { data: ReadonlyArray<{ action: string, actor: string }> }
  t.same(data.map(({ action }) => action), ['key.revoked', 'key.rotated', 'key.created', 'tenant.created'])
  t.ok(data.every(({ actor }) => actor === 'cli'))
  t.match((await holdfast(['audit', '--tenant', 'rotating'])).out, new RegExp(`^4  \\S+Z  cli  key\\.revoked  ${id}  \\{\\}\n3 `))
})
