import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { chmod, lstat, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { binariesIn, embeddedBinaries, type ServerBinaries } from '../../src/db/server-binaries.ts'
import { ensureRoles, withSetupLock } from '../../src/db/cluster-roles.ts'
import { prepareCluster, type Cluster } from '../../src/db/server-cluster.ts'
import { ServerKeeper, type ServerLog } from '../../src/db/server-keeper.ts'
import { serverUser, type ServerUser } from '../../src/db/server-user.ts'

/** The server that all test files of this machine and user share, and this process's hold on it. */
export interface TestCluster {
  readonly cluster: Cluster
  readonly keeper: ServerKeeper
}

let shared: Promise<TestCluster> | null = null

/**
 * The shared test server, started when nobody has started it yet. It syncs nothing to disk, so it is fast and not durable.
 * It ends when the last test process that uses it ends by itself; after a killed one the next run takes it over.
 */
export function testCluster (): Promise<TestCluster> {
  shared ??= start()
  return shared
}

/** PostgreSQL's programs for tests: those in `HOLDFAST_TEST_POSTGRES_BIN`, else the embedded ones. */
export async function testBinaries (user: ServerUser, copiesFolder: string): Promise<ServerBinaries> {
  const folder = process.env['HOLDFAST_TEST_POSTGRES_BIN']
  if (folder === undefined || folder === '') return await embeddedBinaries(user, copiesFolder)
  const found = await binariesIn(folder, user)
  if (found === null) throw new Error(`HOLDFAST_TEST_POSTGRES_BIN=${folder}: user ${user.name} cannot run ${join(folder, 'postgres')}`)
  return found
}

/** Where a test's server says what is wrong; what goes well is silent. */
export const TEST_LOG: ServerLog = {
  info: () => {},
  warn: tell,
  error: tell
}

function tell (details: object, message: string): void {
  process.stderr.write(`# ${message} ${inspect(details)}\n`)
}

async function start (): Promise<TestCluster> {
  const user = serverUser(null)
  const binaries = await testBinaries(user, tmpdir())
  const folder = join(tmpdir(), `holdfast-test-${process.getuid?.()}-${binaries.majorVersion}-${bootMark()}`)
  await makeOwnFolder(folder)
  const cluster: Cluster = {
    binaries, user, data: join(folder, 'data'), socket: join(folder, 'socket'), logFile: join(folder, 'log'), settings: SETTINGS, durable: false
  }
  await prepareCluster(cluster)
  const keeper = await ServerKeeper.start(cluster, TEST_LOG)
  await withSetupLock(keeper.client, async () => { await ensureRoles(keeper.client) })
  // Between two databases of a file the server stays; it is given up when nothing else keeps the process alive.
  process.once('beforeExit', () => {
    shared = null
    keeper.holdProcess(true)
    void keeper.stop()
  })
  return { cluster, keeper }
}

const SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  shared_buffers: '128MB',
  max_connections: '300',
  max_wal_size: '1GB',
  timezone: 'UTC',
  log_min_messages: 'fatal'
}

/** A server that syncs nothing does not survive a crash of the machine, so that each boot gets a new one where the system tells boots apart. */
function bootMark (): string {
  try {
    return createHash('sha256').update(readFileSync('/proc/sys/kernel/random/boot_id')).digest('hex').slice(0, 8)
  } catch {
    return 'any'
  }
}

/** A name that anyone can guess in a folder where anyone can write: it must be ours. The server's user passes through it. */
async function makeOwnFolder (folder: string): Promise<void> {
  try {
    mkdirSync(folder)
    await chmod(folder, 0o755)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const found = await lstat(folder)
  if (!found.isDirectory() || found.uid !== process.getuid?.()) throw new Error(`${folder} belongs to someone else; remove it or set TMPDIR`)
}

/** Removes a folder with everything in it, for tests that make their own servers. */
export async function removeFolder (folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
}
