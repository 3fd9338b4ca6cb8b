import t from 'tap'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { packageRoot } from '../src/db/package-root.ts'
import { createLog } from '../src/http/log.ts'
import { createTestDatabase } from './support/database.ts'
import { dataFolder, firstKeys, send, startService } from './support/service.ts'

const folder = await dataFolder()
const database = await createTestDatabase()
t.teardown(async () => {
  await database.drop()
  await folder.remove()
})

/** Everything personal or secret that the requests of this file carry has one of these in it. */
const SECRETS = /Hildegard|hunter2|example\.org|hf_sandbox_|idem-secret/

t.test('at level trace nothing that callers send, rows hold or logins need is logged: not when it works, not when a batch fails, not when connections break', async (t) => {
  let log = ''
  const service = await startService({
    DATABASE_URL: database.url, DATABASE_MIGRATION_URL: database.ownerUrl, DATA_DIR: folder.path, LOG_LEVEL: 'trace', PGPASSWORD: 'hunter2', SWEEP_INTERVAL_MS: '50'
  }, { onLine: (line) => { log += `${line}\n` } })
  const { marketplace, admin } = await firstKeys(folder.path)
  const client = new pg.Client({ connectionString: database.superuserUrl })
  await client.connect()
  const party = { kind: 'buyer', external_ref: 'hildegard@example.org', name: 'Hildegard Secret' }
  const post = async (body: unknown, key: string): Promise<number> => (await send(service.url, marketplace, 'POST', '/v1/parties', body, `idem-secret-${key}`)).status
  t.equal(await post(party, 'good'), 201)
  t.equal(await post({ ...party, name: 7 }, 'wrong'), 400)
  t.equal((await send(service.url, `${marketplace}x`, 'GET', '/v1/parties')).status, 401)
  t.equal((await send(service.url, marketplace, 'GET', '/v1/parties?external_ref=hildegard@example.org')).status, 200)
  t.equal((await send(service.url, marketplace, 'GET', '/v1/Hildegard')).status, 404)
  t.equal((await send(service.url, admin, 'POST', '/v1/api-keys', { name: 'Hildegard', role: 'finance' })).status, 201)
  t.equal((await fetch(`${service.url}/v1/parties`, {
    method: 'POST', body: '{"name":"Hildegard', headers: { authorization: `Bearer ${marketplace}`, 'content-type': 'application/json', 'idempotency-key': 'idem-secret-x' }
  })).status, 400)

  await client.query("alter table parties add constraint not_her check (name not like 'Hildegard B%')")
  t.equal(await post({ ...party, external_ref: 'hildegard-2@example.org', name: 'Hildegard B.' }, 'batch'), 500)
  // What failed is told.
  while (!log.includes('"constraint":"not_her"')) await sleep(20)
  await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()')
  await client.end()
  while (!log.includes('the sweep was interrupted')) await sleep(20)
  t.equal(await service.stop(), 0)
  t.ok(log.split('\n').length > 10, 'much was logged')
  t.same(log.split('\n').filter((line) => SECRETS.test(line)), [])
})

t.test('an error is logged without the value it quotes and without the login in an address', async (t) => {
  const lines: string[] = []
  const log = createLog('trace', new Writable({
    write (line: Buffer, _encoding, done) {
      lines.push(line.toString())
      done()
    }
  }))
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  for (const statement of ["select 'Hildegard'::uuid", "select 'Hildegard'::timestamptz", "select '{\"a\": Hildegard'::json"]) {
    await t.rejects(client.query(statement).catch((error: unknown) => {
      log.error({ err: error }, 'failed')
      throw error
    }))
  }
  await client.end()
  log.fatal({ err: new Error('no way to postgres://user:hunter2@db/x', { cause: Object.assign(new Error('inner'), { detail: 'Hildegard', input: 'postgres://user:hunter2@db' }) }) }, 'crashed')
  log.error({ err: 'Hildegard' }, 'thrown')
  log.info({ name: 'Hildegard', key: 'hf_sandbox_x', request: { headers: { authorization: 'Bearer hf_sandbox_x' } } }, 'careless')
  t.equal(lines.length, 6)
  t.same(lines.filter((line) => SECRETS.test(line)), [])
  t.match(lines[0], /invalid input syntax for type uuid/)
  t.match(lines[3], /"cause":\{"type":"Error","message":"inner"/)
})

t.test('a database that cannot be reached, or an address that is none, is told without its password', async (t) => {
  for (const url of ['postgres://user:hunter2@127.0.0.1:1/db', 'postgres://user:hunter2@no.such.host.invalid/db', 'postgres://user:hunter2@[::bad/db', 'postgres://user:hunter2%zz@h/db']) {
    for (const program of ['main.js', 'cli.js']) {
      const said = await new Promise<string>((resolve) => {
        execFile(process.execPath, [join(packageRoot(), 'dist/src', program), ...program === 'cli.js' ? ['verify'] : []], { env: { ...process.env, DATABASE_URL: url, LOG_LEVEL: 'trace', DATA_DIR: folder.path } }, (_error, out, err) => { resolve(out + err) })
      })
      t.not(said, '', `${program} says something of ${url.replace('hunter2', '…')}`)
      t.notMatch(said, /hunter2/)
    }
  }
})
