import { portion, proportion } from '../../kernel/money.ts'
import { cashOf, coinValueOf, earnedOn, goodsToRelease, goodsToReturn, goodsToTakeBack, type SharingTerms } from './coin-shares.ts'
import { returnExchanges, type Exchange } from './exchange.ts'
import { minus, plus, sumOf, type LineAmount } from './line-amount.ts'
import { openOf, openUnitsOf, priceOf, type FeeBase, type Line, type LineTerms, type Split } from './trade.ts'

/** Money that passes between a line's escrow and those who share it, in minor units, and the line after it. */
export interface ShareStep {
  readonly line: Line
  /** What is released to the seller, or taken back from him: cash that moves between escrow and him, and coins that are worth the rest. */
  readonly amount: LineAmount
  readonly cash: bigint
  readonly coins: bigint
  /** The coins that the line earns by it, or earns no longer. */
  readonly earned: bigint
  /** Of that, between the seller and us, and each partner in the order of the line's splits. */
  readonly commission: bigint
  readonly splits: readonly bigint[]
  /** What of the seller's part is taken back in the currency that he was paid in. */
  readonly returned: readonly Exchange[]
}

/** Confirms units of a line: releases their even part of what is open. */
export function confirmUnits (line: Line, units: number, terms: SharingTerms): ShareStep {
  const amount = evenPart(line, units)
  return releaseAmount({ ...line, confirmed: line.confirmed + units }, amount, terms)
}

/**
 * Releases money that a line holds. Shares are cumulative: each step posts what is due on everything released so far, less what was
 * posted before, so that one by one costs the same as all at once. A share that rounding makes larger than what is left of
 * this step waits for the next, so that no step ever takes more from a seller than it gives.
 */
export function releaseAmount (line: Line, asked: LineAmount, terms: SharingTerms): ShareStep {
  const { goods, coins } = goodsToRelease(line, asked.goods, terms)
  return release(line, { goods, shipping: asked.shipping }, coins, terms)
}

/** As {@link releaseAmount}, of cash alone: what a provider had taken back, and no coin was in. */
export function releaseCash (line: Line, amount: LineAmount, terms: SharingTerms): ShareStep {
  return release(line, amount, 0n, terms)
}

function release (line: Line, amount: LineAmount, coins: bigint, terms: SharingTerms): ShareStep {
  const { feeBase } = terms
  const released = plus(line.releasedAmount, amount)
  let left = sumOf(amount)
  const take = (due: bigint, posted: bigint): bigint => {
    const step = atMost(due - posted, left)
    left -= step
    return step
  }
  const commission = take(commissionDue(line, released, feeBase), line.commissionPosted)
  const splits = line.splits.map((split, index) => take(splitDue(line, split, released, feeBase), line.splitPosted[index] ?? 0n))
  const redeemed = line.coins.redeemed + coins
  const due = earnedOn(released.goods, redeemed, terms) - line.coins.earned
  // Who pays for coins pays out of this step.
  const earned = due > 0n && line.sellerTerms.fundsCoins ? atMost(due, left / coinValueOf(terms)) : due
  return {
    line: {
      ...line,
      releasedAmount: released,
      ...coins === 0n && earned === 0n ? {} : { coins: { ...line.coins, redeemed, earned: line.coins.earned + earned } },
      commissionPosted: line.commissionPosted + commission,
      splitPosted: splits.map((step, index) => step + (line.splitPosted[index] ?? 0n))
    },
    amount,
    cash: cashOf(amount, coins, terms),
    coins,
    earned,
    commission,
    splits,
    returned: []
  }
}

/**
 * Takes released money back: the seller gives all of it, and gets from us and from each partner what their shares of the rest do not
 * cover any more. What was exchanged for him he gives back in his currency, at the rates it was exchanged by. Taking everything back gives back
 * exactly what was posted. For the buyer a part of it is coins that were redeemed; a provider takes back cash alone.
 * Requires that so much was released, and that in cash for a provider.
 */
export function takeBack (line: Line, asked: LineAmount, terms: SharingTerms, giveTo: 'buyer' | 'provider' = 'buyer'): ShareStep {
  const { goods, coins } = giveTo === 'buyer' ? goodsToTakeBack(line, asked.goods, terms) : { goods: asked.goods, coins: 0n }
  const amount = { goods, shipping: asked.shipping }
  const { feeBase } = terms
  const released = minus(line.releasedAmount, amount)
  const redeemed = line.coins.redeemed - coins
  const due = earnedOn(released.goods, redeemed, terms)
  const earned = line.coins.earned - atMost(due, line.coins.earned)
  const give = (due: bigint, posted: bigint): bigint => posted - atMost(due, posted)
  const commission = give(commissionDue(line, released, feeBase), line.commissionPosted)
  const splits = line.splits.map((split, index) => give(splitDue(line, split, released, feeBase), line.splitPosted[index] ?? 0n))
  const given = sumOf(amount) - sumOfShares(commission, splits)
  const { exchanges, moved } = returnExchanges(line.exchanges, given, sumOf(line.releasedAmount) - sumOfShares(line.commissionPosted, line.splitPosted))
  return {
    line: {
      ...line,
      exchanges,
      releasedAmount: released,
      ...coins === 0n && earned === 0n ? {} : { coins: { ...line.coins, redeemed, returned: line.coins.returned + coins, earned: line.coins.earned - earned } },
      commissionPosted: line.commissionPosted - commission,
      splitPosted: splits.map((step, index) => (line.splitPosted[index] ?? 0n) - step)
    },
    amount,
    cash: cashOf(amount, coins, terms),
    coins,
    earned,
    commission,
    splits,
    returned: moved
  }
}

/** What commission and splits come to together, minor units. */
export function sumOfShares (commission: bigint, splits: readonly bigint[]): bigint {
  return splits.reduce((sum, split) => sum + split, commission)
}

/** Money of a line that goes back out of what is held of it, and the line after it: cash, and coins that are worth the rest. Minor units, and coins. */
export interface HeldReturn {
  readonly line: Line
  readonly amount: LineAmount
  readonly cash: bigint
  readonly coins: bigint
}

/** Gives money back that a line holds. */
export function returnHeld (line: Line, asked: LineAmount, terms: SharingTerms): HeldReturn {
  const { goods, coins } = goodsToReturn(line, asked.goods, terms)
  const amount = { goods, shipping: asked.shipping }
  return {
    line: {
      ...line,
      refundedAmount: plus(line.refundedAmount, amount),
      ...coins === 0n ? {} : { coins: { ...line.coins, returned: line.coins.returned + coins } }
    },
    amount,
    cash: cashOf(amount, coins, terms),
    coins
  }
}

/** Gives units of a line back that are not shipped: their even part of what is open. */
export function refundUnits (line: Line, units: number, terms: SharingTerms): HeldReturn {
  return returnHeld({ ...line, refunded: line.refunded + units }, evenPart(line, units), terms)
}

/** The even part that units have of what is open of a line; over all of its open units the parts add up to it exactly. */
export function evenPart (line: Line, units: number): LineAmount {
  const open = openOf(line)
  const whole = BigInt(openUnitsOf(line))
  return { goods: proportion(open.goods, BigInt(units), whole), shipping: proportion(open.shipping, BigInt(units), whole) }
}

/** What a whole line costs, in minor units. */
export function grossOf (terms: LineTerms): bigint {
  return sumOf(priceOf(terms))
}

/** What commission and splits take of a whole line, in minor units. */
export function sharesOf (terms: LineTerms, feeBase: FeeBase): bigint {
  const whole = priceOf(terms)
  const splits = terms.splits.reduce((sum, split) => sum + splitDue(terms, split, whole, feeBase), 0n)
  return commissionDue(terms, whole, feeBase) + splits
}

function commissionDue (terms: LineTerms, released: LineAmount, feeBase: FeeBase): bigint {
  return portion(terms.commissionRate, baseOf(released, feeBase))
}

/** A fixed split scales with the part of the goods that is released; of a line whose goods are free, with that of its shipping. */
function splitDue (terms: LineTerms, split: Split, released: LineAmount, feeBase: FeeBase): bigint {
  if ('rate' in split) return portion(split.rate, baseOf(released, feeBase))
  const whole = priceOf(terms)
  return whole.goods > 0n
    ? proportion(split.amount, released.goods, whole.goods)
    : whole.shipping > 0n ? proportion(split.amount, released.shipping, whole.shipping) : 0n
}

function baseOf ({ goods, shipping }: LineAmount, feeBase: FeeBase): bigint {
  return feeBase === 'price' ? goods : goods + shipping
}

function atMost (amount: bigint, limit: bigint): bigint {
  return amount < limit ? amount : limit
}
