import { sql, type Kysely } from 'kysely'
import type { Database } from '../../../db/schema.ts'
import { externalId } from '../../../kernel/ids.ts'
import { tenantNow } from '../../../tenants/clock.ts'
import type { DueWork } from '../../../timers/due-work.ts'
import { recordSent, type DueMessage } from './record-sent.ts'

const OVERDUE_COUNTED_MAX = 1_000

/** The messages that are to be handed over by now: `handOver` does it, and what it throws is tried again later. */
export function dueMessages (handOver: (message: DueMessage) => Promise<void>): DueWork<DueMessage> {
  return {
    name: 'customs messages',
    find: findDue,
    async overdue (db) {
      const { rows: [row] } = await sql<{ count: number, oldestSeconds: number }>`
        select count(*)::int as count, coalesce(extract(epoch from max(${tenantNow} - due.next_attempt_at)), 0)::float8 as "oldestSeconds"
        from tenant_counters c cross join lateral (
          select next_attempt_at from declarations where tenant_id = c.tenant_id and next_attempt_at <= ${tenantNow}
          order by next_attempt_at limit ${OVERDUE_COUNTED_MAX}
        ) due`.execute(db)
      return row ?? { count: 0, oldestSeconds: 0 }
    },
    async next (db, tenantId) {
      const { rows: [row] } = await sql<{ next: Date }>`
        select next_attempt_at as next from declarations where tenant_id = ${tenantId} and next_attempt_at is not null order by next_attempt_at limit 1`.execute(db)
      return row?.next ?? null
    },
    keyOf: ({ tenantId, declarationId, number }) => `${tenantId} ${externalId('dcl', declarationId)} ${number}`,
    async operation (message) {
      await handOver(message)
      return recordSent(message)
    },
    async postpone (db, { tenantId, declarationId, number }, delayMs) {
      const { numAffectedRows = 0n } = await sql`
        update declarations d set failed = d.failed + 1, next_attempt_at = ${tenantNow} + make_interval(secs => ${delayMs / 1000}::float8)
        from tenant_counters c
        where c.tenant_id = ${tenantId} and d.tenant_id = ${tenantId} and d.id = ${declarationId} and d.messages = ${number} and d.next_attempt_at is not null`.execute(db)
      return numAffectedRows > 0n
    }
  }
}

async function findDue (db: Kysely<Database>, limit: number, tenantId?: number): Promise<DueMessage[]> {
  const { rows } = await sql<DueMessage>`
    select c.tenant_id as "tenantId", due.id as "declarationId", due.messages as number
    from tenant_counters c cross join lateral (
      select id, messages, next_attempt_at, row_number() over (order by next_attempt_at, id) as turn
      from declarations where tenant_id = c.tenant_id and next_attempt_at <= ${tenantNow}
      order by next_attempt_at, id limit ${limit}
    ) due
    where ${tenantId === undefined ? sql`true` : sql`c.tenant_id = ${tenantId}`}
    order by due.turn, due.next_attempt_at limit ${limit}`.execute(db)
  return rows
}
