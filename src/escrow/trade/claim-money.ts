import { proportion } from '../../kernel/money.ts'
import type { SharingTerms } from './coin-shares.ts'
import { goodsFirst, NOTHING, plus, sumOf, type LineAmount } from './line-amount.ts'
import { returnHeld, takeBack, type HeldReturn, type ShareStep } from './line-money.ts'
import type { CaseKind, Claim } from './refund-case.ts'
import { openOf, openUnitsOf, unconfirmedOf, unshippedOf, type Line } from './trade.ts'

/** What a refund takes of a line, minor units, and the line after it. */
export interface LineRefund {
  readonly line: Line
  /** Of what escrow holds open of it. */
  readonly held: HeldReturn
  /** Of what was released: what its seller gives back, and what he gets from those who shared it. */
  readonly takenBack: ShareStep
}

/** The units that a case of that kind can name: only what was shipped can be returned. */
export function claimableUnits (line: Line, kind: CaseKind): number {
  return unconfirmedOf(line) + line.confirmed + (kind === 'return_refund' ? 0 : unshippedOf(line))
}

/** What a claim comes to as the line stands, minor units. */
export function amountOf (line: Line, claim: Claim): bigint {
  const { held, released } = drawOn(line, claim)
  return sumOf(held) + sumOf(released)
}

/** Gives money of a line back as a claim says: of what is held, and of what was released. More than is left is not taken. */
export function refundLine (line: Line, claim: Claim, terms: SharingTerms): LineRefund {
  const drawn = drawOn(line, claim)
  const takenBack = takeBack(line, drawn.released, terms)
  const held = returnHeld({ ...takenBack.line, refundedAmount: plus(line.refundedAmount, takenBack.amount) }, drawn.held, terms)
  const paidBack = held.line
  const { unshipped, unconfirmed, confirmed } = claim.quantity === null ? emptiedUnits(line, paidBack) : coveredUnits(line, paidBack, claim)
  return {
    line: {
      ...paidBack,
      confirmed: line.confirmed - confirmed,
      refunded: line.refunded + unshipped + unconfirmed + confirmed,
      returned: line.returned + unconfirmed + confirmed
    },
    held,
    takenBack
  }
}

/** Units of a line by how far they have come. */
export interface Units {
  readonly unshipped: number
  readonly unconfirmed: number
  readonly confirmed: number
}

/** What a claim takes of a line, minor units. What is not released needs nobody to give it back: it goes first, unless the units that are named are all confirmed. */
export function drawOn (line: Line, claim: Claim): { readonly held: LineAmount, readonly released: LineAmount } {
  const open = openOf(line)
  const released = line.releasedAmount
  const units = namedUnits(line, claim)
  const openUnits = units.unshipped + units.unconfirmed
  if (claim.asked === null) {
    if (claim.quantity === null) return { held: open, released }
    return { held: partOf(open, openUnits, openUnitsOf(line)), released: partOf(released, units.confirmed, line.confirmed) }
  }
  if (units.confirmed > 0 && openUnits === 0) {
    const part = goodsFirst(claim.asked, released)
    return { held: goodsFirst(claim.asked - sumOf(part), open), released: part }
  }
  const part = goodsFirst(claim.asked, open)
  return { held: part, released: goodsFirst(claim.asked - sumOf(part), released) }
}

/** The goods of some units; all of them take the shipping with them. */
function partOf (pool: LineAmount, units: number, of: number): LineAmount {
  if (units === 0) return NOTHING
  return units === of ? pool : { goods: proportion(pool.goods, BigInt(units), BigInt(of)), shipping: 0n }
}

/** The units that a claim names: those that are farthest from the buyer go first. */
export function namedUnits (line: Line, { kind, quantity }: Claim): Units {
  let left = quantity ?? 0
  const take = (units: number): number => {
    const taken = Math.min(left, units)
    left -= taken
    return taken
  }
  return {
    unshipped: kind === 'return_refund' ? 0 : take(unshippedOf(line)),
    unconfirmed: take(unconfirmedOf(line)),
    confirmed: take(line.confirmed)
  }
}

/** Where only money was named, units go back when all of theirs did. */
function emptiedUnits (before: Line, after: Line): Units {
  const isOpenEmpty = isEmptied(openOf(before), openOf(after))
  return {
    unshipped: isOpenEmpty ? unshippedOf(before) : 0,
    unconfirmed: isOpenEmpty ? unconfirmedOf(before) : 0,
    confirmed: isEmptied(before.releasedAmount, after.releasedAmount) ? before.confirmed : 0
  }
}

function isEmptied (before: LineAmount, after: LineAmount): boolean {
  return sumOf(before) > 0n && sumOf(after) === 0n
}

/** The named units go back. Where money stays that is for no other unit, the last one stays for it, to be confirmed. */
function coveredUnits (before: Line, after: Line, claim: Claim): Units {
  const { unshipped, unconfirmed, confirmed } = namedUnits(before, claim)
  const openStays = unshipped + unconfirmed === openUnitsOf(before) && sumOf(openOf(after)) > 0n ? 1 : 0
  const releasedStays = confirmed === before.confirmed && sumOf(after.releasedAmount) > 0n ? 1 : 0
  const unconfirmedStays = Math.min(openStays, unconfirmed)
  return {
    unshipped: Math.max(unshipped - (openStays - unconfirmedStays), 0),
    unconfirmed: unconfirmed - unconfirmedStays,
    confirmed: Math.max(confirmed - releasedStays, 0)
  }
}
