import { sql, type Kysely } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { externalId } from '../../kernel/ids.ts'
import { toPage, type Page } from '../../kernel/page.ts'
import { Refusal } from '../../kernel/refusals.ts'
import type { CaseState } from '../trade/refund-case.ts'
import { caseColumns, caseOf, type StoredCaseRow } from './case-rows.ts'
import { showCaseRecord, type CaseRecordJson } from './show-case-record.ts'

/** Which cases are wanted; ids are inside ids, and undefined where nobody asks for one. */
export interface CaseFilter {
  readonly state: CaseState | undefined
  readonly tradeId: string | null | undefined
  readonly sellerId: string | null | undefined
}

/** One case by its inside id (null when the text was none). Refuses `not_found` when the tenant has none of that id. */
export async function readCase (db: Kysely<Database>, tenantId: number, id: string | null): Promise<CaseRecordJson> {
  const { rows: [row] } = await sql<StoredCaseRow>`select ${caseColumns} from refund_cases where tenant_id = ${tenantId} and id = ${id}`.execute(db)
  if (row === undefined) throw new Refusal('not_found')
  return showCaseRecord(caseOf(row))
}

/** A page of a tenant's cases, newest first; `before` is the inside id of the last one of the page before. */
export async function listCases (
  db: Kysely<Database>, tenantId: number, { state, tradeId, sellerId }: CaseFilter, { limit, before }: { readonly limit: number, readonly before: string | null }
): Promise<Page<CaseRecordJson>> {
  const conditions = [sql`tenant_id = ${tenantId}`]
  if (state !== undefined) conditions.push(sql`state = ${state}`)
  if (tradeId !== undefined) conditions.push(sql`trade_id = ${tradeId}`)
  if (sellerId !== undefined) conditions.push(sql`seller_id = ${sellerId}`)
  if (before !== null) conditions.push(sql`id < ${before}`)
  const { rows } = await sql<StoredCaseRow>`
    select ${caseColumns} from refund_cases where ${sql.join(conditions, sql` and `)} order by id desc limit ${limit + 1}`.execute(db)
  return toPage(rows, limit, (row) => externalId('cas', row.id), (row) => showCaseRecord(caseOf(row)))
}
