import { sql } from 'kysely'
import type { BatchTransaction } from '../../db/transaction.ts'
import { eachId, sendFor, unnest, type Columns } from '../../db/unnest.ts'
import type { RowChange, RowKind } from '../../journal/row-kind.ts'
import { nextTelling, type Fact } from './fact.ts'

/** What happened at the provider: written when it is decided, and each time it is told. Locked after all that it may be told of. */
export const FACTS: RowKind<Fact> = {
  name: 'sandbox fact',
  rank: 95,
  idOf: (fact) => fact.id,
  load: loadFacts,
  save: saveFacts
}

/** What a `Fact` is read from. */
export const factColumns = sql`
  id, kind, reference, payment_reference as "paymentReference", trade_id as "tradeId", trade_external_ref as "tradeExternalRef", refund_id as "refundId", unit, amount, fee, fee_returned as "feeReturned", revision, reason,
  occurred_at as "occurredAt", tell_at as "tellAt", told, created_at as "createdAt", version`

async function loadFacts (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<Fact[]> {
  const { rows } = await sql<Fact>`
    select fact.* from ${eachId(ids)}
    cross join lateral (
      select ${factColumns} from sandbox_facts where tenant_id = ${tenantId} and id = wanted.id limit 1 for no key update
    ) as fact`.execute(trx)
  return rows
}

async function saveFacts (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<Fact>>): Promise<void> {
  const added = changes.flatMap(({ before, after }) => before === null ? [after] : [])
  const told = changes.flatMap(({ before, after }) => before === null ? [] : [after])
  await Promise.all([
    added.length === 0
      ? null
      : sql`
        insert into sandbox_facts (tenant_id, ${sql.raw(Object.keys(ADDED).join(', '))}, tell_at)
        select ${tenantId}, ${sql.raw(Object.keys(ADDED).join(', '))}, tell_at::timestamptz[]
        from ${unnest('f', added, { ...ADDED, ...TELL_AT })}`.execute(trx),
    sendFor(told, async (part) => await sql`
      with told as (
        update sandbox_facts f set told = t.told, next_attempt_at = t.next_attempt_at, failed = 0, version = t.version
        from ${unnest('t', part, TOLD)}
        where f.tenant_id = ${tenantId} and f.id = t.id and f.version = t.version - 1
        returning 1
      )
      select demand(count(*) = ${part.length}, 'a sandbox fact changed while it was locked') from told`.execute(trx))
  ])
}

const ADDED: Columns<Fact> = {
  id: ['uuid', ({ id }) => id],
  kind: ['text', ({ kind }) => kind],
  reference: ['text', ({ reference }) => reference],
  payment_reference: ['text', ({ paymentReference }) => paymentReference],
  trade_id: ['uuid', ({ tradeId }) => tradeId],
  trade_external_ref: ['text', ({ tradeExternalRef }) => tradeExternalRef],
  refund_id: ['uuid', ({ refundId }) => refundId],
  unit: ['text', ({ unit }) => unit],
  amount: ['bigint', ({ amount }) => amount],
  fee: ['bigint', ({ fee }) => fee],
  fee_returned: ['bigint', ({ feeReturned }) => feeReturned],
  revision: ['integer', ({ revision }) => revision],
  reason: ['text', ({ reason }) => reason],
  occurred_at: ['timestamptz', ({ occurredAt }) => occurredAt],
  told: ['integer', ({ told }) => told],
  next_attempt_at: ['timestamptz', nextTelling],
  created_at: ['timestamptz', ({ createdAt }) => createdAt],
  version: ['integer', ({ version }) => version]
}

/** An array inside an array would lose its borders: it travels as text. */
const TELL_AT: Columns<Fact> = { tell_at: ['text', ({ tellAt }) => `{${tellAt.map((time) => time.toISOString()).join(',')}}`] }

const TOLD: Columns<Fact> = {
  id: ['uuid', ({ id }) => id],
  told: ['integer', ({ told }) => told],
  next_attempt_at: ['timestamptz', nextTelling],
  version: ['integer', ({ version }) => version]
}
