import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { externalId } from '../../kernel/ids.ts'
import { tenantNow } from '../../tenants/clock.ts'
import type { DueWork } from '../../timers/due-work.ts'
import type { Behaviour } from './behaviour.ts'
import { decideRefund, type RefundEnd } from './decide-refund.ts'
import { SANDBOX_PROVIDER } from './fact.ts'

interface DueRefund {
  readonly tenantId: number
  readonly refundId: string
  readonly rule: Exclude<Behaviour['refunds'], 'by_hand'>
  readonly refundAfterMs: bigint
}

const END: Readonly<Record<DueRefund['rule'], RefundEnd>> = { succeed: 'success', fail: 'failure', bounce: 'bounce' }

/**
 * The refunds that wait for the provider of a sandbox that decides them by a rule: those that became payable since the rule was made and that it has
 * not decided yet. `p` is the provider, `c` the tenant's counter. Each tenant's refunds are looked up by themselves: a plan that began with the refunds
 * would walk through those of live tenants.
 */
const waiting = sql`
  from sandbox_providers p
  join tenant_counters c on c.tenant_id = p.tenant_id
  cross join lateral (
    select id, payment_id, created_at from refunds
    where tenant_id = p.tenant_id and status in ('payable', 'sent') and created_at >= p.refunds_from offset 0
  ) as r
  cross join lateral (select provider from payments where tenant_id = p.tenant_id and id = r.payment_id limit 1) as y
  where p.refunds <> 'by_hand' and y.provider = ${SANDBOX_PROVIDER}
    and not exists (select from sandbox_facts f where f.tenant_id = p.tenant_id and f.refund_id = r.id)`

const decideAt = sql`greatest(r.created_at + p.refund_after_ms * interval '1 millisecond', p.refunds_attempt_at)`

/** What the providers of sandboxes decide without being told for each case. */
export const DUE_REFUNDS: DueWork<DueRefund> = {
  name: 'sandbox refunds',
  async find (db, limit, tenantId) {
    const { rows } = await sql<DueRefund>`
      select p.tenant_id as "tenantId", r.id as "refundId", p.refunds as rule, p.refund_after_ms as "refundAfterMs"
      ${waiting} and ${decideAt} <= ${tenantNow} and ${tenantId === undefined ? sql`true` : sql`p.tenant_id = ${tenantId}`}
      order by row_number() over (partition by p.tenant_id order by r.id), r.id limit ${limit}`.execute(db)
    return rows
  },
  async overdue (db) {
    const { rows: [row] } = await sql<{ count: number, oldestSeconds: number }>`
      select least(count(*), 1000)::int as count, coalesce(extract(epoch from max(${tenantNow} - ${decideAt})), 0)::float8 as "oldestSeconds"
      ${waiting} and ${decideAt} <= ${tenantNow}`.execute(db)
    return row ?? { count: 0, oldestSeconds: 0 }
  },
  async next (db, tenantId) {
    const { rows: [row] } = await sql<{ next: Date | null }>`select min(${decideAt}) as next ${waiting} and p.tenant_id = ${tenantId}`.execute(db)
    return row?.next ?? null
  },
  keyOf: ({ tenantId, refundId }) => `${tenantId} ${externalId('rfd', refundId)}`,
  operation ({ tenantId, refundId, rule, refundAfterMs }) {
    const key = `sandbox:${externalId('rfd', refundId)}`
    const origin = { tenantId, key, fingerprint: createHash('sha256').update(key).digest() }
    const timing = { afterMs: rule === 'bounce' ? Number(refundAfterMs) : 0, reportAfterMs: [0] }
    return { ...decideRefund(origin, { refundId, end: END[rule], reason: 'other', timing }), lane: 'due' }
  },
  async postpone (db, { tenantId, refundId }, delayMs) {
    const { numAffectedRows = 0n } = await sql`
      update sandbox_providers p set refunds_attempt_at = ${tenantNow} + make_interval(secs => ${delayMs / 1000}::float8)
      from tenant_counters c
      where c.tenant_id = ${tenantId} and p.tenant_id = ${tenantId}
        and not exists (select from sandbox_facts f where f.tenant_id = ${tenantId} and f.refund_id = ${refundId})`.execute(db)
    return numAffectedRows > 0n
  }
}
