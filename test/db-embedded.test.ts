import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rmdir, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { startEmbedded, type EmbeddedDatabase } from '../src/db/embedded.ts'
import { inspectDatabase } from '../src/db/health.ts'
import { migrate } from '../src/db/migrate.ts'
import { openDatabases } from '../src/db/pools.ts'
import { copiedBinaries, embeddedBinaries } from '../src/db/server-binaries.ts'
import { clusterUrl, prepareCluster, type Cluster } from '../src/db/server-cluster.ts'
import { describeFailure } from '../src/db/server-failures.ts'
import { ServerKeeper, type ServerLog } from '../src/db/server-keeper.ts'
import { serverUser } from '../src/db/server-user.ts'
import { removeFolder, TEST_LOG, testBinaries } from './support/cluster.ts'

const IS_ROOT = process.getuid?.() === 0
const SILENT: ServerLog = { ...TEST_LOG, warn: () => {} }
const PATIENCE_MS = 30_000

t.test('a folder\'s database', async (t) => {
  const dataDir = join(await makeFolder(t), 'data')

  t.test('is made at the first start, synced to disk, private, and kept over restarts', async (t) => {
    const first = await startEmbedded({ dataDir, log: TEST_LOG })
    await migrate(first.ownerUrl)
    await query(first.url, "insert into tenants (name, kind) values ('kept', 'sandbox')")
    const databases = openDatabases({ url: first.url })
    t.match(await inspectDatabase(databases), { login: 'holdfast_app', isPrivileged: false, isDurable: true })
    await databases.close()
    t.equal((await stat(join(dataDir, 'postgres'))).mode & 0o777, 0o700)
    t.equal((await stat(socketOf(first.url))).mode & 0o777, 0o700)
    t.equal(await query(first.url, "select current_setting('listen_addresses')"), '', 'it listens at no network address')
    await first.stop()
    await t.rejects(query(first.url, 'select 1'), { code: 'ENOENT' }, 'stopped, it is gone')
    const second = await startEmbedded({ dataDir, log: TEST_LOG })
    t.equal(await query(second.url, 'select name from tenants'), 'kept')
    t.strictSame(await migrate(second.ownerUrl), [])
    await second.stop()
  })

  t.test('comes back by itself after kill -9, also while a session of the killed server lives on', async (t) => {
    const database = await startEmbedded({ dataDir, log: SILENT })
    t.teardown(database.stop)
    const killed = await postmasterPid(dataDir)
    // A backend that works does not look whether its server lives, and PostgreSQL refuses to start until it is gone.
    const busy = query(database.url, "do $$ declare start timestamptz := clock_timestamp(); begin while clock_timestamp() < start + interval '2 s' loop end loop; end $$")
      .catch(() => 'broken')
    await delay(200)
    process.kill(killed, 'SIGKILL')
    await answers(database)
    t.not(await postmasterPid(dataDir), killed)
    t.equal(await query(database.url, 'select name from tenants'), 'kept')
    await busy
  })

  t.test('that outlived a killed process is taken over', async (t) => {
    const other = await startProgram(t, dataDir)
    const pid = await postmasterPid(dataDir)
    other.kill('SIGKILL')
    await once(other, 'exit')
    const database = await startEmbedded({ dataDir, log: TEST_LOG })
    t.equal(await postmasterPid(dataDir), pid, 'the server is the same')
    t.equal(await query(database.url, 'select name from tenants'), 'kept')
    await database.stop()
    await t.rejects(query(database.url, 'select 1'), { code: 'ENOENT' }, 'and it ends with its last user')
  })

  t.test('is started although its lock names another program, as after a container was killed', async (t) => {
    // As PostgreSQL writes it; the number is that of a live process of the server's own user.
    const owner = (await stat(join(dataDir, 'postgres'))).uid
    const stranger = spawn('/bin/sleep', ['60'], IS_ROOT ? { uid: owner } : {})
    t.teardown(() => stranger.kill())
    const lock = `${stranger.pid}\n${join(dataDir, 'postgres')}\n1700000000\n5432\n${join(dataDir, 'socket')}\n\n        0         0\nready   \n`
    await writeFile(join(dataDir, 'postgres/postmaster.pid'), lock)
    await writeFile(join(dataDir, 'socket/.s.PGSQL.5432.lock'), lock)
    const database = await startEmbedded({ dataDir, log: TEST_LOG })
    t.equal(await query(database.url, 'select name from tenants'), 'kept')
    await database.stop()
  })
})

t.test('processes that start at once on an empty folder share one server, and the last to stop ends it', async (t) => {
  const dataDir = join(await makeFolder(t), 'data')
  const [first, second] = await Promise.all([startProgram(t, dataDir), startProgram(t, dataDir)])
  const mine = await startEmbedded({ dataDir, log: SILENT })
  t.teardown(mine.stop)
  await stopProgram(first)
  t.equal(await query(mine.url, 'select 1'), 1, 'it stays for those that are left')
  process.kill(await postmasterPid(dataDir), 'SIGKILL')
  await answers(mine)
  await mine.stop()
  // Whoever has not found the new server yet does not count among its users; he starts it again when it was stopped under his feet.
  await answers(mine)
  t.equal(await query(mine.url, 'select 1'), 1, 'also when one of them started it again')
  await stopProgram(second)
  await t.rejects(query(mine.url, 'select 1'), { code: 'ENOENT' })
})

t.test('a folder that cannot be used is told with what to do', async (t) => {
  t.test('another version\'s database', async (t) => {
    const dataDir = await makeFolder(t)
    await mkdir(join(dataDir, 'postgres'))
    await writeFile(join(dataDir, 'postgres/PG_VERSION'), '14\n')
    await t.rejects(startEmbedded({ dataDir, log: TEST_LOG }), { message: /was made by PostgreSQL 14, and this version of Holdfast brings PostgreSQL 18.*set DATABASE_URL/s })
  })

  t.test('something that is no database', async (t) => {
    const dataDir = await makeFolder(t)
    await mkdir(join(dataDir, 'postgres'))
    await writeFile(join(dataDir, 'postgres/notes.txt'), 'mine')
    await t.rejects(startEmbedded({ dataDir, log: TEST_LOG }), { message: /is not empty, and no PostgreSQL database is in it; move it away/ })
    t.equal(await readFile(join(dataDir, 'postgres/notes.txt'), 'utf8'), 'mine')
  })

  t.test('a path that is a file', async (t) => {
    const dataDir = join(await makeFolder(t), 'file')
    await writeFile(dataDir, '')
    await t.rejects(startEmbedded({ dataDir, log: TEST_LOG }), { message: /cannot be written .*; set DATA_DIR/ })
  })

  t.test('a system without programs', async (t) => {
    const { arch } = process
    t.teardown(() => { Object.defineProperty(process, 'arch', { value: arch }) })
    Object.defineProperty(process, 'arch', { value: 'mips' })
    await t.rejects(embeddedBinaries(serverUser(null), tmpdir()), { message: /no embedded PostgreSQL for this system.*set DATABASE_URL/ })
  })

  const place = { data: '/d/postgres', socket: '/d/socket', logFile: '/d/postgres.log', user: { name: 'eve' } }
  const failures: ReadonlyArray<readonly [string, RegExp]> = [
    ['2026-11-22 04:00:00.000 UTC [7] FATAL:  could not write lock file "postmaster.pid": No space left on device', /^the disk is full: free some space where \/d\/postgres is.*could not write lock file/],
    ['FATAL:  data directory "/d/postgres" has wrong ownership\nHINT:  The server must be started by the user that owns the data directory.', /^user eve, .* must own \/d\/postgres alone/],
    ['FATAL:  could not map anonymous shared memory: Cannot allocate memory\nHINT:  This error usually means', /^there is not enough memory/],
    ['PANIC:  could not locate a valid checkpoint record at 0/1', /damaged: restore them from a backup/],
    ['FATAL:  unrecognized configuration parameter "x"', /^unrecognized configuration parameter "x"; see \/d\/postgres.log$/]
  ]
  for (const [output, sentence] of failures) t.match(describeFailure(output, place), sentence)
})

if (IS_ROOT) {
  t.test('where root\'s server user cannot enter the folder, the database is kept elsewhere and found again', async (t) => {
    const closed = await mkdtemp(join(tmpdir(), 'holdfast-closed-')) // Mode 0700.
    t.teardown(() => removeFolder(closed))
    const dataDir = join(closed, 'data')
    const told: string[] = []
    const first = await startEmbedded({ dataDir, log: { ...TEST_LOG, warn: (_details, message) => { told.push(message) } } })
    const elsewhere = (await readFile(join(dataDir, 'postgres.location'), 'utf8')).trim()
    t.teardown(async () => {
      await removeFolder(elsewhere)
      await rmdir(dirname(elsewhere)).catch(() => {}) // Others may have theirs there.
    })
    t.match(told, [/kept elsewhere/])
    t.notOk(elsewhere.startsWith(closed))
    await query(first.ownerUrl, 'create table kept ()')
    await first.stop()
    const second = await startEmbedded({ dataDir, log: TEST_LOG })
    t.equal(await query(second.ownerUrl, 'select count(*)::int from kept'), 0)
    await second.stop()
    await removeFolder(elsewhere)
    await t.rejects(startEmbedded({ dataDir, log: TEST_LOG }), { message: /is gone; restore it there, or remove .*postgres.location/ }, 'a lost database is never begun anew unasked')
  })
} else {
  t.test('a folder that its user may not write in is told with what to do', async (t) => {
    const folder = await makeFolder(t)
    await chmod(folder, 0o500)
    await t.rejects(startEmbedded({ dataDir: join(folder, 'data'), log: TEST_LOG }), { message: /cannot be written \(EACCES\); set DATA_DIR/ })
    await chmod(folder, 0o700)
  })
}

t.test('a copy of the programs runs, whoever could read the installed ones', async (t) => {
  const user = serverUser(null)
  const installed = await embeddedBinaries(user, await makeFolder(t))
  const copies = await makeFolder(t)
  const copy = await copiedBinaries(dirname(installed.folder), join(copies, 'copy'), user)
  t.equal(copy.folder, join(copies, 'copy/bin'))
  t.equal(copy.majorVersion, installed.majorVersion)
})

t.test('on a server of one\'s own', async (t) => {
  const { cluster, keeper } = await startOwnServer(t)
  const admin = keeper.client
  await admin.query('create role plain login; create role serving login')
  await admin.query('create database books owner plain')
  const url = clusterUrl(cluster, 'books', 'plain')

  t.test('a login that may not make roles is told the SQL for its administrator, and that SQL is enough', async (t) => {
    const refusal = await migrate(url).then(() => '', (error: unknown) => (error as Error).message)
    const remedy = /let an administrator of the server run: (.*)$/.exec(refusal)?.[1] ?? ''
    t.equal(remedy, 'CREATE ROLE holdfast_app NOLOGIN; GRANT holdfast_app TO "plain";')
    await admin.query(remedy)
    t.ok((await migrate(url)).length > 0)
    const databases = openDatabases({ url })
    t.teardown(databases.close)
    t.match(await inspectDatabase(databases), { login: 'plain', isPrivileged: true })
  })

  t.test('a login without the service\'s role is told the SQL that gives it', async (t) => {
    const databases = openDatabases({ url: clusterUrl(cluster, 'books', 'serving') })
    t.teardown(databases.close)
    await t.rejects(inspectDatabase(databases), { message: /GRANT holdfast_app TO that login/ })
    await admin.query('grant holdfast_app to serving')
    t.match(await inspectDatabase(databases), { login: 'serving', isPrivileged: false })
  })

  t.test('a login that may make roles needs no administrator', async (t) => {
    const own = await startOwnServer(t)
    await own.keeper.client.query('create role maker login createrole')
    await own.keeper.client.query('create database books owner maker')
    const makersUrl = clusterUrl(own.cluster, 'books', 'maker')
    t.ok((await migrate(makersUrl)).length > 0)
    const databases = openDatabases({ url: makersUrl })
    t.teardown(databases.close)
    t.match(await inspectDatabase(databases), { login: 'maker', isPrivileged: true })
  })

  t.test('a login that may not make tables is told the SQL that allows it', async (t) => {
    await t.rejects(migrate(clusterUrl(cluster, 'books', 'serving')), { message: /GRANT USAGE, CREATE ON SCHEMA "?public"? TO "serving";/ })
  })
})

/** What of a test its helpers need. */
interface Test {
  teardown (cleanUp: () => unknown): unknown
}

/** A server without any of our roles, of the version that the tests run on. */
async function startOwnServer (t: Test): Promise<{ cluster: Cluster, keeper: ServerKeeper }> {
  const folder = await makeFolder(t)
  const user = serverUser(null)
  const cluster: Cluster = {
    binaries: await testBinaries(user, tmpdir()),
    user,
    data: join(folder, 'data'),
    socket: join(folder, 'socket'),
    logFile: join(folder, 'log'),
    settings: { fsync: 'off' },
    durable: false
  }
  await prepareCluster(cluster)
  const keeper = await ServerKeeper.start(cluster, TEST_LOG)
  t.teardown(async () => { await keeper.stop() })
  return { cluster, keeper }
}

/** A folder that the server's user can enter, removed afterwards. */
async function makeFolder (t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-embedded-'))
  if (IS_ROOT) await chmod(folder, 0o755)
  t.teardown(() => removeFolder(folder))
  return folder
}

/** Another process that uses the folder's database, ready. */
async function startProgram (t: Test, dataDir: string): Promise<ChildProcess> {
  const program = join(import.meta.dirname, 'support/embedded-program.js')
  const child = spawn(process.execPath, [program, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  for await (const line of createInterface({ input: child.stdout })) if (line.startsWith('ready')) return child
  throw new Error('the program ended before it was ready')
}

async function stopProgram (child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}

async function postmasterPid (dataDir: string): Promise<number> {
  return Number((await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8')).split('\n', 1)[0])
}

async function answers ({ url }: EmbeddedDatabase): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS
  for (;;) {
    try {
      await query(url, 'select 1')
      return
    } catch (error) {
      if (Date.now() > giveUpAt) throw error
      await delay(50)
    }
  }
}

function socketOf (url: string): string {
  return new URLSearchParams(url.split('?')[1]).get('host') ?? ''
}

/** The first column of the first row. */
async function query (url: string, statement: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {}) // The query rejects with it.
  await client.connect()
  try {
    const { rows: [row] } = await client.query<unknown[]>({ text: statement, rowMode: 'array' })
    return row?.[0]
  } finally {
    await client.end()
  }
}
