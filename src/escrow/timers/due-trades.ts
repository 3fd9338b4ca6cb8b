import { sql } from 'kysely'
import { externalId } from '../../kernel/ids.ts'
import { tenantNow } from '../../tenants/clock.ts'
import type { DueWork } from '../../timers/due-work.ts'
import { meetDeadline, type PassedDeadline } from './meet-deadline.ts'

const OVERDUE_COUNTED_MAX = 1_000

/**
 * Trades whose deadline has passed: unpaid ones to close, unshipped ones to tell of, shipped ones that silence confirms. One of the few queries over all tenants.
 * The time is that of the statement: an index cannot be searched for a time that changes while it is read; of a sandbox it is that of its test clock.
 */
export const DUE_TRADES: DueWork<PassedDeadline> = {
  name: 'trades',
  async find (db, limit, tenantId) {
    const { rows } = await sql<PassedDeadline>`
      select c.tenant_id as "tenantId", due.id as "tradeId", due.next_deadline_at as deadline, due.version
      from tenant_counters c cross join lateral (
        select id, next_deadline_at, next_attempt_at, version, row_number() over (order by next_attempt_at) as turn
        from trades where tenant_id = c.tenant_id and next_attempt_at <= ${tenantNow}
        order by next_attempt_at limit ${limit}
      ) due
      where ${tenantId === undefined ? sql`true` : sql`c.tenant_id = ${tenantId}`}
      order by due.turn, due.next_attempt_at limit ${limit}`.execute(db)
    return rows
  },
  async overdue (db) {
    // What failed was put off, by an hour at most: it is still due.
    const { rows: [row] } = await sql<{ count: number, oldestSeconds: number }>`
      select count(*)::int as count, coalesce(extract(epoch from max(${tenantNow} - due.next_deadline_at)), 0)::float8 as "oldestSeconds"
      from tenant_counters c cross join lateral (
        select next_deadline_at from trades
        where tenant_id = c.tenant_id and next_attempt_at <= ${tenantNow} + interval '1 hour'
        order by next_attempt_at limit ${OVERDUE_COUNTED_MAX}
      ) due
      where due.next_deadline_at <= ${tenantNow}`.execute(db)
    return row ?? { count: 0, oldestSeconds: 0 }
  },
  async next (db, tenantId) {
    const { rows: [row] } = await sql<{ next: Date }>`
      select next_attempt_at as next from trades where tenant_id = ${tenantId} and next_attempt_at is not null order by next_attempt_at limit 1`.execute(db)
    return row?.next ?? null
  },
  keyOf: ({ tenantId, tradeId, deadline }) => `${tenantId} ${externalId('trd', tradeId)} ${deadline.toISOString()}`,
  operation: meetDeadline,
  async postpone (db, { tenantId, tradeId, deadline, version }, delayMs) {
    const { numAffectedRows = 0n } = await sql`
      update trades set next_attempt_at = ${tenantNow} + make_interval(secs => ${delayMs / 1000}::float8)
      from tenant_counters c
      where c.tenant_id = ${tenantId} and trades.tenant_id = ${tenantId} and id = ${tradeId} and version = ${version}
        and next_deadline_at = ${deadline.toISOString()}::timestamptz`.execute(db)
    return numAffectedRows > 0n
  }
}
