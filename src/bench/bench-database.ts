import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import { startEmbedded } from '../db/embedded.ts'
import { migrate } from '../db/migrate.ts'
import { openDatabases, withSessionSettings, type Databases } from '../db/pools.ts'
import { inTransaction } from '../db/transaction.ts'
import { ruleOf } from '../ledger/account-classes.ts'
import { createTenant } from '../tenants/tenants.ts'
import { postingFunctions } from './sql/posting-functions.ts'
import { accountId, accountName, numbersOf, type Shape } from './sql/shapes.ts'

/** The database that is measured, migrated and ready. */
export interface BenchDatabase {
  /** As the service logs in. */
  readonly url: string
  readonly ownerUrl: string
  /** A folder of our own: on the file system of the data where the database is embedded. */
  readonly folder: string
  readonly embedded: boolean
  readonly databases: Databases
  /** A few connections of the owner, who alone may prepare what is measured and look at it. */
  readonly owner: pg.Pool
  readonly close: () => Promise<void>
}

/** A log of failures only, on standard error. */
export const LOG = pino({ level: 'warn' }, pino.destination(2))

const OWNER_CONNECTIONS = 4

/**
 * Opens the database of an address, whose login must be allowed to migrate it, or, where none is given, a new embedded one that syncs every
 * commit like any other and is deleted by `close`; `settings` change how that one is started.
 */
export async function openBenchDatabase (givenUrl: string | null, settings: Readonly<Record<string, string>> = {}): Promise<BenchDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'))
  // The embedded server may run as another user than this program.
  await chmod(folder, 0o755)
  const removeFolder = async (): Promise<void> => { await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }) }
  try {
    const embedded = givenUrl === null ? await startEmbedded({ dataDir: folder, log: LOG, settings }) : null
    const url = embedded?.url ?? givenUrl ?? ''
    const ownerUrl = embedded?.ownerUrl ?? url
    const databases = openDatabases({ url })
    const owner = openOwnerPool(ownerUrl, OWNER_CONNECTIONS)
    const close = async (): Promise<void> => {
      await Promise.all([databases.close(), owner.end()])
      await embedded?.stop()
      await removeFolder()
    }
    try {
      await migrate(ownerUrl)
      const { rows: [server] } = await owner.query<{ major: number }>("select current_setting('server_version_num')::integer / 10000 as major")
      for (const statement of postingFunctions(server?.major ?? 0)) await owner.query(statement)
    } catch (error) {
      await close()
      throw error
    }
    return { url, ownerUrl, folder, embedded: embedded !== null, databases, owner, close }
  } catch (error) {
    await removeFolder()
    throw error
  }
}

/** Connections of the owner that stay open, set as the Journal's are: commits wait for the disk, and plans use the indexes. */
export function openOwnerPool (ownerUrl: string, connections: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: withSessionSettings(ownerUrl, { synchronous_commit: 'on', enable_seqscan: 'off' }), max: connections, idleTimeoutMillis: 0
  })
  pool.on('error', () => {})
  return pool
}

/** Makes a tenant of its own and answers its id; a database that was measured before has older ones, so its name tells the time. */
export async function openTenant ({ databases }: BenchDatabase, name: string): Promise<number> {
  const mark = Date.now().toString(36)
  return await inTransaction(databases.read, async (trx) => await createTenant(trx, { name: `bench-${mark}-${name}`, kind: 'sandbox', actor: 'cli' }))
}

/** Makes a tenant with the accounts of a shape, empty, so that nobody is measured opening them. */
export async function openBooks (database: BenchDatabase, name: string, shape: Shape): Promise<number> {
  const tenantId = await openTenant(database, `${name}-${shape.name}`)
  const accounts = numbersOf(shape).map((number) => ({ ...accountName(number), id: accountId(number) }))
  await database.owner.query(`
    insert into accounts (tenant_id, id, class, owner, unit, sign, never_negative, version, debits, credits, created_at)
    select $1, a.id, a.class, a.owner, a.unit, a.sign, false, 0, 0, 0, clock_timestamp()
    from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::smallint[]) as a (id, class, owner, unit, sign)`, [
    tenantId, accounts.map(({ id }) => id), accounts.map((account) => account.class), accounts.map(({ owner }) => owner),
    accounts.map(({ unit }) => unit), accounts.map((account) => ruleOf(account.class).side === 'credit' ? 1 : -1)
  ])
  return tenantId
}
