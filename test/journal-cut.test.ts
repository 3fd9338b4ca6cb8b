import { execFileSync } from 'node:child_process'
import t from 'tap'
import pg from 'pg'
import { pino } from 'pino'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { openDatabases } from '../src/db/pools.ts'
import { inBatchTransaction } from '../src/db/transaction.ts'
import { Journal } from '../src/journal/journal.ts'
import { openCommitCutter } from './support/commit-cutter.ts'
import { createTestDatabase } from './support/database.ts'
import { account, transferOperation } from './support/transfers.ts'

const database = await createTestDatabase()
const server = new pg.Client({ connectionString: database.url })
const cutter = await openCommitCutter(`${server.host}/.s.PGSQL.${server.port}`, (commits) => commits % 3 === 0)
const cutUrl = new URL(database.url.replace('postgres://', 'http://'))
cutUrl.searchParams.set('host', cutter.host)
cutUrl.searchParams.set('port', String(cutter.port))
const databases = openDatabases({ url: cutUrl.href.replace('http://', 'postgres://') })
const direct = openDatabases({ url: database.url })

t.teardown(async () => {
  await databases.close()
  await direct.close()
  await cutter.close()
  await database.drop()
})

t.test('a connection cut after COMMIT was sent loses nothing and posts nothing twice', async (t) => {
  await sql`insert into tenants (name, kind) values ('cut', 'sandbox')`.execute(direct.read)
  await sql`insert into tenant_counters (tenant_id) select id from tenants`.execute(direct.read)
  const journal = new Journal({ db: databases.journal, log: pino({ level: 'silent' }) })
  const answers: string[] = []
  for (let round = 0; round < 20; round += 1) {
    const decided = await Promise.all(Array.from({ length: 10 }, (_, index) =>
      journal.submit(transferOperation(account('provider_clearing', 'sandbox'), account('suspense', `p-${round}-${index}`), 1n))))
    answers.push(...decided.map(({ answer }) => (JSON.parse(answer) as { transaction: string }).transaction))
  }
  t.ok(cutter.cuts() >= 5, `${cutter.cuts()} connections were cut`)
  const { rows } = await sql<{ id: string }>`select id from transactions order by seq`.execute(direct.read)
  t.same(rows.map(({ id }) => id).sort(), answers.sort(), 'the books hold exactly what was answered')
  const { rows: [clearing] } = await sql<{ debits: bigint, version: bigint }>`select debits, version from accounts where class = 'provider_clearing'`.execute(direct.read)
  t.same(clearing, { debits: 200n, version: 200n })
})

const TERMINATE = `
  import pg from 'pg'
  const [url, pid] = process.argv.slice(1)
  const client = new pg.Client(url)
  await client.connect()
  await client.query('select pg_terminate_backend($1, 5000)', [pid])
  await client.end()`

t.test('a connection that broke before the first statement of a batch fails that batch, and not the process', async (t) => {
  const one = openDatabases({ url: database.url, journalConnections: 1 })
  const { rows: [session] } = await sql<{ pid: number }>`select pg_backend_pid() as pid from pg_sleep(0)`.execute(one.journal)
  // Ended by another process while this one does nothing else: the server's last word waits unread, and the batch's first statement
  // takes it for its answer.
  execFileSync(process.execPath, ['--input-type=module', '--eval', TERMINATE, database.superuserUrl, String(session?.pid)], { cwd: import.meta.dirname })
  await t.rejects(inBatchTransaction(one.journal, async () => {
    await sleep(100)
    return { result: null, write: async () => {} }
  }))
  await one.close()
})
