import t from 'tap'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { packageRoot } from '../src/db/package-root.ts'
import { createTestDatabase } from './support/database.ts'
import { dataFolder, firstKeys, send, startService } from './support/service.ts'

const folder = await dataFolder()
const database = await createTestDatabase()
const environment = {
  DATABASE_URL: database.url, DATABASE_MIGRATION_URL: database.ownerUrl, DATA_DIR: folder.path,
  // Nobody sweeps after the start, so that what is due stays due.
  SWEEP_INTERVAL_MS: '3600000', JOURNAL_CONNECTIONS: '2', READ_CONNECTIONS: '3', REPORT_CONNECTIONS: '2'
}
t.teardown(async () => {
  await database.drop()
  await folder.remove()
})

async function read (url: string): Promise<string> {
  const response = await fetch(`${url}/metrics`, { headers: { connection: 'close' } })
  t.equal(response.status, 200)
  t.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  return await response.text()
}

/** The value of one series of a reading. */
function valueOf (text: string, series: string): number | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}

const service = await startService({ ...environment, DATABASE_REPLICA_URL: database.url, PROCESSES: '2', LOG_LEVEL: 'info' })

t.test('two processes count together what they do, and forget nothing when they are replaced', async (t) => {
  let log = ''
  service.process.stderr?.on('data', (text: string) => { log += text })
  const { marketplace } = await firstKeys(folder.path)
  const post = async (path: string, body: unknown, key: string): Promise<string> => (await send(service.url, marketplace, 'POST', path, body, key)).body.id
  const buyer = await post('/v1/parties', { kind: 'buyer', external_ref: 'B-secret', name: 'Lin Wei' }, 'k1')
  const seller = await post('/v1/parties', { kind: 'seller', external_ref: 'S-secret', name: 'Blue Kiln' }, 'k2')
  const line = { ref: '1', seller, description: 'bowl', quantity: 1, unit_price: '10.00', fulfilment: 'express', commission_rate: '0', splits: [] }
  const trade = await post('/v1/trades', { external_ref: 'ORD-secret', buyer, currency: 'CNY', lines: [line] }, 'k3')
  t.equal((await send(service.url, marketplace, 'POST', `/v1/trades/${trade}/confirmations`, {}, 'k4')).status, 409)
  t.equal((await send(service.url, 'hf_sandbox_wrong', 'GET', `/v1/trades/${trade}`)).status, 401)
  t.equal((await send(service.url, marketplace, 'GET', '/nowhere/Lin-Wei')).status, 404)
  const client = new pg.Client({ connectionString: database.superuserUrl })
  await client.connect()
  await client.query('update trades set next_deadline_at = now() - interval \'1 hour\', next_attempt_at = now() - interval \'1 hour\'')
  await client.end()

  const text = await read(service.url)
  const expected: Readonly<Record<string, number>> = {
    'holdfast_requests_total{route="POST /v1/parties",status="201"}': 2,
    'holdfast_requests_total{route="POST /v1/trades/:id/confirmations",status="409"}': 1,
    'holdfast_requests_total{route="none",status="404"}': 1,
    'holdfast_request_seconds_count{route="POST /v1/parties"}': 2,
    'holdfast_refusals_total{code="illegal_in_state"}': 1,
    'holdfast_refusals_total{code="unauthenticated"}': 1,
    holdfast_journal_batch_operations_sum: 4,
    holdfast_journal_commit_seconds_count: 4,
    holdfast_journal_queue_length: 0,
    'holdfast_timers_overdue{work="trades"}': 1,
    'holdfast_pool_connections{pool="journal",state="max"}': 4,
    'holdfast_database_up{database="primary"}': 1,
    'holdfast_database_up{database="replica"}': 1,
    holdfast_replica_lag_seconds: 0,
    holdfast_processes: 2
  }
  for (const [series, value] of Object.entries(expected)) t.equal(valueOf(text, series), value, series)
  const oldest = valueOf(text, 'holdfast_timers_oldest_seconds{work="trades"}') ?? 0
  t.ok(oldest >= 3600 && oldest < 3900, `the oldest waits for ${oldest} s`)
  t.notMatch(text, /secret|Lin|Kiln|demo|trd_|pty_|key_|hf_/, 'nothing of any tenant or person')

  const documented = [...readFileSync(join(packageRoot(), 'docs/operations.md'), 'utf8').matchAll(/^\| `(holdfast_\w+)` \| (\w+) \|/gm)].map(([, name, type]) => `${name} ${type}`)
  t.same(documented.sort(), [...text.matchAll(/^# TYPE (holdfast_\w+ \w+)$/gm)].map(([, metric]) => metric).sort(), 'the operator reads of every metric')
  const alerts = readFileSync(join(packageRoot(), 'docs/operations.md'), 'utf8').match(/(?<=expr: '[^']*)holdfast_\w+/g) ?? []
  t.ok(alerts.length > 5)
  t.same(alerts.map((name) => name.replace(/_bucket$/, '')).filter((name) => !text.includes(`# TYPE ${name} `)), [], 'alerts name metrics that exist')

  service.process.kill('SIGHUP')
  while (!log.includes('every process was replaced')) await sleep(50)
  const after = await read(service.url)
  for (const series of ['holdfast_requests_total{route="POST /v1/parties",status="201"}', 'holdfast_refusals_total{code="illegal_in_state"}', 'holdfast_processes']) {
    t.equal(valueOf(after, series), expected[series], `${series} after every process was replaced`)
  }
})

t.test('a process that stands still does not hide the others', async (t) => {
  const { pid = 0 } = service.process
  const [stopped = 0] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').map(Number)
  process.kill(stopped, 'SIGSTOP')
  let seen: number | undefined
  // Whoever is handed to the one that stands still has to try again.
  while (seen === undefined) {
    seen = await fetch(`${service.url}/metrics`, { headers: { connection: 'close' }, signal: AbortSignal.timeout(6_000) })
      .then(async (response) => valueOf(await response.text(), 'holdfast_processes'), () => undefined)
  }
  t.equal(seen, 1)
  process.kill(stopped, 'SIGCONT')
  t.equal(await service.stop(), 0)
})

t.test('METRICS=off answers nothing', async (t) => {
  const silent = await startService({ ...environment, METRICS: 'off' })
  t.equal((await fetch(`${silent.url}/metrics`, { headers: { connection: 'close' } })).status, 404)
  t.equal(await silent.stop(), 0)
})
