import { sql } from 'kysely'
import { externalId } from '../../kernel/ids.ts'
import { tenantNow } from '../../tenants/clock.ts'
import type { DueWork } from '../../timers/due-work.ts'
import { matureSlice, type MaturedSlice } from './mature-slice.ts'

const OVERDUE_COUNTED_MAX = 1_000

/** Slices of reserves that have matured. One of the few queries over all tenants; it goes about it as that for overdue trades does. */
export const DUE_SLICES: DueWork<MaturedSlice> = {
  name: 'reserves',
  async find (db, limit, tenantId) {
    const { rows } = await sql<MaturedSlice>`
      select c.tenant_id as "tenantId", due.id as "sliceId", due.matures_at as "maturesAt"
      from tenant_counters c cross join lateral (
        select id, matures_at, next_attempt_at, row_number() over (order by next_attempt_at) as turn
        from reserve_slices where tenant_id = c.tenant_id and next_attempt_at <= ${tenantNow}
        order by next_attempt_at limit ${limit}
      ) due
      where ${tenantId === undefined ? sql`true` : sql`c.tenant_id = ${tenantId}`}
      order by due.turn, due.next_attempt_at limit ${limit}`.execute(db)
    return rows
  },
  async overdue (db) {
    const { rows: [row] } = await sql<{ count: number, oldestSeconds: number }>`
      select count(*)::int as count, coalesce(extract(epoch from max(${tenantNow} - due.matures_at)), 0)::float8 as "oldestSeconds"
      from tenant_counters c cross join lateral (
        select matures_at from reserve_slices
        where tenant_id = c.tenant_id and next_attempt_at <= ${tenantNow} + interval '1 hour'
        order by next_attempt_at limit ${OVERDUE_COUNTED_MAX}
      ) due
      where due.matures_at <= ${tenantNow}`.execute(db)
    return row ?? { count: 0, oldestSeconds: 0 }
  },
  async next (db, tenantId) {
    const { rows: [row] } = await sql<{ next: Date }>`
      select next_attempt_at as next from reserve_slices where tenant_id = ${tenantId} and next_attempt_at is not null order by next_attempt_at limit 1`.execute(db)
    return row?.next ?? null
  },
  keyOf: ({ tenantId, sliceId }) => `${tenantId} ${externalId('rsv', sliceId)}`,
  operation: matureSlice,
  async postpone (db, { tenantId, sliceId }, delayMs) {
    const { numAffectedRows = 0n } = await sql`
      update reserve_slices set next_attempt_at = ${tenantNow} + make_interval(secs => ${delayMs / 1000}::float8)
      from tenant_counters c
      where c.tenant_id = ${tenantId} and reserve_slices.tenant_id = ${tenantId} and id = ${sliceId} and matured_at is null`.execute(db)
    return numAffectedRows > 0n
  }
}
