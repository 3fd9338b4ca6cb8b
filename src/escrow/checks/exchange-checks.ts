import { sql } from 'kysely'
import { currencyCodes, unitOf } from '../../kernel/units.ts'
import { sqlCheck, tellAmount, tellId, type Check } from '../../ledger/checks.ts'

const CODES = currencyCodes()
const EXPONENTS = CODES.map((code) => unitOf(code).exponent)

interface ExchangeFinding {
  readonly tenant_id: number
  readonly trade_id: string
  readonly ref: string
  readonly quote: string
  readonly what: string
}

const lineExchanges = sqlCheck<ExchangeFinding>({
  name: 'line-exchanges',
  about: 'Whatever a line exchanged follows a quote of that rate, between its trade\'s currency and its seller\'s, and is paid what the quote makes of it.',
  query: sql`
    with units as (
      select code, exponent from unnest(${CODES}::text[], ${EXPONENTS}::integer[]) as u (code, exponent)
    ), exchanged as (
      select l.tenant_id, l.trade_id, l.ref, t.currency, l.seller_terms ->> 'payout_currency' as payout,
        (e.entry ->> 'quote')::uuid as quote, e.entry ->> 'rate' as rate, e.entry ->> 'from' as from_unit, e.entry ->> 'to' as to_unit,
        (e.entry ->> 'net')::bigint as net, (e.entry ->> 'paid')::bigint as paid
      from trade_lines l
      join trades t on t.tenant_id = l.tenant_id and t.id = l.trade_id
      cross join jsonb_array_elements(l.exchanges) as e (entry)
    ), compared as (
      select x.*, q.id is not null and (q.rate, q.from_unit, q.to_unit) = (x.rate, x.from_unit, x.to_unit) as quoted,
        x.net * x.rate::numeric * power(10::numeric, into_unit.exponent - out_of.exponent) as exact
      from exchanged x
      left join fx_quotes q on q.tenant_id = x.tenant_id and q.id = x.quote
      left join units out_of on out_of.code = x.from_unit
      left join units into_unit on into_unit.code = x.to_unit
    )
    select tenant_id, trade_id, ref, quote::text as quote, case
      when not quoted then 'there is no such quote, or it says something else'
      when from_unit <> currency or to_unit is distinct from payout then 'it is not between these currencies'
      else 'it makes ' || exact || ' minor units of ' || net || ', but ' || paid || ' were paid' end as what
    from compared
    where not quoted or from_unit <> currency or to_unit is distinct from payout or net <= 0
      -- Rounded half to even, as the rules do.
      or paid is distinct from floor(exact) + case when exact - floor(exact) > 0.5 or (exact - floor(exact) = 0.5 and floor(exact) % 2 = 1) then 1 else 0 end`,
  tell: ({ trade_id: id, ref, quote, what }) => `${tellId('trd', id)}, line "${ref}", exchanged by ${tellId('fxq', quote)}: ${what}`
})

interface PositionFinding {
  readonly tenant_id: number
  readonly subject: string
  readonly unit: string
  readonly booked: string | null
  readonly says: string | null
}

const fxPositions = sqlCheck<PositionFinding>({
  name: 'fx-positions',
  about: 'What every trade left on our position in each currency is what its lines exchanged, less what was taken back.',
  query: sql`
    with booked as (
      select x.tenant_id, x.subject, t.unit, sum(case credit.class when 'fx_position' then t.amount else -t.amount end) as amount
      from transfers t
      join transactions x on x.tenant_id = t.tenant_id and x.id = t.transaction_id and starts_with(x.subject, 'trd_')
      join accounts debit on debit.tenant_id = t.tenant_id and debit.id = t.debit_account_id
      join accounts credit on credit.tenant_id = t.tenant_id and credit.id = t.credit_account_id
      where debit.class = 'fx_position' or credit.class = 'fx_position'
      group by x.tenant_id, x.subject, t.unit
      having sum(case credit.class when 'fx_position' then t.amount else -t.amount end) <> 0
    ), said as (
      select l.tenant_id, external_id('trd', l.trade_id) as subject, leg.unit, sum(leg.amount) as amount
      from trade_lines l
      cross join jsonb_array_elements(l.exchanges) as e (entry)
      cross join lateral (values (e.entry ->> 'from', (e.entry ->> 'net')::bigint), (e.entry ->> 'to', -(e.entry ->> 'paid')::bigint)) as leg (unit, amount)
      group by l.tenant_id, l.trade_id, leg.unit
      having sum(leg.amount) <> 0
    )
    select tenant_id, subject, unit, booked.amount::text as booked, said.amount::text as says
    from booked full join said using (tenant_id, subject, unit)
    where booked.amount is distinct from said.amount`,
  tell: ({ subject, unit, booked, says }) => `${subject}: it left ${tellAmount(booked ?? '0', unit)} on our position, but its lines say ${tellAmount(says ?? '0', unit)}`
})

/** What must hold of what was exchanged for sellers who are paid in another currency. */
export const EXCHANGE_CHECKS: readonly Check[] = [lineExchanges, fxPositions]
