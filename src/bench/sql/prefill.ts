import type pg from 'pg'
import { HOT, numbersOf, SPREAD, type Shape } from './shapes.ts'

/** What a transfer takes of the disk with its transaction and all indexes, and what the log of writing it takes meanwhile. */
export const PREFILL_BYTES_EACH = 700
export const PREFILL_BYTES_SPARE = 6 * 2 ** 30

/** Transfers of one statement: a few seconds. */
const CHUNK = 500_000
const TABLES = ['transactions', 'transfers']
/** For building indexes, several at a time. */
const BUILD_MEMORY = '384MB'

export interface PrefillOptions {
  readonly tenantId: number
  /** At least so many; whole rounds of all accounts are posted. */
  readonly transfers: number
  readonly tell: (progress: string) => void
  readonly goOn: () => void
}

/** Transfers in rounds: in each, every account of a shape is debited once and credited once, with the same amount. */
interface Part {
  readonly accounts: number
  readonly rounds: number
  /** The number of its first transfer, from 0. */
  readonly first: number
  /** Rounds that a part before it posted on its first accounts, and how many accounts those are. */
  readonly before: { readonly rounds: number, readonly accounts: number }
}

/**
 * Gives a tenant with the accounts of {@link SPREAD} a past: half of the transfers among the accounts of {@link HOT}, half among all. Nothing is
 * decided and no version looked up: in this pattern versions and balances follow from a transfer's number, so that the rows are
 * right as they come, and `verify` finds nothing. Indexes are built when the rows are there. Answers how many were posted.
 */
export async function prefill (pool: pg.Pool, { tenantId, transfers, tell, goOn }: PrefillOptions): Promise<number> {
  const parts = partsOf(transfers)
  const count = parts.reduce((sum, part) => sum + part.accounts * part.rounds, 0)
  const indexes = await dropIndexes(pool)
  const startedAt = performance.now()
  for (const part of parts) {
    for (let low = 0; low < part.accounts * part.rounds; low += CHUNK) {
      goOn()
      const range = { low, high: Math.min(low + CHUNK, part.accounts * part.rounds) }
      // Two tables, two connections, two cores.
      await Promise.all([insertTransactions(pool, tenantId, { part, range, count }), insertTransfers(pool, tenantId, { part, range, count })])
      const done = part.first + range.high
      const secondsLeft = (performance.now() - startedAt) / 1000 / done * (count - done)
      tell(`prefilled ${millions(done)} of ${millions(count)} million transfers, ${Math.ceil(secondsLeft)} s left and then the indexes`)
    }
  }
  await closeBooks(pool, tenantId, { parts, count })
  tell('building the indexes')
  await Promise.all(TABLES.map(async (table) => {
    for (const index of indexes.filter((each) => each.table === table)) {
      goOn()
      await build(pool, index)
    }
    await pool.query(`vacuum (analyze) ${table}`)
  }))
  await pool.query('vacuum (analyze) accounts')
  return count
}

function partsOf (transfers: number): Part[] {
  const rounds = (shape: Shape): number => Math.ceil(transfers / 2 / numbersOf(shape).length)
  const [hot, spread] = [numbersOf(HOT).length, numbersOf(SPREAD).length]
  return [
    { accounts: hot, rounds: rounds(HOT), first: 0, before: { rounds: 0, accounts: 0 } },
    { accounts: spread, rounds: rounds(SPREAD), first: hot * rounds(HOT), before: { rounds: rounds(HOT), accounts: hot } }
  ]
}

interface Chunk {
  readonly part: Part
  readonly range: { readonly low: number, readonly high: number }
  readonly count: number
}

/** One second lies between two of them, and the last lies a day back. */
const TIME = "date_trunc('hour', now()) - interval '1 day' - ($5 - n) * interval '1 second'"
const TRANSACTION_ID = "('01800000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"

async function insertTransactions (pool: pg.Pool, tenantId: number, { part, range, count }: Chunk): Promise<void> {
  await pool.query(`
    insert into transactions (tenant_id, id, seq, kind, subject, description, occurred_at, recorded_at, booked_on)
    select $1, ${TRANSACTION_ID}, n + 1, 'bench.transfer', '', '', time, time, (time at time zone 'UTC')::date
    from (select n, ${TIME} as time from (select $4::bigint + i as n from generate_series($2::bigint, $3::bigint - 1) i) numbers) times`,
  [tenantId, range.low, range.high, part.first, count])
}

/**
 * In round r the account at place i is debited by the i-th transfer, which credits the one k = 1 + r mod (accounts - 1) places on. Of its two
 * entries of a round an account's first moves its balance away from zero and its second back.
 */
async function insertTransfers (pool: pg.Pool, tenantId: number, { part, range, count }: Chunk): Promise<void> {
  await pool.query(`
    insert into transfers (tenant_id, transaction_id, position, seq, unit, amount, debit_account_id, debit_version, debit_balance,
      credit_account_id, credit_version, credit_balance, occurred_at, recorded_at)
    select $1, ${TRANSACTION_ID}, 1, n + 1, 'CNY', amount,
      bench.account_id(debit + 1), (case when debit < $8 then $7 else 0 end + r) * 2 + case when i < credited_by then 1 else 2 end, case when i < credited_by then -amount else 0 end,
      bench.account_id(credit + 1), (case when credit < $8 then $7 else 0 end + r) * 2 + case when i < credit then 1 else 2 end, case when i < credit then amount else 0 end,
      time, time
    from (
      select n, r, i, i as debit, (i + k) % $6::integer as credit, (i - k + $6::integer) % $6::integer as credited_by, (100 + r % 900)::bigint as amount, ${TIME} as time
      from (
        select $4::bigint + j as n, (j / $6::integer)::integer as r, (j % $6::integer)::integer as i, (1 + (j / $6::integer) % ($6::integer - 1))::integer as k
        from generate_series($2::bigint, $3::bigint - 1) j
      ) numbers
    ) drawn`, [tenantId, range.low, range.high, part.first, count, part.accounts, part.before.rounds, part.before.accounts])
}

/** The accounts and the counter as all those transfers leave them. */
async function closeBooks (pool: pg.Pool, tenantId: number, { parts, count }: { readonly parts: readonly Part[], readonly count: number }): Promise<void> {
  for (const { accounts, rounds } of parts) {
    await pool.query(`
      update accounts set version = version + 2 * $3::bigint, debits = debits + moved, credits = credits + moved
      from (select sum(100 + r % 900) as moved from generate_series(0, $3 - 1) r) sums
      where tenant_id = $1 and id in (select bench.account_id(number) from generate_series(1, $2) number)`, [tenantId, accounts, rounds])
  }
  await pool.query(`
    update tenant_counters set transaction_seq = $2, last_recorded_at = (select max(recorded_at) from transactions where tenant_id = $1)
    where tenant_id = $1`, [tenantId, count])
}

interface Index {
  readonly table: string
  readonly name: string
  readonly definition: string
  /** As a constraint is added that uses it; null for a plain index. */
  readonly constraint: 'primary key' | 'unique' | null
}

async function dropIndexes (pool: pg.Pool): Promise<Index[]> {
  const { rows } = await pool.query<Index>(`
    select t.relname as table, i.relname as name, pg_get_indexdef(i.oid) as definition,
      case c.contype when 'p' then 'primary key' when 'u' then 'unique' end as constraint
    from pg_index x
    join pg_class t on t.oid = x.indrelid
    join pg_class i on i.oid = x.indexrelid
    left join pg_constraint c on c.conindid = i.oid and c.contype in ('p', 'u')
    where t.oid = any($1::regclass[])`, [TABLES])
  for (const { table, name, constraint } of rows) {
    await pool.query(constraint === null ? `drop index ${name}` : `alter table ${table} drop constraint ${name}`)
  }
  return rows
}

async function build (pool: pg.Pool, { table, name, definition, constraint }: Index): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query(`set maintenance_work_mem = '${BUILD_MEMORY}'`)
    await client.query(definition)
    if (constraint !== null) await client.query(`alter table ${table} add constraint ${name} ${constraint} using index ${name}`)
    await client.query('reset maintenance_work_mem')
  } finally {
    client.release()
  }
}

function millions (transfers: number): string {
  return (transfers / 1_000_000).toFixed(1)
}
