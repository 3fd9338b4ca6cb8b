import { sql } from 'kysely'
import { sqlCheck, tellAmount, tellId, type Check } from '../../ledger/checks.ts'

interface CaseFinding {
  readonly tenant_id: number
  readonly id: string
  /** What the trade keeps of an open case, and what the case's own row says; null where there is none. */
  readonly kept: string | null
  readonly recorded: string | null
}

const openCases = sqlCheck<CaseFinding>({
  name: 'refund-cases',
  about: 'The open refund cases of every trade are the open ones of the table, each on a line of its own.',
  query: sql`
    with kept as (
      select t.tenant_id, (each.kept ->> 'id')::uuid as id, concat_ws(' ', external_id('trd', t.id), external_id('lin', (each.kept ->> 'lineId')::uuid),
        each.kept ->> 'kind', each.kept ->> 'state', each.kept ->> 'reason', coalesce(each.kept ->> 'quantity', 'any'), coalesce(each.kept ->> 'asked', 'any'),
        each.kept ->> 'amount', coalesce(((each.kept ->> 'due_at')::timestamptz)::text, 'never'), coalesce(each.kept ->> 'trackingNumber', 'none'), each.kept -> 'steps') as what
      from trades t cross join jsonb_array_elements(t.refund_cases) as each (kept)
    ), recorded as (
      select tenant_id, id, concat_ws(' ', external_id('trd', trade_id), external_id('lin', line_id),
        kind, state, reason, coalesce(quantity::text, 'any'), coalesce(asked::text, 'any'),
        amount::text, coalesce(due_at::text, 'never'), coalesce(tracking_number, 'none'), steps) as what
      from refund_cases where closed_at is null
    )
    select tenant_id, id, kept.what as kept, recorded.what as recorded
    from kept full join recorded using (tenant_id, id)
    where kept.what is distinct from recorded.what`,
  tell: ({ id, kept, recorded }) => `${tellId('cas', id)}: its trade keeps ${kept ?? 'no such case'}, but the table says ${recorded ?? 'it is not open'}`
})

interface MoneyFinding {
  readonly tenant_id: number
  readonly subject: string
  readonly unit: string
  readonly posted: string
  readonly says: string
}

const caseMoney = sqlCheck<MoneyFinding>({
  name: 'refund-case-money',
  about: 'What the refunds of every trade posted is what its refund cases say was given back; what an award gave back is the award\'s.',
  query: sql`
    with posted as (
      -- Cash, and coins at their value.
      select x.tenant_id, x.subject, coalesce(p.currency, t.unit) as unit, sum(t.amount * coalesce(p.coin_value, 1)) as amount
      from transactions x
      join transfers t on t.tenant_id = x.tenant_id and t.transaction_id = x.id
      join accounts credit on credit.tenant_id = t.tenant_id and credit.id = t.credit_account_id and credit.class in ('refund_payable', 'coins_available')
      left join coin_programmes p on p.tenant_id = t.tenant_id and p.unit = t.unit
      where x.kind = 'trade.refund'
      group by x.tenant_id, x.subject, coalesce(p.currency, t.unit)
    ), said as (
      select tenant_id, external_id('trd', trade_id) as subject, unit, sum(refunded) as amount
      from refund_cases where state = 'refunded' and steps -> -1 ->> 'action' <> 'award'
      group by tenant_id, trade_id, unit
    )
    select tenant_id, subject, unit, coalesce(posted.amount, 0)::text as posted, coalesce(said.amount, 0)::text as says
    from posted full join said using (tenant_id, subject, unit)
    where coalesce(posted.amount, 0) <> coalesce(said.amount, 0)`,
  tell: ({ subject, unit, posted, says }) => `${subject}: its refunds posted ${tellAmount(posted, unit)}, but its refund cases say ${tellAmount(says, unit)}`
})

interface LineFinding {
  readonly tenant_id: number
  readonly line_id: string
  readonly unit: string
  readonly cases: string
  readonly line: string | null
}

const caseLines = sqlCheck<LineFinding>({
  name: 'refund-case-lines',
  about: 'Every refund case is of a line of its trade and of that line\'s seller, and a line was given back at least what its cases say, but for what a chargeback took before it left.',
  query: sql`
    with said as (
      select c.tenant_id, c.line_id, c.unit, sum(c.refunded) as cases, l.refunded_goods + l.refunded_shipping as line
      from refund_cases c
      left join trade_lines l on l.tenant_id = c.tenant_id and l.trade_id = c.trade_id and l.id = c.line_id and l.seller_id = c.seller_id
      group by c.tenant_id, c.line_id, c.unit, l.refunded_goods, l.refunded_shipping
    ), kept_back as (
      select c.tenant_id, (l.take ->> 'line')::uuid as line_id, sum((l.take #>> '{refunded,0}')::bigint + (l.take #>> '{refunded,1}')::bigint) as amount
      from chargebacks c cross join jsonb_array_elements(c.takes -> 'trades') as t (take) cross join jsonb_array_elements(t.take -> 'lines') as l (take)
      where c.state <> 'won'
      group by 1, 2
    )
    select tenant_id, line_id, unit, cases::text, (line + coalesce(amount, 0))::text as line
    from said left join kept_back using (tenant_id, line_id)
    where line is null or cases > line + coalesce(amount, 0)`,
  tell: ({ line_id: id, unit, cases, line }) => line === null
    ? `${tellId('lin', id)}: a refund case is of this line, but its trade has no such line of that seller`
    : `${tellId('lin', id)}: its refund cases gave back ${tellAmount(cases, unit)}, but it says ${tellAmount(line, unit)}`
})

/** What must hold of refund cases. */
export const CASE_CHECKS: readonly Check[] = [openCases, caseMoney, caseLines]
