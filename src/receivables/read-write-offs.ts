import { sql, type Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import { externalId } from '../kernel/ids.ts'
import { toPage, type Page } from '../kernel/page.ts'
import { Refusal } from '../kernel/refusals.ts'
import type { ProposalState } from '../two-persons/proposal.ts'
import { showWriteOff, type WriteOffJson } from './show-write-off.ts'
import type { WriteOff } from './write-off.ts'
import { writeOffColumns } from './write-off-rows.ts'

/** One write-off by its inside id (null when the text was none). Refuses `not_found` when the tenant has none of that id. */
export async function readWriteOff (db: Kysely<Database>, tenantId: number, id: string | null): Promise<WriteOffJson> {
  const { rows: [row] } = await sql<WriteOff>`select ${writeOffColumns} from write_offs where tenant_id = ${tenantId} and id = ${id}`.execute(db)
  if (row === undefined) throw new Refusal('not_found')
  return showWriteOff(row)
}

/** A page of a tenant's write-offs, newest first; `before` is the inside id of the last one of the page before. */
export async function listWriteOffs (
  db: Kysely<Database>, tenantId: number, state: ProposalState | undefined, { limit, before }: { readonly limit: number, readonly before: string | null }
): Promise<Page<WriteOffJson>> {
  const conditions = [sql`tenant_id = ${tenantId}`]
  if (state !== undefined) conditions.push(sql`state = ${state}`)
  if (before !== null) conditions.push(sql`id < ${before}`)
  const { rows } = await sql<WriteOff>`
    select ${writeOffColumns} from write_offs where ${sql.join(conditions, sql` and `)} order by id desc limit ${limit + 1}`.execute(db)
  return toPage(rows, limit, ({ id }) => externalId('wof', id), showWriteOff)
}
