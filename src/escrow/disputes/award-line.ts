import type { SharingTerms } from '../trade/coin-shares.ts'
import { goodsFirst, minus, plus, sumOf } from '../trade/line-amount.ts'
import { releaseAmount, returnHeld, takeBack, type HeldReturn, type ShareStep } from '../trade/line-money.ts'
import type { DisputedLine } from '../trade/open-dispute.ts'
import type { Line } from '../trade/trade.ts'

/** What an award moves of a line, in the order of `takeBack`, `given` and `release`, each with the line after it; amounts are minor units. */
export interface LineAward {
  /** Of the frozen money, to the buyer. */
  readonly given: HeldReturn
  /** Of the frozen money, to the seller, with what is due of it to others. */
  readonly release: ShareStep
  /** Of the released money, back from the seller. */
  readonly takeBack: ShareStep
}

/** What is still contested of a line: what is frozen of it and was not lost to a chargeback, and what was released and has not gone back another way meanwhile. */
export function stillContested (line: Line, { released }: DisputedLine): Pick<DisputedLine, 'frozen' | 'released'> {
  return { frozen: line.frozenAmount, released: { goods: least(released.goods, line.releasedAmount.goods), shipping: least(released.shipping, line.releasedAmount.shipping) } }
}

/**
 * Divides what is contested of a line: so much (minor units) to the buyer, the rest to the seller. The buyer's part comes out of the frozen
 * money as far as it reaches, goods first, and only then back from the seller. Frozen units are returned when all their money goes to
 * the buyer, else confirmed; confirmed ones are returned when all that was released for them goes back.
 */
export function awardLine (line: Line, disputed: DisputedLine, buyer: bigint, terms: SharingTerms): LineAward {
  const { frozen, released } = stillContested(line, disputed)
  const wanted = goodsFirst(buyer, frozen)
  const kept = minus(frozen, wanted)
  const back = goodsFirst(buyer - sumOf(wanted), released)
  const backUnits = sumOf(back) > 0n && sumOf(back) === sumOf(released) ? Math.min(disputed.releasedUnits, line.confirmed) : 0
  const [confirmedUnits, frozenBack] = buyer > 0n && sumOf(kept) === 0n ? [0, disputed.units] : [disputed.units, 0]
  const settled: Line = {
    ...line,
    frozenUnits: line.frozenUnits - disputed.units,
    frozenAmount: minus(line.frozenAmount, frozen),
    confirmed: line.confirmed + confirmedUnits - backUnits,
    refunded: line.refunded + frozenBack + backUnits,
    returned: line.returned + frozenBack + backUnits
  }
  const taken = takeBack(settled, back, terms)
  const given = returnHeld({ ...taken.line, refundedAmount: plus(taken.line.refundedAmount, taken.amount) }, wanted, terms)
  return { takeBack: taken, given, release: releaseAmount(given.line, kept, terms) }
}

function least (one: bigint, other: bigint): bigint {
  return one < other ? one : other
}
