import t from 'tap'
import { chown, cp, lchown, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ensureDatabase, ensureRoles, OWNER_ROLE } from '../src/db/cluster-roles.ts'
import { APP_ROLE } from '../src/db/pools.ts'
import { clusterUrl, prepareCluster, SUPERUSER, type Cluster } from '../src/db/server-cluster.ts'
import { ServerKeeper } from '../src/db/server-keeper.ts'
import { serverUser } from '../src/db/server-user.ts'
import { TEST_LOG, testBinaries } from './support/cluster.ts'
import { dataFolder, firstKeys, send, startService } from './support/service.ts'

const DATABASE = 'holdfast'
const user = serverUser(null)
const folder = await dataFolder()
if (user.switched) await chown(folder.path, user.uid, user.gid)
const binaries = await testBinaries(user, folder.path)

function clusterOf (name: string, settings: Readonly<Record<string, string>> = {}): Cluster {
  return {
    binaries, user, data: join(folder.path, name), socket: join(folder.path, `${name}.s`), logFile: join(folder.path, `${name}.log`), settings: { fsync: 'off', timezone: 'UTC', ...settings }, durable: false
  }
}

const primary = clusterOf('primary')
const replica = clusterOf('replica', { primary_conninfo: `host=${primary.socket} user=${SUPERUSER}` })
await prepareCluster(primary)
const first = await ServerKeeper.start(primary, TEST_LOG)
await ensureRoles(first.client)
await ensureDatabase(first.client, DATABASE)
await copyUnderWay()
await prepareCluster(replica)
const second = await ServerKeeper.start(replica, TEST_LOG)
const service = await startService({
  DATABASE_URL: clusterUrl(primary, DATABASE, APP_ROLE), DATABASE_MIGRATION_URL: clusterUrl(primary, DATABASE, OWNER_ROLE), DATABASE_REPLICA_URL: clusterUrl(replica, DATABASE, APP_ROLE), DATA_DIR: folder.path
})
const { marketplace, finance } = await firstKeys(folder.path)

t.teardown(async () => {
  await service.stop()
  await first.stop()
  await folder.remove()
})

/** Makes the replica's folder out of the running primary's, by PostgreSQL's own low-level way: it needs no program that the embedded server lacks. */
async function copyUnderWay (): Promise<void> {
  await first.client.query("select pg_backup_start('replica', true)")
  await cp(primary.data, replica.data, { recursive: true, preserveTimestamps: true, filter: (path) => !path.endsWith('postmaster.pid') && !/pg_wal\/[0-9A-F]{24}$/.test(path) })
  const { rows: [label] } = await first.client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)')
  await writeFile(join(replica.data, 'backup_label'), label?.labelfile ?? '')
  await writeFile(join(replica.data, 'standby.signal'), '')
  if (!user.switched) return
  for (const entry of await readdir(replica.data, { recursive: true })) await lchown(join(replica.data, entry), user.uid, user.gid)
  await chown(replica.data, user.uid, user.gid)
}

async function listed (): Promise<string[]> {
  const { body } = await send(service.url, marketplace, 'GET', '/v1/parties?limit=100')
  return body.data.map(({ id }) => id)
}

async function newBuyer (name: string): Promise<string> {
  return (await send(service.url, marketplace, 'POST', '/v1/parties', { kind: 'buyer', external_ref: name, name }, name)).body.id
}

async function lagSeconds (): Promise<number> {
  const text = await (await fetch(`${service.url}/metrics`)).text()
  return Number(/^holdfast_replica_lag_seconds (.+)$/m.exec(text)?.[1])
}

/** Everything that was written so far is visible in the replica. */
async function caughtUp (): Promise<void> {
  const { rows: [at] } = await first.client.query<{ position: string }>('select pg_current_wal_lsn()::text as position')
  for (;;) {
    const { rows: [row] } = await second.client.query<{ done: boolean }>('select pg_last_wal_replay_lsn() >= $1::pg_lsn as done', [at?.position])
    if (row?.done === true) return
    await sleep(20)
  }
}

t.test('lists and reports are read from the replica, single objects and repeated answers from the primary', async (t) => {
  const known = await newBuyer('known')
  await caughtUp()
  t.same(await listed(), [known])
  await second.client.query('select pg_wal_replay_pause()')
  const fresh = await newBuyer('fresh')
  t.same(await listed(), [known], 'the list does not know it yet: it comes from the replica, which stands still')
  t.equal((await send(service.url, marketplace, 'GET', `/v1/parties/${fresh}`)).status, 200, 'it is there')
  t.match(await send(service.url, marketplace, 'POST', '/v1/parties', { kind: 'buyer', external_ref: 'fresh', name: 'fresh' }, 'fresh'), { replayed: true, body: { id: fresh } })
  t.equal((await send(service.url, finance, 'GET', '/v1/reports/trial-balance')).status, 200)
  t.ok(await lagSeconds() > 0, 'metrics tell that the replica is behind')
  await second.client.query('select pg_wal_replay_resume()')
  await caughtUp()
  t.same(new Set(await listed()), new Set([known, fresh]))
})

t.test('a lost replica costs lists and reports a retryable refusal, and nothing else', async (t) => {
  await second.stop()
  await rm(replica.socket, { recursive: true, force: true })
  for (const path of ['/v1/parties', '/v1/trades']) t.match(await send(service.url, marketplace, 'GET', path), { status: 503, body: { code: 'unavailable', retryable: true } }, path)
  t.match(await send(service.url, finance, 'GET', '/v1/reports/trial-balance'), { status: 503, body: { code: 'unavailable', retryable: true } })
  const made = await newBuyer('without a replica'.replaceAll(' ', '-'))
  t.equal((await send(service.url, marketplace, 'GET', `/v1/parties/${made}`)).status, 200)
  t.equal((await fetch(`${service.url}/readyz`)).status, 200, 'it still takes payments')
  t.match(await (await fetch(`${service.url}/metrics`)).text(), 'holdfast_database_up{database="replica"} 0')
})
