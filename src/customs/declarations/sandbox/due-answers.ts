import { sql, type Kysely } from 'kysely'
import type { Database } from '../../../db/schema.ts'
import { externalId } from '../../../kernel/ids.ts'
import { tenantNow } from '../../../tenants/clock.ts'
import type { DueWork } from '../../../timers/due-work.ts'
import { sandboxAnswerColumns } from './sandbox-answer.ts'
import { tellAnswer, type DueAnswer } from './tell-answer.ts'

const OVERDUE_COUNTED_MAX = 1_000

/** What the customs of sandboxes have to tell by now. */
export const DUE_ANSWERS: DueWork<DueAnswer> = {
  name: 'sandbox customs answers',
  find: findDue,
  async overdue (db) {
    const { rows: [row] } = await sql<{ count: number, oldestSeconds: number }>`
      select count(*)::int as count, coalesce(extract(epoch from max(${tenantNow} - due.next_attempt_at)), 0)::float8 as "oldestSeconds"
      from tenant_counters c cross join lateral (
        select next_attempt_at from sandbox_customs_answers where tenant_id = c.tenant_id and next_attempt_at <= ${tenantNow}
        order by next_attempt_at limit ${OVERDUE_COUNTED_MAX}
      ) due`.execute(db)
    return row ?? { count: 0, oldestSeconds: 0 }
  },
  async next (db, tenantId) {
    const { rows: [row] } = await sql<{ next: Date }>`
      select next_attempt_at as next from sandbox_customs_answers where tenant_id = ${tenantId} and next_attempt_at is not null order by next_attempt_at limit 1`.execute(db)
    return row?.next ?? null
  },
  keyOf: ({ tenantId, id }) => `${tenantId} ${externalId('sbx', id)}`,
  operation: tellAnswer,
  async postpone (db, { tenantId, id, version }, delayMs) {
    const { numAffectedRows = 0n } = await sql`
      update sandbox_customs_answers a set next_attempt_at = ${tenantNow} + make_interval(secs => ${delayMs / 1000}::float8)
      from tenant_counters c
      where c.tenant_id = ${tenantId} and a.tenant_id = ${tenantId} and a.id = ${id} and a.version = ${version} and a.next_attempt_at is not null`.execute(db)
    return numAffectedRows > 0n
  }
}

async function findDue (db: Kysely<Database>, limit: number, tenantId?: number): Promise<DueAnswer[]> {
  const { rows } = await sql<DueAnswer>`
    select c.tenant_id as "tenantId", due.*
    from tenant_counters c cross join lateral (
      select ${sandboxAnswerColumns}, next_attempt_at, row_number() over (order by next_attempt_at, id) as turn
      from sandbox_customs_answers where tenant_id = c.tenant_id and next_attempt_at <= ${tenantNow}
      order by next_attempt_at, id limit ${limit}
    ) due
    where ${tenantId === undefined ? sql`true` : sql`c.tenant_id = ${tenantId}`}
    order by due.turn, due.next_attempt_at limit ${limit}`.execute(db)
  return rows
}
