import { sql } from 'kysely'
import { sqlCheck, tellAmount, tellId, type Check } from '../../ledger/checks.ts'
import { ESCALATION_CHECKS } from './escalation-checks.ts'
import { FROZEN_TAKES } from './frozen-takes.ts'

interface OpenFinding {
  readonly tenant_id: number
  readonly trade_id: string
  readonly id: string
  readonly shown: string | null
  readonly kept: string | null
}

const openDisputes = sqlCheck<OpenFinding>({
  name: 'trade-disputes',
  about: 'The disputes that every trade shows are those of it that nobody has decided, with the same lines and the same time for evidence.',
  query: sql`
    with shown as (
      select tenant_id, id as trade_id, (each.dispute ->> 'id')::uuid as id,
        jsonb_build_object('due_at', (each.dispute ->> 'due_at')::timestamptz, 'lines', each.dispute -> 'lines') as dispute
      from trades cross join jsonb_array_elements(disputes) as each (dispute)
    ), kept as (
      select tenant_id, trade_id, id, jsonb_build_object('due_at', case state when 'open' then evidence_by end, 'lines', lines) as dispute
      from disputes where state in ('open', 'under_review')
    )
    select tenant_id, trade_id, id, shown.dispute::text as shown, kept.dispute::text as kept
    from shown full join kept using (tenant_id, trade_id, id)
    where shown.dispute is distinct from kept.dispute`,
  tell: ({ trade_id: trade, id, shown, kept }) => `${tellId('trd', trade)}, ${tellId('dsp', id)}: the trade shows ${shown ?? 'no such dispute'}, but undecided is ${kept ?? 'none'}`
})

interface FrozenFinding {
  readonly tenant_id: number
  readonly trade_id: string
  readonly ref: string
  readonly currency: string
  readonly units: number
  readonly amount: bigint
  readonly disputed_units: string
  readonly disputed_amount: string
}

const frozenParts = sqlCheck<FrozenFinding>({
  name: 'frozen-parts',
  about: 'What is frozen of every line, units and money, is what its trade\'s open disputes froze, less what chargebacks have taken of it since.',
  query: sql`
    with ${FROZEN_TAKES}, parts as (
      select t.tenant_id, (line.part ->> 'line')::uuid as line_id, (line.part ->> 'units')::integer as units,
        (line.part ->> 'goods')::bigint as goods, (line.part ->> 'shipping')::bigint as shipping, d.opened_at
      from trades t
      cross join jsonb_array_elements(t.disputes) as each (dispute)
      cross join jsonb_array_elements(each.dispute -> 'lines') as line (part)
      left join disputes d on d.tenant_id = t.tenant_id and d.id = (each.dispute ->> 'id')::uuid
    ), disputed as (
      select p.tenant_id, p.line_id, sum(p.units) as units, sum(p.goods - coalesce(gone.goods, 0)) as goods, sum(p.shipping - coalesce(gone.shipping, 0)) as shipping
      from parts p
      left join lateral (
        select sum(goods) as goods, sum(shipping) as shipping from frozen_takes k
        where k.tenant_id = p.tenant_id and k.line_id = p.line_id and k.taken_at >= p.opened_at
      ) gone on true
      group by p.tenant_id, p.line_id
    )
    select l.tenant_id, l.trade_id, l.ref, t.currency, l.frozen_units as units, l.frozen_goods + l.frozen_shipping as amount,
      coalesce(d.units, 0)::text as disputed_units, (coalesce(d.goods, 0) + coalesce(d.shipping, 0))::text as disputed_amount
    from trade_lines l
    join trades t on t.tenant_id = l.tenant_id and t.id = l.trade_id
    left join disputed d on d.tenant_id = l.tenant_id and d.line_id = l.id
    where (l.frozen_units, l.frozen_goods, l.frozen_shipping) is distinct from (coalesce(d.units, 0)::integer, coalesce(d.goods, 0)::bigint, coalesce(d.shipping, 0)::bigint)`,
  tell: ({ trade_id: id, ref, currency, units, amount, disputed_units: disputedUnits, disputed_amount: disputedAmount }) =>
    `${tellId('trd', id)}, line "${ref}": ${units} units and ${tellAmount(amount, currency)} are frozen, but ${disputedUnits} and ${tellAmount(disputedAmount, currency)} are in dispute`
})

interface AwardFinding {
  readonly tenant_id: number
  readonly id: string | null
  readonly transaction_id: string | null
  readonly said: string | null
  readonly booked: string | null
}

const awards = sqlCheck<AwardFinding>({
  name: 'dispute-awards',
  about: 'Every award posted what it says: what the buyer got, what was released to the sellers and what was taken back from them; and nothing else posted as one.',
  query: sql`
    with ${FROZEN_TAKES}, parts as (
      select d.tenant_id, d.id, d.trade_id, d.transaction_id, (each.award ->> 'buyer')::bigint as buyer,
        (line.part ->> 'goods')::bigint + (line.part ->> 'shipping')::bigint - coalesce(gone.amount, 0) as frozen
      from disputes d
      cross join jsonb_array_elements(d.award) with ordinality as each (award, place)
      cross join lateral (select d.lines -> each.place::integer - 1 as part) line
      left join lateral (
        select sum(goods + shipping) as amount from frozen_takes k
        where k.tenant_id = d.tenant_id and k.line_id = (line.part ->> 'line')::uuid and k.taken_at >= d.opened_at and k.taken_at <= d.decided_at
      ) gone on true
    ), said as (
      -- What the buyer gets comes out of what was frozen first, and is still there.
      select tenant_id, id, transaction_id,
        concat_ws(' ', sum(buyer), sum(greatest(frozen - buyer, 0)), sum(greatest(buyer - frozen, 0)), external_id('trd', trade_id)) as what
      from parts group by tenant_id, id, transaction_id, trade_id
      having sum(buyer) > 0 or sum(greatest(frozen - buyer, 0)) > 0
    ), booked as (
      select x.tenant_id, x.id as transaction_id, concat_ws(' ',
        coalesce(sum(t.amount) filter (where debit.class = 'escrow' and credit.class = 'refund_payable'), 0),
        coalesce(sum(t.amount) filter (where debit.class = 'escrow' and credit.class = 'seller_available'), 0),
        coalesce(sum(t.amount) filter (where credit.class = 'escrow'), 0), x.subject) as what
      from transactions x
      join transfers t on t.tenant_id = x.tenant_id and t.transaction_id = x.id
      join accounts debit on debit.tenant_id = t.tenant_id and debit.id = t.debit_account_id
      join accounts credit on credit.tenant_id = t.tenant_id and credit.id = t.credit_account_id
      where x.kind = 'trade.award'
      group by x.tenant_id, x.id, x.subject
    )
    select tenant_id, id, transaction_id, said.what as said, booked.what as booked
    from said full join booked using (tenant_id, transaction_id)
    where said.what is distinct from booked.what`,
  tell: ({ id, transaction_id: transaction, said, booked }) =>
    `${id === null ? 'no dispute' : tellId('dsp', id)}, transaction ${transaction === null ? 'none' : tellId('txn', transaction)}: ` +
    `refunded, released, taken back are to be ${said ?? 'nothing'}, but booked is ${booked ?? 'nothing'}`
})

interface PersonFinding {
  readonly tenant_id: number
  readonly id: string
  readonly state: string
}

const persons = sqlCheck<PersonFinding>({
  name: 'dispute-persons',
  about: 'Every award was proposed and decided by arbitrators, and by two where it was proposed.',
  query: sql`
    select d.tenant_id, d.id, d.state
    from disputes d
    left join api_keys proposer on proposer.tenant_id = d.tenant_id and proposer.id = d.proposed_by and proposer.role = 'arbitrator'
    left join api_keys decider on decider.tenant_id = d.tenant_id and decider.id = d.decided_by and decider.role = 'arbitrator'
    where (d.proposed_by is not null and proposer.id is null)
      or (d.state = 'awarded' and (decider.id is null or d.decided_by = d.proposed_by))`,
  tell: ({ id, state }) => `${tellId('dsp', id)}: ${state}, but not by those who may`
})

interface EvidenceFinding {
  readonly tenant_id: number
  readonly id: string
  readonly counted: number
  readonly entries: string
  readonly last: number
}

const evidence = sqlCheck<EvidenceFinding>({
  name: 'dispute-evidence',
  about: 'The evidence of every dispute is numbered from 1 without a gap, as many entries as it counts, each handed in before its time was over.',
  query: sql`
    select d.tenant_id, d.id, d.evidence_count as counted, count(e.number)::text as entries, coalesce(max(e.number), 0)::integer as last
    from disputes d
    left join dispute_evidence e on e.tenant_id = d.tenant_id and e.dispute_id = d.id
    group by d.tenant_id, d.id, d.evidence_count, d.evidence_by
    having count(e.number) <> d.evidence_count or coalesce(max(e.number), 0) <> d.evidence_count or max(e.handed_in_at) >= d.evidence_by`,
  tell: ({ id, counted, entries, last }) => `${tellId('dsp', id)}: it counts ${counted} entries of evidence, but has ${entries}, the last of number ${last}`
})

/** What must hold of disputes, and between them, their trades and the ledger. */
export const DISPUTE_CHECKS: readonly Check[] = [openDisputes, frozenParts, awards, persons, evidence, ...ESCALATION_CHECKS]
