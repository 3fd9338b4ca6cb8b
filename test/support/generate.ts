/**
 * Writes what is made from the migrations: the types of the tables (`src/db/schema.ts`) and the schema as text (`test/schema.sql`).
 * CI runs it and refuses a commit in which either differs.
 */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { packageRoot } from '../../src/db/package-root.ts'
import { createTestDatabase } from './database.ts'
import { dumpSchema } from './schema-dump.ts'

const database = await createTestDatabase()
const client = new pg.Client({ connectionString: database.ownerUrl })
try {
  await client.connect()
  await writeFile(join(packageRoot(), 'test/schema.sql'), await dumpSchema(client))
  await writeFile(join(packageRoot(), 'src/db/schema.ts'), await describeTables(client))
} finally {
  await client.end()
  await database.drop()
}

async function describeTables (client: pg.Client): Promise<string> {
  const program = join(dirname(createRequire(import.meta.url).resolve('kysely-codegen')), 'cli/bin.js')
  const { stdout } = await promisify(execFile)(process.execPath, [
    program, '--dialect', 'postgres', '--url', database.ownerUrl, '--print', '--log-level', 'silent', '--exclude-pattern', 'schema_migrations',
    '--date-parser', 'string', '--numeric-parser', 'string', '--type-mapping', JSON.stringify({ int8: 'bigint' })
  ])
  const { rows } = await client.query<{ name: string }>("select viewname as name from pg_views where schemaname = 'public'")
  return toHouseStyle(stdout, rows.map(({ name }) => name))
}

/**
 * The generator's text in our style. PostgreSQL cannot tell that a view's column is never null; ours show columns that
 * are not null, or say null as the table does.
 */
function toHouseStyle (generated: string, views: readonly string[]): string {
  const viewTypes = new Set(views.map((view) => view.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())))
  let current = ''
  const lines = generated.trim().split('\n').map((line) => {
    current = /^export interface (\w+)/.exec(line)?.[1] ?? current
    const text = line.replace(/;$/, '').replace('"kysely"', "'kysely'").replace('interface DB ', 'interface Database ')
    return viewTypes.has(current) ? text.replace(/ \| null$/, '') : text
  })
  const start = lines.findIndex((line) => line.startsWith('import'))
  return ['// The types of the tables. Written by `npm run generate` from the migrations; do not edit.', ...lines.slice(start)].join('\n') + '\n'
}
