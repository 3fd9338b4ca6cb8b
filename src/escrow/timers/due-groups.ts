import { sql } from 'kysely'
import { externalId } from '../../kernel/ids.ts'
import { tenantNow } from '../../tenants/clock.ts'
import type { DueWork } from '../../timers/due-work.ts'
import { meetGroupDeadline, type DueGroup } from '../groups/meet-group-deadline.ts'

const OVERDUE_COUNTED_MAX = 1_000

/** Whether time has work with a group `g`: it is open, or its decision has reached every member. These are looked up in an index of those whom it has not. */
const HAS_WORK = sql`(g.state = 'open' or (
  select m.id from trades m where m.tenant_id = g.tenant_id and m.group_id = g.id and m.group_outcome is null and m.closed_unpaid_at is null limit 1
) is null)`

/** Groups to fail because their time is over, and decided ones whose members are all done. One of the few queries over all tenants. */
export const DUE_GROUPS: DueWork<DueGroup> = {
  name: 'groups',
  async find (db, limit, tenantId) {
    const { rows } = await sql<DueGroup>`
      select c.tenant_id as "tenantId", due.id as "groupId", due.deadline, due.version
      from tenant_counters c cross join lateral (
        select g.id, coalesce(g.decided_at, g.fill_by) as deadline, g.next_attempt_at, g.version, row_number() over (order by g.next_attempt_at) as turn
        from trade_groups g where g.tenant_id = c.tenant_id and g.next_attempt_at <= ${tenantNow} and ${HAS_WORK}
        order by g.next_attempt_at limit ${limit}
      ) due
      where ${tenantId === undefined ? sql`true` : sql`c.tenant_id = ${tenantId}`}
      order by due.turn, due.next_attempt_at limit ${limit}`.execute(db)
    return rows
  },
  async overdue (db) {
    // What failed was put off, by an hour at most: it is still due.
    const { rows: [row] } = await sql<{ count: number, oldestSeconds: number }>`
      select count(*)::int as count, coalesce(extract(epoch from max(${tenantNow} - due.fill_by)), 0)::float8 as "oldestSeconds"
      from tenant_counters c cross join lateral (
        select fill_by from trade_groups
        where tenant_id = c.tenant_id and next_attempt_at <= ${tenantNow} + interval '1 hour' and state = 'open' and fill_by <= ${tenantNow}
        order by next_attempt_at limit ${OVERDUE_COUNTED_MAX}
      ) due`.execute(db)
    return row ?? { count: 0, oldestSeconds: 0 }
  },
  async next (db, tenantId) {
    const { rows: [row] } = await sql<{ next: Date }>`
      select g.next_attempt_at as next from trade_groups g where g.tenant_id = ${tenantId} and g.next_attempt_at is not null and ${HAS_WORK}
      order by g.next_attempt_at limit 1`.execute(db)
    return row?.next ?? null
  },
  keyOf: ({ tenantId, groupId, deadline }) => `${tenantId} ${externalId('grp', groupId)} ${deadline.toISOString()}`,
  operation: meetGroupDeadline,
  async postpone (db, { tenantId, groupId, version }, delayMs) {
    const { numAffectedRows = 0n } = await sql`
      update trade_groups set next_attempt_at = ${tenantNow} + make_interval(secs => ${delayMs / 1000}::float8)
      from tenant_counters c
      where c.tenant_id = ${tenantId} and trade_groups.tenant_id = ${tenantId} and id = ${groupId} and trade_groups.version = ${version}
        and next_attempt_at is not null`.execute(db)
    return numAffectedRows > 0n
  }
}
