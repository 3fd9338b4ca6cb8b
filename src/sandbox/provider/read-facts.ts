import { sql, type Kysely } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { idArray } from '../../db/unnest.ts'
import { externalId } from '../../kernel/ids.ts'
import { toPage, type Page } from '../../kernel/page.ts'
import type { Fact } from './fact.ts'
import { factColumns } from './fact-rows.ts'
import { showFact, type FactJson } from './show-fact.ts'

/** Facts of a tenant's provider by their inside ids, in the order of these. */
export async function readFacts (db: Kysely<Database>, tenantId: number, ids: readonly string[]): Promise<FactJson[]> {
  const { rows } = await sql<Fact>`
    select ${factColumns} from sandbox_facts where tenant_id = ${tenantId} and id = any(${idArray(ids)}::uuid[])
    order by array_position(${idArray(ids)}::uuid[], id)`.execute(db)
  return rows.map(showFact)
}

/** A page of what happened at a tenant's provider, or is to happen, newest first; `before` is the inside id of the last one of the page before. */
export async function listFacts (db: Kysely<Database>, tenantId: number, { limit, before }: { readonly limit: number, readonly before: string | null }): Promise<Page<FactJson>> {
  const { rows } = await sql<Fact>`
    select ${factColumns} from sandbox_facts where tenant_id = ${tenantId} and ${before === null ? sql`true` : sql`id < ${before}`}
    order by id desc limit ${limit + 1}`.execute(db)
  return toPage(rows, limit, ({ id }) => externalId('sbx', id), showFact)
}
