import { nameKey, type AccountName } from '../ledger/accounts.ts'
import { ruleOf } from '../ledger/account-classes.ts'
import type { Books, Posting } from './operation.ts'

/** Postings being put together, which know what they will leave on each account they touch. */
export class Draft {
  readonly postings: Posting[] = []
  readonly books: Books
  readonly #balances = new Map<string, bigint>()
  readonly #credits = new Map<string, bigint>()
  readonly #versions = new Map<string, bigint>()

  constructor (books: Books) {
    this.books = books
  }

  /** Adds a posting; an amount of zero adds nothing. Amounts are minor units. */
  add (debit: AccountName, credit: AccountName, amount: bigint): void {
    if (amount === 0n) return
    this.postings.push({ debit, credit, amount })
    this.#balances.set(nameKey(debit), this.balance(debit) + (ruleOf(debit.class).side === 'debit' ? amount : -amount))
    this.#credits.set(nameKey(credit), this.credits(credit) + amount)
    this.#balances.set(nameKey(credit), this.balance(credit) + (ruleOf(credit.class).side === 'credit' ? amount : -amount))
    for (const name of [debit, credit]) this.#versions.set(nameKey(name), this.version(name) + 1n)
  }

  /** The balance after the postings so far, in the account's own direction, minor units. */
  balance (name: AccountName): bigint {
    return this.#balances.get(nameKey(name)) ?? this.books.balance(name)
  }

  /** All that was ever credited to the account after the postings so far, minor units. */
  credits (name: AccountName): bigint {
    return this.#credits.get(nameKey(name)) ?? this.books.account(name)?.credits ?? 0n
  }

  /** The version of the account after the postings so far: what names its last entry. */
  version (name: AccountName): bigint {
    return this.#versions.get(nameKey(name)) ?? this.books.account(name)?.version ?? 0n
  }
}
