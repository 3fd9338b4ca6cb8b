import { Refusal } from '../kernel/refusals.ts'
import { formatAmount } from '../kernel/money.ts'
import { unitOf } from '../kernel/units.ts'
import { ruleOf } from './account-classes.ts'
import { balanceOf, type Account } from './accounts.ts'

/** One side of a posted transfer: the account, its version and its balance (in its own direction) after it. */
export interface PostedSide {
  readonly account: Account
  readonly balance: bigint
}

/** One posted transfer, with both sides as they stand after it. `amount` is minor units of `unit`. */
export interface PostedTransfer {
  readonly unit: string
  readonly amount: bigint
  readonly debit: PostedSide
  readonly credit: PostedSide
}

/** The largest sum that fits a `bigint` column. */
const SUM_MAX = 2n ** 63n - 1n

/**
 * Posts one amount from the debit to the credit side and answers both accounts one version on.
 * Refuses `insufficient_funds` where an account would fall below its floor and `amount_too_large` where a sum would overflow.
 * Two accounts that are one, or of different units, or an amount that is not positive, are bugs of the caller.
 */
export function transfer (debit: Account, credit: Account, amount: bigint): PostedTransfer {
  if (debit.id === credit.id) throw new Error(`a transfer needs two accounts, both are ${debit.class}`)
  if (debit.unit !== credit.unit) throw new Error(`a transfer has one unit, not ${debit.unit} and ${credit.unit}`)
  if (amount <= 0n) throw new Error('a transfer moves a positive amount')
  const debited = { ...debit, version: debit.version + 1n, debits: debit.debits + amount }
  const credited = { ...credit, version: credit.version + 1n, credits: credit.credits + amount }
  if (debited.debits > SUM_MAX || credited.credits > SUM_MAX) {
    throw new Refusal('amount_too_large', `the turnover of an account would exceed ${SUM_MAX} minor units`)
  }
  return { unit: debit.unit, amount, debit: sideOf(debited, amount), credit: sideOf(credited, amount) }
}

function sideOf (account: Account, amount: bigint): PostedSide {
  const balance = balanceOf(account)
  if (balance < 0n && ruleOf(account.class).neverNegative) {
    const unit = unitOf(account.unit)
    throw new Refusal('insufficient_funds',
      `the account ${account.class} of ${account.owner} lacks ${formatAmount(-balance, unit)} of ${formatAmount(amount, unit)} ${unit.code}`)
  }
  return { account, balance }
}
