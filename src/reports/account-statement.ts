import type { Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import { formatAmount } from '../kernel/money.ts'
import { unitOf } from '../kernel/units.ts'
import { reach, type Point } from '../ledger/as-of.ts'
import type { AccountRow } from '../ledger/balances.ts'
import { boundsOf, listEntries, sumsBetween, type Bounds, type EntryRow, type EntrySums } from '../ledger/entries.ts'
import { listOccurredEntries, readOccurredPeriod } from '../ledger/occurred-entries.ts'
import type { Period } from '../ledger/period.ts'
import { showAccountName, showEntry } from '../ledger/show.ts'
import { TIMEZONE, type RowAmounts } from './control.ts'
import { REPORT_PAGE_MAX } from './page.ts'
import type { Report } from './report.ts'

/** Which time a statement's period means, and as far as it was known at which moment. */
export interface StatementView {
  readonly by: 'recorded_at' | 'occurred_at'
  readonly known: Point
}

/** An account's period: where it stood before and after, and the sums of what happened between. */
export interface AccountStatement {
  readonly account: AccountRow
  readonly by: StatementView['by']
  readonly period: Period
  readonly bounds: Bounds
  readonly sums: EntrySums
  /** The moment as of which it was known. */
  readonly asOf: Date
  readonly generatedAt: Date
  /** How many entries were added for it by occurred time; none by recorded time, where the books keep every balance. */
  readonly entriesSummed: bigint
}

const AS_RECORDED: StatementView = { by: 'recorded_at', known: { kind: 'now' } }

/**
 * The statement of an account over a period. By recorded time, opening and closing balance are the running balances of its entries; the sums come
 * from the entries' amounts or the account's own totals: opening + credits − debits = closing (the reverse for a debit account) is a control over both.
 */
export async function readAccountStatement (db: Kysely<Database>, tenantId: number, account: AccountRow, period: Period, { by, known } = AS_RECORDED): Promise<AccountStatement> {
  const { asOf, generatedAt } = await reach(db, tenantId, known)
  if (by === 'occurred_at') return { account, by, period, asOf, generatedAt, ...await readOccurredPeriod(db, tenantId, account, period, known) }
  const bounds = await boundsOf(db, tenantId, account.id, period, known)
  const sums = await sumsBetween(db, tenantId, account, { after: bounds.opening.version, upTo: bounds.closing.version })
  return { account, by, period, bounds, sums, asOf, generatedAt, entriesSummed: 0n }
}

/** At most `limit` entries of a statement, in the order of its time, from after the entry of a version on. */
export async function statementEntries (
  db: Kysely<Database>, tenantId: number, statement: AccountStatement, page: { readonly limit: number, readonly after: bigint }
): Promise<EntryRow[]> {
  const { account, by, bounds } = statement
  if (by === 'occurred_at') return await listOccurredEntries(db, tenantId, account, statement, page)
  const after = page.after > bounds.opening.version ? page.after : bounds.opening.version
  return await listEntries(db, tenantId, account.id, { after, upTo: bounds.closing.version }, { limit: page.limit, order: 'asc' })
}

/** The head of a statement as the API answers it. */
export function showStatementHead ({ account, by, period, bounds, sums, asOf, generatedAt, entriesSummed }: AccountStatement) {
  const unit = unitOf(account.unit)
  return {
    account: showAccountName(account),
    by,
    from: period.from?.toISOString() ?? null,
    to: period.to?.toISOString() ?? null,
    as_of: asOf.toISOString(),
    timezone: TIMEZONE,
    seq: Number(bounds.seq),
    generated_at: generatedAt.toISOString(),
    ...by === 'occurred_at' ? { entries_summed: Number(entriesSummed) } : {},
    opening_balance: formatAmount(bounds.opening.balance, unit),
    closing_balance: formatAmount(bounds.closing.balance, unit),
    totals: { entries: Number(sums.entries), debits: formatAmount(sums.debits, unit), credits: formatAmount(sums.credits, unit) }
  }
}

type ShownEntry = ReturnType<typeof showEntry>

/** What an entry of an account of that unit adds to a control total. */
export function entryAmounts ({ direction, amount }: ShownEntry, unit: string): readonly RowAmounts[] {
  const [debits, credits] = direction === 'debit' ? [amount, '0'] : ['0', amount]
  return [{ unit, debits, credits }]
}

/** A whole statement as a table, an entry a row. */
export function tabulateStatement (db: Kysely<Database>, tenantId: number, statement: AccountStatement): Report<ShownEntry> {
  return {
    title: 'Account statement',
    facts: showStatementHead(statement),
    itemsName: 'entries',
    columns: [
      { title: 'version', align: 'right', cell: (entry) => String(entry.version) },
      { title: 'recorded at', cell: (entry) => entry.recorded_at },
      { title: 'occurred at', cell: (entry) => entry.occurred_at },
      { title: 'kind', cell: (entry) => entry.kind },
      { title: 'subject', cell: (entry) => entry.subject },
      { title: 'description', cell: (entry) => entry.description, onlyInFiles: true },
      { title: 'other class', cell: (entry) => entry.other.class },
      { title: 'other owner', cell: (entry) => entry.other.owner },
      { title: 'debit', align: 'right', cell: (entry) => entry.direction === 'debit' ? entry.amount : '' },
      { title: 'credit', align: 'right', cell: (entry) => entry.direction === 'credit' ? entry.amount : '' },
      { title: 'balance', align: 'right', cell: (entry) => entry.balance },
      { title: 'transaction', cell: (entry) => entry.transaction },
      { title: 'seq', align: 'right', cell: (entry) => String(entry.seq), onlyInFiles: true }
    ],
    amounts: (entry) => entryAmounts(entry, statement.account.unit),
    pages: pagesOf(db, tenantId, statement)
  }
}

async function * pagesOf (db: Kysely<Database>, tenantId: number, statement: AccountStatement) {
  let after = 0n
  for (;;) {
    const rows = await statementEntries(db, tenantId, statement, { limit: REPORT_PAGE_MAX, after })
    yield rows.map((row) => showEntry(row, statement.account.unit))
    const last = rows.at(-1)
    if (last === undefined || rows.length < REPORT_PAGE_MAX) return
    after = last.version
  }
}
