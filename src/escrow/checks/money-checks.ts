import { sql, type RawBuilder } from 'kysely'
import { sqlCheck, tellAmount, tellId, type Check } from '../../ledger/checks.ts'

interface OwnedFinding {
  readonly tenant_id: number
  readonly owner: string
  readonly unit: string
  /** What the account holds, and what its owner says; null where there is no such account, or no such owner. */
  readonly balance: bigint | null
  readonly amount: bigint | null
}

/** Every account of a class holds what its owner says, and has an owner; `owners` selects tenant_id, owner, unit and amount. */
function accountsAgree (name: string, about: string, accountClass: string, owners: RawBuilder<unknown>): Check {
  return sqlCheck<OwnedFinding>({
    name,
    about,
    query: sql`
      select tenant_id, owner, unit, a.balance, o.amount
      from (select tenant_id, owner, unit, sign * (credits - debits) as balance from accounts where class = ${accountClass}) a
      full join (${owners}) o using (tenant_id, owner, unit)
      where coalesce(a.balance, 0) <> coalesce(o.amount, 0) or o.amount is null`,
    tell: ({ owner, unit, balance, amount }) => amount === null
      ? `${accountClass} account of "${owner}" in ${unit}: there is no such owner`
      : `${owner}: its ${accountClass} account holds ${tellAmount(balance ?? 0n, unit)} but it says ${tellAmount(amount, unit)}`
  })
}

const escrow = accountsAgree('trade-escrow', 'The escrow account of every trade holds what was paid and neither released, refunded nor charged back; nothing when it is closed.', 'escrow', sql`
  select tenant_id, external_id('trd', id) as owner, currency as unit,
    case when state in ('completed', 'closed_unpaid', 'closed_refunded', 'closed_charged_back') then 0 else paid - released - refunded - charged_back end as amount
  from trades`)

const suspense = accountsAgree('payment-suspense', 'The suspense account of every payment holds what waits of it.', 'suspense', sql`
  select tenant_id, external_id('pay', id) as owner, unit, in_suspense as amount from payments`)

const refundPayable = accountsAgree('refund-payable', 'The account of every refund holds its amount, or nothing once it has left or its provider took it.', 'refund_payable', sql`
  select tenant_id, external_id('rfd', id) as owner, unit, case when status in ('succeeded', 'charged_back') then 0 else amount end as amount from refunds`)

interface TradeFinding {
  readonly tenant_id: number
  readonly id: string
  readonly currency: string
  readonly what: string
  readonly says: bigint
  readonly adds_up_to: string
}

const tradeAmounts = sqlCheck<TradeFinding>({
  name: 'trade-amounts',
  about: 'The amounts of every trade are those of its lines, without the coins in them, of its payments and its refunds.',
  query: sql`
    with lines as (
      select l.tenant_id, l.trade_id, sum(l.unit_price * l.quantity + l.shipping) as total, sum(l.coins * c.value) as coins,
        sum(l.released_goods + l.released_shipping - l.coins_redeemed * c.value) as released,
        -- Coins of a trade that closed before it was paid go back, and none of its money is any line's.
        sum(l.refunded_goods + l.refunded_shipping - case when t.closed_unpaid_at is null then l.coins_returned * c.value else 0 end) as refunded,
        sum(l.charged_back_goods + l.charged_back_shipping) as charged_back
      from trade_lines l
      join trades t on t.tenant_id = l.tenant_id and t.id = l.trade_id
      cross join lateral (select coalesce((t.coins ->> 'value')::bigint, 0) as value) c
      group by l.tenant_id, l.trade_id
    ), filled as (
      select tenant_id, trade_id, sum(amount) as paid, sum(refunded) as refunded, sum(charged_back) as charged_back
      from payment_allocations group by tenant_id, trade_id
    ), pending as (
      select tenant_id, trade_id, sum(amount) as amount from refunds where status not in ('succeeded', 'charged_back') group by tenant_id, trade_id
    )
    select t.tenant_id, t.id, t.currency, each.what, each.says, each.adds_up_to::text as adds_up_to
    from trades t
    left join lines l on l.tenant_id = t.tenant_id and l.trade_id = t.id
    left join filled f on f.tenant_id = t.tenant_id and f.trade_id = t.id
    left join pending p on p.tenant_id = t.tenant_id and p.trade_id = t.id
    cross join lateral (values
      ('total, by its lines', t.total, coalesce(l.total, 0)),
      ('value of coins, by its lines', t.coins_value, coalesce(l.coins, 0)),
      ('released, by its lines', t.released, coalesce(l.released, 0)),
      -- What repricing gave back is what was paid above the price: no line's, like all money of a trade that is not paid in full.
      ('refunded and charged back, by its lines', t.refunded + t.charged_back, case when t.closed_unpaid_at is not null then t.paid
        when t.paid < t.total - t.coins_value then t.refunded + t.charged_back
        else coalesce(l.refunded, 0) + coalesce(l.charged_back, 0) + greatest(t.paid - t.total + t.coins_value, 0) end),
      ('refunded by its lines, or less', least(t.refunded, coalesce(l.refunded, 0)), coalesce(l.refunded, 0)),
      ('charged back by its lines, or less', least(t.charged_back, coalesce(l.charged_back, 0)), coalesce(l.charged_back, 0)),
      ('paid, by its payments', t.paid, coalesce(f.paid, 0)),
      ('refunded, by its payments', t.refunded, coalesce(f.refunded, 0)),
      ('charged back, by its payments', t.charged_back, coalesce(f.charged_back, 0)),
      ('refund pending, by its refunds', t.refund_pending, coalesce(p.amount, 0))
    ) as each (what, says, adds_up_to)
    where each.says <> each.adds_up_to`,
  tell: ({ id, currency, what, says, adds_up_to: sum }) => `${tellId('trd', id)}: ${what}: ${tellAmount(sum, currency)}, but it says ${tellAmount(says, currency)}`
})

interface PaymentFinding {
  readonly tenant_id: number
  readonly id: string
  readonly unit: string
  readonly what: string
  readonly says: bigint
  readonly adds_up_to: string
}

const paymentAmounts = sqlCheck<PaymentFinding>({
  name: 'payment-amounts',
  about: 'What was applied of every payment is allocated to trades of its currency, and what goes back of it is in refunds.',
  query: sql`
    with allocated as (
      select a.tenant_id, a.payment_id, t.currency, sum(a.amount) as amount, sum(a.refunded) as refunded
      from payment_allocations a join trades t on t.tenant_id = a.tenant_id and t.id = a.trade_id
      group by a.tenant_id, a.payment_id, t.currency
    ), back as (
      select tenant_id, payment_id, unit, sum(amount) filter (where trade_id is null) as returned, sum(amount) filter (where trade_id is not null) as refunded
      from refunds where status <> 'charged_back' group by tenant_id, payment_id, unit
    )
    select p.tenant_id, p.id, p.unit, each.what, each.says, each.adds_up_to::text as adds_up_to
    from payments p
    left join allocated a on a.tenant_id = p.tenant_id and a.payment_id = p.id and a.currency = p.unit
    left join back b on b.tenant_id = p.tenant_id and b.payment_id = p.id and b.unit = p.unit
    cross join lateral (values
      ('applied, by its trades', p.applied, coalesce(a.amount, 0)),
      ('returned, by its refunds', p.returned, coalesce(b.returned, 0)),
      ('refunded, by its trades and its refunds', coalesce(a.refunded, 0)::bigint, coalesce(b.refunded, 0))
    ) as each (what, says, adds_up_to)
    where each.says <> each.adds_up_to`,
  tell: ({ id, unit, what, says, adds_up_to: sum }) => `${tellId('pay', id)}: ${what}: ${tellAmount(sum, unit)}, but it says ${tellAmount(says, unit)}`
})

interface ShareFinding {
  readonly tenant_id: number
  readonly subject: string
  readonly unit: string
  readonly class: string
  readonly owner: string
  readonly posted: string | null
  readonly says: string | null
}

const tradeShares = sqlCheck<ShareFinding>({
  name: 'trade-shares',
  about: 'What every trade posted out of its cash to its sellers, its partners and our commission, less what was taken back, is what its lines say.',
  query: sql`
    with moved as (
      select x.tenant_id, x.subject, t.unit, t.amount, debit.class as debit_class, debit.owner as debit_owner, credit.class as credit_class, credit.owner as credit_owner
      from transactions x
      join transfers t on t.tenant_id = x.tenant_id and t.transaction_id = x.id
      join accounts debit on debit.tenant_id = t.tenant_id and debit.id = t.debit_account_id
      join accounts credit on credit.tenant_id = t.tenant_id and credit.id = t.credit_account_id
      where starts_with(x.subject, 'trd_')
    ), posted as (
      select m.tenant_id, m.subject, m.unit, share.class, share.owner, sum(share.amount) as amount
      from moved m cross join lateral (
        select 'seller_available', credit_owner, amount where debit_class = 'escrow' and credit_class = 'seller_available'
        union all select 'seller_available', debit_owner, -amount where debit_class in ('seller_available', 'seller_reserve', 'party_receivable') and credit_class = 'escrow'
        union all select credit_class, credit_owner, amount where debit_class = 'seller_available' and credit_class in ('commission_income', 'partner_available')
        union all select 'commission_income', '', -amount where debit_class = 'commission_income' and credit_class = 'seller_available'
        union all select 'partner_available', debit_owner, -amount where debit_class in ('partner_available', 'party_receivable') and credit_class = 'seller_available'
      ) as share (class, owner, amount)
      group by m.tenant_id, m.subject, m.unit, share.class, share.owner
      having sum(share.amount) <> 0
    ), said as (
      select l.tenant_id, external_id('trd', l.trade_id) as subject, t.currency as unit, share.class, share.owner, sum(share.amount) as amount
      from trade_lines l
      join trades t on t.tenant_id = l.tenant_id and t.id = l.trade_id
      cross join lateral (
        select 'seller_available', external_id('pty', l.seller_id), l.released_goods + l.released_shipping - l.coins_redeemed * coalesce((t.coins ->> 'value')::bigint, 0)
        union all select 'commission_income', '', l.commission_posted
        union all select 'partner_available', external_id('pty', (split.terms ->> 'partner')::uuid), l.split_posted[split.place]
          from jsonb_array_elements(l.splits) with ordinality as split (terms, place)
      ) as share (class, owner, amount)
      where l.released_goods + l.released_shipping > 0 or l.commission_posted > 0
      group by l.tenant_id, l.trade_id, t.currency, share.class, share.owner
      having sum(share.amount) > 0
    )
    select tenant_id, subject, unit, class, owner, posted.amount::text as posted, said.amount::text as says
    from posted full join said using (tenant_id, subject, unit, class, owner)
    where posted.amount is distinct from said.amount`,
  tell: ({ subject, unit, class: name, owner, posted, says }) =>
    `${subject}: ${name}${owner === '' ? '' : ` of ${owner}`} got ${tellAmount(posted ?? '0', unit)}, but its lines say ${tellAmount(says ?? '0', unit)}`
})

/** What must hold of the money of trades, payments and refunds. */
export const MONEY_CHECKS: readonly Check[] = [escrow, suspense, refundPayable, tradeAmounts, paymentAmounts, tradeShares]
