import { Refusal } from '../../kernel/refusals.ts'
import { drawOn, namedUnits } from '../trade/claim-money.ts'
import { contestedOf, freezableOf } from '../trade/disputed.ts'
import { goodsFirst, sumOf } from '../trade/line-amount.ts'
import type { DisputedLine } from '../trade/open-dispute.ts'
import type { Claim } from '../trade/refund-case.ts'
import { unconfirmedOf, type Line } from '../trade/trade.ts'

/**
 * What comes into dispute of a line when a case of it is escalated: what the case claims, as far as it is shipped. Refuses `nothing_to_dispute` where
 * nothing of it is. It waits for no timer: the line's time stands still, and runs on when the case is closed.
 */
export function escalatedPart (line: Line, claim: Claim): DisputedLine {
  const part = claim.asked === null ? claimedUnits(line, claim) : claimedAmount(line, claim, claim.asked)
  if (contestedOf(part) === 0n) throw new Refusal('nothing_to_dispute', `Nothing that it is about of line "${line.ref}" is shipped: that can be cancelled.`)
  return { ...part, lineId: line.id, waitMs: null }
}

type Part = Omit<DisputedLine, 'lineId' | 'waitMs'>

/** Named units with what the case would give back for them; without a number all that is shipped. */
function claimedUnits (line: Line, claim: Claim): Part {
  if (claim.quantity === null) return { units: unconfirmedOf(line), frozen: freezableOf(line), releasedUnits: line.confirmed, released: line.releasedAmount }
  const { unconfirmed, confirmed } = namedUnits(line, claim)
  const { held, released } = drawOn(line, { kind: 'return_refund', quantity: unconfirmed + confirmed, asked: null })
  return { units: unconfirmed, frozen: held, releasedUnits: confirmed, released }
}

/**
 * An amount, and the units it was named for; where none were, those whose money it takes whole. Money that no other unit is for is frozen with
 * the last one, and a confirmed unit stays for money that stays: an arbitrator leaves nothing that nobody could release.
 */
function claimedAmount (line: Line, claim: Claim, asked: bigint): Part {
  const [waiting, unconfirmed] = [freezableOf(line), unconfirmedOf(line)]
  const named = claim.quantity === null ? null : namedUnits(line, claim)
  const isReleasedFirst = named !== null && named.unconfirmed === 0
  const first = isReleasedFirst ? goodsFirst(asked, line.releasedAmount) : goodsFirst(asked, waiting)
  const rest = goodsFirst(asked - sumOf(first), isReleasedFirst ? waiting : line.releasedAmount)
  const [held, released] = isReleasedFirst ? [rest, first] : [first, rest]
  const takesHeld = sumOf(held) === sumOf(waiting)
  const takesReleased = sumOf(released) === sumOf(line.releasedAmount)
  if (named === null) return { units: takesHeld ? unconfirmed : 0, frozen: held, releasedUnits: takesReleased ? line.confirmed : 0, released }
  const isLastOpen = named.unconfirmed > 0 && named.unconfirmed === unconfirmed
  const isLastConfirmed = named.confirmed > 0 && named.confirmed === line.confirmed && !takesReleased
  return { units: named.unconfirmed, frozen: isLastOpen ? waiting : held, releasedUnits: isLastConfirmed ? named.confirmed - 1 : named.confirmed, released }
}
