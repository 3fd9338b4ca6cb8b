import t from 'tap'
import pg from 'pg'
import { pino } from 'pino'
import { sql } from 'kysely'
import { openDatabases } from '../src/db/pools.ts'
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
