import { divide } from '../../kernel/money.ts'
import { minus, NOTHING, plus, sumOf, type LineAmount } from '../trade/line-amount.ts'
import { coinValueOf } from '../trade/coin-shares.ts'
import { heldCoinsOf } from '../trade/line-coins.ts'
import { heldOf, heldOfLine, openOf, type Line, type Trade } from '../trade/trade.ts'
import type { LineTake, TradeTake } from './chargeback.ts'

/**
 * What a chargeback takes of a trade: first what is refunded and has not left (`unsent`), then what is held, then what was released; each
 * evenly over the lines and over goods and shipping, to the last minor unit. What is taken in other currencies shows when it is taken. Requires that the trade has so much in them.
 */
export function planTake (trade: Trade, amount: bigint, unsent: bigint): TradeTake {
  const refunded = atMost(amount, unsent)
  const held = atMost(amount - refunded, heldOf(trade))
  const released = amount - refunded - held
  const take = { tradeId: trade.id, refunded, held, released }
  return { ...take, lines: hasLineMoney(trade) ? linesOf(trade, take) : [] }
}

/** Whether its lines say where its money is: they do once it is paid in full. */
function hasLineMoney ({ closedUnpaidAt, paid, total, coinsValue }: Trade): boolean {
  return closedUnpaidAt === null && paid >= total - coinsValue
}

function linesOf (trade: Trade, take: Omit<TradeTake, 'lines'>): LineTake[] {
  const { lines, refunded } = trade
  const cash = cashPools(trade)
  const ofLines = lines.reduce((sum, line) => sum + sumOf(cash.refunded(line)), 0n)
  // What was refunded because it was paid above the price is no line's.
  const backs = spread(take.refunded, [...lines.map(cash.refunded), { goods: refunded - ofLines, shipping: 0n }])
  const helds = spread(take.held, lines.map(cash.held))
  const releases = spread(take.released, lines.map(cash.released))
  return lines.map((line, index) => {
    const held = helds[index] ?? NOTHING
    return { lineId: line.id, refunded: backs[index] ?? NOTHING, held, frozen: frozenPart(line, held), released: releases[index] ?? NOTHING, exchanged: [] }
  }).filter((each) => sumOf(plus(plus(each.refunded, each.held), each.released)) > 0n)
}

/** What of a line's pools is cash: a provider takes no coins. */
function cashPools (trade: Trade): Readonly<Record<'refunded' | 'held' | 'released', (line: Line) => LineAmount>> {
  const value = coinValueOf(trade)
  const less = ({ goods, shipping }: LineAmount, coins: bigint): LineAmount => ({ goods: goods - coins * value, shipping })
  return {
    refunded: (line) => less(line.refundedAmount, line.coins.returned),
    held: (line) => less(heldOfLine(line), heldCoinsOf(line.coins)),
    released: (line) => less(line.releasedAmount, line.coins.redeemed)
  }
}

/** What is open of a line goes first; the rest is of what is in dispute. */
function frozenPart (line: Line, held: LineAmount): LineAmount {
  const beyond = minus(held, openOf(line))
  return { goods: beyond.goods > 0n ? beyond.goods : 0n, shipping: beyond.shipping > 0n ? beyond.shipping : 0n }
}

/** Divides an amount over pools by what they hold: the largest-remainder method, so that no pool gives more than it has. */
export function spread (amount: bigint, pools: readonly LineAmount[]): LineAmount[] {
  if (amount === 0n) return pools.map(() => NOTHING)
  const parts = divide(amount, pools.flatMap(({ goods, shipping }) => [goods, shipping]))
  return pools.map((_, index) => ({ goods: parts[2 * index] ?? 0n, shipping: parts[2 * index + 1] ?? 0n }))
}

function atMost (amount: bigint, limit: bigint): bigint {
  return amount < limit ? amount : limit
}
