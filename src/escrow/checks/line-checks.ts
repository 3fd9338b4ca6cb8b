import { sql } from 'kysely'
import { sqlCheck, tellAmount, tellId, type Check } from '../../ledger/checks.ts'

interface LineFinding {
  readonly tenant_id: number
  readonly trade_id: string
  readonly ref: string
  readonly currency: string
  readonly what: string
  readonly due: string
  readonly posted: bigint
}

/** A share waits for the next step at most by what rounding adds, which is one unit for each share before it: commission and ten splits. */
const SHARES_MAX = 11

const lineTerms = sqlCheck<LineFinding>({
  name: 'line-terms',
  about: 'What every line has posted is what its terms make of what is released of it: commission and splits, but for what waits for the next step.',
  query: sql`
    select l.tenant_id, l.trade_id, l.ref, t.currency, share.what, share.due::text as due, share.posted
    from trade_lines l
    join trades t on t.tenant_id = l.tenant_id and t.id = l.trade_id
    cross join lateral (select l.released_goods + case t.fee_base when 'price' then 0 else l.released_shipping end) as fee (base)
    -- A fixed split scales with the goods that are released; where they are free, with the shipping.
    cross join lateral (
      select case when l.unit_price > 0 then l.released_goods / (l.unit_price * l.quantity)::numeric
        when l.shipping > 0 then l.released_shipping / l.shipping::numeric else 0 end
    ) as part (released)
    cross join lateral (
      select 'commission', l.commission_rate::numeric * fee.base, l.commission_posted, ${SHARES_MAX}::integer
      union all select 'split ' || split.place,
        case when split.terms ? 'rate' then (split.terms ->> 'rate')::numeric * fee.base else (split.terms ->> 'amount')::numeric * part.released end,
        l.split_posted[split.place], ${SHARES_MAX}::integer
      from jsonb_array_elements(l.splits) with ordinality as split (terms, place)
    ) as exact (what, amount, posted, slack)
    cross join lateral (
      -- Rounded half to even, as the rules do.
      select exact.what, exact.posted, exact.slack, floor(exact.amount) + case
        when exact.amount - floor(exact.amount) > 0.5 or (exact.amount - floor(exact.amount) = 0.5 and floor(exact.amount) % 2 = 1) then 1 else 0 end as due
    ) as share
    where t.closed_unpaid_at is null and share.due - share.posted not between 0 and share.slack`,
  tell: ({ trade_id: id, ref, currency, what, due, posted }) =>
    `${tellId('trd', id)}, line "${ref}": ${what} is ${tellAmount(posted, currency)}, but its terms make it ${tellAmount(due, currency)}`
})

interface StateFinding {
  readonly tenant_id: number
  readonly id: string
  readonly what: string
  readonly says: string | null
  readonly should: string | null
}

/** Of a trade `t`, whether a chargeback is open. */
const FROZEN = sql`coalesce(jsonb_path_exists(t.holds, '$[*] ? (@.kind == "chargeback")'), false)`

/** Of a line `l` of a trade `t`, as the rules have it: units wait for confirmation; units or money wait for a decision; the buyer kept something. */
const UNCONFIRMED = sql`l.confirmed + l.returned + l.frozen_units < l.shipped`
/** While a refund case of it is open, its time to confirm stands still. */
const RUNS = sql`(${UNCONFIRMED} and not exists (
  select from trades t cross join jsonb_array_elements(t.refund_cases) as open (kept)
  where t.tenant_id = l.tenant_id and t.id = l.trade_id and open.kept ->> 'lineId' = l.id::text))`
const WAITS = sql`(l.confirmed + l.returned < l.shipped
  or l.released_goods + l.refunded_goods + l.charged_back_goods < l.unit_price * l.quantity
  or l.released_shipping + l.refunded_shipping + l.charged_back_shipping < l.shipping)`
const IS_KEPT = sql`(l.released_goods + l.released_shipping > 0 or (l.confirmed > 0 and l.unit_price * l.quantity + l.shipping = 0)
  or ((l.confirmed > 0 or l.milestones is not null) and l.charged_back_goods + l.charged_back_shipping > 0 and ${FROZEN}))`

const tradeStates = sqlCheck<StateFinding>({
  name: 'trade-states',
  about: 'The state of every trade and line follows from what was paid, shipped, confirmed and refunded, and so do its deadlines.',
  query: sql`
    with lines as (
      select l.tenant_id, l.trade_id, bool_or(l.shipped + l.refunded - l.returned < l.quantity) as unshipped, bool_or(l.shipped > 0) as shipped,
        bool_or(${WAITS}) as waits, bool_or(${IS_KEPT}) as kept, min(l.confirm_by) as confirm_by, min(l.release_by) as release_by
      from trade_lines l join trades t on t.tenant_id = l.tenant_id and t.id = l.trade_id
      group by l.tenant_id, l.trade_id
    ), states as (
      select t.tenant_id, t.id, t.state, t.pay_by, t.ship_by, t.ship_overdue_at, t.holds, t.refund_cases, t.disputes, t.after_sale_by, t.after_sale_ended_at, t.next_deadline_at, t.fill_by, l.confirm_by, l.release_by, case
        when t.closed_unpaid_at is not null and t.group_outcome = 'missed' and t.paid > 0 then 'closed_refunded'
        when t.closed_unpaid_at is not null then 'closed_unpaid'
        when t.paid < t.total - t.coins_value then 'awaiting_payment'
        when t.group_id is not null and t.group_outcome is null then 'awaiting_group'
        when l.unshipped and l.shipped then 'partially_shipped'
        when l.unshipped then 'awaiting_shipment'
        when l.waits then 'awaiting_confirmation'
        when l.kept then 'completed'
        when t.charged_back = 0 then 'closed_refunded'
        else 'closed_charged_back' end as should, ${FROZEN} as frozen, t.group_id is not null and t.group_outcome is null and t.closed_unpaid_at is null as awaits_group
      from trades t left join lines l on l.tenant_id = t.tenant_id and l.trade_id = t.id
    ), deadlines as (
      select states.*, case when frozen then case when awaits_group then fill_by end when should = 'awaiting_payment' then pay_by when should = 'awaiting_group' then fill_by else least(
        case when ship_overdue_at is null then ship_by end, case when holds is null then least(confirm_by, release_by) end, after_sale_by,
        (select min((open.kept ->> 'due_at')::timestamptz) from jsonb_array_elements(refund_cases) as open (kept)),
        (select min((each.dispute ->> 'due_at')::timestamptz) from jsonb_array_elements(disputes) as each (dispute))) end as next_deadline
      from states
    )
    select tenant_id, id, 'state' as what, state as says, should from states where state <> should
    union all
    select tenant_id, id, 'next deadline', next_deadline_at::text, next_deadline::text
    from deadlines where next_deadline_at is distinct from next_deadline
    union all
    select tenant_id, id, 'time to ship', ship_by::text, case when should in ('awaiting_shipment', 'partially_shipped') then 'some time' end
    from states where (ship_by is not null) <> (should in ('awaiting_shipment', 'partially_shipped'))
    union all
    select tenant_id, id, 'after-sale window', coalesce(after_sale_by, after_sale_ended_at)::text, case when should = 'completed' then 'some time' end
    from states where should = 'completed' and after_sale_by is null and after_sale_ended_at is null or should <> 'completed' and after_sale_by is not null
    union all
    select l.tenant_id, l.trade_id, 'state of line "' || l.ref || '"', l.state, right_state.should
    from trade_lines l
    join trades t on t.tenant_id = l.tenant_id and t.id = l.trade_id
    cross join lateral (select case
      when t.closed_unpaid_at is not null then 'cancelled'
      when l.shipped + l.refunded - l.returned < l.quantity then 'pending'
      when ${WAITS} then 'shipped'
      when ${IS_KEPT} then 'confirmed'
      else 'refunded' end as should) right_state
    where l.state <> right_state.should
    union all
    select tenant_id, trade_id, 'deadline of line "' || ref || '"', confirm_by::text, case when ${RUNS} then 'some time' end
    from trade_lines l where milestones is null and (confirm_by is not null) <> ${RUNS}`,
  tell: ({ id, what, says, should }) => `${tellId('trd', id)}: ${what} is ${says ?? 'none'}, but it should be ${should ?? 'none'}`
})

interface HoldFinding {
  readonly tenant_id: number
  readonly subject: string
  readonly hold: string
  readonly has: boolean
}

const tradeHolds = sqlCheck<HoldFinding>({
  name: 'trade-holds',
  about: 'The holds of every trade are those that its events placed and did not lift.',
  query: sql`
    with placed as (
      select tenant_id, subject, data ->> 'hold' as hold, data ->> 'kind' as kind from events where type = 'trade.hold_placed'
      except
      select tenant_id, subject, data ->> 'hold', data ->> 'kind' from events where type = 'trade.hold_lifted'
    ), held as (
      select tenant_id, external_id('trd', id) as subject, external_id('hld', (hold ->> 'id')::uuid) as hold, hold ->> 'kind' as kind
      from trades cross join jsonb_array_elements(holds) as each (hold)
    )
    select tenant_id, subject, hold, held.tenant_id is not null as has
    from placed full join held using (tenant_id, subject, hold, kind)
    where placed.tenant_id is null or held.tenant_id is null`,
  tell: ({ subject, hold, has }) => has ? `${subject}: it has ${hold}, which no event placed` : `${subject}: it lacks ${hold}, which was placed and never lifted`
})

/** What must hold of the progress of trades and their lines. */
export const LINE_CHECKS: readonly Check[] = [lineTerms, tradeStates, tradeHolds]
