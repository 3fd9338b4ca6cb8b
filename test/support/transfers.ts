import { createHash } from 'node:crypto'
import type { Books, Claim, Operation, Rows } from '../../src/journal/operation.ts'
import type { AccountName, NamedAccounts } from '../../src/ledger/accounts.ts'

let counter = 0

/** An account name; currency CNY where none is given. */
export function account (accountClass: AccountName['class'], owner = '', unit = 'CNY'): AccountName {
  return { class: accountClass, owner, unit }
}

/** The fingerprint of some text. */
export function fingerprintOf (text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** An operation that does what `decide` says over the given accounts and claims, under a new key where none is given. */
export function operation<Answer> (options: {
  decide: (books: Books) => Answer
  tenantId?: number
  key?: string
  fingerprint?: string
  lane?: 'request' | 'due'
  weight?: number
  accounts?: readonly NamedAccounts[] | ((rows: Rows) => readonly NamedAccounts[])
  claims?: readonly Claim[]
}): Operation<Answer> {
  const key = options.key ?? `test:${process.pid}:${counter += 1}`
  return {
    name: 'test',
    tenantId: options.tenantId ?? 1,
    key,
    fingerprint: fingerprintOf(options.fingerprint ?? key),
    lane: options.lane ?? 'request',
    weight: options.weight ?? 4,
    claims: options.claims ?? [],
    accounts: (rows) => typeof options.accounts === 'function' ? options.accounts(rows) : options.accounts ?? [],
    decide: options.decide
  }
}

/** An operation that posts one transfer and appends one event; answers the transaction's id. */
export function transferOperation (
  debit: AccountName, credit: AccountName, amount: bigint, more: { tenantId?: number, key?: string, description?: string, lane?: 'request' | 'due' } = {}
): Operation<{ transaction: string | null }> {
  return operation({
    ...more,
    accounts: [debit, credit],
    decide: (books) => {
      const transaction = books.post({ kind: 'test.transfer', subject: '', description: more.description ?? '', postings: [{ debit, credit, amount }] })
      books.append({ type: 'trade.payment_received', subject: '', data: { amount: amount.toString() } })
      return { transaction }
    }
  })
}
