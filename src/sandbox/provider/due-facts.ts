import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { idArray } from '../../db/unnest.ts'
import { StaleReading, type Reading } from '../../escrow/chargebacks/concerned.ts'
import { readConcerned } from '../../escrow/chargebacks/read-chargebacks.ts'
import { externalId } from '../../kernel/ids.ts'
import { tenantNow } from '../../tenants/clock.ts'
import type { DueWork } from '../../timers/due-work.ts'
import { SANDBOX_PROVIDER, type DueFact, type Fact } from './fact.ts'
import { factColumns } from './fact-rows.ts'
import { tellFact } from './tell-fact.ts'

const OVERDUE_COUNTED_MAX = 1_000
/** A provider that is not heard gives up some day. */
const FAILED_MAX = 8

/** What the providers of sandboxes have to tell by now. One of the few queries over all tenants; it goes about it as that for overdue trades does. */
export const DUE_FACTS: DueWork<DueFact> = {
  name: 'sandbox reports',
  find: async (db, limit, tenantId) => await findDue(db, limit, { condition: tenantId === undefined ? sql`true` : sql`c.tenant_id = ${tenantId}`, order: sql`due.turn, due.next_attempt_at` }),
  async overdue (db) {
    const { rows: [row] } = await sql<{ count: number, oldestSeconds: number }>`
      select count(*)::int as count, coalesce(extract(epoch from max(${tenantNow} - due.next_attempt_at)), 0)::float8 as "oldestSeconds"
      from tenant_counters c cross join lateral (
        select next_attempt_at from sandbox_facts where tenant_id = c.tenant_id and next_attempt_at <= ${tenantNow}
        order by next_attempt_at limit ${OVERDUE_COUNTED_MAX}
      ) due`.execute(db)
    return row ?? { count: 0, oldestSeconds: 0 }
  },
  async next (db, tenantId) {
    const { rows: [row] } = await sql<{ next: Date }>`
      select next_attempt_at as next from sandbox_facts where tenant_id = ${tenantId} and next_attempt_at is not null order by next_attempt_at limit 1`.execute(db)
    return row?.next ?? null
  },
  keyOf: ({ tenantId, id, told }) => `${tenantId} ${externalId('sbx', id)} ${told + 1}`,
  operation: tellFact,
  // Between the reading of a payment and its chargeback somebody was given money back.
  isOutdated: (error) => error instanceof StaleReading,
  async postpone (db, { tenantId, id, told }, delayMs) {
    const { numAffectedRows = 0n } = await sql`
      update sandbox_facts f set failed = f.failed + 1,
        next_attempt_at = case when f.failed + 1 < ${FAILED_MAX} then ${tenantNow} + make_interval(secs => ${delayMs / 1000}::float8) end
      from tenant_counters c
      where c.tenant_id = ${tenantId} and f.tenant_id = ${tenantId} and f.id = ${id} and f.told = ${told} and f.next_attempt_at is not null`.execute(db)
    return numAffectedRows > 0n
  }
}

/** The telling of these facts alone, in their order, for whoever has just had them happen and wants to see what comes of it. */
export function tellingOf (ids: readonly string[]): DueWork<DueFact> {
  const wanted = sql`${idArray(ids)}::uuid[]`
  return {
    ...DUE_FACTS,
    find: async (db, limit, tenantId) => await findDue(db, limit, {
      condition: sql`c.tenant_id = ${tenantId ?? null} and due.id = any(${wanted})`, order: sql`array_position(${wanted}, due.id)`
    })
  }
}

interface Wanted {
  readonly condition: RawBuilder<unknown>
  readonly order: RawBuilder<unknown>
}

async function findDue (db: Kysely<Database>, limit: number, { condition, order }: Wanted): Promise<DueFact[]> {
  const { rows } = await sql<Fact & { readonly tenantId: number }>`
    select c.tenant_id as "tenantId", due.*
    from tenant_counters c cross join lateral (
      select ${factColumns}, next_attempt_at, row_number() over (order by next_attempt_at, id) as turn
      from sandbox_facts where tenant_id = c.tenant_id and next_attempt_at <= ${tenantNow}
      order by next_attempt_at, id limit ${limit}
    ) due
    where ${condition}
    order by ${order} limit ${limit}`.execute(db)
  const due: DueFact[] = []
  for (const fact of rows) due.push({ ...fact, reading: await readFor(db, fact) })
  return due
}

/** What has to be read of the payment that a fact takes back, before the report is decided; nothing for any other fact. */
async function readFor (db: Kysely<Database>, { tenantId, kind, paymentReference }: Fact & { readonly tenantId: number }): Promise<Reading> {
  if (kind !== 'chargeback_opened' || paymentReference === null) return { tradeIds: [], refundIds: [] }
  return await readConcerned(db, tenantId, { provider: SANDBOX_PROVIDER, providerRef: paymentReference })
}
