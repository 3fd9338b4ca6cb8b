import { sql } from 'kysely'
import { sqlCheck, tellAmount, tellId, type Check } from '../../ledger/checks.ts'

interface QueueFinding {
  readonly tenant_id: number
  readonly owner: string
  readonly unit: string
  readonly what: string
  readonly says: string
  readonly should: string
}

const reserveQueue = sqlCheck<QueueFinding>({
  name: 'reserve-queue',
  about: 'The slices of every reserve follow each other without a gap up to all that was ever put into it, and while it holds anything the last one waits.',
  query: sql`
    with reserves as (
      select tenant_id, owner, unit, credits, debits from accounts where class = 'seller_reserve'
    ), slices as (
      select tenant_id, id, external_id('pty', party_id) as owner, unit, upto, matured_at,
        sum(amount) over (partition by tenant_id, party_id, unit order by upto, id) as filled,
        row_number() over (partition by tenant_id, party_id, unit order by upto desc, id desc) = 1 as is_last
      from reserve_slices
    )
    select tenant_id, owner, unit, external_id('rsv', id) || ' ends at' as what, upto::text as says, filled::text as should
    from slices where upto <> filled
    union all
    select tenant_id, owner, unit, 'put into it', coalesce(r.credits, 0)::text, coalesce(s.filled, 0)::text
    from reserves r full join (select * from slices where is_last) s using (tenant_id, owner, unit)
    where coalesce(r.credits, 0) <> coalesce(s.filled, 0)
    union all
    select tenant_id, owner, unit, 'held, though no slice waits for it,', (r.credits - r.debits)::text, '0'
    from reserves r join slices s using (tenant_id, owner, unit)
    where s.is_last and s.matured_at is not null and r.credits > r.debits`,
  tell: ({ owner, unit, what, says, should }) => `reserve of ${owner} in ${unit}: ${what} ${tellAmount(says, unit)}, but it should be ${tellAmount(should, unit)}`
})

interface MovementFinding {
  readonly tenant_id: number
  readonly subject: string
  readonly unit: string
  readonly booked: string | null
  readonly says: string | null
}

const reserveMovements = sqlCheck<MovementFinding>({
  name: 'reserve-movements',
  about: 'What every trade put into reserves is in its slices, and what every slice released is booked as its maturity.',
  query: sql`
    with booked as (
      select x.tenant_id, x.subject, t.unit, case debit.class when 'seller_reserve' then debit.owner else credit.owner end as owner, sum(t.amount) as amount
      from transfers t
      join transactions x on x.tenant_id = t.tenant_id and x.id = t.transaction_id
      join accounts debit on debit.tenant_id = t.tenant_id and debit.id = t.debit_account_id
      join accounts credit on credit.tenant_id = t.tenant_id and credit.id = t.credit_account_id
      where credit.class = 'seller_reserve' or (debit.class = 'seller_reserve' and x.kind = 'reserve.maturity')
      group by x.tenant_id, x.subject, t.unit, 4
    ), said as (
      select tenant_id, external_id('trd', trade_id) as subject, unit, external_id('pty', party_id) as owner, sum(amount) as amount
      from reserve_slices group by tenant_id, trade_id, unit, party_id
      union all
      select tenant_id, external_id('rsv', id), unit, external_id('pty', party_id), released from reserve_slices where released > 0
    )
    select tenant_id, subject, unit, booked.amount::text as booked, said.amount::text as says
    from booked full join said using (tenant_id, subject, unit, owner)
    where booked.amount is distinct from said.amount`,
  tell: ({ subject, unit, booked, says }) => `${subject}: ${tellAmount(booked ?? '0', unit)} moved into or out of a reserve, but slices say ${tellAmount(says ?? '0', unit)}`
})

interface SliceFinding {
  readonly tenant_id: number
  readonly id: string
  readonly trade_id: string
}

const reserveTerms = sqlCheck<SliceFinding>({
  name: 'reserve-terms',
  about: 'Every slice is of a line of its seller whose terms keep something back, and matures when they say.',
  query: sql`
    select s.tenant_id, s.id, s.trade_id
    from reserve_slices s
    left join trade_lines l on l.tenant_id = s.tenant_id and l.trade_id = s.trade_id and l.id = s.line_id and l.seller_id = s.party_id
    where l.seller_terms -> 'reserve' is null
      or s.matures_at - s.created_at <> make_interval(secs => (l.seller_terms #>> '{reserve,days}')::integer * 86400)`,
  tell: ({ id, trade_id: trade }) => `${tellId('rsv', id)} of ${tellId('trd', trade)}: its line does not call for it, or not for so long`
})

interface TermsFinding {
  readonly tenant_id: number
  readonly id: string
  readonly says: object
  readonly told: object
}

const partyTerms = sqlCheck<TermsFinding>({
  name: 'party-terms',
  about: 'The terms of every party are those that the last event about them tells, and were changed as often as events tell.',
  query: sql`
    with told as (
      select tenant_id, subject, count(*) as changes, (array_agg(data -> 'to' order by seq desc))[1] as terms
      from events where type = 'party.terms_changed' group by tenant_id, subject
    )
    select p.tenant_id, p.id, coalesce(p.terms, '{}') || jsonb_build_object('version', p.version) as says,
      jsonb_strip_nulls(coalesce(t.terms, '{}')) || jsonb_build_object('version', coalesce(t.changes, 0) + 1) as told
    from parties p left join told t on t.tenant_id = p.tenant_id and t.subject = external_id('pty', p.id)
    where (p.terms is not null or p.version > 1 or t.subject is not null)
      and (coalesce(p.terms, '{}') <> jsonb_strip_nulls(coalesce(t.terms, '{}')) or p.version <> coalesce(t.changes, 0) + 1)`,
  tell: ({ id, says, told }) => `${tellId('pty', id)}: its terms are ${JSON.stringify(says)}, but its events tell ${JSON.stringify(told)}`
})

interface LineTermsFinding {
  readonly tenant_id: number
  readonly trade_id: string
  readonly ref: string
}

const sellerTerms = sqlCheck<LineTermsFinding>({
  name: 'seller-terms',
  about: 'Every line has the terms that its seller had when the trade was created.',
  query: sql`
    with told as (
      select tenant_id, subject, seq, jsonb_strip_nulls(data -> 'to') as terms, lead(seq) over (partition by tenant_id, subject order by seq) as until
      from events where type = 'party.terms_changed'
    ), created as (
      select tenant_id, subject, seq from events where type = 'trade.created'
    )
    select l.tenant_id, l.trade_id, l.ref
    from trade_lines l
    left join created c on c.tenant_id = l.tenant_id and c.subject = external_id('trd', l.trade_id)
    left join told t on t.tenant_id = l.tenant_id and t.subject = external_id('pty', l.seller_id) and t.seq < c.seq and (t.until is null or t.until > c.seq)
    where coalesce(l.seller_terms, '{}') <> coalesce(t.terms, '{}')`,
  tell: ({ trade_id: id, ref }) => `${tellId('trd', id)}, line "${ref}": it does not have the terms that its seller had then`
})

/** What must hold of sellers' reserves and of the terms they follow from. */
export const RESERVE_CHECKS: readonly Check[] = [reserveQueue, reserveMovements, reserveTerms, partyTerms, sellerTerms]
