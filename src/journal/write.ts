import { sql, type Transaction } from 'kysely'
import type { Database } from '../db/schema.ts'
import { ruleOf } from '../ledger/account-classes.ts'
import type { BatchState } from './batch-state.ts'
import type { StoredAnswer } from './stored-answer.ts'
import { BatchConflict } from './failures.ts'

/** Everything a batch leaves behind. */
export interface BatchWrite {
  readonly state: BatchState
  /** The answers to keep, by idempotency key. */
  readonly answers: ReadonlyMap<string, StoredAnswer>
}

/**
 * Writes a whole batch: first the kinds' rows, then in one statement keys, claims, accounts, the counter and the ledger.
 * Throws `BatchConflict` when another process took a key, a claim or an account meanwhile: roll back and run again, which sees it.
 */
export async function writeBatch (trx: Transaction<Database>, tenantId: number, { state, answers }: BatchWrite): Promise<void> {
  for (const { kind, changes } of state.rowChanges()) await kind.save(trx, tenantId, changes)
  await writeLedger(trx, tenantId, state, [...answers].filter(([, answer]) => answer.isNew))
}

/**
 * The parts of this statement wait for each other by the counts they compare: what can collide with another process comes first,
 * each kind in key order, and the counter, the tenant's last lock, is touched only when nothing collided.
 */
async function writeLedger (trx: Transaction<Database>, tenantId: number, state: BatchState, answers: Array<[string, StoredAnswer]>): Promise<void> {
  const claims = [...state.claims.values()]
  const changed = state.accountChanges()
  const opened = changed.filter((change) => change.before === null).map((change) => change.after)
  const moved = changed.flatMap(({ before, after }) => before === null ? [] : [{ before, after }])
  const transactions = state.transactions
  const transfers = transactions.flatMap((transaction, index) =>
    transaction.transfers.map((transfer, position) => ({ ...transfer, transaction, ordinal: index + 1, position: position + 1 })))
  const events = state.events
  const span = Math.max(transactions.length, events.length)
  if (span === 0 && answers.length === 0) return
  const { rows } = await sql<{ keys: bigint, claims: bigint, opened: bigint, counted: bigint, moved: bigint }>`
    with new_keys as (
      insert into idempotency_keys (tenant_id, key, fingerprint, refusal_code, answer, created_at)
      select ${tenantId}, k.key, k.fingerprint, k.refusal_code, k.answer, clock_timestamp()
      from unnest(${answers.map(([key]) => key)}::text[], ${answers.map(([, answer]) => answer.fingerprint)}::bytea[],
        ${answers.map(([, answer]) => answer.refusalCode)}::text[], ${answers.map(([, answer]) => answer.answer)}::text[])
        as k (key, fingerprint, refusal_code, answer)
      order by k.key
      on conflict do nothing returning 1
    ), new_claims as (
      insert into claims (tenant_id, kind, key, holder)
      select ${tenantId}, c.kind, c.key, c.holder
      from unnest(${claims.map((claim) => claim.kind)}::text[], ${claims.map((claim) => claim.key)}::text[],
        ${claims.map((claim) => claim.holder)}::uuid[]) as c (kind, key, holder)
      where (select count(*) from new_keys) = ${answers.length}
      order by c.kind, c.key
      on conflict do nothing returning 1
    ), new_accounts as (
      insert into accounts (tenant_id, id, class, owner, unit, sign, never_negative, version, debits, credits, created_at)
      select ${tenantId}, a.id, a.class, a.owner, a.unit, a.sign, a.never_negative, a.version, a.debits, a.credits, clock_timestamp()
      from unnest(${opened.map((account) => account.id)}::uuid[], ${opened.map((account) => account.class)}::text[],
        ${opened.map((account) => account.owner)}::text[], ${opened.map((account) => account.unit)}::text[],
        ${opened.map((account) => ruleOf(account.class).side === 'credit' ? 1 : -1)}::smallint[],
        ${opened.map((account) => ruleOf(account.class).neverNegative)}::boolean[],
        ${opened.map((account) => account.version)}::bigint[], ${opened.map((account) => account.debits)}::bigint[],
        ${opened.map((account) => account.credits)}::bigint[])
        as a (id, class, owner, unit, sign, never_negative, version, debits, credits)
      where (select count(*) from new_claims) = ${claims.length}
      order by a.class, a.owner, a.unit
      on conflict do nothing returning 1
    ), counter as (
      update tenant_counters set
        transaction_seq = transaction_seq + ${transactions.length},
        event_seq = event_seq + ${events.length},
        last_recorded_at = greatest(clock_timestamp(), last_recorded_at + interval '1 microsecond') + ${span} * interval '1 microsecond'
      where tenant_id = ${tenantId} and ${span} > 0 and (select count(*) from new_accounts) = ${opened.length}
      returning transaction_seq - ${transactions.length} as transaction_base, event_seq - ${events.length} as event_base,
        last_recorded_at - ${span} * interval '1 microsecond' as recorded_base
    ), moved as (
      update accounts a set version = m.version, debits = m.debits, credits = m.credits
      from counter, unnest(${moved.map(({ after }) => after.id)}::uuid[], ${moved.map(({ before }) => before.version)}::bigint[],
        ${moved.map(({ after }) => after.version)}::bigint[], ${moved.map(({ after }) => after.debits)}::bigint[],
        ${moved.map(({ after }) => after.credits)}::bigint[]) as m (id, loaded_version, version, debits, credits)
      where a.tenant_id = ${tenantId} and a.id = m.id and a.version = m.loaded_version
      returning 1
    ), new_transactions as (
      insert into transactions (tenant_id, id, seq, kind, subject, description, reverses, occurred_at, recorded_at, booked_on)
      select ${tenantId}, t.id, transaction_base + t.ordinal, t.kind, t.subject, t.description, t.reverses, t.occurred_at,
        recorded_base + t.ordinal * interval '1 microsecond', (t.occurred_at at time zone 'UTC')::date
      from counter, unnest(${transactions.map((transaction) => transaction.id)}::uuid[], ${transactions.map((transaction) => transaction.kind)}::text[],
        ${transactions.map((transaction) => transaction.subject)}::text[], ${transactions.map((transaction) => transaction.description)}::text[],
        ${transactions.map((transaction) => transaction.reverses)}::uuid[],
        ${transactions.map((transaction) => transaction.occurredAt.toISOString())}::timestamptz[])
        with ordinality as t (id, kind, subject, description, reverses, occurred_at, ordinal)
    ), new_transfers as (
      insert into transfers (tenant_id, transaction_id, position, seq, unit, amount, debit_account_id, debit_version, debit_balance,
        credit_account_id, credit_version, credit_balance, occurred_at, recorded_at)
      select ${tenantId}, t.transaction_id, t.position, transaction_base + t.ordinal, t.unit, t.amount, t.debit_account_id, t.debit_version, t.debit_balance,
        t.credit_account_id, t.credit_version, t.credit_balance, t.occurred_at, recorded_base + t.ordinal * interval '1 microsecond'
      from counter, unnest(${transfers.map((transfer) => transfer.transaction.id)}::uuid[], ${transfers.map((transfer) => transfer.position)}::smallint[],
        ${transfers.map((transfer) => transfer.ordinal)}::integer[], ${transfers.map((transfer) => transfer.unit)}::text[],
        ${transfers.map((transfer) => transfer.amount)}::bigint[],
        ${transfers.map((transfer) => transfer.debit.account.id)}::uuid[], ${transfers.map((transfer) => transfer.debit.account.version)}::bigint[],
        ${transfers.map((transfer) => transfer.debit.balance)}::bigint[],
        ${transfers.map((transfer) => transfer.credit.account.id)}::uuid[], ${transfers.map((transfer) => transfer.credit.account.version)}::bigint[],
        ${transfers.map((transfer) => transfer.credit.balance)}::bigint[],
        ${transfers.map((transfer) => transfer.transaction.occurredAt.toISOString())}::timestamptz[])
        as t (transaction_id, position, ordinal, unit, amount, debit_account_id, debit_version, debit_balance,
          credit_account_id, credit_version, credit_balance, occurred_at)
    ), new_events as (
      insert into events (tenant_id, seq, id, type, subject, data, recorded_at)
      select ${tenantId}, event_base + e.ordinal, e.id, e.type, e.subject, e.data, recorded_base + e.ordinal * interval '1 microsecond'
      from counter, unnest(${events.map((event) => event.id)}::uuid[], ${events.map((event) => event.type)}::text[],
        ${events.map((event) => event.subject)}::text[], ${events.map((event) => JSON.stringify(event.data))}::jsonb[])
        with ordinality as e (id, type, subject, data, ordinal)
    )
    select (select count(*) from new_keys) as keys, (select count(*) from new_claims) as claims,
      (select count(*) from new_accounts) as opened, (select count(*) from counter) as counted, (select count(*) from moved) as moved`.execute(trx)
  const done = rows[0]
  if (done === undefined) throw new Error('the write statement answered nothing')
  if (Number(done.keys) !== answers.length || Number(done.claims) !== claims.length || Number(done.opened) !== opened.length) throw new BatchConflict()
  if (span > 0 && done.counted !== 1n) throw new Error(`tenant ${tenantId} has no counter`)
  if (Number(done.moved) !== moved.length) throw new BatchConflict()
}
