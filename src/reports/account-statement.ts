import type { Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import { formatAmount } from '../kernel/money.ts'
import { unitOf } from '../kernel/units.ts'
import { reach } from '../ledger/as-of.ts'
import type { AccountRow } from '../ledger/balances.ts'
import { boundsOf, listEntries, sumEntries, type Bounds, type EntryRow, type EntrySums } from '../ledger/entries.ts'
import type { Period } from '../ledger/period.ts'
import { showAccountName, showEntry } from '../ledger/show.ts'
import { REPORT_PAGE_MAX } from './page.ts'
import type { Report } from './report.ts'

/** An account's period of recorded time: where it stood before and after, and the sums of what happened between. */
export interface AccountStatement {
  readonly account: AccountRow
  readonly period: Period
  readonly bounds: Bounds
  readonly sums: EntrySums
  readonly generatedAt: Date
}

/**
 * The statement of an account over a period. Opening and closing balance are the running balances of its entries, the sums are added
 * anew: opening + credits − debits = closing (the reverse for a debit account) is a control over both.
 */
export async function readAccountStatement (db: Kysely<Database>, tenantId: number, account: AccountRow, period: Period): Promise<AccountStatement> {
  const { generatedAt } = await reach(db, tenantId, { kind: 'now' })
  const bounds = await boundsOf(db, tenantId, account.id, period)
  const sums = await sumEntries(db, tenantId, account.id, { after: bounds.opening.version, upTo: bounds.closing.version })
  return { account, period, bounds, sums, generatedAt }
}

/** At most `limit` entries of a statement, oldest first, from after a version on. */
export async function statementEntries (
  db: Kysely<Database>, tenantId: number, { account, bounds }: AccountStatement, page: { readonly limit: number, readonly after: bigint }
): Promise<EntryRow[]> {
  const after = page.after > bounds.opening.version ? page.after : bounds.opening.version
  return await listEntries(db, tenantId, account.id, { after, upTo: bounds.closing.version }, { limit: page.limit, order: 'asc' })
}

/** The head of a statement as the API answers it. */
export function showStatementHead ({ account, period, bounds, sums, generatedAt }: AccountStatement) {
  const unit = unitOf(account.unit)
  return {
    account: showAccountName(account),
    from: period.from?.toISOString() ?? null,
    to: period.to?.toISOString() ?? null,
    seq: Number(bounds.seq),
    generated_at: generatedAt.toISOString(),
    opening_balance: formatAmount(bounds.opening.balance, unit),
    closing_balance: formatAmount(bounds.closing.balance, unit),
    totals: { entries: Number(sums.entries), debits: formatAmount(sums.debits, unit), credits: formatAmount(sums.credits, unit) }
  }
}

/** A whole statement as a table, an entry a row. */
export function tabulateStatement (db: Kysely<Database>, tenantId: number, statement: AccountStatement): Report<ReturnType<typeof showEntry>> {
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
      { title: 'other class', cell: (entry) => entry.other.class },
      { title: 'other owner', cell: (entry) => entry.other.owner },
      { title: 'debit', align: 'right', cell: (entry) => entry.direction === 'debit' ? entry.amount : '' },
      { title: 'credit', align: 'right', cell: (entry) => entry.direction === 'credit' ? entry.amount : '' },
      { title: 'balance', align: 'right', cell: (entry) => entry.balance },
      { title: 'transaction', cell: (entry) => entry.transaction }
    ],
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
