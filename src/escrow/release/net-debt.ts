import type { AccountName } from '../../ledger/accounts.ts'
import type { Draft } from '../../journal/draft.ts'

/** Drafts that a party pays what it owes from what it has in the same currency; answers how much that is. The caller has named both accounts. */
export function netDebt (draft: Draft, { available, owed }: { readonly available: AccountName, readonly owed: AccountName }): bigint {
  const [debt, means] = [draft.balance(owed), draft.balance(available)]
  const paid = debt < means ? debt : means
  draft.add(available, owed, paid)
  return paid
}
