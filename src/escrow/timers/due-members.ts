import { sql } from 'kysely'
import { tenantNow } from '../../tenants/clock.ts'
import type { DueWork } from '../../timers/due-work.ts'
import { DUE_TRADES } from './due-trades.ts'
import type { PassedDeadline } from './meet-deadline.ts'

const OVERDUE_COUNTED_MAX = 1_000

/** The decided groups `g` of a tenant that have members `m` whom the decision has not reached. */
const IS_UNFOLLOWED = sql`g.decided_at is not null and g.followed_at is null`
const IS_UNDONE = sql`m.tenant_id = g.tenant_id and m.group_id = g.id and m.group_outcome is null and m.closed_unpaid_at is null`

/** Whether nothing went wrong with a member yet: what failed was put off, and is looked at again at its time. */
const IS_FRESH = sql`m.next_attempt_at = m.next_deadline_at`

/**
 * Members whose group is decided and which have not followed: a chunk at a time, however large the group is, the groups that were decided first
 * first. What a member does then is what any action on it would do before anything else; so it is met like a deadline of the trade, and what fails
 * is put off like one. One of the few queries over all tenants.
 */
export const DUE_MEMBERS: DueWork<PassedDeadline> = {
  ...DUE_TRADES,
  name: 'group members',
  async find (db, limit, tenantId) {
    const { rows } = await sql<PassedDeadline>`
      select c.tenant_id as "tenantId", due.id as "tradeId", due.next_deadline_at as deadline, due.version
      from tenant_counters c cross join lateral (
        select member.*, row_number() over (order by g.decided_at, member.id) as turn
        from trade_groups g cross join lateral (
          select m.id, m.next_deadline_at, m.version from trades m
          where ${IS_UNDONE} and (${IS_FRESH} or m.next_attempt_at <= ${tenantNow})
          order by m.id limit ${limit}
        ) member
        where g.tenant_id = c.tenant_id and ${IS_UNFOLLOWED}
        order by g.decided_at, member.id limit ${limit}
      ) due
      where ${tenantId === undefined ? sql`true` : sql`c.tenant_id = ${tenantId}`}
      order by due.turn limit ${limit}`.execute(db)
    return rows
  },
  async overdue (db) {
    const { rows: [row] } = await sql<{ count: number, oldestSeconds: number }>`
      select count(*)::int as count, coalesce(extract(epoch from max(${tenantNow} - due.decided_at)), 0)::float8 as "oldestSeconds"
      from tenant_counters c cross join lateral (
        select g.decided_at from trade_groups g cross join lateral (select from trades m where ${IS_UNDONE} limit ${OVERDUE_COUNTED_MAX}) member
        where g.tenant_id = c.tenant_id and ${IS_UNFOLLOWED}
        limit ${OVERDUE_COUNTED_MAX}
      ) due`.execute(db)
    return row ?? { count: 0, oldestSeconds: 0 }
  },
  async next (db, tenantId) {
    const { rows: [row] } = await sql<{ next: Date | null }>`
      select min(case when ${IS_FRESH} then g.decided_at else m.next_attempt_at end) as next
      from trade_groups g join trades m on ${IS_UNDONE}
      where g.tenant_id = ${tenantId} and ${IS_UNFOLLOWED}`.execute(db)
    return row?.next ?? null
  }
}
