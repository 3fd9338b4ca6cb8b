import type { Operation, Origin } from '../../src/journal/operation.ts'
import type { AccountName } from '../../src/ledger/accounts.ts'

/** Makes a party owe: first what it has goes, the rest becomes a receivable. As a refund after release would. */
export function owe (
  origin: Origin, { party, role, unit, amount }: { party: string, role: 'seller' | 'partner', unit: string, amount: bigint }
): Operation<{ owed: string }> {
  const available: AccountName = { class: `${role}_available`, owner: party, unit }
  const owed: AccountName = { class: 'party_receivable', owner: party, unit }
  const loss: AccountName = { class: 'chargeback_loss', owner: '', unit }
  return {
    ...origin,
    name: 'test.owe',
    lane: 'request',
    weight: 3,
    accounts: () => [available, owed, loss],
    decide (books) {
      const means = books.balance(available)
      const fromMeans = means < amount ? means : amount
      books.post({
        kind: 'test.owe',
        subject: party,
        postings: [{ debit: available, credit: loss, amount: fromMeans }, { debit: owed, credit: loss, amount: amount - fromMeans }]
      })
      return { owed: String(amount - fromMeans) }
    }
  }
}
