import { ruleOf, type AccountClass } from './account-classes.ts'

/** What names an account within its tenant: no two accounts share all three. */
export interface AccountName {
  readonly class: AccountClass
  /** The outside id or the name of whom it belongs to; `''` where the class has no owner. */
  readonly owner: string
  /** Currency code. */
  readonly unit: string
}

/** Accounts of a class and an owner: the one of a unit, or, where `unit` is null, those of all units. */
export interface NamedAccounts extends Omit<AccountName, 'unit'> {
  readonly unit: string | null
}

/** An account as it stands after its `version`-th entry. Sums are minor units. */
export interface Account extends AccountName {
  readonly id: string
  readonly version: bigint
  readonly debits: bigint
  readonly credits: bigint
}

/** One text for an account's name, to key maps with and to sort by. */
export function nameKey (name: NamedAccounts): string {
  return `${name.class}\n${name.owner}\n${name.unit ?? ''}`
}

/** The balance in the account's own direction: credits − debits, or the reverse for a debit account. */
export function balanceOf (account: Account): bigint {
  const credit = account.credits - account.debits
  return ruleOf(account.class).side === 'credit' ? credit : -credit
}
