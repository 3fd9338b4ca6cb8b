import { sql } from 'kysely'
import { sqlCheck, tellAmount, tellId, type Check } from './checks.ts'

interface TransferFinding {
  readonly tenant_id: number
  readonly transaction_id: string
  readonly position: number
}

function tellTransfer (row: TransferFinding): string {
  return `transfer ${row.position} of transaction ${tellId('txn', row.transaction_id)}`
}

const transferAmounts = sqlCheck<TransferFinding & { amount: bigint, unit: string, debit_account_id: string, credit_account_id: string }>({
  name: 'transfer-amounts',
  about: 'Every transfer moves a positive amount between two different accounts.',
  query: sql`
    select tenant_id, transaction_id, position, amount, unit, debit_account_id, credit_account_id
    from transfers where amount <= 0 or debit_account_id = credit_account_id`,
  tell: (row) => `${tellTransfer(row)}: ${tellAmount(row.amount, row.unit)} from ${tellId('acc', row.debit_account_id)} to ${tellId('acc', row.credit_account_id)}`
})

const transferAccounts = sqlCheck<TransferFinding & { side: string, account_id: string }>({
  name: 'transfer-accounts',
  about: 'Both accounts of every transfer exist in its tenant.',
  query: sql`
    select t.tenant_id, t.transaction_id, t.position, side.name as side, side.account_id
    from transfers t
    cross join lateral (values ('debit', t.debit_account_id), ('credit', t.credit_account_id)) as side (name, account_id)
    left join accounts a on a.tenant_id = t.tenant_id and a.id = side.account_id
    where a.id is null`,
  tell: (row) => `${tellTransfer(row)}: its ${row.side} account ${tellId('acc', row.account_id)} does not exist`
})

const transferUnits = sqlCheck<TransferFinding & { unit: string, account_id: string, account_unit: string }>({
  name: 'transfer-units',
  about: 'The unit of every transfer is the unit of both its accounts.',
  // Two joins on plain equality: one join on either side's account compares every transfer with every account.
  query: sql`
    select t.tenant_id, t.transaction_id, t.position, t.unit, a.id as account_id, a.unit as account_unit
    from transfers t join accounts a on a.tenant_id = t.tenant_id and a.id = t.debit_account_id where a.unit <> t.unit
    union all
    select t.tenant_id, t.transaction_id, t.position, t.unit, a.id, a.unit
    from transfers t join accounts a on a.tenant_id = t.tenant_id and a.id = t.credit_account_id where a.unit <> t.unit`,
  tell: (row) => `${tellTransfer(row)}: in ${row.unit}, but account ${tellId('acc', row.account_id)} is in ${row.account_unit}`
})

const transferPositions = sqlCheck<{ tenant_id: number, transaction_id: string, transfers: bigint, first: number, last: number }>({
  name: 'transfer-positions',
  about: 'The transfers of every transaction are numbered 1, 2, 3 and so on.',
  query: sql`
    select tenant_id, transaction_id, count(*) as transfers, min(position) as first, max(position) as last
    from transfers group by tenant_id, transaction_id
    having min(position) <> 1 or max(position) <> count(*) or count(distinct position) <> count(*)`,
  tell: (row) => `transaction ${tellId('txn', row.transaction_id)}: ${row.transfers} transfers numbered from ${row.first} to ${row.last}`
})

const transactionTransfers = sqlCheck<{ tenant_id: number, transaction_id: string, kind: string | null }>({
  name: 'transaction-transfers',
  about: 'Every transaction has transfers, and every transfer a transaction.',
  query: sql`
    select t.tenant_id, t.id as transaction_id, t.kind
    from transactions t
    where not exists (select from transfers where transfers.tenant_id = t.tenant_id and transfers.transaction_id = t.id)
    union all
    select distinct t.tenant_id, t.transaction_id, null
    from transfers t
    where not exists (select from transactions where transactions.tenant_id = t.tenant_id and transactions.id = t.transaction_id)`,
  tell: (row) => row.kind === null
    ? `transaction ${tellId('txn', row.transaction_id)}: has transfers but does not exist`
    : `transaction ${tellId('txn', row.transaction_id)} of kind ${row.kind}: has no transfers`
})

const transferCopies = sqlCheck<TransferFinding & { differs: string }>({
  name: 'transfer-copies',
  about: 'Every transfer has the seq and the times of its transaction.',
  query: sql`
    select t.tenant_id, t.transaction_id, t.position, concat_ws(' and ',
      case when t.seq <> x.seq then format('seq %s instead of %s', t.seq, x.seq) end,
      case when t.recorded_at <> x.recorded_at then format('recorded_at %s instead of %s', t.recorded_at, x.recorded_at) end,
      case when t.occurred_at <> x.occurred_at then format('occurred_at %s instead of %s', t.occurred_at, x.occurred_at) end) as differs
    from transfers t
    join transactions x on x.tenant_id = t.tenant_id and x.id = t.transaction_id
    where t.seq <> x.seq or t.recorded_at <> x.recorded_at or t.occurred_at <> x.occurred_at`,
  tell: (row) => `${tellTransfer(row)}: ${row.differs}, which its transaction has`
})

const reversals = sqlCheck<{ tenant_id: number, transaction_id: string, reverses: string, flaw: string }>({
  name: 'reversals',
  about: 'A reversing transaction names an earlier one, and none is reversed twice.',
  query: sql`
    select tenant_id, id as transaction_id, reverses, flaw from (
      select t.tenant_id, t.id, t.reverses, case
        when x.id is null then 'which does not exist'
        when x.seq >= t.seq then 'which is not earlier'
        when row_number() over (partition by t.tenant_id, t.reverses order by t.seq) > 1 then 'which was reversed before'
      end as flaw
      from transactions t
      left join transactions x on x.tenant_id = t.tenant_id and x.id = t.reverses
      where t.reverses is not null
    ) as reversal where flaw is not null`,
  tell: (row) => `transaction ${tellId('txn', row.transaction_id)}: reverses ${tellId('txn', row.reverses)}, ${row.flaw}`
})

const bookedDays = sqlCheck<{ tenant_id: number, transaction_id: string, booked_on: string, occurred_on: string }>({
  name: 'booked-days',
  about: 'Every transaction is booked on the day it occurred, or on a later one.',
  query: sql`
    select tenant_id, id as transaction_id, booked_on, (occurred_at at time zone 'UTC')::date as occurred_on
    from transactions where booked_on < (occurred_at at time zone 'UTC')::date`,
  tell: (row) => `transaction ${tellId('txn', row.transaction_id)}: booked on ${row.booked_on} but occurred on ${row.occurred_on}`
})

/** What must hold of transfers and their transactions. */
export const TRANSFER_CHECKS: readonly Check[] = [
  transferAmounts, transferAccounts, transferUnits, transferPositions, transactionTransfers, transferCopies, reversals, bookedDays
]
