import { sql } from 'kysely'
import { sqlCheck, type Check } from '../ledger/checks.ts'

interface OrderFinding {
  readonly tenant_id: number
  readonly seq: bigint
  readonly previous: bigint
}

const order = sqlCheck<OrderFinding>({
  name: 'audit-order',
  about: 'The audit trail of each tenant is numbered 1, 2, 3 and so on, at growing times.',
  query: sql`
    select tenant_id, seq, previous
    from (
      select tenant_id, seq, recorded_at, lag(seq, 1, 0::bigint) over trail as previous, lag(recorded_at, 1, '-infinity') over trail as before
      from audit_entries
      window trail as (partition by tenant_id order by seq)
    ) a
    where seq <> previous + 1 or recorded_at <= before`,
  tell: ({ seq, previous }) => `audit trail: entry ${seq} follows ${previous}${seq === previous + 1n ? ', at no later time' : ''}`
})

interface KeyFinding {
  readonly tenant_id: number
  readonly action: string
  readonly done: bigint
  readonly recorded: bigint
}

const keys = sqlCheck<KeyFinding>({
  name: 'audit-keys',
  about: 'Where the audit trail begins with the tenant, it tells of every key made, rotated and revoked.',
  query: sql`
    select first.tenant_id, act as action, done, recorded
    from audit_entries first
    cross join lateral (values
      ('key.created', (select count(*) from api_keys where tenant_id = first.tenant_id)),
      ('key.rotated', (select count(*) from api_key_secrets where tenant_id = first.tenant_id and number > 1)),
      ('key.revoked', (select count(*) from api_keys where tenant_id = first.tenant_id and revoked_at is not null))
    ) as k (act, done)
    cross join lateral (select count(*) as recorded from audit_entries where tenant_id = first.tenant_id and action = act) a
    where first.seq = 1 and first.action = 'tenant.created' and done <> recorded`,
  tell: ({ action, done, recorded }) => `audit trail: ${action} happened ${done} times but is recorded ${recorded} times`
})

/** What must hold of the trail of administrative actions. */
export const AUDIT_CHECKS: readonly Check[] = [order, keys]
