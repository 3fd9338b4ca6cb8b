import { sql } from 'kysely'
import { sqlCheck, type Check } from '../ledger/checks.ts'

const clocks = sqlCheck<{ readonly tenant_id: number, readonly kind: string, readonly ahead_ms: bigint, readonly advances: number, readonly recorded: bigint }>({
  name: 'test-clocks',
  about: 'Only the clocks of sandboxes are ahead of the real time, and the audit trail tells of every advance.',
  query: sql`
    select t.id as tenant_id, t.kind, c.clock_ahead_ms as ahead_ms, coalesce(k.version, 0) as advances, a.recorded
    from tenants t
    left join tenant_counters c on c.tenant_id = t.id
    left join test_clocks k on k.tenant_id = t.id
    cross join lateral (select count(*) as recorded from audit_entries where tenant_id = t.id and action = 'clock.advanced') a
    where coalesce(k.version, 0) <> a.recorded or (c.clock_ahead_ms > 0 and (t.kind <> 'sandbox' or k.version is null))`,
  tell: ({ kind, ahead_ms: ahead, advances, recorded }) =>
    `test clock: the ${kind} tenant is ${ahead} ms ahead, was advanced ${advances} times, and its audit trail tells of ${recorded}`
})

/** What must hold of what only sandboxes have. */
export const SANDBOX_CHECKS: readonly Check[] = [clocks]
