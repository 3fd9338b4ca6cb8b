import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../../config.ts'
import { externalId, internalId } from '../../kernel/ids.ts'
import type { FieldOwner } from '../identities/identity-fields.ts'

/**
 * Which identities were erased, outside of the database: a backup that is restored has them back, and this tells what to forget again. It holds ids alone. Each erasure is in it before it is
 * committed, so it may name one that was not carried out; that was asked for all the same.
 */
export interface ErasureLog {
  readonly path: string
  append (erased: readonly FieldOwner[]): Promise<void>
  read (): Promise<FieldOwner[]>
}

const FILE_NAME = 'erasures.log'

/** The log that the environment names, or the one in DATA_DIR. The file is made with the first erasure. */
export function openErasureLog ({ erasureLog, dataDir }: Pick<Config, 'erasureLog' | 'dataDir'>): ErasureLog {
  return erasureLogAt(erasureLog ?? join(dataDir, FILE_NAME))
}

/** The log in that file. */
export function erasureLogAt (path: string): ErasureLog {
  return {
    path,
    async append (erased) {
      const file = await open(path, 'a', 0o600)
      try {
        await file.appendFile(erased.map(lineOf).join(''))
        // What the disk has not got, a loss of power would forget together with the backup's reason.
        await file.sync()
      } finally {
        await file.close()
      }
    },
    async read () {
      const text = await readFile(path, 'utf8').catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
        throw error
      })
      // A line without its end was cut off by a loss of power, and never committed.
      return text.split('\n').slice(0, -1).map(readLine)
    }
  }
}

function lineOf ({ tenantId, identityId }: FieldOwner): string {
  return `${JSON.stringify({ tenant: tenantId, identity: externalId('idn', identityId) })}\n`
}

function readLine (line: string, index: number): FieldOwner {
  try {
    const { tenant, identity } = JSON.parse(line) as { tenant: number, identity: string }
    const identityId = internalId('idn', identity)
    if (Number.isInteger(tenant) && identityId !== null) return { tenantId: tenant, identityId }
  } catch {
    // Told below, whatever is wrong with it.
  }
  throw new Error(`line ${index + 1} of the log of erasures is none; restore the file from its copy`)
}
