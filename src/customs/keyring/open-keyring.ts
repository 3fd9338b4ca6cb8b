import { randomBytes } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { chmod, link, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../../config.ts'
import { keyringFrom, keyringOf, parseKeyring, type Keyring, type WrappingKey } from './keyring.ts'

/** Where the environment says that the keys are. */
export type KeyringSource = Pick<Config, 'identityKeyring' | 'identityKeyringFile' | 'databaseUrl' | 'dataDir'>

const FILE_NAME = 'identity-keyring'
/** The first line of a keyring that the service made for itself. */
const GENERATED = '# Made by the first start, for sandboxes. Whoever has this file can read the identities in the database beside it.'
/** How often it is looked whether the file has changed, and how often for a key that is missing. */
export const LOOK_AGAIN_MS = 1_000
const MISSING_AGAIN_MS = 100

/**
 * The keyring that the environment names. With the embedded database and none named, one is made in DATA_DIR, readable by its owner only. Null with a
 * database of one's own and none named. Throws where a named one cannot be read.
 */
export async function openKeyring (source: KeyringSource): Promise<Keyring | null> {
  if (source.identityKeyring !== null) return keyringOf(parseKeyring(source.identityKeyring))
  const path = keyringPath(source)
  if (path === null) return null
  if (source.identityKeyringFile === null) await makeKeyring(source.dataDir, path)
  return watchKeyring(path)
}

/** The file of the keyring; null where the environment has the keys themselves, or where there is none. */
export function keyringPath ({ identityKeyring, identityKeyringFile, databaseUrl, dataDir }: KeyringSource): string | null {
  if (identityKeyring !== null) return null
  return identityKeyringFile ?? (databaseUrl === null ? join(dataDir, FILE_NAME) : null)
}

/** Puts a new key in front of those of a file that the service made for itself; the others go on unwrapping. */
export async function addKey (path: string): Promise<WrappingKey> {
  const { keys } = readKeyring(path)
  const key = newKey()
  await replaceFile(path, textOf([key, ...keys]))
  return key
}

/** A keyring in a file, which is read anew when it has changed: another process may have put a key in front. */
function watchKeyring (path: string): Keyring {
  let { keys, isGenerated } = readKeyring(path)
  let changedAt = changeTimeOf(path)
  let lookedAt = performance.now()
  let missedAt = -Infinity
  return keyringFrom((again) => {
    const now = performance.now()
    if (now - (again ? missedAt : lookedAt) < (again ? MISSING_AGAIN_MS : LOOK_AGAIN_MS)) return keys
    lookedAt = now
    if (again) missedAt = now
    const changed = changeTimeOf(path)
    if (again || changed !== changedAt) keys = readKeyring(path).keys
    changedAt = changed
    return keys
  }, isGenerated)
}

/** When a file was changed last. One that is gone for a moment counts as unchanged: what was read is still good. */
function changeTimeOf (path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function readKeyring (path: string): { readonly keys: readonly WrappingKey[], readonly isGenerated: boolean } {
  try {
    const text = readFileSync(path, 'utf8')
    const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
    return { keys: parseKeyring(lines.map((line) => line.trim()).join(',')), isGenerated: text.startsWith(GENERATED) }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Error(`the keyring ${path} cannot be used: ${code ?? (error as Error).message}`, { cause: error })
  }
}

async function makeKeyring (folder: string, path: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const draft = `${path}.${process.pid}`
  await writeFile(draft, textOf([newKey()]), { mode: 0o600 })
  try {
    // Of several processes that start at once one is first, and all of them use what it made.
    await link(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(draft, { force: true })
  }
}

async function replaceFile (path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}`
  await writeFile(draft, text, { mode: 0o600 })
  await chmod(draft, 0o600)
  await rename(draft, path)
}

function newKey (): WrappingKey {
  return { id: `k${randomBytes(4).toString('hex')}`, secret: randomBytes(32) }
}

function textOf (keys: readonly WrappingKey[]): string {
  return `${[GENERATED, ...keys.map(({ id, secret }) => `${id}:${secret.toString('base64')}`)].join('\n')}\n`
}
