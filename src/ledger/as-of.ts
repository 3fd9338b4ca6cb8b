import { sql, type Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import { Refusal } from '../kernel/refusals.ts'
import { tenantNow } from '../tenants/clock.ts'

/** A moment of the books: as they stand, after the transaction of that number, or at the end of that millisecond by recorded time. */
export type Point =
  | { readonly kind: 'now' }
  | { readonly kind: 'seq', readonly seq: bigint }
  | { readonly kind: 'time', readonly time: Date }

/** A moment that was looked up. Everything up to `seq` is in it and nothing later: what is numbered is committed and never changes. */
export interface Reached {
  readonly seq: bigint
  /** The time asked for; of a number, when that transaction was recorded; otherwise the time of asking, by the tenant's clock. */
  readonly asOf: Date
  readonly generatedAt: Date
}

/**
 * The number of the last transaction that belongs to a moment, 0 when none does.
 * Refuses `invalid_request` for a number that the books have not reached.
 */
export async function reach (db: Kysely<Database>, tenantId: number, point: Point): Promise<Reached> {
  const { seq, now } = await booksNow(db, tenantId)
  switch (point.kind) {
    case 'now': return { seq, asOf: now, generatedAt: now }
    case 'time': return { seq: await lastSeqBefore(db, tenantId, endOf(point.time)), asOf: point.time, generatedAt: now }
    case 'seq': {
      if (point.seq > seq) throw notReached(point.seq, seq)
      return { seq: point.seq, asOf: await recordedAt(db, tenantId, point.seq) ?? now, generatedAt: now }
    }
  }
}

function notReached (asked: bigint, seq: bigint): Refusal {
  const detail = `the books have reached seq ${seq}, not ${asked}`
  return new Refusal('invalid_request', detail, { errors: [{ pointer: '/as_of_seq', code: 'invalid_request', detail }] })
}

/** Answers show times to the millisecond and the books keep microseconds: what an answer dates with a time belongs to that time. */
export function endOf (time: Date): Date {
  return new Date(time.getTime() + 1)
}

/**
 * The number of the last transaction recorded before a time, 0 when there is none.
 * Numbers have no gaps and are ordered like recorded times, so halving finds it with some twenty probes of the unique index.
 */
export async function lastSeqBefore (db: Kysely<Database>, tenantId: number, time: Date): Promise<bigint> {
  const { rows } = await sql<{ seq: bigint }>`
    with recursive search (low, high) as (
      select 0::bigint, transaction_seq from tenant_counters where tenant_id = ${tenantId}
      union all
      select case when probe.early then half.middle else half.low end, case when probe.early then half.high else half.middle - 1 end
      from (select low, high, (low + high + 1) / 2 as middle from search where low < high) as half
      cross join lateral (
        select recorded_at < ${time} as early from transactions where tenant_id = ${tenantId} and seq = half.middle
      ) as probe
    )
    select low as seq from search where low = high`.execute(db)
  const found = rows[0]
  if (found === undefined) throw new Error(`the transactions of tenant ${tenantId} are not numbered without gaps; run "holdfast verify"`)
  return found.seq
}

/** Where an account stood: after its `version`-th entry (0 before the first), with that balance in its own direction. */
export interface AccountState {
  readonly version: bigint
  readonly balance: bigint
}

/**
 * Where an account stood after the transaction `seq`, which the books have reached.
 * An account's versions have no gaps and are ordered like `seq`, so halving finds the last one with some twenty probes
 * of the two unique indexes, however many entries there are.
 */
export async function stateAtSeq (db: Kysely<Database>, tenantId: number, accountId: string, seq: bigint): Promise<AccountState> {
  const { rows } = await sql<AccountState>`
    with recursive search (low, high, balance) as (
      select 0::bigint, version, 0::bigint from accounts where tenant_id = ${tenantId} and id = ${accountId}
      union all
      select case when probe.early then half.middle else half.low end,
        case when probe.early then half.high else half.middle - 1 end,
        case when probe.early then probe.balance else half.balance end
      from (select low, high, balance, (low + high + 1) / 2 as middle from search where low < high) as half
      cross join lateral (
        select seq <= ${seq} as early, debit_balance as balance from transfers
        where tenant_id = ${tenantId} and debit_account_id = ${accountId} and debit_version = half.middle
        union all
        select seq <= ${seq}, credit_balance from transfers
        where tenant_id = ${tenantId} and credit_account_id = ${accountId} and credit_version = half.middle
      ) as probe
    )
    select low as version, balance from search where low = high`.execute(db)
  const state = rows[0]
  if (state === undefined) throw new Error(`the entries of account ${accountId} are not numbered without gaps; run "holdfast verify"`)
  return state
}

async function booksNow (db: Kysely<Database>, tenantId: number): Promise<{ seq: bigint, now: Date }> {
  const { rows } = await sql<{ seq: bigint, now: Date }>`
    select c.transaction_seq as seq, ${tenantNow} as now from tenant_counters c where c.tenant_id = ${tenantId}`.execute(db)
  const counter = rows[0]
  if (counter === undefined) throw new Error(`tenant ${tenantId} has no counter`)
  return counter
}

async function recordedAt (db: Kysely<Database>, tenantId: number, seq: bigint): Promise<Date | null> {
  const { rows } = await sql<{ recorded_at: Date }>`
    select recorded_at from transactions where tenant_id = ${tenantId} and seq = ${seq}`.execute(db)
  return rows[0]?.recorded_at ?? null
}
