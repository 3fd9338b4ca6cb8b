import { sql, type Kysely } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { SECOND_MS } from '../../kernel/time.ts'
import { tenantNow } from '../../tenants/clock.ts'

/** A test clock as callers see it. */
export interface ClockJson {
  readonly now: string
  readonly ahead_seconds: number
  /** Null where it has arrived. */
  readonly advancing_to: string | null
}

/** The clock of a sandbox tenant. Refuses `sandbox_only` for a live one. */
export async function readClock (db: Kysely<Database>, tenantId: number): Promise<ClockJson> {
  const { rows: [clock] } = await sql<{ kind: string, now: Date, aheadMs: bigint, target: Date | null }>`
    select t.kind, ${tenantNow} as now, c.clock_ahead_ms as "aheadMs", k.target
    from tenants t join tenant_counters c on c.tenant_id = t.id left join test_clocks k on k.tenant_id = t.id
    where t.id = ${tenantId}`.execute(db)
  if (clock?.kind !== 'sandbox') throw new Refusal('sandbox_only')
  const { now, aheadMs, target } = clock
  return {
    now: now.toISOString(),
    ahead_seconds: Number(aheadMs) / SECOND_MS,
    advancing_to: target === null || target <= now ? null : target.toISOString()
  }
}
