import { sql, type Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import { reach, stateAtSeq, type Point } from './as-of.ts'
import type { AccountRow } from './balances.ts'
import { CREDIT_ENTRY, DEBIT_ENTRY, explainPage, sumEntries, type Bounds, type EntryRow, type EntrySums } from './entries.ts'
import type { Period } from './period.ts'

/** A period of occurred time on an account. `entriesSummed` is what it cost: facts arrive late, so all entries are looked at. */
export interface OccurredPeriod {
  readonly bounds: Bounds
  readonly sums: EntrySums
  readonly entriesSummed: bigint
}

/**
 * Where an account stood before and after a period of occurred time, and what occurred between, as far as it was known at a moment.
 * The bounds' versions say which entries were known, not which occurred first.
 */
export async function readOccurredPeriod (db: Kysely<Database>, tenantId: number, account: AccountRow, period: Period, known: Point): Promise<OccurredPeriod> {
  const { seq } = await reach(db, tenantId, known)
  const { version: upTo } = await stateAtSeq(db, tenantId, account.id, seq)
  const until = async (time: Date): Promise<EntrySums> => await sumEntries(db, tenantId, account.id, { after: 0n, upTo, occurredUpTo: new Date(time.getTime() - 1) })
  const before = period.from === null ? NOTHING : await until(period.from)
  const all = period.to === null ? await sumEntries(db, tenantId, account.id, { after: 0n, upTo }) : await until(period.to)
  return {
    bounds: {
      opening: { version: 0n, balance: balanceOf(account, before) },
      closing: { version: upTo, balance: balanceOf(account, all) },
      seq
    },
    sums: { entries: all.entries - before.entries, debits: all.debits - before.debits, credits: all.credits - before.credits },
    entriesSummed: before.entries + all.entries
  }
}

/**
 * At most `limit` entries of such a period, in the order they occurred, from after the entry of version `after` on (0 from the first).
 * Each shows the balance as it was when it occurred, had all been known then; it may dip below zero.
 */
export async function listOccurredEntries (
  db: Kysely<Database>, tenantId: number, account: AccountRow, { period, bounds }: { readonly period: Period, readonly bounds: Bounds },
  page: { readonly limit: number, readonly after: bigint }
): Promise<EntryRow[]> {
  const { rows } = await sql<EntryRow & { running: string }>`
    with entry as (
      select ${DEBIT_ENTRY} from transfers
      where tenant_id = ${tenantId} and debit_account_id = ${account.id} and debit_version <= ${bounds.closing.version}
      union all
      select ${CREDIT_ENTRY} from transfers
      where tenant_id = ${tenantId} and credit_account_id = ${account.id} and credit_version <= ${bounds.closing.version}
    ), running as (
      select *, ${account.sign} * sum(case direction when 'credit' then amount else -amount end) over (order by occurred_at, version) as running
      from entry
    ), page as (
      select * from running
      where (${period.from}::timestamptz is null or occurred_at >= ${period.from}) and (${period.to}::timestamptz is null or occurred_at < ${period.to})
        and (${page.after}::bigint = 0 or (occurred_at, version) > (select occurred_at, version from entry where version = ${page.after}))
      order by occurred_at, version limit ${page.limit}
    )
    ${explainPage(tenantId)}
    order by page.occurred_at, page.version`.execute(db)
  return rows.map(({ running, ...row }) => ({ ...row, balance: BigInt(running) }))
}

const NOTHING: EntrySums = { entries: 0n, debits: 0n, credits: 0n }

function balanceOf ({ sign }: AccountRow, { debits, credits }: EntrySums): bigint {
  return BigInt(sign) * (credits - debits)
}
