import { sql, type Kysely } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { externalId } from '../../kernel/ids.ts'
import { toPage, type Page } from '../../kernel/page.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { fxQuoteColumns, type FxQuote } from './fx-quote-rows.ts'
import { showFxQuote, type FxQuoteJson } from './show-fx-quote.ts'

/** One quote by its inside id (null when the text was none). Refuses `not_found` when the tenant has none of that id. */
export async function readFxQuote (db: Kysely<Database>, tenantId: number, id: string | null): Promise<FxQuoteJson> {
  const { rows: [row] } = await sql<FxQuote>`select ${fxQuoteColumns} from fx_quotes where tenant_id = ${tenantId} and id = ${id}`.execute(db)
  if (row === undefined) throw new Refusal('not_found')
  return showFxQuote(row)
}

/** A page of a tenant's quotes, newest first, of some pair; `before` is the inside id of the last one of the page before. */
export async function listFxQuotes (
  db: Kysely<Database>, tenantId: number, { from, to }: { readonly from: string | undefined, readonly to: string | undefined },
  { limit, before }: { readonly limit: number, readonly before: string | null }
): Promise<Page<FxQuoteJson>> {
  const conditions = [sql`tenant_id = ${tenantId}`]
  if (from !== undefined) conditions.push(sql`from_unit = ${from}`)
  if (to !== undefined) conditions.push(sql`to_unit = ${to}`)
  if (before !== null) conditions.push(sql`id < ${before}`)
  const { rows } = await sql<FxQuote>`
    select ${fxQuoteColumns} from fx_quotes where ${sql.join(conditions, sql` and `)} order by id desc limit ${limit + 1}`.execute(db)
  return toPage(rows, limit, ({ id }) => externalId('fxq', id), showFxQuote)
}
