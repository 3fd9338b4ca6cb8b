import { sql } from 'kysely'
import type { BatchTransaction } from '../db/transaction.ts'
import { idArray, unnest, type Columns } from '../db/unnest.ts'
import type { Posting } from '../journal/operation.ts'
import type { RowChange, RowKind } from '../journal/row-kind.ts'
import type { AccountClass } from '../ledger/account-classes.ts'
import type { ManualJournal } from './manual-journal.ts'

/** Journals by hand. A reversal comes with the journal that it reverses: both are locked, in the one order of their ids. */
export const MANUAL_JOURNALS: RowKind<ManualJournal> = {
  name: 'manual journal',
  rank: 60,
  idOf: (journal) => journal.id,
  load: loadJournals,
  save: saveJournals
}

/** A row as the database has it: a `ManualJournal` but for its postings. */
export interface ManualJournalRow extends Omit<ManualJournal, 'postings'> {
  readonly postings: ReadonlyArray<{ readonly debit: SideJson, readonly credit: SideJson, readonly amount: string }>
}

interface SideJson {
  readonly class: AccountClass
  readonly owner: string
}

/** What a `ManualJournalRow` is read from. */
export const manualJournalColumns = sql`
  id, state, description, unit, occurred_at as "occurredAt", postings, reverses, reversed_by as "reversedBy", proposed_by as "proposedBy",
  proposed_at as "proposedAt", decided_by as "decidedBy", decided_at as "decidedAt", reason, transaction_id as "transactionId"`

/** The journal of a row. */
export function journalOf (row: ManualJournalRow): ManualJournal {
  const account = (side: SideJson) => ({ class: side.class, owner: side.owner, unit: row.unit })
  return { ...row, postings: row.postings.map(({ debit, credit, amount }) => ({ debit: account(debit), credit: account(credit), amount: BigInt(amount) })) }
}

async function loadJournals (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<ManualJournal[]> {
  const { rows } = await sql<ManualJournalRow>`
    select ${manualJournalColumns} from manual_journals
    where tenant_id = ${tenantId} and (id = any(${idArray(ids)}::uuid[])
      or id = any(array(select reverses from manual_journals where tenant_id = ${tenantId} and id = any(${idArray(ids)}::uuid[]))))
    order by id for no key update`.execute(trx)
  return rows.map(journalOf)
}

async function saveJournals (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<ManualJournal>>): Promise<void> {
  const added = changes.flatMap(({ before, after }) => before === null ? [after] : [])
  const decided = changes.flatMap(({ before, after }) => before?.state === 'proposed' && after.state !== 'proposed' ? [after] : [])
  const reversed = changes.flatMap(({ before, after }) => before !== null && before.reversedBy !== after.reversedBy ? [after] : [])
  await Promise.all([
    added.length === 0
      ? null
      : sql`
        insert into manual_journals (tenant_id, id, state, description, unit, occurred_at, postings, reverses, proposed_by, proposed_at)
        select ${tenantId}, j.* from ${unnest('j', added, ADDED)}`.execute(trx),
    decided.length === 0
      ? null
      : sql`
        with decided as (
          update manual_journals j set state = d.state, decided_by = d.decided_by, decided_at = d.decided_at, reason = d.reason, transaction_id = d.transaction_id
          from ${unnest('d', decided, DECIDED)}
          where j.tenant_id = ${tenantId} and j.id = d.id
          returning 1
        )
        select demand(count(*) = ${decided.length}, 'a manual journal changed while it was locked') from decided`.execute(trx),
    reversed.length === 0
      ? null
      : sql`
        with reversed as (
          update manual_journals j set reversed_by = r.reversed_by
          from ${unnest('r', reversed, REVERSED)}
          where j.tenant_id = ${tenantId} and j.id = r.id
          returning 1
        )
        select demand(count(*) = ${reversed.length}, 'a reversed journal is missing') from reversed`.execute(trx)
  ])
}

const ADDED: Columns<ManualJournal> = {
  id: ['uuid', ({ id }) => id],
  state: ['text', ({ state }) => state],
  description: ['text', ({ description }) => description],
  unit: ['text', ({ unit }) => unit],
  occurred_at: ['timestamptz', ({ occurredAt }) => occurredAt],
  postings: ['jsonb', ({ postings }) => JSON.stringify(postings.map(postingJson))],
  reverses: ['uuid', ({ reverses }) => reverses],
  proposed_by: ['uuid', ({ proposedBy }) => proposedBy],
  proposed_at: ['timestamptz', ({ proposedAt }) => proposedAt]
}

const DECIDED: Columns<ManualJournal> = {
  id: ['uuid', ({ id }) => id],
  state: ['text', ({ state }) => state],
  decided_by: ['uuid', ({ decidedBy }) => decidedBy],
  decided_at: ['timestamptz', ({ decidedAt }) => decidedAt],
  reason: ['text', ({ reason }) => reason],
  transaction_id: ['uuid', ({ transactionId }) => transactionId]
}

const REVERSED: Columns<ManualJournal> = {
  id: ['uuid', ({ id }) => id],
  reversed_by: ['uuid', ({ reversedBy }) => reversedBy]
}

function postingJson ({ debit, credit, amount }: Posting) {
  return { debit: { class: debit.class, owner: debit.owner }, credit: { class: credit.class, owner: credit.owner }, amount: amount.toString() }
}
