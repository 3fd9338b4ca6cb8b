import { sql, type Kysely } from 'kysely'
import { readMigrations } from './migrate.ts'
import type { Database } from './schema.ts'

/** The names of the migrations that this version brings and the database lacks. */
export async function missingMigrations (db: Kysely<Database>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from schema_migrations`.execute(db)
  const applied = new Set(rows.map(({ name }) => name))
  return (await readMigrations()).map(({ name }) => name).filter((name) => !applied.has(name))
}
