import { sql, type Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import { externalId } from '../kernel/ids.ts'
import { toPage, type Page } from '../kernel/page.ts'
import { Refusal } from '../kernel/refusals.ts'
import type { Programme } from './programme.ts'
import { programmeColumns, programmeOf, type ProgrammeRow } from './programme-rows.ts'
import { showProgramme, type ProgrammeJson } from './show-programme.ts'

/** One programme by its inside id (null when the text was none), or null when the tenant has none of that id. */
export async function findProgramme (db: Kysely<Database>, tenantId: number, id: string | null): Promise<Programme | null> {
  const { rows: [row] } = await sql<ProgrammeRow>`select ${programmeColumns} from coin_programmes where tenant_id = ${tenantId} and id = ${id}`.execute(db)
  return row === undefined ? null : programmeOf(row)
}

/** One programme by its inside id. Refuses `not_found`. */
export async function readProgramme (db: Kysely<Database>, tenantId: number, id: string | null): Promise<ProgrammeJson> {
  const programme = await findProgramme(db, tenantId, id)
  if (programme === null) throw new Refusal('not_found')
  return showProgramme(programme)
}

/** A page of a tenant's programmes, newest first; `before` is the inside id of the last one of the page before. */
export async function listProgrammes (
  db: Kysely<Database>, tenantId: number, { limit, before }: { readonly limit: number, readonly before: string | null }
): Promise<Page<ProgrammeJson>> {
  const { rows } = await sql<ProgrammeRow>`
    select ${programmeColumns} from coin_programmes
    where tenant_id = ${tenantId} and ${before === null ? sql`true` : sql`id < ${before}`} order by id desc limit ${limit + 1}`.execute(db)
  return toPage(rows, limit, ({ id }) => externalId('cpr', id), (row) => showProgramme(programmeOf(row)))
}

/** All programmes of a tenant, by their coins: one a currency at most. */
export async function allProgrammes (db: Kysely<Database>, tenantId: number): Promise<Programme[]> {
  const { rows } = await sql<ProgrammeRow>`select ${programmeColumns} from coin_programmes where tenant_id = ${tenantId} order by unit`.execute(db)
  return rows.map(programmeOf)
}
