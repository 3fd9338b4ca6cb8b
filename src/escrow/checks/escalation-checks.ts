import { sql } from 'kysely'
import { sqlCheck, tellAmount, tellId, type Check } from '../../ledger/checks.ts'

interface ArbitrationFinding {
  readonly tenant_id: number
  readonly line_id: string
  readonly id: string
  readonly state: string
  readonly disputes: string
}

const arbitration = sqlCheck<ArbitrationFinding>({
  name: 'refund-case-arbitration',
  about: 'A refund case is in arbitration if and only if its line is in a dispute that nobody has decided, and in one only.',
  query: sql`
    with disputed as (
      select d.tenant_id, (each.part ->> 'line')::uuid as line_id, count(*) as disputes
      from disputes d cross join jsonb_array_elements(d.lines) as each (part)
      where d.state in ('open', 'under_review')
      group by d.tenant_id, (each.part ->> 'line')::uuid
    )
    select c.tenant_id, c.line_id, c.id, c.state, coalesce(d.disputes, 0)::text as disputes
    from refund_cases c
    left join disputed d on d.tenant_id = c.tenant_id and d.line_id = c.line_id
    where c.closed_at is null and coalesce(d.disputes, 0) <> case c.state when 'arbitration' then 1 else 0 end`,
  tell: ({ id, line_id: line, state, disputes }) => `${tellId('cas', id)}: it is ${state}, but ${disputes} undecided disputes are about ${tellId('lin', line)}`
})

interface AwardFinding {
  readonly tenant_id: number
  readonly id: string
  readonly unit: string
  readonly refunded: string
  readonly awarded: string | null
}

const caseAwards = sqlCheck<AwardFinding>({
  name: 'refund-case-awards',
  about: 'Every refund case that an award closed says was given back what a dispute about its line gave to the buyer at that moment.',
  query: sql`
    with awarded as (
      select tenant_id, decided_at, (each.part ->> 'line')::uuid as line_id, (each.part ->> 'buyer')::bigint as buyer
      from disputes cross join jsonb_array_elements(award) as each (part)
      where state = 'awarded'
    )
    select c.tenant_id, c.id, c.unit, c.refunded::text as refunded, a.buyer::text as awarded
    from refund_cases c
    left join awarded a on a.tenant_id = c.tenant_id and a.line_id = c.line_id and a.decided_at = c.closed_at
    where c.steps -> -1 ->> 'action' = 'award' and a.buyer is distinct from c.refunded`,
  tell: ({ id, unit, refunded, awarded }) => `${tellId('cas', id)}: an award closed it with ${tellAmount(refunded, unit)}, but awarded was ${awarded === null ? 'nothing' : tellAmount(awarded, unit)}`
})

/** What must hold between refund cases and the disputes that they were escalated to. */
export const ESCALATION_CHECKS: readonly Check[] = [arbitration, caseAwards]
