import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { packageRoot } from './package-root.ts'
import { prepareAppRole } from './roles.ts'

/** One file of `migrations/`. */
export interface Migration {
  readonly name: string
  /** SHA-256 of its text with line ends as LF, so that a checkout with other line ends is the same migration. */
  readonly checksum: string
  readonly sql: string
}

// Chosen once, at random: whoever migrates this database holds this lock.
const MIGRATION_LOCK = 7_240_913_115_052_601n
const FILE_NAME = /^\d{4}_[a-z0-9_]+\.sql$/

/**
 * Brings a database to the newest schema and answers the names of the migrations it applied: none when it was there already.
 * Safe to call from many processes at once: one migrates, the others wait for it. Each file commits by itself.
 * Refuses to touch a database whose applied migrations are not exactly the first ones of `folder`.
 */
export async function migrate (url: string, folder = join(packageRoot(), 'migrations')): Promise<string[]> {
  const migrations = await readMigrations(folder)
  const client = new pg.Client({ connectionString: url, application_name: 'holdfast migrate', keepAlive: true })
  client.on('error', () => {}) // The statement in flight rejects with it.
  await client.connect()
  try {
    // The lock belongs to the session: it is gone when this process is killed.
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    await prepareAppRole(client)
    const pending = pendingOf(migrations, await readApplied(client))
    for (const migration of pending) await apply(client, migration)
    return pending.map(({ name }) => name)
  } finally {
    await client.end()
  }
}

/** The migrations of a folder in their order. Refuses names that would make the order unclear. */
export async function readMigrations (folder = join(packageRoot(), 'migrations')): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  const numbers = new Set<string>()
  for (const name of names) {
    const number = name.slice(0, 4)
    if (!FILE_NAME.test(name)) throw new Error(`migration ${name} must be named like 0001_what_it_does.sql`)
    if (numbers.has(number)) throw new Error(`two migrations have the number ${number}; give ${name} the next free one`)
    numbers.add(number)
  }
  return await Promise.all(names.map(async (name) => {
    const sql = (await readFile(join(folder, name), 'utf8')).replaceAll('\r\n', '\n')
    return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
  }))
}

/** A row of `schema_migrations`. */
export interface Applied {
  readonly name: string
  readonly checksum: string
}

async function readApplied (client: pg.Client): Promise<Applied[]> {
  // Asked for first: `create table if not exists` needs the right to create even where the table exists.
  const { rows: [found] } = await client.query<{ table: string | null }>("select to_regclass('schema_migrations')::text as table")
  if (found?.table == null) {
    await client.query(`create table schema_migrations (
      name text primary key,
      checksum text not null,
      applied_at timestamptz not null default clock_timestamp()
    )`)
  }
  const { rows } = await client.query<Applied>('select name, checksum from schema_migrations order by name')
  return rows
}

/**
 * The migrations still to apply, after comparing those that were applied with the files, one by one.
 * Throws, with what to do, where the applied ones are not exactly the first files.
 */
export function pendingOf (migrations: readonly Migration[], applied: readonly Applied[]): Migration[] {
  applied.forEach(({ name, checksum }, index) => {
    const file = migrations[index]
    if (file?.name === name) {
      if (file.checksum === checksum) return
      throw new Error(`migration ${name} was changed after it was applied to this database; restore the file and put the change into a new migration`)
    }
    if (migrations.some((migration) => migration.name === name)) {
      throw new Error(`migration ${file?.name} is older than ${name}, which this database has already; give it a number after the last one`)
    }
    throw new Error(`this database has migration ${name}, which this version of Holdfast does not know; run the version that applied it, or a newer one`)
  })
  return migrations.slice(applied.length)
}

async function apply (client: pg.Client, { name, checksum, sql }: Migration): Promise<void> {
  await client.query('begin')
  try {
    await client.query(sql)
    await client.query('insert into schema_migrations (name, checksum) values ($1, $2)', [name, checksum])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => {}) // The connection may be what failed.
    throw new Error(`migration ${name} failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}
