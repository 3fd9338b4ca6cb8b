import { sql, type Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import { stateAtSeq } from './as-of.ts'
import { sumEntries, type EntrySums } from './entries.ts'

/** An account as the books hold it. Sums are minor units; the balance is in the account's own direction. */
export interface AccountRow {
  readonly id: string
  readonly class: string
  readonly owner: string
  readonly unit: string
  /** 1 when credits raise the balance, -1 when debits do. */
  readonly sign: number
  readonly version: bigint
  readonly debits: bigint
  readonly credits: bigint
  readonly balance: bigint
  readonly created_at: Date
}

/** Which accounts to list; what is left out does not matter. */
export interface AccountFilter {
  readonly class?: string | undefined
  readonly owner?: string | undefined
  readonly unit?: string | undefined
}

const COLUMNS = sql`id, class, owner, unit, sign, version, debits, credits, sign * (credits - debits) as balance, created_at`

/** An account of this tenant as it stands, and the `seq` the books had reached in that very moment; null when there is none. */
export async function findAccount (db: Kysely<Database>, tenantId: number, id: string): Promise<AccountRow & { readonly seq: bigint } | null> {
  const { rows } = await sql<AccountRow & { seq: bigint }>`
    select ${COLUMNS}, (select transaction_seq from tenant_counters where tenant_id = ${tenantId}) as seq
    from accounts where tenant_id = ${tenantId} and id = ${id}`.execute(db)
  return rows[0] ?? null
}

/** Accounts ordered by class, owner and unit, from after the account `startingAfter` on; at most `limit`. After an account of nobody comes nothing. */
export async function listAccounts (
  db: Kysely<Database>, tenantId: number, filter: AccountFilter, page: { readonly limit: number, readonly startingAfter: string | null }
): Promise<AccountRow[]> {
  const conditions = [sql`tenant_id = ${tenantId}`]
  if (filter.class !== undefined) conditions.push(sql`class = ${filter.class}`)
  if (filter.owner !== undefined) conditions.push(sql`owner = ${filter.owner}`)
  if (filter.unit !== undefined) conditions.push(sql`unit = ${filter.unit}`)
  if (page.startingAfter !== null) {
    // Looked up by itself, because the index is entered at values, not at the outcome of a subquery.
    const last = await findAccount(db, tenantId, page.startingAfter)
    if (last === null) return []
    // Within one class the planner would enter the index at the class and walk to the row from there.
    conditions.push(filter.class === last.class
      ? sql`(owner, unit) > (${last.owner}, ${last.unit})`
      : sql`(class, owner, unit) > (${last.class}, ${last.owner}, ${last.unit})`)
  }
  const { rows } = await sql<AccountRow>`
    select ${COLUMNS} from accounts where ${sql.join(conditions, sql` and `)}
    order by class, owner, unit limit ${page.limit}`.execute(db)
  return rows
}

/**
 * The sums of an account's entries that occurred up to the end of that millisecond, as far as they were known after the
 * transaction `seq`. Facts arrive late, so this adds every entry and says how many it added.
 */
export async function sumsByOccurredTime (
  db: Kysely<Database>, tenantId: number, accountId: string, at: { readonly time: Date, readonly seq: bigint }
): Promise<EntrySums> {
  const { version } = await stateAtSeq(db, tenantId, accountId, at.seq)
  return await sumEntries(db, tenantId, accountId, { after: 0n, upTo: version, occurredUpTo: at.time })
}
