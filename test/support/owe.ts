import type { Operation, Origin } from '../../src/journal/operation.ts'
import type { AccountName } from '../../src/ledger/accounts.ts'

/** Makes a party owe: first what it has goes, then a seller's reserve, the rest becomes a receivable. As a refund after release would. */
export function owe (
  origin: Origin, { party, role, unit, amount }: { party: string, role: 'seller' | 'partner', unit: string, amount: bigint }
): Operation<{ owed: string }> {
  const available: AccountName = { class: `${role}_available`, owner: party, unit }
  const owed: AccountName = { class: 'party_receivable', owner: party, unit }
  const reserves: AccountName[] = role === 'seller' ? [{ class: 'seller_reserve', owner: party, unit }] : []
  const loss: AccountName = { class: 'chargeback_loss', owner: '', unit }
  return {
    ...origin,
    name: 'test.owe',
    lane: 'request',
    weight: 3,
    accounts: () => [available, ...reserves, owed, loss],
    decide (books) {
      let left = amount
      const postings = [available, ...reserves].map((source) => {
        const means = books.balance(source)
        const part = means < left ? means : left
        left -= part
        return { debit: source, credit: loss, amount: part }
      })
      books.post({ kind: 'test.owe', subject: party, postings: [...postings, { debit: owed, credit: loss, amount: left }] })
      return { owed: String(left) }
    }
  }
}

/** Makes a party owe though it has something: as a fee that is charged in another way than a refund would be. */
export function oweBeside (origin: Origin, { party, unit, amount }: { party: string, unit: string, amount: bigint }): Operation<{ owed: string }> {
  const owed: AccountName = { class: 'party_receivable', owner: party, unit }
  const loss: AccountName = { class: 'chargeback_loss', owner: '', unit }
  return {
    ...origin,
    name: 'test.owe',
    lane: 'request',
    weight: 3,
    accounts: () => [owed, loss],
    decide (books) {
      books.post({ kind: 'test.owe', subject: party, postings: [{ debit: owed, credit: loss, amount }] })
      return { owed: String(amount) }
    }
  }
}
