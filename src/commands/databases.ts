import { missingMigrations } from '../db/missing-migrations.ts'
import type { Databases } from '../db/pools.ts'
import type { Storage } from '../db/storage.ts'
import { Refusal } from '../kernel/refusals.ts'
import { findTenantByName, type Tenant } from '../tenants/tenants.ts'
import { UsageError, type OpenStorage, type Values } from './command.ts'

/** Runs a step on the databases, and closes them. Refuses `unavailable` where they are not of this version. */
export async function withDatabases (open: OpenStorage, step: (databases: Databases) => Promise<number>): Promise<number> {
  return await withStorage(open, async ({ databases }) => {
    const missing = await missingMigrations(databases.read).catch(() => null)
    if (missing === null || missing.length > 0) throw new Refusal('unavailable', 'The database is not prepared, or not of this version: run holdfast migrate.')
    return await step(databases)
  })
}

/** As {@link withDatabases}, of whatever version they are. */
export async function withStorage (open: OpenStorage, step: (storage: Storage) => Promise<number>): Promise<number> {
  const storage = await open()
  try {
    return await step(storage)
  } finally {
    await storage.close()
  }
}

/** The tenant that `--tenant` names. Refuses `not_found`. */
export async function tenantOf (db: Databases['read'], { tenant: name }: Values): Promise<Tenant> {
  if (name === undefined) throw new UsageError('name the tenant: --tenant NAME')
  const tenant = await findTenantByName(db, name)
  if (tenant === null) throw new Refusal('not_found', `There is no tenant named "${name}".`)
  return tenant
}

/** How many rows of a list are read at once. */
export const PAGE_ROWS = 1000

/** Every row of a list that is read in pages of {@link PAGE_ROWS}. */
export async function readAll<Row> (readPage: (last: Row | null) => Promise<Row[]>): Promise<Row[]> {
  const rows: Row[] = []
  for (;;) {
    const page = await readPage(rows.at(-1) ?? null)
    rows.push(...page)
    if (page.length < PAGE_ROWS) return rows
  }
}
