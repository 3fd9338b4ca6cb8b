import { sql } from 'kysely'
import { sqlCheck, tellAmount, tellId, type Check } from '../../ledger/checks.ts'

interface ReleaseFinding {
  readonly tenant_id: number
  readonly trade_id: string
  readonly ref: string
  readonly currency: string
  readonly what: string
  readonly says: bigint
  readonly should: string
}

/** Of a line `l` with release conditions: what is shipped as a whole, and which of the recorded facts are for a milestone `m`. */
const IS_SHIPPED = sql`l.shipped + l.refunded - l.returned = l.quantity`
const FACTS = sql`array(
  select met ->> 'fact' from jsonb_array_elements(l.met) as each (met)
  where met ->> 'milestone' is not distinct from m.milestone ->> 'ref' or met ->> 'fact' in ('confirmed', 'buyer_confirmed')
  union all select 'confirmed' where jsonb_path_exists(l.met, '$[*] ? (@.fact == "buyer_confirmed")')
  union all select 'shipped' where ${IS_SHIPPED}
)`

/** Lines with release conditions: the share of their met milestones, whether all are met, and what is held of goods and shipping. */
const CONDITIONED = sql`
  select l.*, milestones.share, milestones.all_met, pool.*
  from trade_lines l
  cross join lateral (
    select coalesce(sum((m.milestone ->> 'share')::numeric) filter (where condition_holds(m.milestone -> 'when', ${FACTS})), 0) as share,
      bool_and(condition_holds(m.milestone -> 'when', ${FACTS})) as all_met
    from jsonb_array_elements(l.milestones) as m (milestone)
  ) as milestones
  cross join lateral (values
    ('goods', l.released_goods, l.frozen_goods, l.unit_price * l.quantity - l.refunded_goods - l.charged_back_goods),
    ('shipping', l.released_shipping, l.frozen_shipping, l.shipping - l.refunded_shipping - l.charged_back_shipping)
  ) as pool (part, let_go, in_dispute, kept)
  where l.milestones is not null`

/** What an arbitrator gave the seller of a line `c` is released, whatever its milestones say. */
const AWARDED = sql`exists (
  select from disputes d cross join jsonb_array_elements(d.award) as each (given)
  where d.tenant_id = c.tenant_id and d.trade_id = c.trade_id and (given ->> 'line')::uuid = c.id and (given ->> 'seller')::bigint > 0)`

/** Rounded half to even, as the rules do. */
const TARGET = sql`case when all_met then kept else
  floor(share * kept) + case when share * kept - floor(share * kept) > 0.5 or (share * kept - floor(share * kept) = 0.5 and floor(share * kept) % 2 = 1) then 1 else 0 end end`

const metMilestones = sqlCheck<ReleaseFinding>({
  name: 'met-milestones',
  about: 'What is released of a line with release conditions follows from its met milestones: not more, unless something of it went back or was awarded; not less, unless ' +
    'that is due now.',
  query: sql`
    select c.tenant_id, c.trade_id, c.ref, t.currency, 'released of ' || part as what, let_go as says, (${TARGET})::text as should
    from (${CONDITIONED}) as c join trades t on t.tenant_id = c.tenant_id and t.id = c.trade_id
    where t.closed_unpaid_at is null and (
      let_go < least(${TARGET}, kept - in_dispute) and release_by is null
      or let_go > ${TARGET} and confirmed = 0 and refunded_goods + refunded_shipping + charged_back_goods + charged_back_shipping = 0 and not ${AWARDED})`,
  tell: ({ trade_id: id, ref, currency, what, says, should }) =>
    `${tellId('trd', id)}, line "${ref}": ${what} is ${tellAmount(says, currency)}, but its met milestones make it ${tellAmount(should, currency)}`
})

interface FactFinding {
  readonly tenant_id: number
  readonly subject: string
  readonly line: string
  readonly fact: string
  readonly has: boolean
}

const metFacts = sqlCheck<FactFinding>({
  name: 'met-facts',
  about: 'The facts that meet the release conditions of every line are those that its events tell of, by whom and on what evidence, each once.',
  query: sql`
    with told as (
      select tenant_id, subject, data ->> 'line' as line, data ->> 'fact' as fact, data ->> 'milestone' as milestone,
        data ->> 'by' as by, data ->> 'evidence_sha256' as evidence, count(*) as times
      from events where type = 'trade.condition_met' group by 1, 2, 3, 4, 5, 6, 7
    ), met as (
      select tenant_id, external_id('trd', trade_id) as subject, external_id('lin', id) as line, each ->> 'fact' as fact, each ->> 'milestone' as milestone,
        each ->> 'by' as by, each ->> 'evidence' as evidence, count(*) as times
      from trade_lines cross join jsonb_array_elements(met) as facts (each) group by 1, 2, 3, 4, 5, 6, 7
    )
    select coalesce(told.tenant_id, met.tenant_id) as tenant_id, coalesce(told.subject, met.subject) as subject, coalesce(told.line, met.line) as line,
      coalesce(told.fact, met.fact) as fact, met.tenant_id is not null as has
    from told full join met on told.tenant_id = met.tenant_id and told.line = met.line and told.fact = met.fact and told.by = met.by and told.times = met.times
      and coalesce(told.milestone, '') = coalesce(met.milestone, '') and coalesce(told.evidence, '') = coalesce(met.evidence, '')
    where told.tenant_id is null or met.tenant_id is null`,
  tell: ({ subject, line, fact, has }) => `${subject}, ${line}: ${fact} is ${has ? 'met, which no event tells' : 'told of by an event, and not met'}`
})

/** What must hold of release conditions and of what they released. */
export const CONDITION_CHECKS: readonly Check[] = [metMilestones, metFacts]
