import { sql } from 'kysely'
import { recordAudit, type Actor } from '../../audit/record.ts'
import type { BatchTransaction } from '../../db/transaction.ts'
import type { Books, Need } from '../../journal/operation.ts'
import type { RowChange, RowKind } from '../../journal/row-kind.ts'
import { Refusal } from '../../kernel/refusals.ts'
import type { TenantKind } from '../../tenants/tenants.ts'

/** The clock of a tenant: whether it can be moved at all, and where it was last told to go. */
export interface TestClock {
  readonly tenantName: string
  readonly tenantKind: TenantKind
  /** Milliseconds; it stands in the counter, not here, and is only read with the clock. */
  readonly aheadMs: number
  /** Null while nobody ever advanced it. */
  readonly target: Date | null
  readonly version: number
  /** Who told it to go where, and from when, since it was loaded: to be told to the audit trail. */
  readonly advances: ReadonlyArray<{ readonly actor: Actor, readonly from: Date, readonly to: Date }>
}

/** A tenant has one clock. */
const THE_CLOCK = 'clock'

/** Where clocks are going, saved together with the audit entry that says who sent them there. Locked after everything that has an owner. */
export const TEST_CLOCKS: RowKind<TestClock> = {
  name: 'test clock',
  rank: 90,
  idOf: () => THE_CLOCK,
  load: loadClock,
  save: saveClock
}

/** What an operation names that works with the tenant's clock. */
export const CLOCK_NEEDS: readonly Need[] = [{ kind: TEST_CLOCKS, ids: () => [THE_CLOCK] }]

/** The clock of the tenant that the books are of. Refuses `sandbox_only` where that is live. */
export function requireTestClock (books: Books): TestClock {
  const clock = books.find(TEST_CLOCKS, THE_CLOCK)
  if (clock?.tenantKind !== 'sandbox') throw new Refusal('sandbox_only')
  return clock
}

async function loadClock (trx: BatchTransaction, tenantId: number): Promise<TestClock[]> {
  const [, { rows }] = await Promise.all([
    sql`select from test_clocks where tenant_id = ${tenantId} for no key update`.execute(trx),
    sql<{ tenantName: string, tenantKind: TenantKind, aheadMs: bigint, target: Date | null, version: number }>`
      select t.name as "tenantName", t.kind as "tenantKind", c.clock_ahead_ms as "aheadMs", k.target, coalesce(k.version, 0) as version
      from tenants t join tenant_counters c on c.tenant_id = t.id left join test_clocks k on k.tenant_id = t.id
      where t.id = ${tenantId}`.execute(trx)
  ])
  return rows.map((row) => ({ ...row, aheadMs: Number(row.aheadMs), advances: [] }))
}

async function saveClock (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<TestClock>>): Promise<void> {
  await Promise.all(changes.flatMap(({ before, after: { tenantName, target, version, advances } }) => [
    sql`
      with sent as (
        insert into test_clocks as k (tenant_id, target, version) values (${tenantId}, ${target?.toISOString()}::timestamptz, ${version})
        on conflict (tenant_id) do update set target = excluded.target, version = excluded.version where k.version = ${before?.version ?? 0}
        returning 1
      )
      select demand(count(*) = 1, 'another process was first to advance the clock', '40001') from sent`.execute(trx),
    recordAudit(trx, tenantId, advances.map(({ actor, from, to }) => ({
      actor, action: 'clock.advanced' as const, subject: tenantName, details: { from: from.toISOString(), to: to.toISOString() }
    })))
  ]))
}
