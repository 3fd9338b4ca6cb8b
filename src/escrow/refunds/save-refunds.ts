import { sql } from 'kysely'
import type { BatchTransaction } from '../../db/transaction.ts'
import { sendFor, unnest, type Columns } from '../../db/unnest.ts'
import type { RowChange } from '../../journal/row-kind.ts'
import type { Refund, RefundAttempt } from './refund.ts'

/** An attempt with its refund and its place in it. */
interface PlacedAttempt {
  readonly refund: Refund
  readonly attempt: RefundAttempt
  /** From 1. */
  readonly position: number
}

/** Writes new and changed refunds: of a changed one its status, and its attempts that are new or changed. Fails when a refund is not as it was loaded. */
export async function saveRefunds (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<Refund>>): Promise<void> {
  const opened = changes.flatMap(({ before, after }) => before === null ? [after] : [])
  const changed = changes.flatMap(({ before, after }) => before === null ? [] : [{ before, after }])
  const added = changes.flatMap(({ before, after }) => placedAttempts(after).slice(before?.attempts.length ?? 0))
  const moved = changed.flatMap(({ before, after }) =>
    placedAttempts(after).filter(({ attempt, position }) => position <= before.attempts.length && attempt !== before.attempts[position - 1]))
  await Promise.all([
    opened.length === 0
      ? null
      : sql`
        insert into refunds (tenant_id, id, payment_id, trade_id, unit, amount, status, created_at, version)
        select ${tenantId}, r.* from ${unnest('r', opened, OPENED)}`.execute(trx),
    sendFor(changed, async (part) => await sql`
      with changed as (
        update refunds r set status = c.status, version = c.version
        from ${unnest('c', part, CHANGED)}
        where r.tenant_id = ${tenantId} and r.id = c.id and r.version = c.loaded_version
        returning 1
      )
      select demand(count(*) = ${part.length}, 'a refund changed while it was locked') from changed`.execute(trx)),
    added.length === 0
      ? null
      : sql`
        insert into refund_attempts (tenant_id, ${sql.raw(Object.keys(ADDED_ATTEMPT).join(', '))})
        select ${tenantId}, a.* from ${unnest('a', added, ADDED_ATTEMPT)}`.execute(trx),
    sendFor(moved, async (part) => await sql`
      with changed as (
        update refund_attempts a set outcome = c.outcome, reason = c.reason, excess = c.excess, occurred_at = c.occurred_at, decided_at = c.decided_at
        from ${unnest('c', part, MOVED_ATTEMPT)}
        where a.tenant_id = ${tenantId} and a.refund_id = c.refund_id and a.position = c.position
        returning 1
      )
      select demand(count(*) = ${part.length}, 'an attempt of a refund is missing') from changed`.execute(trx))
  ])
}

const OPENED: Columns<Refund> = {
  id: ['uuid', ({ id }) => id],
  payment_id: ['uuid', ({ paymentId }) => paymentId],
  trade_id: ['uuid', ({ tradeId }) => tradeId],
  unit: ['text', ({ unit }) => unit],
  amount: ['bigint', ({ amount }) => amount],
  status: ['text', ({ status }) => status],
  created_at: ['timestamptz', ({ createdAt }) => createdAt],
  version: ['integer', ({ version }) => version]
}

const CHANGED: Columns<{ readonly before: Refund, readonly after: Refund }> = {
  id: ['uuid', ({ after }) => after.id],
  loaded_version: ['integer', ({ before }) => before.version],
  status: ['text', ({ after }) => after.status],
  version: ['integer', ({ after }) => after.version]
}

const MOVED_ATTEMPT: Columns<PlacedAttempt> = {
  refund_id: ['uuid', ({ refund }) => refund.id],
  position: ['smallint', ({ position }) => position],
  outcome: ['text', ({ attempt }) => attempt.outcome],
  reason: ['text', ({ attempt }) => attempt.reason],
  excess: ['boolean', ({ attempt }) => attempt.excess],
  occurred_at: ['timestamptz', ({ attempt }) => attempt.occurredAt],
  decided_at: ['timestamptz', ({ attempt }) => attempt.decidedAt]
}

const ADDED_ATTEMPT: Columns<PlacedAttempt> = {
  ...MOVED_ATTEMPT,
  channel: ['text', ({ attempt }) => attempt.channel],
  account: ['text', ({ attempt }) => attempt.account],
  reference: ['text', ({ attempt }) => attempt.reference],
  created_at: ['timestamptz', ({ attempt }) => attempt.createdAt]
}

function placedAttempts (refund: Refund): PlacedAttempt[] {
  return refund.attempts.map((attempt, index) => ({ refund, attempt, position: index + 1 }))
}
