import { sql } from 'kysely'
import { sqlCheck, tellId, type Check } from '../ledger/checks.ts'
import { SANDBOX_PROVIDER } from './provider/fact.ts'

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

interface FactFinding {
  readonly tenant_id: number
  readonly id: string
  readonly what: string
}

const facts = sqlCheck<FactFinding>({
  name: 'sandbox-facts',
  about: 'Only sandboxes have a provider that does as it is told, and everything that it told us is in the books.',
  query: sql`
    select f.tenant_id, f.id, case
        when t.id is null then 'its tenant is no sandbox'
        when f.trade_id is not null and d.id is null then 'its trade is missing'
        when f.refund_id is not null and r.id is null then 'its refund is missing'
        when f.kind = 'payment' then 'it was told, and there is no such payment'
        when starts_with(f.kind, 'refund_') then 'it was told, and the refund has no such attempt'
        when f.kind = 'chargeback_opened' then 'it was told, and there is no such chargeback'
        else 'it was told, and no such chargeback has that outcome'
      end as what
    from sandbox_facts f
    left join tenants t on t.id = f.tenant_id and t.kind = 'sandbox'
    left join trades d on d.tenant_id = f.tenant_id and d.id = f.trade_id
    left join refunds r on r.tenant_id = f.tenant_id and r.id = f.refund_id
    left join payments p on f.kind = 'payment' and p.tenant_id = f.tenant_id and p.provider = ${SANDBOX_PROVIDER} and p.provider_ref = f.reference
      and p.amount = f.amount and p.unit = f.unit
    left join refund_attempts a on starts_with(f.kind, 'refund_') and a.tenant_id = f.tenant_id and a.refund_id = f.refund_id
      and a.channel = 'provider' and a.account = ${SANDBOX_PROVIDER} and a.reference = f.reference
    left join chargebacks b on starts_with(f.kind, 'chargeback_') and b.tenant_id = f.tenant_id and b.provider = ${SANDBOX_PROVIDER} and b.provider_ref = f.reference
      and b.unit = f.unit
      and case when f.kind = 'chargeback_opened' then b.payment_provider_ref = f.payment_reference and b.amount = f.amount and b.fee = f.fee
        else 'chargeback_' || b.outcome = f.kind and b.outcome_fee = f.fee and b.fee_returned = f.fee_returned end
    where t.id is null or (f.trade_id is not null and d.id is null) or (f.refund_id is not null and r.id is null)
      or (f.told > 0 and ((f.kind = 'payment' and p.id is null) or (starts_with(f.kind, 'refund_') and a.refund_id is null)
        or (starts_with(f.kind, 'chargeback_') and b.id is null)))`,
  tell: ({ id, what }) => `${tellId('sbx', id)}: ${what}`
})

/** What must hold of what only sandboxes have. */
export const SANDBOX_CHECKS: readonly Check[] = [clocks, facts]
