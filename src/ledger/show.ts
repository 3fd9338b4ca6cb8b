import { externalId } from '../kernel/ids.ts'
import { formatAmount } from '../kernel/money.ts'
import { unitOf } from '../kernel/units.ts'
import type { AccountRow } from './balances.ts'
import type { EntryRow } from './entries.ts'
import type { TransactionView, TransferSide, TransferView } from './transactions.ts'

/** What an account is, without any amount. */
export function showAccountName (account: Pick<AccountRow, 'id' | 'class' | 'owner' | 'unit' | 'sign'>) {
  return {
    id: externalId('acc', account.id),
    class: account.class,
    owner: account.owner,
    unit: account.unit,
    normal_side: account.sign === 1 ? 'credit' as const : 'debit' as const
  }
}

/** An account as it stands, as the API answers it. */
export function showAccount (account: AccountRow) {
  const unit = unitOf(account.unit)
  return {
    ...showAccountName(account),
    version: Number(account.version),
    debits: formatAmount(account.debits, unit),
    credits: formatAmount(account.credits, unit),
    balance: formatAmount(account.balance, unit)
  }
}

/** An entry of an account of that unit, as the API answers it. */
export function showEntry (entry: EntryRow, unitCode: string) {
  const unit = unitOf(unitCode)
  return {
    version: Number(entry.version),
    direction: entry.direction,
    amount: formatAmount(entry.amount, unit),
    balance: formatAmount(entry.balance, unit),
    transaction: externalId('txn', entry.transaction_id),
    seq: Number(entry.seq),
    position: entry.position,
    kind: entry.kind,
    subject: entry.subject,
    description: entry.description,
    other: { account: externalId('acc', entry.other_account_id), class: entry.other_class, owner: entry.other_owner },
    occurred_at: entry.occurred_at.toISOString(),
    recorded_at: entry.recorded_at.toISOString()
  }
}

/** A transaction with its transfers, as the API answers it. */
export function showTransaction (transaction: TransactionView) {
  return {
    id: externalId('txn', transaction.id),
    seq: Number(transaction.seq),
    kind: transaction.kind,
    subject: transaction.subject,
    description: transaction.description,
    reverses: transaction.reverses === null ? null : externalId('txn', transaction.reverses),
    occurred_at: transaction.occurred_at.toISOString(),
    recorded_at: transaction.recorded_at.toISOString(),
    booked_on: transaction.booked_on,
    transfers: transaction.transfers.map(showTransfer)
  }
}

function showTransfer (transfer: TransferView) {
  return {
    position: transfer.position,
    amount: formatAmount(transfer.amount, unitOf(transfer.unit)),
    unit: transfer.unit,
    debit: showSide(transfer.debit, transfer.unit),
    credit: showSide(transfer.credit, transfer.unit)
  }
}

function showSide (side: TransferSide, unitCode: string) {
  return {
    account: externalId('acc', side.account),
    class: side.class,
    owner: side.owner,
    version: Number(side.version),
    balance: formatAmount(side.balance, unitOf(unitCode))
  }
}
