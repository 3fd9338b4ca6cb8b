import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureDatabase, ensureRoles, OWNER_ROLE, withSetupLock } from './cluster-roles.ts'
import { findPlace, type Place } from './embedded-place.ts'
import { APP_ROLE } from './pools.ts'
import { embeddedBinaries } from './server-binaries.ts'
import { clusterUrl, prepareCluster, type Cluster } from './server-cluster.ts'
import { ServerKeeper, type ServerLog } from './server-keeper.ts'

/** The running embedded database of a data folder. */
export interface EmbeddedDatabase {
  /** As the service logs in. */
  readonly url: string
  /** As the role that owns the tables and migrates them. */
  readonly ownerUrl: string
  /** Writes everything out and ends the server, unless another process of ours uses it; answers when that is done. */
  readonly stop: () => Promise<void>
}

/** Where it runs; `settings` are PostgreSQL's own and come before ours. */
export interface EmbeddedOptions {
  readonly dataDir: string
  readonly log: ServerLog
  readonly settings?: Readonly<Record<string, string>>
}

const DATABASE = 'holdfast'

/**
 * Runs PostgreSQL in `dataDir` and keeps it running until `stop`: it is started again when it dies, and one that outlived a killed
 * process of ours is taken over. Any number of processes may share one data folder; the last to stop ends the server.
 * Refuses, saying what to do, where there are no programs for this system, or the folder cannot be used or is of another version.
 */
export async function startEmbedded ({ dataDir, log, settings = {} }: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const place = await findPlace(dataDir, log)
  const cluster = await clusterOf(place, settings)
  await prepareCluster(cluster)
  const keeper = await ServerKeeper.start(cluster, log)
  try {
    await withSetupLock(keeper.client, async () => {
      await ensureRoles(keeper.client)
      await ensureDatabase(keeper.client, DATABASE)
    })
  } catch (error) {
    await keeper.stop()
    throw error
  }
  return {
    url: clusterUrl(cluster, DATABASE, APP_ROLE),
    ownerUrl: clusterUrl(cluster, DATABASE, OWNER_ROLE),
    stop: async () => { await keeper.stop() }
  }
}

async function clusterOf ({ folder, user }: Place, settings: EmbeddedOptions['settings']): Promise<Cluster> {
  return {
    binaries: await embeddedBinaries(user, folder),
    user,
    data: join(folder, 'postgres'),
    socket: socketFolder(folder),
    logFile: join(folder, 'postgres.log'),
    settings: { ...SETTINGS, ...settings },
    durable: true
  }
}

/** Beside the data, where every process that shares it looks; elsewhere only when the path would be too long for a socket's address. */
function socketFolder (folder: string): string {
  const ADDRESS_BYTES_MAX = process.platform === 'darwin' ? 103 : 107
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 12)
  const candidates = [join(folder, 'socket'), join(tmpdir(), `holdfast-${name}`), `/tmp/holdfast-${name}`]
  const fitting = candidates.find((candidate) => Buffer.byteLength(join(candidate, '.s.PGSQL.5432')) <= ADDRESS_BYTES_MAX)
  if (fitting === undefined) throw new Error('no folder for temporary files has a path short enough for a socket')
  return fitting
}

// For a small machine that runs the service as well. Everything about durability stays as PostgreSQL has it: on.
const SETTINGS = {
  max_connections: '200',
  shared_buffers: '256MB',
  effective_cache_size: '2GB',
  maintenance_work_mem: '128MB',
  // Fewer checkpoints: after each, the first change of a page writes the whole page to the log.
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  wal_compression: 'off',
  // A report must not take both cores from the books, and containers give little of the memory that parallel workers share.
  max_parallel_workers_per_gather: '0',
  random_page_cost: '1.1',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off'
}
