import { createHash } from 'node:crypto'
import { access, chmod, constants, lstat, mkdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServerLog } from './server-keeper.ts'
import { canEnter, serverUser, type ServerUser } from './server-user.ts'

/** Where the embedded server keeps what is its own, and whom it runs as. */
export interface Place {
  readonly folder: string
  readonly user: ServerUser
}

/** The file in DATA_DIR that tells where the database is when it cannot be there. */
const POINTER = 'postgres.location'

// Below the first that can be written, for data folders that the server's user cannot enter.
const ELSEWHERE = ['/var/lib/holdfast', join(tmpdir(), 'holdfast')]

/**
 * Finds the place for the embedded server: DATA_DIR itself, or, where root's server user is not let through the folders above it,
 * one elsewhere that DATA_DIR then names in a file, for all later starts. Refuses, with the remedy, when neither can be used.
 */
export async function findPlace (dataDir: string, log: ServerLog): Promise<Place> {
  const home = await makeHome(dataDir)
  const named = (await readFile(join(home, POINTER), 'utf8').catch(() => '')).trim()
  const folder = named === '' ? home : named
  const owner = await ownerOf(join(folder, 'postgres'))
  if (named !== '' && owner === null) {
    throw new Error(`the database of ${home} was in ${named}, and is gone; restore it there, or remove ${join(home, POINTER)} to begin with empty books`)
  }
  const user = serverUser(owner)
  if (!user.switched || await canEnter(user, folder)) return { folder, user }
  if (owner !== null) {
    throw new Error(`user ${user.name}, whom PostgreSQL runs as, cannot enter ${folder}, where the database is; allow it for every folder on the way (chmod o+x)`)
  }
  return { folder: await settleElsewhere(home, user, log), user }
}

async function makeHome (dataDir: string): Promise<string> {
  try {
    // Root's server user passes through it; what must be private in it says so by its own mode.
    const isRoot = process.getuid?.() === 0
    const made = await mkdir(dataDir, { recursive: true, mode: isRoot ? 0o755 : 0o700 })
    if (made !== undefined && isRoot) await chmod(dataDir, 0o755)
    await access(dataDir, constants.W_OK | constants.X_OK)
    return await realpath(dataDir)
  } catch (error) {
    throw new Error(`the data folder ${dataDir} cannot be written (${(error as NodeJS.ErrnoException).code ?? String(error)}); set DATA_DIR to a folder of the user who starts Holdfast, or DATABASE_URL to a PostgreSQL server`, { cause: error })
  }
}

async function settleElsewhere (home: string, user: ServerUser, log: ServerLog): Promise<string> {
  const name = createHash('sha256').update(home).digest('hex').slice(0, 12)
  for (const parent of ELSEWHERE) {
    const folder = join(parent, name)
    if (!await makePassable(parent) || !await makePassable(folder) || !await canEnter(user, folder)) continue
    // Written aside first: a pointer that is half written would lead to no database at all.
    const draft = join(home, `${POINTER}.${process.pid}`)
    await writeFile(draft, `${folder}\n`)
    await rename(draft, join(home, POINTER))
    log.warn({ data_dir: home, database: folder, user: user.name },
      'PostgreSQL cannot run as root, and the user it runs as cannot enter DATA_DIR: the database is kept elsewhere')
    return folder
  }
  throw new Error(`user ${user.name}, whom PostgreSQL runs as, cannot enter ${home}, and neither ${ELSEWHERE.join(' nor ')} can be used; set DATA_DIR to a folder that every user can enter`)
}

/** Makes a folder that everyone can enter and only we can change. Where others can write, a folder of that name may be a trap. */
async function makePassable (folder: string): Promise<boolean> {
  try {
    if (await mkdir(folder, { recursive: true }) !== undefined) await chmod(folder, 0o755)
    const found = await lstat(folder)
    return found.isDirectory() && found.uid === process.getuid?.()
  } catch {
    return false
  }
}

async function ownerOf (path: string): Promise<number | null> {
  try {
    return (await stat(path)).uid
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
