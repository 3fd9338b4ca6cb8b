import { sql } from 'kysely'
import { externalId } from '../../kernel/ids.ts'
import type { DueWork } from '../../timers/due-work.ts'
import { meetDeadline, type PassedDeadline } from './meet-deadline.ts'

const OVERDUE_COUNTED_MAX = 1_000

/**
 * Trades whose deadline has passed: unpaid ones to close, unshipped ones to tell of, shipped ones that silence confirms. One of the few queries over all tenants.
 * The time is that of the statement: an index cannot be searched for a time that changes while it is read.
 */
export const DUE_TRADES: DueWork<PassedDeadline> = {
  name: 'trades',
  async find (db, limit) {
    const { rows } = await sql<PassedDeadline>`
      select t.id as "tenantId", due.id as "tradeId", due.next_deadline_at as deadline, due.version
      from tenants t cross join lateral (
        select id, next_deadline_at, next_attempt_at, version, row_number() over (order by next_attempt_at) as turn
        from trades where tenant_id = t.id and next_attempt_at <= now()
        order by next_attempt_at limit ${limit}
      ) due
      order by due.turn, due.next_attempt_at limit ${limit}`.execute(db)
    return rows
  },
  async overdue (db) {
    // What failed was put off, by an hour at most: it is still due.
    const { rows: [row] } = await sql<{ count: number, oldestSeconds: number }>`
      select count(*)::int as count, coalesce(extract(epoch from now() - min(due.next_deadline_at)), 0)::float8 as "oldestSeconds"
      from tenants t cross join lateral (
        select next_deadline_at from trades
        where tenant_id = t.id and next_attempt_at <= now() + interval '1 hour'
        order by next_attempt_at limit ${OVERDUE_COUNTED_MAX}
      ) due
      where due.next_deadline_at <= now()`.execute(db)
    return row ?? { count: 0, oldestSeconds: 0 }
  },
  keyOf: ({ tenantId, tradeId, deadline }) => `${tenantId} ${externalId('trd', tradeId)} ${deadline.toISOString()}`,
  operation: meetDeadline,
  async postpone (db, { tenantId, tradeId, deadline, version }, delayMs) {
    const { numAffectedRows = 0n } = await sql`
      update trades set next_attempt_at = clock_timestamp() + make_interval(secs => ${delayMs / 1000}::float8)
      where tenant_id = ${tenantId} and id = ${tradeId} and version = ${version}
        and next_deadline_at = ${deadline.toISOString()}::timestamptz`.execute(db)
    return numAffectedRows > 0n
  }
}
