import { sql } from 'kysely'
import { sqlCheck, tellAmount, tellId, type Check } from '../../ledger/checks.ts'

interface PartFinding {
  readonly tenant_id: number
  readonly trade_id: string
  readonly payment_id: string
  readonly currency: string
  readonly declared: string
  readonly kept: string
}

const parts = sqlCheck<PartFinding>({
  name: 'declared-parts',
  about: 'What is declared of every payment of a trade is never more than the trade has of it.',
  query: sql`
    with declared as (
      select t.tenant_id, t.id as trade_id, t.currency, (part.declared ->> 'payment')::uuid as payment_id, sum((part.declared ->> 'amount')::bigint) as amount,
        min((part.declared ->> 'amount')::bigint) as least
      from trades t cross join jsonb_array_elements(t.declared) as part (declared)
      group by t.tenant_id, t.id, t.currency, payment_id
    )
    select d.tenant_id, d.trade_id, d.payment_id, d.currency, d.amount::text as declared, coalesce(a.amount - a.refunded - a.charged_back, 0)::text as kept
    from declared d
    left join payment_allocations a on a.tenant_id = d.tenant_id and a.trade_id = d.trade_id and a.payment_id = d.payment_id
    where d.amount > coalesce(a.amount - a.refunded - a.charged_back, 0) or d.least < 0`,
  tell: ({ trade_id: trade, payment_id: payment, currency, declared, kept }) =>
    `${tellId('trd', trade)}, ${tellId('pay', payment)}: ${tellAmount(declared, currency)} are declared, but the trade has ${tellAmount(kept, currency)} of it`
})

interface ToldFinding {
  readonly tenant_id: number
  readonly id: string
  readonly what: string
}

const told = sqlCheck<ToldFinding>({
  name: 'declarations-told',
  about: 'Every declaration is a part of its trade, with the same payment, and its newest message tells customs what the trade declares, unless that was lowered just now.',
  query: sql`
    with parts as (
      select t.tenant_id, t.id as trade_id, t.declared_lowered_at, (part.declared ->> 'id')::uuid as id, (part.declared ->> 'payment')::uuid as payment_id, (part.declared ->> 'amount')::bigint as amount
      from trades t cross join jsonb_array_elements(t.declared) as part (declared)
    )
    select coalesce(d.tenant_id, p.tenant_id) as tenant_id, coalesce(d.id, p.id) as id, case
        when d.id is null then 'a trade declares it, and there is no such declaration'
        when p.id is null then 'its trade does not declare it'
        when d.trade_id <> p.trade_id or d.payment_id <> p.payment_id then 'its trade declares it of something else'
        when m.number is null then 'its newest message is missing'
        else 'its newest message tells another amount than its trade declares'
      end as what
    from declarations d
    full join parts p on p.tenant_id = d.tenant_id and p.id = d.id
    left join declaration_messages m on m.tenant_id = d.tenant_id and m.declaration_id = d.id and m.number = d.messages
    where d.id is null or p.id is null or d.trade_id <> p.trade_id or d.payment_id <> p.payment_id or m.number is null
      or (p.declared_lowered_at is null and case when m.type = 'delete' then 0 else m.amount end <> p.amount)`,
  tell: ({ id, what }) => `${tellId('dcl', id)}: ${what}`
})

const histories = sqlCheck<ToldFinding>({
  name: 'declaration-histories',
  about: 'The messages and answers of every declaration are numbered from 1 without a gap, and its state, code and what customs holds are what the last of them make of it.',
  query: sql`
    select d.tenant_id, d.id, case
        when m.count <> d.messages or m.last <> d.messages then 'its messages are not numbered from 1 to ' || d.messages
        when a.count <> d.answers or a.last <> d.answers then 'its answers are not numbered from 1 to ' || d.answers
        when d.raw_code is distinct from said.code or d.answered_at is distinct from said.answered_at then 'its code is not what customs said of its newest message last'
        when d.is_held <> coalesce(decided.type <> 'delete', false) then 'customs holds it, or does not, and its answers say otherwise'
        else 'it is ' || d.state || ', and its newest message ' || case when newest.sent_at is null then 'was not sent' else 'was sent' end || ' and has ' || coalesce('the answer ' || said.code, 'no answer')
      end as what
    from declarations d
    cross join lateral (select count(*)::integer as count, coalesce(max(number), 0) as last from declaration_messages where tenant_id = d.tenant_id and declaration_id = d.id) m
    cross join lateral (select count(*)::integer as count, coalesce(max(number), 0) as last from declaration_answers where tenant_id = d.tenant_id and declaration_id = d.id) a
    left join declaration_messages newest on newest.tenant_id = d.tenant_id and newest.declaration_id = d.id and newest.number = d.messages
    left join lateral (
      select code, state, answered_at from declaration_answers
      where tenant_id = d.tenant_id and declaration_id = d.id and message = d.messages order by number desc limit 1
    ) said on true
    left join lateral (
      select each.type from declaration_answers y
      join declaration_messages each on each.tenant_id = y.tenant_id and each.declaration_id = y.declaration_id and each.number = y.message
      where y.tenant_id = d.tenant_id and y.declaration_id = d.id and y.state = 'accepted' order by y.number desc limit 1
    ) decided on true
    where m.count <> d.messages or m.last <> d.messages or a.count <> d.answers or a.last <> d.answers
      or d.raw_code is distinct from said.code or d.answered_at is distinct from said.answered_at
      or d.is_held <> coalesce(decided.type <> 'delete', false)
      or d.state <> coalesce(said.state, case when newest.sent_at is null then 'draft' else 'submitted' end)
      or (d.next_attempt_at is not null and newest.sent_at is not null)`,
  tell: ({ id, what }) => `${tellId('dcl', id)}: ${what}`
})

interface ReferenceFinding {
  readonly tenant_id: number
  readonly id: string
  readonly what: string
}

const references = sqlCheck<ReferenceFinding>({
  name: 'declaration-references',
  about: 'The payment and the identities that every declaration names are there, its currency is its trade\'s, and the customs parties of its trade are frozen as it has them.',
  query: sql`
    select d.tenant_id, d.id, case
        when t.id is null then 'its trade is missing'
        when p.id is null then 'its payment is missing'
        when t.currency <> d.currency then 'its trade is in ' || t.currency || ', and it is in ' || d.currency
        when i.count < 3 then 'an identity that it names is missing'
        else 'the customs parties of its trade are not frozen, or are others'
      end as what
    from declarations d
    left join trades t on t.tenant_id = d.tenant_id and t.id = d.trade_id
    left join payments p on p.tenant_id = d.tenant_id and p.id = d.payment_id
    left join trade_customs c on c.tenant_id = d.tenant_id and c.trade_id = d.trade_id
    cross join lateral (
      select count(*) from (values (d.payer_id), (d.orderer_id), (d.consignee_id)) as named (id) join identities i on i.tenant_id = d.tenant_id and i.id = named.id
    ) as i
    where t.id is null or p.id is null or t.currency <> d.currency or i.count < 3
      or (c.payer_id, c.orderer_id, c.consignee_id) is distinct from (d.payer_id, d.orderer_id, d.consignee_id) or c.declared_at is null`,
  tell: ({ id, what }) => `${tellId('dcl', id)}: ${what}`
})

const sandboxes = sqlCheck<ReferenceFinding>({
  name: 'sandbox-customs',
  about: 'Only sandboxes have a customs that does as it is told, it speaks of messages that there are, and what it told of the newest message is on record.',
  query: sql`
    select s.tenant_id, s.id, case
        when t.id is null then 'its tenant is no sandbox'
        when m.guid is null then 'it speaks of a message that there is not'
        else 'it was told, and the declaration has no such answer'
      end as what
    from sandbox_customs_answers s
    left join tenants t on t.id = s.tenant_id and t.kind = 'sandbox'
    left join declarations d on d.tenant_id = s.tenant_id and d.id = s.declaration_id
    left join declaration_messages m on m.tenant_id = s.tenant_id and m.declaration_id = s.declaration_id and m.guid = s.guid
    where t.id is null or m.guid is null or (s.is_told and m.number = d.messages and d.answers = 0)`,
  tell: ({ id, what }) => `${tellId('sbx', id)}: ${what}`
})

/** What must hold of declarations, and between them, their trades and what customs said. */
export const DECLARATION_CHECKS: readonly Check[] = [parts, told, histories, references, sandboxes]
