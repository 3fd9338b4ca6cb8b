import { sql } from 'kysely'

/**
 * A tenant's time in SQL, as of the statement's own: the database's clock, and by how much a sandbox's test clock is ahead of it.
 * `c` is the tenant's row of `tenant_counters`. Whatever waits for a deadline of the business compares with this one; what concerns
 * the service itself (keys, rate limits, how long answers are kept, the audit trail) goes by the real time.
 */
export const tenantNow = sql<Date>`(now() + c.clock_ahead_ms * interval '1 millisecond')`
