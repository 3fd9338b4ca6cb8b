import { AMOUNT_MINOR_MAX, formatAmount } from '../../kernel/money.ts'
import { Refusal } from '../../kernel/refusals.ts'
import type { Unit } from '../../kernel/units.ts'
import { grossOf, sharesOf } from './line-money.ts'
import { refuseAt } from './named-lines.ts'
import { coinValueOf, earnedOn, type SharingTerms } from './coin-shares.ts'
import { priceOf, type Line, type LineTerms } from './trade.ts'

/**
 * What lines cost together, in minor units. Refuses `amount_too_large` above {@link AMOUNT_MINOR_MAX}, and `invalid_amount` where
 * everything is free.
 */
export function totalOf (lines: readonly LineTerms[], unit: Unit): bigint {
  const total = lines.reduce((sum, line) => sum + grossOf(line), 0n)
  if (total > AMOUNT_MINOR_MAX) throw refuse('amount_too_large', `The largest total is ${formatAmount(AMOUNT_MINOR_MAX, unit)} ${unit.code}.`)
  if (total === 0n) throw refuse('invalid_amount', 'The total of a trade is more than zero.')
  return total
}

/** Refuses `terms_exceed_price` where commission, splits, and coins that its seller pays for would take more than a line brings. */
export function requireFittingShares (line: Line, terms: SharingTerms, pointer: string): void {
  // Without a coin redeemed a line earns most.
  const funded = line.sellerTerms.fundsCoins ? earnedOn(priceOf(line).goods, 0n, terms) * coinValueOf(terms) : 0n
  if (sharesOf(line, terms.feeBase) + funded > grossOf(line)) throw refuseAt('terms_exceed_price', pointer)
}

function refuse (code: 'amount_too_large' | 'invalid_amount', detail: string): Refusal {
  return new Refusal(code, detail, { errors: [{ pointer: '/lines', code, detail }] })
}
