import { portion, proportion } from '../kernel/money.ts'

/** Coins that sales of one month earned, and what those sales brought. Coins, and minor units. */
export interface EarnedCohort {
  /** The cash of the sales: the transaction price. */
  readonly price: bigint
  /** The coins that they earned and that were not clawed back; redeemed so far and for good; not used and not expired yet. */
  readonly earned: bigint
  readonly redeemed: bigint
  readonly outstanding: bigint
}

/** What part of the coins is expected never to be redeemed: decimal strings. */
export interface Expectation {
  /** As it is expected now. */
  readonly breakage: string
  /** As it was expected when the coins were earned: what the price was allocated by, and is not allocated anew. */
  readonly breakageAtIssue: string
}

/** A price, allocated, and how far its coins' part is revenue. Minor units, but for the coins that are expected to be redeemed in all. */
export interface DeferredRevenue {
  readonly standAlone: bigint
  readonly toGoods: bigint
  readonly toCoins: bigint
  readonly expected: bigint
  readonly recognised: bigint
  readonly deferred: bigint
}

/**
 * Allocates the price of sales between goods and the coins they earned, by relative stand-alone selling prices, and recognises the coins' part as they are
 * redeemed. Source: IFRS 15, paragraphs B39 to B43 (a coin is a material right, and so a performance obligation; its stand-alone price is its value times
 * the likelihood of its use), B44 to B47 (what is expected never to be used is recognised in proportion to the use of the rest; all of it when nothing is left to use),
 * with 74 and 88 (a price is allocated once). The goods' stand-alone price is taken to be the cash they brought.
 */
export function deferRevenue ({ price, earned, redeemed, outstanding }: EarnedCohort, coinValue: bigint, { breakage, breakageAtIssue }: Expectation): DeferredRevenue {
  const standAlone = (earned - portion(breakageAtIssue, earned)) * coinValue
  const toGoods = price === 0n ? 0n : proportion(price, price, price + standAlone)
  const toCoins = price - toGoods
  // No more can be redeemed than has not expired; and what was is more than was expected, where it is.
  const expected = greatest(least(earned - portion(breakage, earned), redeemed + outstanding), redeemed)
  const recognised = outstanding === 0n || expected === 0n ? toCoins : proportion(toCoins, redeemed, expected)
  return { standAlone, toGoods, toCoins, expected, recognised, deferred: toCoins - recognised }
}

function least (one: bigint, other: bigint): bigint {
  return one < other ? one : other
}

function greatest (one: bigint, other: bigint): bigint {
  return one > other ? one : other
}
