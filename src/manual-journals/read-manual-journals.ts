import { sql, type Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import { externalId } from '../kernel/ids.ts'
import { toPage, type Page } from '../kernel/page.ts'
import { Refusal } from '../kernel/refusals.ts'
import type { ProposalState } from '../two-persons/proposal.ts'
import { journalOf, manualJournalColumns, type ManualJournalRow } from './manual-journal-rows.ts'
import { showManualJournal, type ManualJournalJson } from './show-manual-journal.ts'

/** One journal by its inside id (null when the text was none). Refuses `not_found` when the tenant has none of that id. */
export async function readManualJournal (db: Kysely<Database>, tenantId: number, id: string | null): Promise<ManualJournalJson> {
  const { rows: [row] } = await sql<ManualJournalRow>`select ${manualJournalColumns} from manual_journals where tenant_id = ${tenantId} and id = ${id}`.execute(db)
  if (row === undefined) throw new Refusal('not_found')
  return showManualJournal(journalOf(row))
}

/** A page of a tenant's journals, newest first; `before` is the inside id of the last one of the page before. */
export async function listManualJournals (
  db: Kysely<Database>, tenantId: number, state: ProposalState | undefined, { limit, before }: { readonly limit: number, readonly before: string | null }
): Promise<Page<ManualJournalJson>> {
  const conditions = [sql`tenant_id = ${tenantId}`]
  if (state !== undefined) conditions.push(sql`state = ${state}`)
  if (before !== null) conditions.push(sql`id < ${before}`)
  const { rows } = await sql<ManualJournalRow>`
    select ${manualJournalColumns} from manual_journals where ${sql.join(conditions, sql` and `)} order by id desc limit ${limit + 1}`.execute(db)
  return toPage(rows, limit, (row) => externalId('jnl', row.id), (row) => showManualJournal(journalOf(row)))
}

/**
 * The inside id of the journal that a transaction was posted by. What is booked never changes, so this may be looked up before anything is locked.
 * Refuses `not_found` for a transaction that the tenant does not have, and `not_reversible` for one that no journal by hand posted.
 */
export async function journalOfTransaction (db: Kysely<Database>, tenantId: number, transactionId: string | null): Promise<string> {
  const { rows: [row] } = await sql<{ kind: string, journal: string | null }>`
    select t.kind, j.id as journal
    from transactions t
    left join manual_journals j on j.tenant_id = t.tenant_id and j.transaction_id = t.id
    where t.tenant_id = ${tenantId} and t.id = ${transactionId}`.execute(db)
  if (row === undefined) throw new Refusal('not_found')
  if (row.journal === null) throw new Refusal('not_reversible', `A transaction of the kind ${row.kind} is corrected by the steps of what it is about, such as the cancellation of a trade or the return of a payment.`)
  return row.journal
}
