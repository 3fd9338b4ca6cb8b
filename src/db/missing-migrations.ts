import { sql, type Kysely } from 'kysely'
import { pendingOf, readMigrations, type Applied } from './migrate.ts'
import type { Database } from './schema.ts'

/**
 * The names of the migrations that this version brings and the database lacks.
 * Throws, with what to do, where an applied one was changed or is unknown to this version.
 */
export async function missingMigrations (db: Kysely<Database>): Promise<string[]> {
  const { rows } = await sql<Applied>`select name, checksum from schema_migrations order by name`.execute(db)
  return pendingOf(await readMigrations(), rows).map(({ name }) => name)
}
