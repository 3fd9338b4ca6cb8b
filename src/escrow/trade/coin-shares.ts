import type { CoinTerms } from '../../coins/programme.ts'
import { wholePart } from '../../kernel/money.ts'
import type { LineAmount } from './line-amount.ts'
import { heldCoinsOf } from './line-coins.ts'
import { heldOfLine, priceOf, type Line, type Trade } from './trade.ts'

/** What decides how a line's money is shared: of its trade. */
export type SharingTerms = Pick<Trade, 'feeBase' | 'coins'>

/** Goods of a line that leave a pool, minor units, and the coins that go along as a part of them. */
export interface MovedGoods {
  readonly goods: bigint
  readonly coins: bigint
}

/** What a coin is worth in a trade, minor units; nothing where the trade has no programme. */
export function coinValueOf ({ coins }: Pick<Trade, 'coins'>): bigint {
  return coins?.terms.coinValue ?? 0n
}

/** Held goods of a line that are released, with the coins that are redeemed for them: their cumulative part of what was taken, in whole coins. */
export function goodsToRelease (line: Line, goods: bigint, terms: SharingTerms): MovedGoods {
  const due = cumulative(line, line.releasedAmount.goods + goods) - line.coins.redeemed
  return move({ goods: heldOfLine(line).goods, coins: heldCoinsOf(line.coins) }, { goods, coins: due }, coinValueOf(terms))
}

/** Held goods of a line that go back to the buyer, with the coins that are returned for them. */
export function goodsToReturn (line: Line, goods: bigint, terms: SharingTerms): MovedGoods {
  return move({ goods: heldOfLine(line).goods, coins: heldCoinsOf(line.coins) }, { goods, coins: returnDue(line, goods) }, coinValueOf(terms))
}

/** Released goods of a line that go back to the buyer, with the redeemed coins that are returned for them. */
export function goodsToTakeBack (line: Line, goods: bigint, terms: SharingTerms): MovedGoods {
  return move({ goods: line.releasedAmount.goods, coins: line.coins.redeemed }, { goods, coins: returnDue(line, goods) }, coinValueOf(terms))
}

/** What of a pool of a line is cash, minor units, when that many coins are part of it. */
export function cashOf ({ goods, shipping }: LineAmount, coins: bigint, terms: Pick<Trade, 'coins'>): bigint {
  return goods + shipping - coins * coinValueOf(terms)
}

/** What escrow holds of a line in cash, minor units. */
export function heldCashOf (trade: Pick<Trade, 'coins'>, line: Line): bigint {
  return cashOf(heldOfLine(line), heldCoinsOf(line.coins), trade)
}

/**
 * How many coins a line has earned when all that it released is this, of which so many coins were redeemed: the earn rate of the cash for goods, in
 * whole coins. Cumulative, so that one by one earns the same as all at once.
 */
export function earnedOn (released: bigint, redeemed: bigint, { coins }: SharingTerms): bigint {
  if (coins === null) return 0n
  return wholePart(coins.terms.earnRate, released - redeemed * coins.terms.coinValue) / coins.terms.coinValue
}

/** The most coins that the goods of a line may be paid with, by the terms of a programme. */
export function capOf (terms: Parameters<typeof priceOf>[0], { cap, coinValue }: Pick<CoinTerms, 'cap' | 'coinValue'>): bigint {
  return wholePart(cap, priceOf(terms).goods) / coinValue
}

function returnDue (line: Line, goods: bigint): bigint {
  return cumulative(line, line.refundedAmount.goods + goods) - line.coins.returned
}

/** The whole coins of so much of a line's goods. */
function cumulative (line: Line, goods: bigint): bigint {
  const whole = priceOf(line).goods
  return whole === 0n ? 0n : line.coins.taken * goods / whole
}

/**
 * Takes goods out of a pool with about the coins that are due, such that what moves and what stays can each be made of whole coins and cash. All of the pool
 * takes all of its coins. Where a coin is worth more than one minor unit and the pool has no cash left, less than one coin's worth cannot move alone:
 * it waits for the next step, and the last takes all.
 */
function move (pool: MovedGoods, wanted: MovedGoods, value: bigint): MovedGoods {
  if (pool.coins === 0n) return { goods: wanted.goods, coins: 0n }
  if (wanted.goods === pool.goods) return pool
  const whole = least(pool.coins, wanted.goods / value)
  const goods = least(wanted.goods, whole * value + pool.goods - pool.coins * value)
  const most = least(pool.coins, goods / value)
  const fewest = pool.coins - (pool.goods - goods) / value
  return { goods, coins: least(most, greatest(wanted.coins, greatest(fewest, 0n))) }
}

function least (one: bigint, other: bigint): bigint {
  return one < other ? one : other
}

function greatest (one: bigint, other: bigint): bigint {
  return one > other ? one : other
}
