/**
 * Rehearses the worst day, step by step: a base backup and an archive of the write-ahead log are taken while the service earns its money,
 * its disk is lost, and the books are restored as of one moment. Ends with 0 when every answer that was given before that moment is found again.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chown, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { ensureDatabase, ensureRoles, OWNER_ROLE } from '../../src/db/cluster-roles.ts'
import { packageRoot } from '../../src/db/package-root.ts'
import { APP_ROLE } from '../../src/db/pools.ts'
import { binariesIn, type ServerBinaries } from '../../src/db/server-binaries.ts'
import { clusterUrl, prepareCluster, SUPERUSER, type Cluster } from '../../src/db/server-cluster.ts'
import { ServerKeeper } from '../../src/db/server-keeper.ts'
import { runAs, serverUser, type ServerUser } from '../../src/db/server-user.ts'
import { TEST_LOG } from './cluster.ts'
import { dataFolder, firstKeys, send, startService, type RunningService } from './service.ts'
import { startCallers, type Acknowledged } from './trade-callers.ts'

const PROGRAMS = process.env['HOLDFAST_TEST_POSTGRES_BIN'] ?? '/usr/lib/postgresql/15/bin'
const CALLERS = 4
const LOAD_MS = 1_500
const DATABASE = 'holdfast'

const user = serverUser(null)
const folder = await dataFolder()
if (user.switched) await chown(folder.path, user.uid, user.gid)
const archive = join(folder.path, 'archive')

try {
  const binaries = existsSync(join(PROGRAMS, 'pg_basebackup')) ? await binariesIn(PROGRAMS, user) : null
  if (binaries === null) say(`left out: there is no ${PROGRAMS}/pg_basebackup; install Debian's postgresql-15 to rehearse a restore`)
  else await rehearse(binaries)
} finally {
  await folder.remove()
}

async function rehearse (binaries: ServerBinaries): Promise<void> {
  await mkdir(archive)
  if (user.switched) await chown(archive, user.uid, user.gid)
  const lost = clusterOf(binaries, user, 'lost', { archive_mode: 'on', archive_command: `cp %p ${archive}/%f`, max_wal_senders: '5' })
  await prepareCluster(lost)
  const keeper = await ServerKeeper.start(lost, TEST_LOG)
  await ensureRoles(keeper.client)
  await ensureDatabase(keeper.client, DATABASE)
  const service = await serve(lost)
  const { marketplace } = await firstKeys(folder.path)
  const callers = startCallers({ url: service.url, key: marketplace, count: CALLERS, name: 'rehearsal' })
  say(`PostgreSQL ${binaries.majorVersion} archives its log; ${CALLERS} callers create, pay, ship and confirm trades`)
  await sleep(LOAD_MS)

  const backup = join(folder.path, 'restored')
  const beforeBackup = callers.acknowledged.length
  const made = await runAs(user, join(binaries.folder, 'pg_basebackup'), ['--pgdata', backup, '--wal-method', 'stream', '--checkpoint', 'fast', '--host', lost.socket, '--username', SUPERUSER])
  if (!made.ok) throw new Error(`pg_basebackup: ${made.output}`)
  const checked = await runAs(user, join(binaries.folder, 'pg_verifybackup'), [backup])
  if (!checked.ok) throw new Error(`pg_verifybackup: ${checked.output}`)
  say(`a base backup was taken and verified while ${callers.acknowledged.length - beforeBackup} answers were given (${beforeBackup} before it)`)
  await sleep(LOAD_MS)

  // First the answers, then the moment: each of these was committed before it.
  const before = [...callers.acknowledged]
  const { rows: [moment] } = await keeper.client.query<{ at: string }>('select clock_timestamp()::text as at')
  if (moment === undefined) throw new Error('the server did not tell the time')
  const after = await send(service.url, marketplace, 'POST', '/v1/parties', { kind: 'buyer', external_ref: 'after', name: 'A' }, 'after-the-moment')
  await callers.stop()
  await keeper.client.query('select pg_switch_wal()')
  await waitForArchive(keeper)
  await service.stop()
  await keeper.stop()
  await rm(lost.data, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  say(`the moment is ${moment.at}, after ${before.length} of ${callers.acknowledged.length} answers; then its disk was lost`)

  const restored = clusterOf(binaries, user, 'restored', {
    restore_command: `cp ${archive}/%f %p`, recovery_target_time: moment.at, recovery_target_action: 'promote'
  })
  await writeFile(join(restored.data, 'recovery.signal'), '')
  await prepareCluster(restored)
  const again = await ServerKeeper.start(restored, TEST_LOG)
  while ((await again.client.query<{ recovering: boolean }>('select pg_is_in_recovery() as recovering')).rows[0]?.recovering === true) await sleep(50)
  say('a new server has read the backup and the archive up to that moment')

  const restarted = await serve(restored)
  const missing = await countMissing(restarted, marketplace, before)
  const later = await send(restarted.url, marketplace, 'GET', `/v1/parties/${after.body.id}`)
  await restarted.stop()
  if (missing > 0) throw new Error(`${missing} of ${before.length} answers are lost`)
  say(`every one of ${before.length} answers is found again under its key`)
  if (later.status !== 404) throw new Error(`what was made after the moment answers ${later.status}`)
  say('what came after the moment is not there')
  const { stdout } = await promisify(execFile)(process.execPath, [join(packageRoot(), 'dist/src/cli.js'), 'verify'], { env: { ...process.env, ...environmentOf(restored) } })
  say(`holdfast verify: ${stdout.trim().split('\n').at(-1)}`)
  await again.stop()
}

function clusterOf (binaries: ServerBinaries, owner: ServerUser, name: string, settings: Readonly<Record<string, string>>): Cluster {
  return {
    binaries, user: owner, data: join(folder.path, name), socket: join(folder.path, `${name}.socket`), logFile: join(folder.path, `${name}.log`), settings: { timezone: 'UTC', ...settings }, durable: true
  }
}

function environmentOf (cluster: Cluster): Record<string, string> {
  return {
    DATABASE_URL: clusterUrl(cluster, DATABASE, APP_ROLE), DATABASE_MIGRATION_URL: clusterUrl(cluster, DATABASE, OWNER_ROLE), DATABASE_REPLICA_URL: '', DATA_DIR: folder.path
  }
}

async function serve (cluster: Cluster): Promise<RunningService> {
  return await startService(environmentOf(cluster))
}

async function waitForArchive ({ client }: ServerKeeper): Promise<void> {
  for (;;) {
    const { rows: [row] } = await client.query<{ done: boolean }>(`
      select coalesce(last_archived_wal >= pg_walfile_name(pg_current_wal_lsn() - 1), false) as done from pg_stat_archiver`)
    if (row?.done === true) return
    await sleep(50)
  }
}

/** How many answers are not given again, word for word, under their key. */
async function countMissing (service: RunningService, key: string, answers: readonly Acknowledged[]): Promise<number> {
  const found = await Promise.all(answers.map(async ({ path, body, key: idempotencyKey, text }) => {
    const again = await send(service.url, key, 'POST', path, body, idempotencyKey)
    return again.replayed && JSON.stringify(again.body) === JSON.stringify(JSON.parse(text))
  }))
  return found.filter((isFound) => !isFound).length
}

function say (line: string): void {
  process.stdout.write(`${line}\n`)
}
