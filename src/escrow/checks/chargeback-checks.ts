import { sql } from 'kysely'
import { sqlCheck, tellAmount, tellId, type Check } from '../../ledger/checks.ts'
import type { IdPrefix } from '../../kernel/ids.ts'

/** What every chargeback took of trades and lines, and still holds: of one that was won everything went back. */
const TAKEN = sql`
  taken as (
    select c.tenant_id, c.id, c.payment_id, c.unit, (t.take ->> 'trade')::uuid as trade_id, t.take -> 'lines' as lines,
      (t.take ->> 'refunded')::bigint + (t.take ->> 'held')::bigint + (t.take ->> 'released')::bigint as amount
    from chargebacks c cross join jsonb_array_elements(c.takes -> 'trades') as t (take)
    where c.state <> 'won'
  ), of_lines as (
    select k.tenant_id, k.id, k.unit, k.trade_id, (l.take ->> 'line')::uuid as line_id,
      (l.take #>> '{refunded,0}')::bigint + (l.take #>> '{held,0}')::bigint + (l.take #>> '{released,0}')::bigint as goods,
      (l.take #>> '{refunded,1}')::bigint + (l.take #>> '{held,1}')::bigint + (l.take #>> '{released,1}')::bigint as shipping
    from taken k cross join jsonb_array_elements(k.lines) as l (take)
  )`

interface SumFinding {
  readonly tenant_id: number
  readonly prefix: IdPrefix
  readonly id: string
  readonly unit: string
  readonly what: string
  readonly says: string
  readonly adds_up_to: string
}

const sums = sqlCheck<SumFinding>({
  name: 'chargeback-sums',
  about: 'What every trade, line and payment says was charged back is what its chargebacks took, and each of them took its amount.',
  query: sql`
    with ${TAKEN}, said as (
      select tenant_id, 'trd' as prefix, id, currency as unit, 'charged back' as what, charged_back as says from trades where charged_back > 0
      union all
      select a.tenant_id, 'trd', a.trade_id, t.currency, 'charged back of ' || external_id('pay', a.payment_id), a.charged_back
      from payment_allocations a join trades t on t.tenant_id = a.tenant_id and t.id = a.trade_id where a.charged_back > 0
      union all
      select l.tenant_id, 'lin', l.id, t.currency, each.what, each.amount
      from trade_lines l join trades t on t.tenant_id = l.tenant_id and t.id = l.trade_id
      cross join lateral (values ('goods charged back', l.charged_back_goods), ('shipping charged back', l.charged_back_shipping)) as each (what, amount)
      where each.amount > 0
      union all
      select tenant_id, 'pay', id, unit, 'charged back', charged_back from payments where charged_back > 0
      union all
      select tenant_id, 'chb', id, unit, 'amount', amount from chargebacks where takes is not null and state <> 'won'
    ), took as (
      select tenant_id, 'trd' as prefix, trade_id as id, unit, 'charged back' as what, sum(amount) as amount from taken group by 1, 2, 3, 4, 5
      union all
      select tenant_id, 'trd', trade_id, unit, 'charged back of ' || external_id('pay', payment_id), sum(amount) from taken group by 1, 2, 3, 4, 5
      union all
      select o.tenant_id, 'lin', o.line_id, o.unit, each.what, sum(each.amount)
      from of_lines o cross join lateral (values ('goods charged back', o.goods), ('shipping charged back', o.shipping)) as each (what, amount)
      group by 1, 2, 3, 4, 5
      union all
      select tenant_id, 'pay', payment_id, unit, 'charged back', sum((takes ->> 'suspense')::bigint + (takes ->> 'returned')::bigint)
      from chargebacks where takes is not null and state <> 'won' group by 1, 2, 3, 4, 5
      union all
      select c.tenant_id, 'chb', c.id, c.unit, 'amount', (c.takes ->> 'suspense')::bigint + (c.takes ->> 'returned')::bigint + (c.takes ->> 'loss')::bigint
        + coalesce((select sum(k.amount) from taken k where k.tenant_id = c.tenant_id and k.id = c.id), 0)
      from chargebacks c where c.takes is not null and c.state <> 'won'
    )
    select tenant_id, prefix, id, unit, what, coalesce(says, 0)::text as says, coalesce(took.amount, 0)::text as adds_up_to
    from said full join took using (tenant_id, prefix, id, unit, what)
    where coalesce(says, 0) <> coalesce(took.amount, 0)`,
  tell: ({ prefix, id, unit, what, says, adds_up_to: sum }) =>
    `${tellId(prefix, id)}: ${what} is ${tellAmount(says, unit)}, but its chargebacks took ${tellAmount(sum, unit)}`
})

interface HoldFinding {
  readonly tenant_id: number
  readonly trade_id: string
  readonly chargeback_id: string
  readonly is_held: boolean
}

const holds = sqlCheck<HoldFinding>({
  name: 'chargeback-holds',
  about: 'Every trade that is not closed is frozen for its open chargebacks, and for nothing else.',
  query: sql`
    with open as (
      select c.tenant_id, (t.take ->> 'trade')::uuid as trade_id, c.id as chargeback_id
      from chargebacks c cross join jsonb_array_elements(c.takes -> 'trades') as t (take)
      join trades on trades.tenant_id = c.tenant_id and trades.id = (t.take ->> 'trade')::uuid and not starts_with(trades.state, 'closed_')
      where c.state = 'open'
    ), held as (
      select tenant_id, id as trade_id, (hold ->> 'id')::uuid as chargeback_id, true as is_held
      from trades cross join jsonb_array_elements(holds) as each (hold) where hold ->> 'kind' = 'chargeback'
    )
    select tenant_id, trade_id, chargeback_id, held.is_held is not null as is_held
    from open full join held using (tenant_id, trade_id, chargeback_id)
    where open.tenant_id is null or held.tenant_id is null`,
  tell: ({ trade_id: trade, chargeback_id: chargeback, is_held: isHeld }) => isHeld
    ? `${tellId('trd', trade)}: it is frozen for ${tellId('chb', chargeback)}, which is not open or took nothing of it`
    : `${tellId('trd', trade)}: it is not frozen, but ${tellId('chb', chargeback)} is open`
})

interface MoveFinding {
  readonly tenant_id: number
  readonly id: string
  readonly unit: string
  readonly what: string
  readonly says: string
  readonly moved: string
}

const moves = sqlCheck<MoveFinding>({
  name: 'chargeback-moves',
  about: 'What left every provider for a chargeback, and what it cost us, is what the chargeback says.',
  query: sql`
    with moved as (
      select c.tenant_id, c.id, sum(each.amount) filter (where a.class = 'provider_clearing') as left_provider,
        -sum(each.amount) filter (where a.class = 'chargeback_loss') as lost
      from chargebacks c
      cross join unnest(c.transactions) as posted (id)
      join transfers t on t.tenant_id = c.tenant_id and t.transaction_id = posted.id
      cross join lateral (values (t.credit_account_id, t.amount), (t.debit_account_id, -t.amount)) as each (account_id, amount)
      join accounts a on a.tenant_id = t.tenant_id and a.id = each.account_id
      group by c.tenant_id, c.id
    )
    select c.tenant_id, c.id, c.unit, each.what, each.says::text as says, each.moved::text as moved
    from chargebacks c
    left join moved m on m.tenant_id = c.tenant_id and m.id = c.id
    cross join lateral (values
      ('left the provider', case c.state when 'won' then 0 else coalesce(c.amount, 0) end + c.fee + c.outcome_fee - c.fee_returned, coalesce(m.left_provider, 0)),
      ('is lost', case c.state when 'won' then 0 else coalesce((c.takes ->> 'loss')::bigint, 0) end + c.fee + c.outcome_fee - c.fee_returned, coalesce(m.lost, 0))
    ) as each (what, says, moved)
    where each.says <> each.moved`,
  tell: ({ id, unit, what, says, moved }) => `${tellId('chb', id)}: ${tellAmount(moved, unit)} ${what}, but it says ${tellAmount(says, unit)}`
})

/** What must hold of chargebacks, and between them and the trades and payments they took money from. */
export const CHARGEBACK_CHECKS: readonly Check[] = [sums, holds, moves]
