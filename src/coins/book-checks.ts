import { sql } from 'kysely'
import { currencyCodes, unitOf } from '../kernel/units.ts'
import { sqlCheck, tellAccount, tellAmount, tellId, type Check, type NamedAccount } from '../ledger/checks.ts'

const CODES = currencyCodes()
const EXPONENTS = CODES.map((code) => unitOf(code).exponent)

/** The classes that are kept in a coin, and of these the ones whose coins can still be spent: what is owed for. */
const KEPT_IN_COINS = ['coin_issuance', 'coins_pending', 'coins_available', 'coins_held', 'coins_owed', 'coins_redeemed', 'coins_expired']
const OUTSTANDING = ['coins_pending', 'coins_available', 'coins_held']

interface ProgrammeFinding {
  readonly tenant_id: number
  readonly id: string
  readonly what: string
  readonly says: string
  readonly should: string
}

const programmes = sqlCheck<ProgrammeFinding>({
  name: 'coin-programmes',
  about: 'The coins of every programme are an even part of its currency, and its terms are those that its events tell, one version each.',
  query: sql`
    with units as (
      select code, exponent from unnest(${CODES}::text[], ${EXPONENTS}::integer[]) as u (code, exponent)
    ), told as (
      select tenant_id, subject, count(*) as version, (array_agg(coalesce(data -> 'to', data -> 'terms') - 'name' order by seq desc))[1] as terms
      from events where type in ('coin_programme.created', 'coin_programme.changed') group by tenant_id, subject
    )
    select p.tenant_id, p.id, each.what, each.says, coalesce(each.should, 'nothing') as should
    from coin_programmes p
    left join units u on u.code = p.currency
    left join told t on t.tenant_id = p.tenant_id and t.subject = external_id('cpr', p.id)
    cross join lateral (values
      ('parts in a unit of its currency', (p.coins_per_unit * p.coin_value)::text, power(10::numeric, u.exponent)::bigint::text),
      ('version', p.version::text, t.version::text),
      ('terms', p.terms::text, t.terms::text)
    ) as each (what, says, should)
    where each.says is distinct from each.should`,
  tell: ({ id, what, says, should }) => `${tellId('cpr', id)}: ${what}: ${says}, but it should be ${should}`
})

const accounts = sqlCheck<NamedAccount & { readonly tenant_id: number }>({
  name: 'coin-accounts',
  about: 'Every account that counts coins is of a programme\'s coin, is one of coins, and belongs to that programme, a buyer or a trade; what is owed for coins is of a programme and its currency.',
  query: sql`
    select a.tenant_id, a.id as account_id, a.class, a.owner, a.unit
    from accounts a
    left join coin_programmes coin on coin.tenant_id = a.tenant_id and coin.unit = a.unit
    left join coin_programmes money on money.tenant_id = a.tenant_id and money.currency = a.unit and external_id('cpr', money.id) = a.owner
    left join (select tenant_id, external_id('pty', id) as owner from parties where kind = 'buyer') buyer on buyer.tenant_id = a.tenant_id and buyer.owner = a.owner
    left join (select tenant_id, external_id('trd', id) as owner from trades) trade on trade.tenant_id = a.tenant_id and trade.owner = a.owner
    where case
      when a.class in ('coins_pending', 'coins_available', 'coins_owed') then coin.id is null or buyer.owner is null
      when a.class = 'coins_held' then coin.id is null or trade.owner is null
      when a.class = any(${KEPT_IN_COINS}::text[]) then external_id('cpr', coin.id) is distinct from a.owner
      when a.class = 'coin_liability' then money.id is null
      else coin.id is not null end`,
  tell: (row) => `${tellAccount(row)}: there is no such programme, buyer or trade, or such accounts are not kept in ${row.unit}`
})

interface LiabilityFinding {
  readonly tenant_id: number
  readonly id: string
  readonly currency: string
  readonly owed: string
  readonly worth: string
}

const liability = sqlCheck<LiabilityFinding>({
  name: 'coin-liability',
  about: 'What is owed for the coins of every programme is what the pending, available and held ones are worth.',
  query: sql`
    with outstanding as (
      select tenant_id, unit, sum(credits - debits) as coins from accounts where class = any(${OUTSTANDING}::text[]) group by tenant_id, unit
    )
    select p.tenant_id, p.id, p.currency, coalesce(a.credits - a.debits, 0)::text as owed, (coalesce(o.coins, 0) * p.coin_value)::text as worth
    from coin_programmes p
    left join outstanding o on o.tenant_id = p.tenant_id and o.unit = p.unit
    left join accounts a on a.tenant_id = p.tenant_id and a.class = 'coin_liability' and a.owner = external_id('cpr', p.id) and a.unit = p.currency
    where coalesce(a.credits - a.debits, 0) <> coalesce(o.coins, 0) * p.coin_value`,
  tell: ({ id, currency, owed, worth }) => `${tellId('cpr', id)}: ${tellAmount(owed, currency)} are owed for coins that are worth ${tellAmount(worth, currency)}`
})

interface StepFinding extends LiabilityFinding {
  readonly transaction_id: string
}

const steps = sqlCheck<StepFinding>({
  name: 'coin-steps',
  about: 'Every transaction changes what is owed for the coins of a programme by what the coins that it brings or takes away are worth.',
  query: sql`
    with changes as (
      select p.tenant_id, p.id, p.currency, t.transaction_id, 0 as owed,
        p.coin_value * t.amount * ((credit.class = any(${OUTSTANDING}::text[]))::integer - (debit.class = any(${OUTSTANDING}::text[]))::integer) as worth
      from coin_programmes p
      join transfers t on t.tenant_id = p.tenant_id and t.unit = p.unit
      join accounts debit on debit.tenant_id = t.tenant_id and debit.id = t.debit_account_id
      join accounts credit on credit.tenant_id = t.tenant_id and credit.id = t.credit_account_id
      union all
      select p.tenant_id, p.id, p.currency, e.transaction_id, case e.direction when 'credit' then e.amount else -e.amount end, 0
      from coin_programmes p
      join accounts a on a.tenant_id = p.tenant_id and a.class = 'coin_liability' and a.owner = external_id('cpr', p.id) and a.unit = p.currency
      join entries e on e.tenant_id = a.tenant_id and e.account_id = a.id
    )
    select tenant_id, id, currency, transaction_id, sum(owed)::text as owed, sum(worth)::text as worth
    from changes group by tenant_id, id, currency, transaction_id having sum(owed) <> sum(worth)`,
  tell: ({ id, currency, transaction_id: transaction, owed, worth }) =>
    `transaction ${tellId('txn', transaction)}: it adds ${tellAmount(owed, currency)} to what is owed for coins of ${tellId('cpr', id)}, and coins that are worth ${tellAmount(worth, currency)}`
})

/** What must hold of programmes and of the accounts of their coins. */
export const COIN_BOOK_CHECKS: readonly Check[] = [programmes, accounts, liability, steps]
