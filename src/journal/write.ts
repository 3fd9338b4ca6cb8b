import { sql, type RawBuilder } from 'kysely'
import type { BatchTransaction } from '../db/transaction.ts'
import { sendFor, unnest, type Columns } from '../db/unnest.ts'
import { ruleOf } from '../ledger/account-classes.ts'
import type { Account } from '../ledger/accounts.ts'
import type { PostedTransfer } from '../ledger/posting.ts'
import type { AppendedEvent, BatchState, PostedTransaction } from './batch-state.ts'
import type { Claim } from './operation.ts'
import type { StoredAnswer } from './stored-answer.ts'

/** Everything a batch leaves behind. */
export interface BatchWrite {
  readonly state: BatchState
  /** The answers to keep, by idempotency key. */
  readonly answers: ReadonlyMap<string, StoredAnswer>
  /** By how much the tenant's clock was ahead when the batch was decided. */
  readonly clockAheadMs: bigint
}

/**
 * Writes a whole batch: first the kinds' rows and the accounts that were posted to, then in one statement keys, claims, new accounts, the
 * counter and the ledger. All of it is sent
 * when this returns its promise. Fails with the SQL state of a serialization failure when another process took a key, a claim or an
 * account meanwhile, or moved the tenant's clock: run again, the batch sees it.
 */
export async function writeBatch (trx: BatchTransaction, tenantId: number, { state, answers, clockAheadMs }: BatchWrite): Promise<void> {
  const rows = state.rowChanges()
  const saved = rows.map(async ({ kind, changes }) => { await kind.save(trx, tenantId, changes) })
  const changed = state.accountChanges()
  await Promise.all([
    ...saved,
    moveAccounts(trx, tenantId, changed.flatMap(({ before, after }) => before === null ? [] : [{ before, after }])),
    writeLedger(trx, tenantId, state, {
      opened: changed.flatMap(({ before, after }) => before === null ? [after] : []),
      answers: [...answers].filter(([, answer]) => answer.isNew),
      hasRows: rows.length > 0,
      clockAheadMs
    })
  ])
}

/** A part of the write statement, and how many rows of it nobody else may have had first. */
interface Part {
  readonly name: string
  readonly body: RawBuilder<unknown>
  readonly wanted: number
  readonly problem: string
}

const CONFLICT = '40001'

interface LedgerWrite {
  readonly opened: readonly Account[]
  readonly answers: ReadonlyArray<[string, StoredAnswer]>
  /** Whether other rows were saved: what was decided by a time must not be committed after the clock was moved, posted or not. */
  readonly hasRows: boolean
  readonly clockAheadMs: bigint
}

/**
 * The parts of this statement wait for each other by the counts they compare: what can collide with another process comes first,
 * each kind in key order, and the counter, the tenant's last lock, is touched only when nothing collided. Parts without rows are left out:
 * a lonely operation has few.
 */
async function writeLedger (trx: BatchTransaction, tenantId: number, state: BatchState, { opened, answers, hasRows, clockAheadMs }: LedgerWrite): Promise<void> {
  const { transactions, events } = state
  const span = Math.max(transactions.length, events.length)
  const parts: Part[] = []
  const add = (name: string, wanted: number, make: (alone: RawBuilder<unknown>) => RawBuilder<unknown>, problem: string): void => {
    if (wanted === 0) return
    const previous = parts.at(-1)
    const alone = previous === undefined ? sql`true` : sql`(select count(*) from ${sql.raw(previous.name)}) = ${previous.wanted}`
    parts.push({ name, body: make(alone), wanted, problem })
  }
  add('new_keys', answers.length, () => insertKeys(tenantId, answers), 'another process was first to use an idempotency key')
  add('new_claims', state.claims.size, (alone) => insertClaims(tenantId, [...state.claims.values()], alone), 'another process was first to take a claim')
  add('new_accounts', opened.length, (alone) => insertAccounts(tenantId, opened, { clockAheadMs, alone }), 'another process was first to open an account')
  add('counter', span > 0 || hasRows ? 1 : 0, (alone) => advanceCounter(tenantId, { transactions: transactions.length, events: events.length, span, clockAheadMs }, alone), 'the tenant\'s clock was moved')
  if (parts.length === 0) return
  const silent = [
    ...transactions.length === 0 ? [] : [insertTransactions(tenantId, transactions), insertTransfers(tenantId, transactions)],
    ...events.length === 0 ? [] : [insertEvents(tenantId, events)]
  ]
  await sql`
    with ${sql.join([...parts.map(({ name, body }) => sql`${sql.raw(name)} as (${body})`), ...silent.map((body, index) => sql`${sql.raw(`rest_${index}`)} as (${body})`)])}
    select ${sql.join(parts.map(({ name, wanted, problem }) =>
      sql`demand((select count(*) from ${sql.raw(name)}) = ${wanted}, ${problem}, ${CONFLICT})`))}`.execute(trx)
}

function insertKeys (tenantId: number, answers: ReadonlyArray<[string, StoredAnswer]>): RawBuilder<unknown> {
  return sql`
    insert into idempotency_keys (tenant_id, key, fingerprint, refusal_code, answer, created_at)
    select ${tenantId}, k.key, k.fingerprint, k.refusal_code, k.answer, clock_timestamp()
    from ${unnest('k', answers, ANSWER_COLUMNS)}
    order by k.key
    on conflict do nothing returning 1`
}

const ANSWER_COLUMNS: Columns<[string, StoredAnswer]> = {
  key: ['text', ([key]) => key],
  fingerprint: ['bytea', ([, answer]) => answer.fingerprint],
  refusal_code: ['text', ([, answer]) => answer.refusalCode],
  answer: ['text', ([, answer]) => answer.answer]
}

function insertClaims (tenantId: number, claims: readonly TakenClaim[], alone: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    insert into claims (tenant_id, kind, key, holder)
    select ${tenantId}, c.kind, c.key, c.holder
    from ${unnest('c', claims, CLAIM_COLUMNS)}
    where ${alone}
    order by c.kind, c.key
    on conflict do nothing returning 1`
}

type TakenClaim = Claim & { readonly holder: string }

const CLAIM_COLUMNS: Columns<TakenClaim> = {
  kind: ['text', ({ kind }) => kind],
  key: ['text', ({ key }) => key],
  holder: ['uuid', ({ holder }) => holder]
}

function insertAccounts (tenantId: number, opened: readonly Account[], { clockAheadMs, alone }: { readonly clockAheadMs: bigint, readonly alone: RawBuilder<unknown> }): RawBuilder<unknown> {
  return sql`
    insert into accounts (tenant_id, id, class, owner, unit, sign, never_negative, version, debits, credits, created_at)
    select ${tenantId}, a.id, a.class, a.owner, a.unit, a.sign, a.never_negative, a.version, a.debits, a.credits,
      clock_timestamp() + ${clockAheadMs}::bigint * interval '1 millisecond'
    from ${unnest('a', opened, OPENED_COLUMNS)}
    where ${alone}
    order by a.class, a.owner, a.unit
    on conflict do nothing returning 1`
}

const OPENED_COLUMNS: Columns<Account> = {
  id: ['uuid', ({ id }) => id],
  class: ['text', (account) => account.class],
  owner: ['text', ({ owner }) => owner],
  unit: ['text', ({ unit }) => unit],
  sign: ['smallint', (account) => ruleOf(account.class).side === 'credit' ? 1 : -1],
  never_negative: ['boolean', (account) => ruleOf(account.class).neverNegative],
  version: ['bigint', ({ version }) => version],
  debits: ['bigint', ({ debits }) => debits],
  credits: ['bigint', ({ credits }) => credits]
}

interface Counts {
  readonly transactions: number
  readonly events: number
  /** The larger of both: each number has a microsecond of its own. */
  readonly span: number
  readonly clockAheadMs: bigint
}

function advanceCounter (tenantId: number, { transactions, events, span, clockAheadMs }: Counts, alone: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    update tenant_counters set
      transaction_seq = transaction_seq + ${transactions}, event_seq = event_seq + ${events},
      last_recorded_at = greatest(clock_timestamp() + clock_ahead_ms * interval '1 millisecond', last_recorded_at + interval '1 microsecond') + ${span} * interval '1 microsecond'
    where tenant_id = ${tenantId} and clock_ahead_ms = ${clockAheadMs} and ${alone}
    returning transaction_seq - ${transactions} as transaction_base, event_seq - ${events} as event_base,
      last_recorded_at - ${span} * interval '1 microsecond' as recorded_base`
}

interface MovedAccount {
  readonly before: Account
  readonly after: Account
}

/** Writes the accounts that were posted to, unless another process did so since they were loaded. */
async function moveAccounts (trx: BatchTransaction, tenantId: number, moved: readonly MovedAccount[]): Promise<void> {
  await sendFor(moved, async (part) => await sql`
    with moved as (
      update accounts a set version = m.version, debits = m.debits, credits = m.credits
      from ${unnest('m', part, MOVED_COLUMNS)}
      where a.tenant_id = ${tenantId} and a.id = m.id and a.version = m.loaded_version
      returning 1
    )
    select demand(count(*) = ${part.length}, 'another process was first to post to an account', '40001') from moved`.execute(trx))
}

const MOVED_COLUMNS: Columns<MovedAccount> = {
  id: ['uuid', ({ after }) => after.id],
  loaded_version: ['bigint', ({ before }) => before.version],
  version: ['bigint', ({ after }) => after.version],
  debits: ['bigint', ({ after }) => after.debits],
  credits: ['bigint', ({ after }) => after.credits]
}

function insertTransactions (tenantId: number, transactions: readonly PostedTransaction[]): RawBuilder<unknown> {
  return sql`
    insert into transactions (tenant_id, id, seq, kind, subject, description, reverses, occurred_at, recorded_at, booked_on)
    select ${tenantId}, t.id, transaction_base + t.ordinal, t.kind, t.subject, t.description, t.reverses, t.occurred_at,
      recorded_base + t.ordinal * interval '1 microsecond', (t.occurred_at at time zone 'UTC')::date
    from counter, ${unnest('t', transactions, TRANSACTION_COLUMNS, 'ordinal')}`
}

const TRANSACTION_COLUMNS: Columns<PostedTransaction> = {
  id: ['uuid', ({ id }) => id],
  kind: ['text', ({ kind }) => kind],
  subject: ['text', ({ subject }) => subject],
  description: ['text', ({ description }) => description],
  reverses: ['uuid', ({ reverses }) => reverses],
  occurred_at: ['timestamptz', ({ occurredAt }) => occurredAt]
}

interface PlacedTransfer {
  readonly transaction: PostedTransaction
  readonly transfer: PostedTransfer
  /** The transaction's number in its batch, and the transfer's in its transaction; from 1. */
  readonly ordinal: number
  readonly position: number
}

function insertTransfers (tenantId: number, transactions: readonly PostedTransaction[]): RawBuilder<unknown> {
  const transfers = transactions.flatMap((transaction, index) =>
    transaction.transfers.map((transfer, place): PlacedTransfer => ({ transaction, transfer, ordinal: index + 1, position: place + 1 })))
  return sql`
    insert into transfers (tenant_id, transaction_id, position, seq, unit, amount, debit_account_id, debit_version, debit_balance,
      credit_account_id, credit_version, credit_balance, occurred_at, recorded_at)
    select ${tenantId}, t.transaction_id, t.position, transaction_base + t.ordinal, t.unit, t.amount, t.debit_account_id, t.debit_version, t.debit_balance,
      t.credit_account_id, t.credit_version, t.credit_balance, t.occurred_at, recorded_base + t.ordinal * interval '1 microsecond'
    from counter, ${unnest('t', transfers, TRANSFER_COLUMNS)}`
}

const TRANSFER_COLUMNS: Columns<PlacedTransfer> = {
  transaction_id: ['uuid', ({ transaction }) => transaction.id],
  ordinal: ['integer', ({ ordinal }) => ordinal],
  position: ['smallint', ({ position }) => position],
  unit: ['text', ({ transfer }) => transfer.unit],
  amount: ['bigint', ({ transfer }) => transfer.amount],
  debit_account_id: ['uuid', ({ transfer }) => transfer.debit.account.id],
  debit_version: ['bigint', ({ transfer }) => transfer.debit.account.version],
  debit_balance: ['bigint', ({ transfer }) => transfer.debit.balance],
  credit_account_id: ['uuid', ({ transfer }) => transfer.credit.account.id],
  credit_version: ['bigint', ({ transfer }) => transfer.credit.account.version],
  credit_balance: ['bigint', ({ transfer }) => transfer.credit.balance],
  occurred_at: ['timestamptz', ({ transaction }) => transaction.occurredAt]
}

function insertEvents (tenantId: number, events: readonly AppendedEvent[]): RawBuilder<unknown> {
  return sql`
    insert into events (tenant_id, seq, id, type, subject, data, recorded_at)
    select ${tenantId}, event_base + e.ordinal, e.id, e.type, e.subject, e.data, recorded_base + e.ordinal * interval '1 microsecond'
    from counter, ${unnest('e', events, EVENT_COLUMNS, 'ordinal')}`
}

const EVENT_COLUMNS: Columns<AppendedEvent> = {
  id: ['uuid', ({ id }) => id],
  type: ['text', ({ type }) => type],
  subject: ['text', ({ subject }) => subject],
  data: ['jsonb', ({ data }) => JSON.stringify(data)]
}
