import { sql } from 'kysely'
import { COIN_CODE, currencyCodes } from '../kernel/units.ts'
import { ACCOUNT_CLASSES, ruleOf, type AccountClass } from './account-classes.ts'
import { sqlCheck, tellAccount, tellAmount, tellId, type Check, type NamedAccount } from './checks.ts'

/** What every row of a check has; the rest is what went wrong. */
interface AccountFinding extends NamedAccount {
  readonly tenant_id: number
}

// What Object.keys answers for a constant object are exactly its keys.
const CLASSES = Object.keys(ACCOUNT_CLASSES) as AccountClass[]
const FLOORED = CLASSES.filter((name) => ruleOf(name).neverNegative)
const NAME = sql`a.tenant_id, a.id as account_id, a.class, a.owner, a.unit`

const accountSums = sqlCheck<AccountFinding & { balance: bigint, debits: bigint, credits: bigint, entry_balance: string, entry_debits: string, entry_credits: string }>({
  name: 'account-sums',
  about: 'The debits and credits of every account are the sums of its entries.',
  query: sql`
    select ${NAME}, a.sign * (a.credits - a.debits) as balance, a.debits, a.credits,
      (a.sign * (coalesce(e.credits, 0) - coalesce(e.debits, 0)))::text as entry_balance,
      coalesce(e.debits, 0)::text as entry_debits, coalesce(e.credits, 0)::text as entry_credits
    from accounts a
    left join (
      select tenant_id, account_id, sum(amount) filter (where direction = 'debit') as debits, sum(amount) filter (where direction = 'credit') as credits
      from entries group by tenant_id, account_id
    ) e on e.tenant_id = a.tenant_id and e.account_id = a.id
    where a.debits <> coalesce(e.debits, 0) or a.credits <> coalesce(e.credits, 0)`,
  tell: (row) => `${tellAccount(row)}: balance ${tellAmount(row.balance, row.unit)} but its entries add up to ${tellAmount(row.entry_balance, row.unit)} ` +
    `(debits ${tellAmount(row.debits, row.unit)} and ${tellAmount(row.entry_debits, row.unit)}, credits ${tellAmount(row.credits, row.unit)} and ${tellAmount(row.entry_credits, row.unit)})`
})

const accountVersions = sqlCheck<AccountFinding & { version: bigint, entries: bigint, numbers: bigint, first: bigint, last: bigint }>({
  name: 'account-versions',
  about: 'The entries of every account are numbered 1, 2, 3 and so on across both sides, up to the account\'s version.',
  query: sql`
    select ${NAME}, a.version, coalesce(e.entries, 0) as entries, coalesce(e.numbers, 0) as numbers, coalesce(e.first, 0) as first, coalesce(e.last, 0) as last
    from accounts a
    left join (
      select tenant_id, account_id, count(*) as entries, count(distinct version) as numbers, min(version) as first, max(version) as last
      from entries group by tenant_id, account_id
    ) e on e.tenant_id = a.tenant_id and e.account_id = a.id
    where a.version <> coalesce(e.entries, 0) or (e.entries is not null and (e.numbers <> e.entries or e.first <> 1 or e.last <> e.entries))`,
  tell: (row) => `${tellAccount(row)}: version ${row.version} but ${row.entries} entries with ${row.numbers} different versions from ${row.first} to ${row.last}`
})

const runningBalances = sqlCheck<AccountFinding & { version: bigint, balance: bigint, right_balance: string, transaction_id: string }>({
  name: 'running-balances',
  about: 'The balance after every entry is the balance before it, raised or lowered by its amount.',
  // Each entry is compared with the one before it, so that one wrong balance is one finding and not all that follow.
  query: sql`
    select ${NAME}, e.version, e.balance, e.right_balance::text as right_balance, e.transaction_id
    from (
      select e.tenant_id, e.account_id, e.version, e.balance, e.transaction_id,
        lag(e.balance, 1, 0::bigint) over steps::numeric + owner.sign * case e.direction when 'credit' then e.amount else -e.amount end as right_balance
      from entries e
      join accounts owner on owner.tenant_id = e.tenant_id and owner.id = e.account_id
      window steps as (partition by e.tenant_id, e.account_id order by e.version, e.direction)
    ) e
    join accounts a on a.tenant_id = e.tenant_id and a.id = e.account_id
    where e.balance <> e.right_balance`,
  tell: (row) => `${tellAccount(row)}: balance ${tellAmount(row.balance, row.unit)} after entry ${row.version} (transaction ${tellId('txn', row.transaction_id)}), ` +
    `but the entry before it and its amount make ${tellAmount(row.right_balance, row.unit)}`
})

const neverNegative = sqlCheck<AccountFinding & { version: bigint, balance: bigint }>({
  name: 'never-negative',
  about: 'No account of a class with a floor was ever below zero, after no entry and now.',
  query: sql`
    select ${NAME}, e.version, e.balance
    from accounts a
    join (
      select tenant_id, account_id, version, balance from entries where balance < 0
      union
      select tenant_id, id, version, sign * (credits - debits) from accounts where sign * (credits - debits) < 0
    ) e on e.tenant_id = a.tenant_id and e.account_id = a.id
    where a.class = any(${FLOORED}::text[])`,
  tell: (row) => `${tellAccount(row)}: ${tellAmount(row.balance, row.unit)} after entry ${row.version}, but this class is never negative`
})

const accountClasses = sqlCheck<AccountFinding & { sign: number, never_negative: boolean, right_sign: number | null, right_floor: boolean | null }>({
  name: 'account-classes',
  about: 'Every account is of a class of the chart of accounts and follows its rule.',
  query: sql`
    select ${NAME}, a.sign, a.never_negative, c.sign as right_sign, c.never_negative as right_floor
    from accounts a
    left join unnest(${CLASSES}::text[], ${CLASSES.map((name) => ruleOf(name).side === 'credit' ? 1 : -1)}::smallint[],
      ${CLASSES.map((name) => ruleOf(name).neverNegative)}::boolean[]) as c (class, sign, never_negative) on c.class = a.class
    where c.class is null or c.sign <> a.sign or c.never_negative <> a.never_negative`,
  tell: (row) => row.right_sign === null
    ? `${tellAccount(row)}: there is no such class`
    : `${tellAccount(row)}: ${tellRule(row.sign, row.never_negative)}, but its class is ${tellRule(row.right_sign, row.right_floor === true)}`
})

function tellRule (sign: number, floor: boolean): string {
  return `${sign === 1 ? 'a credit account' : 'a debit account'} ${floor ? 'that is never negative' : 'without a floor'}`
}

const accountUnits = sqlCheck<AccountFinding>({
  name: 'account-units',
  about: 'Every account is of a known currency, or of a coin.',
  query: sql`select ${NAME} from accounts a where a.unit <> all(${currencyCodes()}::text[]) and a.unit !~ ${COIN_CODE.source}`,
  tell: (row) => `${tellAccount(row)}: there is no such unit`
})

const trialBalance = sqlCheck<{ tenant_id: number, unit: string, debits: string, credits: string }>({
  name: 'trial-balance',
  about: 'The debits of all accounts of a unit equal their credits.',
  query: sql`
    select tenant_id, unit, sum(debits)::text as debits, sum(credits)::text as credits
    from accounts group by tenant_id, unit having sum(debits) <> sum(credits)`,
  tell: (row) => `all accounts in ${row.unit}: debits ${tellAmount(row.debits, row.unit)} but credits ${tellAmount(row.credits, row.unit)}`
})

/** What must hold of accounts and their entries. */
export const ACCOUNT_CHECKS: readonly Check[] = [
  accountSums, accountVersions, runningBalances, neverNegative, accountClasses, accountUnits, trialBalance
]
