import { sql } from 'kysely'
import { sqlCheck, tellAmount, tellId, type Check } from '../../ledger/checks.ts'

interface HeldFinding {
  readonly tenant_id: number
  readonly owner: string
  readonly unit: string
  readonly what: string
  readonly says: string
  readonly should: string
}

const tradeCoins = sqlCheck<HeldFinding>({
  name: 'trade-coins',
  about: 'The held coins of every trade are those that its lines took and neither redeemed nor gave back, none when it is closed; and what was booked of its coins is what its lines and its lots say.',
  query: sql`
    with lines as (
      select t.tenant_id, t.id, external_id('trd', t.id) as owner, t.coins ->> 'unit' as unit, t.coins -> 'lots' as lots,
        t.state = 'completed' or starts_with(t.state, 'closed_') as is_over, sum(l.coins) as taken, sum(l.coins_redeemed) as redeemed, sum(l.coins_returned) as returned
      from trades t join trade_lines l on l.tenant_id = t.tenant_id and l.trade_id = t.id
      where t.coins is not null
      group by t.tenant_id, t.id
    ), said as (
      select lines.*, coalesce(lots.taken, 0) as lots_taken, coalesce(lots.returned, 0) as lots_returned
      from lines cross join lateral (
        select sum((lot ->> 'coins')::bigint) as taken, sum((lot ->> 'returned')::bigint) as returned from jsonb_array_elements(lines.lots) as each (lot)
      ) lots
    ), booked as (
      select x.tenant_id, x.subject as owner, t.unit,
        sum(t.amount) filter (where credit.class = 'coins_held') as taken,
        coalesce(sum(t.amount) filter (where credit.class = 'coins_redeemed'), 0) - coalesce(sum(t.amount) filter (where debit.class = 'coins_redeemed'), 0) as redeemed,
        sum(t.amount) filter (where credit.class = 'coins_available' and debit.class in ('coins_held', 'coins_redeemed')) as returned
      from coin_programmes p
      join transfers t on t.tenant_id = p.tenant_id and t.unit = p.unit
      join transactions x on x.tenant_id = t.tenant_id and x.id = t.transaction_id
      join accounts debit on debit.tenant_id = t.tenant_id and debit.id = t.debit_account_id
      join accounts credit on credit.tenant_id = t.tenant_id and credit.id = t.credit_account_id
      where 'coins_held' in (debit.class, credit.class) or debit.class = 'coins_redeemed'
      group by x.tenant_id, x.subject, t.unit
    ), held as (
      select tenant_id, owner, unit, credits - debits as coins from accounts where class = 'coins_held'
    )
    select tenant_id, owner, unit, each.what, coalesce(each.says, 0)::text as says, coalesce(each.should, 0)::text as should
    from said full join booked using (tenant_id, owner, unit) full join held using (tenant_id, owner, unit)
    cross join lateral (values
      ('held', held.coins, case when said.is_over then 0 else said.taken - said.redeemed - said.returned end),
      ('redeemed by its lines', said.redeemed, booked.redeemed),
      ('taken by its lots', said.lots_taken, booked.taken),
      ('given back by its lots', said.lots_returned, booked.returned),
      -- A lower price gives coins back that its lines, then, never took.
      ('taken and kept by its lines', said.taken - said.returned, said.lots_taken - said.lots_returned)
    ) as each (what, says, should)
    where coalesce(each.says, 0) <> coalesce(each.should, 0)`,
  tell: ({ owner, unit, what, says, should }) => `${owner}: ${what}: ${says} ${unit}, but it should be ${should}`
})

interface LotFinding {
  readonly tenant_id: number
  readonly owner: string
  readonly lot_id: string
  readonly what: string
  readonly says: string
  readonly moved: string
}

const tradeLots = sqlCheck<LotFinding>({
  name: 'trade-coin-lots',
  about: 'What every trade says that it took of which lots, and gave back, is what moved out of them, and into them or the lots that followed them.',
  query: sql`
    with said as (
      select t.tenant_id, external_id('trd', t.id) as owner, (lot ->> 'origin')::uuid as lot_id, sum((lot ->> 'coins')::bigint) as taken, sum((lot ->> 'returned')::bigint) as returned
      from trades t cross join jsonb_array_elements(t.coins -> 'lots') as each (lot)
      group by t.tenant_id, t.id, lot ->> 'origin'
    ), moved as (
      select m.tenant_id, x.subject as owner, l.origin_id as lot_id, -coalesce(sum(m.coins) filter (where m.coins < 0), 0) as taken, coalesce(sum(m.coins) filter (where m.coins > 0), 0) as returned
      from coin_moves m
      join coin_lots l on l.tenant_id = m.tenant_id and l.id = m.lot_id
      join coin_programmes p on p.tenant_id = l.tenant_id and p.currency = l.currency
      join accounts a on a.tenant_id = l.tenant_id and a.class = 'coins_available' and a.owner = external_id('pty', l.buyer_id) and a.unit = p.unit
      join entries e on e.tenant_id = a.tenant_id and e.account_id = a.id and e.version = m.entry_version
      join accounts other on other.tenant_id = e.tenant_id and other.id = e.other_account_id and other.class in ('coins_held', 'coins_redeemed')
      join transactions x on x.tenant_id = e.tenant_id and x.id = e.transaction_id
      where m.place = 'available'
      group by m.tenant_id, x.subject, l.origin_id
    )
    select tenant_id, owner, lot_id, each.what, coalesce(each.says, 0)::text as says, coalesce(each.moved, 0)::text as moved
    from said full join moved using (tenant_id, owner, lot_id)
    cross join lateral (values ('taken', said.taken, moved.taken), ('given back', said.returned, moved.returned)) as each (what, says, moved)
    where coalesce(each.says, 0) <> coalesce(each.moved, 0)`,
  tell: ({ owner, lot_id: lot, what, says, moved }) => `${owner}: ${says} coins ${what} of ${tellId('lot', lot)}, but ${moved} moved`
})

interface LineFinding {
  readonly tenant_id: number
  readonly trade_id: string
  readonly ref: string
  readonly what: string
  readonly says: string
  readonly should: string
}

const lineCoins = sqlCheck<LineFinding>({
  name: 'line-coins',
  about: 'Every line took no more coins than the terms of its trade and its seller allow, and earned what they make of the cash it released; where its seller pays for that, no more.',
  query: sql`
    select l.tenant_id, l.trade_id, l.ref, each.what, each.says::text as says, each.should::text as should
    from trade_lines l
    join trades t on t.tenant_id = l.tenant_id and t.id = l.trade_id
    cross join lateral (select coalesce((t.coins ->> 'value')::bigint, 1) as value, coalesce((t.coins ->> 'cap')::numeric, 0) as cap, coalesce((t.coins ->> 'earn_rate')::numeric, 0) as earn_rate) terms
    cross join lateral (values
      ('taken', l.coins, case when coalesce(l.seller_terms @> '{"accepts_coins": true}', false) then div(floor(terms.cap * l.unit_price * l.quantity), terms.value) else 0 end, false),
      ('earned', l.coins_earned, div(floor(terms.earn_rate * (l.released_goods - l.coins_redeemed * terms.value)), terms.value), not coalesce(l.seller_terms @> '{"funds_coins": true}', false))
    ) as each (what, says, should, is_exact)
    where each.says > each.should or (each.is_exact and each.says <> each.should)`,
  tell: ({ trade_id: id, ref, what, says, should }) => `${tellId('trd', id)}, line "${ref}": ${says} coins ${what}, but its terms make it ${should}`
})

const lineEarnings = sqlCheck<LineFinding>({
  name: 'line-earnings',
  about: 'What every line earned is what its events tell, and what was booked of its trade.',
  query: sql`
    with told as (
      select tenant_id, data ->> 'line' as line, sum(case type when 'coins.earned' then 1 else -1 end * (data ->> 'coins')::bigint) as coins
      from events where type in ('coins.earned', 'coins.clawed_back') group by tenant_id, data ->> 'line'
    ), booked as (
      select x.tenant_id, x.subject, sum(case debit.class when 'coin_issuance' then t.amount else -t.amount end) as coins
      from coin_programmes p
      join transfers t on t.tenant_id = p.tenant_id and t.unit = p.unit
      join transactions x on x.tenant_id = t.tenant_id and x.id = t.transaction_id and starts_with(x.subject, 'trd_')
      join accounts debit on debit.tenant_id = t.tenant_id and debit.id = t.debit_account_id
      join accounts credit on credit.tenant_id = t.tenant_id and credit.id = t.credit_account_id
      where 'coin_issuance' in (debit.class, credit.class)
      group by x.tenant_id, x.subject
    )
    select l.tenant_id, l.trade_id, l.ref, 'earned' as what, l.coins_earned::text as says, coalesce(told.coins, 0)::text as should
    from trade_lines l left join told on told.tenant_id = l.tenant_id and told.line = external_id('lin', l.id)
    where l.coins_earned <> coalesce(told.coins, 0)
    union all
    select l.tenant_id, l.trade_id, string_agg(l.ref, ' and ' order by l.position), 'earned in all', sum(l.coins_earned)::text, coalesce(max(booked.coins), 0)::text
    from trade_lines l left join booked on booked.tenant_id = l.tenant_id and booked.subject = external_id('trd', l.trade_id)
    group by l.tenant_id, l.trade_id having sum(l.coins_earned) <> coalesce(max(booked.coins), 0)`,
  tell: ({ trade_id: id, ref, what, says, should }) => `${tellId('trd', id)}, line "${ref}": ${says} coins ${what}, but ${should} were told or booked`
})

interface CashFinding {
  readonly tenant_id: number
  readonly transaction_id: string
  readonly currency: string
  readonly says: string
  readonly released: string
}

const earnedOn = sqlCheck<CashFinding>({
  name: 'coins-earned-on',
  about: 'The cash on which coins were earned is of the release that earned them: no more than that brought.',
  query: sql`
    with said as (
      select l.tenant_id, e.transaction_id, l.currency, sum(l.earned_on) as cash
      from coin_lots l
      join coin_programmes p on p.tenant_id = l.tenant_id and p.currency = l.currency
      join coin_moves m on m.tenant_id = l.tenant_id and m.lot_id = l.id and m.place = 'pending' and m.coins > 0
      join accounts a on a.tenant_id = l.tenant_id and a.class = 'coins_pending' and a.owner = external_id('pty', l.buyer_id) and a.unit = p.unit
      join entries e on e.tenant_id = a.tenant_id and e.account_id = a.id and e.version = m.entry_version
      where l.source = 'earned'
      group by l.tenant_id, e.transaction_id, l.currency
    ), released as (
      select s.tenant_id, s.transaction_id, sum(t.amount) as cash
      from said s
      join transfers t on t.tenant_id = s.tenant_id and t.transaction_id = s.transaction_id and t.unit = s.currency
      join accounts debit on debit.tenant_id = t.tenant_id and debit.id = t.debit_account_id and debit.class = 'escrow'
      join accounts credit on credit.tenant_id = t.tenant_id and credit.id = t.credit_account_id and credit.class = 'seller_available'
      group by s.tenant_id, s.transaction_id
    )
    select tenant_id, transaction_id, said.currency, said.cash::text as says, coalesce(released.cash, 0)::text as released
    from said left join released using (tenant_id, transaction_id)
    where said.cash > coalesce(released.cash, 0)`,
  tell: ({ transaction_id: id, currency, says, released }) => `transaction ${tellId('txn', id)}: coins were earned on ${tellAmount(says, currency)}, but it released ${tellAmount(released, currency)}`
})

interface TermsFinding {
  readonly tenant_id: number
  readonly id: string
  readonly says: string
}

const tradeTerms = sqlCheck<TermsFinding>({
  name: 'trade-coin-terms',
  about: 'Every trade keeps the programme of its currency, with its terms of the version that it names.',
  query: sql`
    with told as (
      select tenant_id, subject, row_number() over (partition by tenant_id, subject order by seq) as version, coalesce(data -> 'to', data -> 'terms') - 'name' as terms
      from events where type in ('coin_programme.created', 'coin_programme.changed')
    )
    select t.tenant_id, t.id, (t.coins - 'lots')::text as says
    from trades t
    left join coin_programmes p on p.tenant_id = t.tenant_id and p.currency = t.currency
    left join told on told.tenant_id = t.tenant_id and told.subject = external_id('cpr', p.id) and told.version = (t.coins ->> 'version')::bigint
    where t.coins is not null
      and (t.coins - 'lots') is distinct from told.terms || jsonb_build_object('programme', p.id, 'unit', p.unit, 'value', p.coin_value::text, 'version', told.version)`,
  tell: ({ id, says }) => `${tellId('trd', id)}: it keeps a programme that says ${says}, which the one of its currency never did`
})

/** What must hold between trades and the coins they took and earned. */
export const TRADE_COIN_CHECKS: readonly Check[] = [tradeCoins, tradeLots, lineCoins, lineEarnings, earnedOn, tradeTerms]
