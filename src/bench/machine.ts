import { open } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import type { BenchDatabase } from './bench-database.ts'
import { median } from './statistics.ts'

/** What the numbers were measured on. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memory_bytes: number
  /** What else ran when it began, as the system's load over one minute. */
  readonly load: number
  readonly node: string
  readonly postgres: string
  /** Whether the database is one of our own, on the file system that was timed. */
  readonly embedded: boolean
  readonly settings: Readonly<Record<string, string>>
  /** Writing one page and waiting until it is on disk. */
  readonly fsync_ms: number
}

const SETTINGS = [
  'fsync', 'synchronous_commit', 'wal_sync_method', 'full_page_writes', 'data_checksums', 'wal_compression', 'shared_buffers',
  'max_wal_size', 'checkpoint_timeout', 'max_connections'
]

/** Describes the machine and the database. */
export async function describeMachine ({ owner, folder, embedded }: BenchDatabase): Promise<Machine> {
  const { rows } = await owner.query<{ name: string, setting: string }>(
    'select name, current_setting(name) as setting from pg_settings where name = any($1) order by array_position($1, name)', [SETTINGS])
  const { rows: [version] } = await owner.query<{ server_version: string }>('show server_version')
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory_bytes: totalmem(),
    load: loadavg()[0] ?? 0,
    node: process.version,
    postgres: version?.server_version ?? 'unknown',
    embedded,
    settings: Object.fromEntries(rows.map(({ name, setting }) => [name, setting])),
    fsync_ms: await timeSync(folder)
  }
}

const SYNCS_MAX = 200
const SYNC_PATIENCE_MS = 1000
const PAGE_BYTES = 8192

/** The median of a page written and synced again and again, at growing places of a file that is long enough already. */
async function timeSync (folder: string): Promise<number> {
  const page = Buffer.alloc(PAGE_BYTES, 1)
  const file = await open(join(folder, 'sync'), 'w')
  try {
    await file.write(Buffer.alloc(PAGE_BYTES * SYNCS_MAX))
    await file.sync()
    const times: number[] = []
    const startedAt = performance.now()
    while (times.length < SYNCS_MAX && performance.now() - startedAt < SYNC_PATIENCE_MS) {
      const before = performance.now()
      await file.write(page, 0, PAGE_BYTES, times.length * PAGE_BYTES)
      await file.datasync()
      times.push(performance.now() - before)
    }
    return median(times)
  } finally {
    await file.close()
  }
}
