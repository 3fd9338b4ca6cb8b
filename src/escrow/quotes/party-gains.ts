import type { PostedTransaction } from '../../journal/batch-state.ts'
import type { AccountName } from '../../ledger/accounts.ts'

/** What transactions leave on the accounts that are chosen, in one unit: credits less debits, minor units. */
export interface Gain {
  readonly unit: string
  readonly amount: bigint
}

/**
 * What transactions leave on the accounts that are chosen, by unit, without those in which it comes to nothing. Over all accounts of a party that is
 * what it gains: what it can be paid out, what is kept in reserve for it, and what it owes less than before.
 */
export function gainsOf (transactions: readonly PostedTransaction[], isChosen: (account: AccountName) => boolean): Gain[] {
  const gains = new Map<string, bigint>()
  const add = (unit: string, amount: bigint): void => { gains.set(unit, (gains.get(unit) ?? 0n) + amount) }
  for (const { unit, amount, debit, credit } of transactions.flatMap(({ transfers }) => transfers)) {
    if (isChosen(credit.account)) add(unit, amount)
    if (isChosen(debit.account)) add(unit, -amount)
  }
  return [...gains].flatMap(([unit, amount]) => amount === 0n ? [] : [{ unit, amount }])
}
