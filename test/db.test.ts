import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import pg from 'pg'
import t from 'tap'
import { inspectDatabase } from '../src/db/health.ts'
import { migrate } from '../src/db/migrate.ts'
import { packageRoot } from '../src/db/package-root.ts'
import { openDatabases } from '../src/db/pools.ts'
import { inTransaction } from '../src/db/transaction.ts'
import { ESCROW_CHECKS } from '../src/escrow/checks/checks.ts'
import { removeFolder } from './support/cluster.ts'
import { createEmptyDatabase, createTestDatabase } from './support/database.ts'

const MIGRATIONS = join(packageRoot(), 'migrations')

t.test('migrations', async (t) => {
  const names = (await readdir(MIGRATIONS)).sort()

  t.test('three processes at once apply each migration once, and a later run none', async (t) => {
    const database = await createEmptyDatabase()
    t.teardown(database.drop)
    const module = new URL('../src/db/migrate.js', import.meta.url).href
    const program = `import { migrate } from '${module}'; console.log(JSON.stringify(await migrate(process.argv[1])))`
    const outputs = await Promise.all([1, 2, 3].map(async () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program, database.ownerUrl], { stdio: ['ignore', 'pipe', 'inherit'] })
      return JSON.parse(await text(child.stdout)) as string[]
    }))
    t.strictSame(outputs.flat(), names, 'each name is told once, in order')
    t.strictSame(await migrate(database.ownerUrl), [], 'nothing is left to do')
    t.equal(await queryOne(database.ownerUrl, 'select count(*)::int from schema_migrations'), names.length)
  })

  t.test('a folder that does not continue what was applied is refused, and nothing is applied', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-migrations-'))
    t.teardown(() => removeFolder(folder))
    const database = await createTestDatabase()
    t.teardown(database.drop)
    const lastName = names.at(-1) ?? ''
    const cases: ReadonlyArray<readonly [string, (folder: string) => Promise<void>, RegExp]> = [
      ['a changed file', async (folder) => { await writeFile(join(folder, lastName), 'select 1') }, new RegExp(`migration ${lastName} was changed after it was applied`)],
      ['a file in between', async (folder) => { await writeFile(join(folder, '0000_first.sql'), 'create table early ()') }, /migration 0000_first.sql is older than/],
      ['two files of one number', async (folder) => { await writeFile(join(folder, '0001_again.sql'), 'select 1') }, /two migrations have the number 0001/],
      ['a file of another form', async (folder) => { await writeFile(join(folder, 'fix.sql'), 'select 1') }, /must be named like/],
      ['a database that is ahead', async (folder) => { await removeFolder(join(folder, lastName)) }, /which this version of Holdfast does not know/]
    ]
    for (const [what, change, message] of cases) {
      const copy = join(folder, what.replaceAll(' ', '-'))
      await cp(MIGRATIONS, copy, { recursive: true, dereference: true })
      await change(copy)
      await t.rejects(migrate(database.ownerUrl, copy), { message }, what)
    }
    t.equal(await queryOne(database.ownerUrl, "select to_regclass('early')::text"), null)
  })

  t.test('line ends of the checkout do not make another migration', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-migrations-'))
    t.teardown(() => removeFolder(folder))
    const database = await createEmptyDatabase()
    t.teardown(database.drop)
    await writeFile(join(folder, '0001_one.sql'), 'create table one ();\n')
    t.strictSame(await migrate(database.ownerUrl, folder), ['0001_one.sql'])
    await writeFile(join(folder, '0001_one.sql'), 'create table one ();\r\n')
    t.strictSame(await migrate(database.ownerUrl, folder), [])
  })

  t.test('trades that were paid before there was a time to ship get one, and are swept when it passes', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-migrations-'))
    t.teardown(() => removeFolder(folder))
    const database = await createEmptyDatabase()
    t.teardown(database.drop)
    for (const name of names.slice(0, names.indexOf('0004_terms.sql'))) await cp(join(MIGRATIONS, name), join(folder, name))
    await migrate(database.ownerUrl, folder)
    for (const [state, shipped, deadline] of [
      ['awaiting_payment', 0, "'2030-01-01Z'"], ['awaiting_shipment', 0, 'null'], ['partially_shipped', 1, "'2020-01-01Z'"], ['awaiting_confirmation', 2, "'2040-01-01Z'"]
    ] as const) {
      await queryOne(database.ownerUrl, `
        with trade as (
          insert into trades select 1, gen_random_uuid(), '${state}', gen_random_uuid(), 'CNY', 'price', '${state}', 1, 1, 100, 0, ${state === 'awaiting_payment' ? 0 : 100},
            0, 0, 0, 0, now(), '2030-01-01Z', null, due, due from (select ${deadline}::timestamptz as due) as time returning id
        )
        insert into trade_lines select 1, id, 1, gen_random_uuid(), '1', gen_random_uuid(), '', 2, 50, 0, 'mail', '0', '[]', '${shipped < 2 ? 'pending' : 'shipped'}', ${shipped},
          0, 0, 0, 0, 0, '{}', ${shipped === 0 ? 'null' : deadline} from trade returning 1`)
    }
    await migrate(database.ownerUrl)
    const databases = openDatabases({ url: database.url })
    t.teardown(async () => { await databases.close() })
    const { rows } = await sql`
      select external_ref, ship_by > now() + interval '47 hours' as has_time, next_deadline_at is not distinct from ship_by as waits_for_it, next_attempt_at = next_deadline_at as is_swept
      from trades order by created_at`.execute(databases.read)
    t.strictSame(rows, [
      { external_ref: 'awaiting_payment', has_time: null, waits_for_it: false, is_swept: true },
      { external_ref: 'awaiting_shipment', has_time: true, waits_for_it: true, is_swept: true },
      { external_ref: 'partially_shipped', has_time: true, waits_for_it: false, is_swept: true },
      { external_ref: 'awaiting_confirmation', has_time: null, waits_for_it: false, is_swept: true }
    ])
    const states = ESCROW_CHECKS.find(({ name }) => name === 'trade-states')
    t.strictSame(await states?.find(databases.read), [])
  })

  t.test('a migration that fails leaves the ones before it and nothing of itself', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-migrations-'))
    t.teardown(() => removeFolder(folder))
    const database = await createEmptyDatabase()
    t.teardown(database.drop)
    await writeFile(join(folder, '0001_one.sql'), 'create table one ();')
    await writeFile(join(folder, '0002_two.sql'), 'create table two (); select 1 / 0;')
    await t.rejects(migrate(database.ownerUrl, folder), { message: 'migration 0002_two.sql failed: division by zero' })
    t.equal(await queryOne(database.ownerUrl, "select to_regclass('one')::text"), 'one')
    t.equal(await queryOne(database.ownerUrl, "select to_regclass('two')::text"), null)
    await writeFile(join(folder, '0002_two.sql'), 'create table two ();')
    t.strictSame(await migrate(database.ownerUrl, folder), ['0002_two.sql'], 'mended, it is applied')
  })
})

t.test('a test\'s database is its own while its process lives, and is removed after that process was killed', async (t) => {
  const mine = await createTestDatabase()
  t.teardown(mine.drop)
  const module = new URL('./support/database.js', import.meta.url).href
  const program = `import { createTestDatabase } from '${module}'; console.log((await createTestDatabase()).ownerUrl); await new Promise(() => {})`
  const other = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(other, 'exit')
  const [output] = await once(other.stdout, 'data') as [Buffer]
  const theirs = output.toString().trim()
  const databaseName = /test_\w+/.exec(theirs)?.[0] ?? ''
  const third = await createTestDatabase()
  t.teardown(third.drop)
  t.equal(await queryOne(mine.url, 'select 1'), 1, 'what the other process did left mine alone')
  t.equal(await queryOne(theirs, 'select 1'), 1, 'and I left its alone')
  other.kill('SIGKILL')
  await exited
  const isThere = async () => await queryOne(mine.superuserUrl, `select exists (select from pg_database where datname = '${databaseName}')`)
  t.equal(await isThere(), true)
  // The server notices that the session is gone a moment after the process is.
  for (let attempt = 0; await isThere() === true && attempt < 50; attempt++) {
    await delay(100)
    await (await createEmptyDatabase()).drop()
  }
  t.equal(await isThere(), false)
})

t.test('what was posted stays as it was posted', async (t) => {
  const database = await createTestDatabase()
  t.teardown(database.drop)
  const FORBIDDEN = { code: '42501' }
  const REFUSED_BY_TRIGGER = { code: '23001', message: /are never changed or deleted/ }
  for (const table of ['transfers', 'transactions', 'events', 'claims', 'audit_entries']) {
    const statements = [`update ${table} set tenant_id = tenant_id`, `delete from ${table}`, `truncate ${table}`]
    for (const statement of statements) {
      await t.rejects(queryOne(database.url, statement), FORBIDDEN, `the service may not: ${statement}`)
      await t.rejects(queryOne(database.ownerUrl, statement), REFUSED_BY_TRIGGER, `nor can the owner: ${statement}`)
    }
  }
  await t.rejects(queryOne(database.url, 'delete from accounts'), FORBIDDEN)
  await t.rejects(queryOne(database.ownerUrl, 'delete from accounts'), REFUSED_BY_TRIGGER)
  await t.rejects(queryOne(database.url, "update accounts set owner = ''"), FORBIDDEN, 'the service may change an account\'s sums only')
  await t.rejects(queryOne(database.url, 'create table mine ()'), FORBIDDEN, 'nor make tables')
})

t.test('no index of a hot table names a column that every step changes', async (t) => {
  const database = await createTestDatabase()
  t.teardown(database.drop)
  t.strictSame(await hotIndexColumns(database.ownerUrl), [])
  for (const index of ['bad_key on accounts (tenant_id, version)', 'bad_include on trades (tenant_id) include (paid)',
    'bad_predicate on accounts (tenant_id) where debits > 0', 'bad_expression on tenant_counters ((transaction_seq + 1))']) {
    await queryOne(database.ownerUrl, `create index ${index}`)
  }
  t.strictSame(await hotIndexColumns(database.ownerUrl), [
    'bad_expression: transaction_seq', 'bad_include: paid', 'bad_key: version', 'bad_predicate: debits'
  ], 'such an index is found by its key, INCLUDE, predicate and expression')
})

t.test('pools', async (t) => {
  const database = await createTestDatabase()
  t.teardown(database.drop)
  const lost: string[] = []
  const databases = openDatabases({ url: database.ownerUrl, onConnectionLost: ({ message }) => { lost.push(message) } })
  t.teardown(databases.close)

  t.test('every connection acts as the service\'s role, commits durably and waits within bounds', async (t) => {
    for (const db of [databases.journal, databases.read, databases.report]) {
      const { rows } = await sql`select current_user as role, session_user as login, current_setting('synchronous_commit') as commit,
        current_setting('lock_timeout') as lock, current_setting('statement_timeout') as statement,
        current_setting('idle_in_transaction_session_timeout') as idle`.execute(db)
      t.strictSame(rows, [{ role: 'holdfast_app', login: 'holdfast_owner', commit: 'on', lock: '5s', statement: '30s', idle: '5s' }])
    }
  })

  t.test('settings in the address cannot weaken ours', async (t) => {
    const weak = openDatabases({ url: `${database.ownerUrl}&options=${encodeURIComponent('-c synchronous_commit=off -c work_mem=12MB')}` })
    t.teardown(weak.close)
    const { rows } = await sql`select current_setting('synchronous_commit') as commit, current_setting('work_mem') as memory`.execute(weak.journal)
    t.strictSame(rows, [{ commit: 'on', memory: '12MB' }])
  })

  t.test('whole numbers come exact, days and decimals as text, instants as Date', async (t) => {
    const { rows } = await sql`select 9007199254740993 as whole, array[1, null, -9007199254740993]::bigint[] as wholes, '{}'::bigint[] as none,
      1.50 as fraction, '2026-01-31'::date as day, array['2026-01-31'::date] as days, '2026-01-31T08:00:00Z'::timestamptz as instant`.execute(databases.read)
    t.strictSame(rows, [{
      whole: 9007199254740993n, wholes: [1n, null, -9007199254740993n], none: [], fraction: '1.50', day: '2026-01-31', days: ['2026-01-31'], instant: new Date('2026-01-31T08:00:00Z')
    }])
    const sent = await sql<{ sum: string }>`select sum(n)::text as sum from unnest(${[2n ** 62n, 1n]}::bigint[]) as n`.execute(databases.read)
    t.equal(sent.rows[0]?.sum, '4611686018427387905')
    const driversParser = pg.types.getTypeParser(pg.types.builtins.INT8, 'text') as (text: string) => unknown
    t.equal(driversParser('1'), '1', 'other users of the driver keep its own parsers')
  })

  t.test('a report cannot write', async (t) => {
    await t.rejects(sql`update tenants set settings = '{}'`.execute(databases.report), { code: '25006' })
  })

  t.test('a step that throws leaves nothing', async (t) => {
    await t.rejects(inTransaction(databases.read, async (trx) => {
      await trx.insertInto('tenants').values({ name: 'half', kind: 'sandbox' }).execute()
      throw new Error('enough')
    }), { message: 'enough' })
    t.strictSame(await databases.read.selectFrom('tenants').select('name').execute(), [])
  })

  t.test('connections that break, idle or in a transaction, are replaced and do not end the process', async (t) => {
    const kill = 'select count(pg_terminate_backend(pid))::int from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()'
    await t.rejects(databases.journal.transaction().execute(async (trx) => {
      await sql`select 1`.execute(trx)
      await queryOne(database.superuserUrl, kill)
      await delay(100)
      await sql`select 1`.execute(trx)
    }))
    t.ok(lost.length > 0, 'the loss is told')
    for (const db of [databases.journal, databases.read]) {
      t.strictSame((await sql`select 1 as one`.execute(db)).rows, [{ one: 1 }])
    }
  })

  t.test('a login that owns the books is told apart from one that only serves', async (t) => {
    t.match(await inspectDatabase(databases), { login: 'holdfast_owner', isPrivileged: true, isDurable: false })
    const serving = openDatabases({ url: database.url })
    t.teardown(serving.close)
    t.match(await inspectDatabase(serving), { login: 'holdfast_app', isPrivileged: false })
  })
})

/** Changing columns of hot tables that indexes name, as `index: column`. Keys and INCLUDE are in indkey, the rest are dependencies. */
async function hotIndexColumns (url: string): Promise<string[]> {
  const hot = `('accounts', 'version'), ('accounts', 'debits'), ('accounts', 'credits'),
    ('trades', 'version'), ('trades', 'paid'), ('trades', 'released'), ('trades', 'refunded'), ('trades', 'refund_pending'), ('trades', 'charged_back'),
    ('tenant_counters', 'transaction_seq'), ('tenant_counters', 'event_seq'), ('tenant_counters', 'last_recorded_at')`
  const found = await queryOne(url, `
    select coalesce(array_agg(distinct i.indexrelid::regclass || ': ' || a.attname order by i.indexrelid::regclass || ': ' || a.attname), '{}')
    from pg_index i
    join pg_attribute a on a.attrelid = i.indrelid and (a.attnum = any (i.indkey) or exists (
      select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = i.indexrelid and d.refobjid = i.indrelid and d.refobjsubid = a.attnum))
    where (i.indrelid::regclass::text, a.attname) in (values ${hot})`)
  return found as string[]
}

/** The first column of the first row. */
async function queryOne (url: string, statement: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows: [row] } = await client.query<unknown[]>({ text: statement, rowMode: 'array' })
    return row?.[0]
  } finally {
    await client.end()
  }
}
