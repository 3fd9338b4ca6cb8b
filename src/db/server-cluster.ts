import { chown, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, lstat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describeFailure } from './server-failures.ts'
import type { ServerBinaries } from './server-binaries.ts'
import { runAs, type ServerUser } from './server-user.ts'

/** One PostgreSQL server: where its data and its socket are, and how it is run. */
export interface Cluster {
  readonly binaries: ServerBinaries
  readonly user: ServerUser
  /** The data folder. Its parent must exist. */
  readonly data: string
  /** The folder of its unix socket, the only place it listens at. */
  readonly socket: string
  readonly logFile: string
  /** Given on the command line at each start, so that a new version's settings reach an old data folder. */
  readonly settings: Readonly<Record<string, string>>
  /** False where losing everything in a crash of the machine is fine. */
  readonly durable: boolean
}

/** The superuser of our clusters: the launcher's own, never the service's. */
export const SUPERUSER = 'postgres'

const DRAFT = '.new-'
const LEFTOVER_AGE_MS = 2 * 60 * 1000
const OTHERS_DRAFT_PATIENCE_MS = 60_000
const POLL_MS = 50

/**
 * Makes the data folder and the socket's folder where they are missing. An interrupted first start leaves nothing that a later one
 * stumbles over: the data folder appears in one step. Refuses a data folder of another major version.
 */
export async function prepareCluster (cluster: Cluster): Promise<void> {
  if (!await isInitialized(cluster)) await initialize(cluster)
  // Private to the server's user (and to root): whoever reaches the socket inside is trusted without a password.
  await mkdir(cluster.socket, { mode: 0o700 }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  })
  const { uid, gid, switched } = cluster.user
  const owner = (await lstat(cluster.socket)).uid
  if (switched && owner === process.getuid?.()) await chown(cluster.socket, uid, gid)
  else if (owner !== uid) throw new Error(`the folder ${cluster.socket} belongs to someone else; remove it`)
}

/** An address of a database in a cluster, through its socket. */
export function clusterUrl (cluster: Cluster, database: string, user: string): string {
  return `postgresql:///${database}?host=${encodeURIComponent(cluster.socket)}&user=${user}`
}

async function isInitialized (cluster: Cluster): Promise<boolean> {
  const { data, binaries } = cluster
  let version: string
  try {
    version = (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EACCES') throw new Error(`the database in ${data} belongs to another user; start Holdfast as that user or as root`, { cause: error })
    if (code !== 'ENOENT') throw error
    const content = await readdir(data).catch(() => [])
    if (content.length > 0) throw new Error(`the folder ${data} is not empty, and no PostgreSQL database is in it; move it away`, { cause: error })
    return false
  }
  if (version === String(binaries.majorVersion)) return true
  throw new Error(`the database in ${data} was made by PostgreSQL ${version}, and this version of Holdfast brings PostgreSQL ${binaries.majorVersion}. ` +
    `Start the version of Holdfast that made it, or run a PostgreSQL ${version} server on that folder and set DATABASE_URL; to begin with empty books, move the folder away`)
}

async function initialize (cluster: Cluster): Promise<void> {
  const { binaries, data, user, durable } = cluster
  if (await isMadeByOther(data)) return
  const draft = await mkdtemp(`${data}${DRAFT}${process.pid}-`)
  try {
    if (user.switched) await chown(draft, user.uid, user.gid)
    const result = await runAs(user, join(binaries.folder, 'initdb'), [
      '--pgdata', draft, '--username', SUPERUSER, '--auth', 'trust', '--encoding', 'UTF8', '--locale', 'C',
      '--data-checksums', '--no-instructions', ...(durable ? [] : ['--no-sync'])
    ])
    if (!result.ok) throw new Error(`PostgreSQL could not make a database in ${data}: ${describeFailure(result.output, cluster)}`)
    await rename(draft, data)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    // Another process that started at the same moment has made it; ours was never used.
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY' && (error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/**
 * Waits while another process makes the data folder, which saves the time of making it twice; correctness does not depend on
 * it. Clears away what first starts that were killed have left.
 */
async function isMadeByOther (data: string): Promise<boolean> {
  const giveUpAt = performance.now() + OTHERS_DRAFT_PATIENCE_MS
  const draftStart = `${basename(data)}${DRAFT}`
  while (performance.now() < giveUpAt) {
    const drafts = (await readdir(dirname(data))).filter((name) => name.startsWith(draftStart))
    const living = drafts.filter((name) => isAlive(Number(name.slice(draftStart.length).split('-')[0])))
    if (living.length === 0) {
      for (const name of drafts) await removeIfOld(join(dirname(data), name))
      break
    }
    await delay(POLL_MS)
  }
  return await stat(join(data, 'PG_VERSION')).then(() => true, () => false)
}

/** A young draft may be the work of a process in another container, whose number says nothing here. */
async function removeIfOld (draft: string): Promise<void> {
  const found = await stat(draft).catch(() => null)
  if (found !== null && Date.now() - found.mtimeMs > LEFTOVER_AGE_MS) await rm(draft, { recursive: true, force: true })
}

function isAlive (pid: number): boolean {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
