import { sql, type Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import { endOf, lastSeqBefore, reach, stateAtSeq, type AccountState, type Point } from './as-of.ts'
import type { Period } from './period.ts'

/** One side of a transfer as its account sees it. Amounts are minor units; the balance is the account's own, after this entry. */
export interface EntryRow {
  readonly version: bigint
  readonly direction: 'debit' | 'credit'
  readonly amount: bigint
  readonly balance: bigint
  readonly transaction_id: string
  readonly seq: bigint
  readonly position: number
  readonly kind: string
  readonly subject: string
  readonly description: string
  readonly other_account_id: string
  readonly other_class: string
  readonly other_owner: string
  readonly occurred_at: Date
  readonly recorded_at: Date
}

/** A part of an account's entries, by version: above `after`, up to and with `upTo`. */
export interface VersionRange {
  readonly after: bigint
  readonly upTo: bigint
}

/**
 * The first entries of a range, oldest first (`asc`), or the last ones, newest first (`desc`); at most `limit`.
 * Both unique indexes are read by version and merged, so a page costs the same on an account of millions of entries.
 */
export async function listEntries (
  db: Kysely<Database>, tenantId: number, accountId: string, range: VersionRange, page: { readonly limit: number, readonly order: 'asc' | 'desc' }
): Promise<EntryRow[]> {
  const order = sql.raw(page.order)
  const { rows } = await sql<EntryRow>`
    with page as (
      (select ${DEBIT_ENTRY}
      from transfers
      where tenant_id = ${tenantId} and debit_account_id = ${accountId} and debit_version > ${range.after} and debit_version <= ${range.upTo}
      order by debit_version ${order} limit ${page.limit})
      union all
      (select ${CREDIT_ENTRY}
      from transfers
      where tenant_id = ${tenantId} and credit_account_id = ${accountId} and credit_version > ${range.after} and credit_version <= ${range.upTo}
      order by credit_version ${order} limit ${page.limit})
      order by version ${order} limit ${page.limit}
    )
    ${explainPage(tenantId)}
    order by page.version ${order}`.execute(db)
  return rows
}

/** A transfer as its debited account sees it, and as its credited one does: the columns of `page` below. */
export const DEBIT_ENTRY = sql`debit_version as version, 'debit' as direction, amount, debit_balance as balance,
  credit_account_id as other_account_id, transaction_id, position, seq, occurred_at, recorded_at`
export const CREDIT_ENTRY = sql`credit_version as version, 'credit' as direction, amount, credit_balance as balance,
  debit_account_id as other_account_id, transaction_id, position, seq, occurred_at, recorded_at`

/** Selects the entries of a part of a statement called `page`, with what happened and whose the other account is. */
export function explainPage (tenantId: number) {
  return sql`
    select page.*, t.kind, t.subject, t.description, other.class as other_class, other.owner as other_owner
    from page
    join transactions t on t.tenant_id = ${tenantId} and t.id = page.transaction_id
    join accounts other on other.tenant_id = ${tenantId} and other.id = page.other_account_id`
}

/** Where an account stood before and after a period of recorded time, and the `seq` that the period reaches. */
export interface Bounds {
  readonly opening: AccountState
  readonly closing: AccountState
  readonly seq: bigint
}

/** The bounds of a period on an account, as far as it is known at a moment. What lies between never changes. */
export async function boundsOf (db: Kysely<Database>, tenantId: number, accountId: string, period: Period, known: Point = { kind: 'now' }): Promise<Bounds> {
  const { seq: knownSeq } = await reach(db, tenantId, known)
  const periodSeq = period.to === null ? knownSeq : await lastSeqBefore(db, tenantId, period.to)
  const seq = periodSeq < knownSeq ? periodSeq : knownSeq
  const before = period.from === null ? 0n : await lastSeqBefore(db, tenantId, period.from)
  return {
    // What is recorded while this looks is not part of a period that begins in the future.
    opening: await stateAtSeq(db, tenantId, accountId, before < seq ? before : seq),
    closing: await stateAtSeq(db, tenantId, accountId, seq),
    seq
  }
}

/** Sums of entries in minor units, and how many there were. */
export interface EntrySums {
  readonly entries: bigint
  readonly debits: bigint
  readonly credits: bigint
}

/**
 * The sums of a range of an account's entries, by the shorter way: by adding them, or from what the account's row says of all its entries, less
 * those outside the range. So the statement of a whole life costs the same for millions of entries, and a period what it or its
 * surroundings hold, whichever is less.
 */
export async function sumsBetween (db: Kysely<Database>, tenantId: number, account: AccountTotals, { after, upTo }: VersionRange): Promise<EntrySums> {
  const sum = async (from: bigint, to: bigint): Promise<EntrySums> => await sumEntries(db, tenantId, account.id, { after: from, upTo: to })
  const beyond = account.version > upTo ? account.version - upTo : upTo - account.version
  if (upTo - after <= after + beyond) return await sum(after, upTo)
  const before = await sum(0n, after)
  // The row and the range's end were not read in one moment: either may be the later one.
  const [later, earlier] = [await sum(account.version, upTo), await sum(upTo, account.version)]
  return {
    entries: upTo - after,
    debits: account.debits + later.debits - earlier.debits - before.debits,
    credits: account.credits + later.credits - earlier.credits - before.credits
  }
}

/** What an account's row says of its first `version` entries. */
interface AccountTotals {
  readonly id: string
  readonly version: bigint
  readonly debits: bigint
  readonly credits: bigint
}

/** How many entries one statement adds: well under a second, so that no sum holds a snapshot for long. */
const ENTRIES_PER_SUM = 200_000n

/**
 * The sums of a range of an account's entries, of those only that occurred up to the end of a millisecond where one is given.
 * Entries never change, so sums of parts read one after the other are as exact as one read at once.
 */
export async function sumEntries (
  db: Kysely<Database>, tenantId: number, accountId: string, range: VersionRange & { readonly occurredUpTo?: Date }, entriesPerSum = ENTRIES_PER_SUM
): Promise<EntrySums> {
  const occurred = range.occurredUpTo === undefined ? sql`true` : sql`occurred_at < ${endOf(range.occurredUpTo)}`
  let sums: EntrySums = { entries: 0n, debits: 0n, credits: 0n }
  for (let after = range.after; after < range.upTo; after += entriesPerSum) {
    const upTo = after + entriesPerSum < range.upTo ? after + entriesPerSum : range.upTo
    const { rows } = await sql<{ entries: bigint, debits: string, credits: string }>`
      select count(*) as entries, coalesce(sum(debit), 0)::text as debits, coalesce(sum(credit), 0)::text as credits
      from (
        select amount as debit, 0::bigint as credit from transfers
        where tenant_id = ${tenantId} and debit_account_id = ${accountId} and debit_version > ${after} and debit_version <= ${upTo} and ${occurred}
        union all
        select 0, amount from transfers
        where tenant_id = ${tenantId} and credit_account_id = ${accountId} and credit_version > ${after} and credit_version <= ${upTo} and ${occurred}
      ) as part`.execute(db)
    for (const part of rows) {
      sums = { entries: sums.entries + part.entries, debits: sums.debits + BigInt(part.debits), credits: sums.credits + BigInt(part.credits) }
    }
  }
  return sums
}
