import type { Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import { lastSeqBefore, reach } from '../ledger/as-of.ts'
import type { Period } from '../ledger/period.ts'
import { showTransaction } from '../ledger/show.ts'
import { listTransactions, type TransactionView } from '../ledger/transactions.ts'
import { TIMEZONE, type RowAmounts } from './control.ts'
import { REPORT_PAGE_MAX } from './page.ts'
import type { Report } from './report.ts'

/** The part of the journal that a period of recorded time holds: the transactions above `after`, up to and with `seq`. */
export interface JournalPeriod {
  readonly period: Period
  readonly after: bigint
  readonly seq: bigint
  readonly generatedAt: Date
}

/** Finds the transactions of a period. They never change, so its pages may be read at any time later. */
export async function readJournalPeriod (db: Kysely<Database>, tenantId: number, period: Period): Promise<JournalPeriod> {
  const now = await reach(db, tenantId, { kind: 'now' })
  const seq = period.to === null ? now.seq : await lastSeqBefore(db, tenantId, period.to)
  const after = period.from === null ? 0n : await lastSeqBefore(db, tenantId, period.from)
  // What is recorded while this looks is not part of a period that begins in the future.
  return { period, after: after < seq ? after : seq, seq, generatedAt: now.generatedAt }
}

/** At most `limit` transactions of a period, from after a `seq` on. */
export async function journalTransactions (
  db: Kysely<Database>, tenantId: number, journal: JournalPeriod, page: { readonly limit: number, readonly after: bigint }
): Promise<TransactionView[]> {
  const after = page.after > journal.after ? page.after : journal.after
  return await listTransactions(db, tenantId, { after, upTo: journal.seq }, page.limit)
}

/** The head of a journal as the API answers it. */
export function showJournalHead ({ period, after, seq, generatedAt }: JournalPeriod) {
  return {
    from: period.from?.toISOString() ?? null,
    to: period.to?.toISOString() ?? null,
    as_of: generatedAt.toISOString(),
    timezone: TIMEZONE,
    seq: Number(seq),
    generated_at: generatedAt.toISOString(),
    totals: { transactions: Number(seq - after) }
  }
}

type ShownTransaction = ReturnType<typeof showTransaction>
interface JournalLine extends Omit<ShownTransaction, 'transfers'> {
  readonly transfer: ShownTransaction['transfers'][number]
}

/** What a transaction adds to a control total: every transfer debits and credits its amount. */
export function transactionAmounts ({ transfers }: Pick<ShownTransaction, 'transfers'>): readonly RowAmounts[] {
  return transfers.map(({ unit, amount }) => ({ unit, debits: amount, credits: amount }))
}

/** A whole journal as a table, a transfer a row. */
export function tabulateJournal (db: Kysely<Database>, tenantId: number, journal: JournalPeriod): Report<JournalLine> {
  return {
    title: 'Journal',
    facts: showJournalHead(journal),
    itemsName: 'transfers',
    columns: [
      { title: 'seq', align: 'right', cell: (line) => String(line.seq) },
      { title: 'recorded at', cell: (line) => line.recorded_at },
      { title: 'occurred at', cell: (line) => line.occurred_at, onlyInFiles: true },
      { title: 'booked on', cell: (line) => line.booked_on },
      { title: 'kind', cell: (line) => line.kind },
      { title: 'subject', cell: (line) => line.subject },
      { title: 'debit class', cell: (line) => line.transfer.debit.class },
      { title: 'debit owner', cell: (line) => line.transfer.debit.owner },
      { title: 'credit class', cell: (line) => line.transfer.credit.class },
      { title: 'credit owner', cell: (line) => line.transfer.credit.owner },
      { title: 'amount', align: 'right', cell: (line) => line.transfer.amount },
      { title: 'unit', cell: (line) => line.transfer.unit },
      { title: 'transaction', cell: (line) => line.id },
      { title: 'position', align: 'right', cell: (line) => String(line.transfer.position), onlyInFiles: true },
      { title: 'reverses', cell: (line) => line.reverses ?? '', onlyInFiles: true },
      { title: 'description', cell: (line) => line.description }
    ],
    amounts: (line) => transactionAmounts({ transfers: [line.transfer] }),
    pages: pagesOf(db, tenantId, journal)
  }
}

async function * pagesOf (db: Kysely<Database>, tenantId: number, journal: JournalPeriod): AsyncGenerator<JournalLine[]> {
  let after = journal.after
  for (;;) {
    const transactions = await journalTransactions(db, tenantId, journal, { limit: REPORT_PAGE_MAX, after })
    yield transactions.flatMap((transaction) => {
      const { transfers, ...step } = showTransaction(transaction)
      return transfers.map((transfer) => ({ ...step, transfer }))
    })
    const last = transactions.at(-1)
    if (last === undefined || transactions.length < REPORT_PAGE_MAX) return
    after = last.seq
  }
}
