import { createHash, randomBytes } from 'node:crypto'
import type pg from 'pg'
import { OWNER_ROLE, withSetupLock } from '../../src/db/cluster-roles.ts'
import { migrate, readMigrations } from '../../src/db/migrate.ts'
import { APP_ROLE } from '../../src/db/pools.ts'
import { clusterUrl, SUPERUSER, type Cluster } from '../../src/db/server-cluster.ts'
import { testCluster } from './cluster.ts'

/** A database of one test file's own. */
export interface TestDatabase {
  /** As the service logs in. */
  readonly url: string
  /** As the role that owns the tables. */
  readonly ownerUrl: string
  /** As the server's superuser: for tests that break things on purpose. */
  readonly superuserUrl: string
  /** Ends every session in it and removes it. */
  readonly drop: () => Promise<void>
}

const STALE_TEMPLATE_HOURS = 24

/** A new database with every migration applied, copied from a template: some tens of milliseconds. */
export async function createTestDatabase (): Promise<TestDatabase> {
  return await createDatabase(true)
}

/** A new database without any table. */
export async function createEmptyDatabase (): Promise<TestDatabase> {
  return await createDatabase(false)
}

let inUse = 0

async function createDatabase (migrated: boolean): Promise<TestDatabase> {
  const { cluster, keeper } = await testCluster()
  const { client } = keeper
  inUse += 1
  keeper.holdProcess(true)
  const name = await withSetupLock(client, async () => {
    await dropOrphans(client)
    const template = migrated ? await ensureTemplate(cluster, client) : 'template0'
    const name = `test_${await sessionId(client)}_${randomBytes(4).toString('hex')}`
    await client.query(`create database ${name} owner ${OWNER_ROLE} template ${template}`)
    return name
  })
  return {
    url: clusterUrl(cluster, name, APP_ROLE),
    ownerUrl: clusterUrl(cluster, name, OWNER_ROLE),
    superuserUrl: clusterUrl(cluster, name, SUPERUSER),
    drop: async () => {
      await keeper.client.query(`drop database if exists ${name} with (force)`)
      inUse -= 1
      if (inUse === 0) keeper.holdProcess(false)
    }
  }
}

/**
 * The template for exactly these migrations. It gets its name when it is complete, so a killed run leaves no half of one, and
 * accepts no connection, which would make copying it fail.
 */
async function ensureTemplate (cluster: Cluster, client: pg.Client): Promise<string> {
  const hash = createHash('sha256')
  for (const { name, checksum } of await readMigrations()) hash.update(`${name} ${checksum}\n`)
  const template = `template_${hash.digest('hex').slice(0, 16)}`
  const { rowCount } = await client.query('select from pg_database where datname = $1', [template])
  if (rowCount !== 0) return template
  await dropStaleTemplates(client)
  const draft = `${template}_draft`
  await client.query(`drop database if exists ${draft} with (force)`)
  await client.query(`create database ${draft} owner ${OWNER_ROLE} template template0`)
  await migrate(clusterUrl(cluster, draft, OWNER_ROLE))
  await client.query(`alter database ${draft} with allow_connections false`)
  await client.query(`alter database ${draft} rename to ${template}`)
  return template
}

/** Every edit of a migration leaves a template behind. */
async function dropStaleTemplates (client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(`
    select datname as name from pg_database
    where datname like 'template\\_%' and (pg_stat_file('base/' || oid || '/PG_VERSION')).modification < now() - $1 * interval '1 hour'`,
  [STALE_TEMPLATE_HOURS])
  for (const { name } of rows) await client.query(`drop database if exists ${name} with (force)`)
}

/** Databases of test processes that were killed: their names tell the session that made them, and it is gone. */
async function dropOrphans (client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(`
    select d.datname as name from pg_database d
    where d.datname like 'test\\_%' and not exists (
      select from pg_stat_activity s where ${SESSION_ID} = split_part(d.datname, '_', 2) || '_' || split_part(d.datname, '_', 3))`)
  for (const { name } of rows) await client.query(`drop database if exists ${name} with (force)`)
}

// Process numbers are used again: the time of the session's start makes it one of a kind.
const SESSION_ID = "s.pid || '_' || (extract(epoch from s.backend_start) * 1000000)::bigint"

async function sessionId (client: pg.Client): Promise<string> {
  const { rows: [session] } = await client.query<{ id: string }>(`select ${SESSION_ID} as id from pg_stat_activity s where s.pid = pg_backend_pid()`)
  if (session === undefined) throw new Error('this session is not in pg_stat_activity')
  return session.id
}
