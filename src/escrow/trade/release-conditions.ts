import { proportion } from '../../kernel/money.ts'
import { NOTHING, sumOf, type LineAmount } from './line-amount.ts'
import { CONFIRMATIONS, factsIn, holds, type AttestationKind, type Fact, type MetFact, type Milestone } from './release-terms.ts'
import { addShares, WHOLE_SHARE } from './shares.ts'
import { heldOfLine, openOf, openUnitsOf, unconfirmedOf, unshippedOf, type Line } from './trade.ts'

/** Whether a line's money is released by conditions of its own instead of by confirmation alone. */
export function isConditioned (line: Line): boolean {
  return line.milestones.length > 0
}

/** The record of a fact for a milestone of a line; null while it is not met, or where it is not of the recorded kind. */
export function recordOf (line: Line, milestone: Milestone, fact: Fact): MetFact | null {
  const fits = ({ fact: met, milestone: of }: MetFact): boolean => {
    if (fact === 'confirmed') return met === 'confirmed' || met === 'buyer_confirmed'
    return met === fact && (met === 'buyer_confirmed' || of === milestone.ref)
  }
  return line.met.find(fits) ?? null
}

/** Whether a fact holds for a milestone of a line. */
export function isFactMet (line: Line, milestone: Milestone, fact: Fact): boolean {
  return fact === 'shipped' ? unshippedOf(line) === 0 : recordOf(line, milestone, fact) !== null
}

/** Whether the condition of a milestone holds. */
export function isMet (line: Line, milestone: Milestone): boolean {
  return holds(milestone.when, (fact) => isFactMet(line, milestone, fact))
}

/** Whether the conditions of all milestones of a line hold. */
export function isAllMet (line: Line): boolean {
  return line.milestones.every((milestone) => isMet(line, milestone))
}

/**
 * What the met milestones of a line release beyond what it has released: their shares, cumulative, of all that was not given back; all that
 * is open when the last of them is met. Never more than is open.
 */
export function dueOf (line: Line): LineAmount {
  const open = openOf(line)
  if (!isConditioned(line)) return NOTHING
  if (isAllMet(line)) return open
  const share = addShares(line.milestones.flatMap((milestone) => isMet(line, milestone) ? [milestone.share] : []))
  const held = heldOfLine(line)
  const part = (name: keyof LineAmount): bigint => {
    const due = proportion(line.releasedAmount[name] + held[name], share, WHOLE_SHARE) - line.releasedAmount[name]
    return due < 0n ? 0n : due < open[name] ? due : open[name]
  }
  return { goods: part('goods'), shipping: part('shipping') }
}

/** Whether what is met has something to release: money, or units that nothing else confirms. */
export function isReleaseDue (line: Line): boolean {
  return isConditioned(line) && (sumOf(dueOf(line)) > 0n || (isAllMet(line) && unconfirmedOf(line) > 0))
}

/** The attestations that milestones of a line wait for. */
export function openAttestations (line: Line): Array<{ readonly milestone: Milestone, readonly kind: AttestationKind }> {
  if (openUnitsOf(line) === 0 && sumOf(heldOfLine(line)) === 0n) return []
  return line.milestones.flatMap((milestone) => isMet(line, milestone)
    ? []
    : attestationsIn(milestone)
      .filter((kind) => recordOf(line, milestone, kind) === null)
      .map((kind) => ({ milestone, kind })))
}

/** The attestations that a milestone's condition names. */
export function attestationsIn ({ when }: Milestone): AttestationKind[] {
  return factsIn(when).filter((fact): fact is AttestationKind => fact !== 'shipped' && !CONFIRMATIONS.some((each) => each === fact))
}

/** Whether a milestone of a line waits for one of those confirmations. */
function awaits (line: Line, confirmations: readonly Fact[]): boolean {
  return line.milestones.some((milestone) => !isMet(line, milestone) &&
    factsIn(milestone.when).some((fact) => confirmations.includes(fact) && !isFactMet(line, milestone, fact)))
}

/** Whether silence would confirm the line: it is shipped as a whole, waits, and its terms let silence count. */
export function awaitsSilence (line: Line): boolean {
  return unconfirmedOf(line) > 0 && unshippedOf(line) === 0 && awaits(line, ['confirmed'])
}

/**
 * The units of a line that its buyer can confirm: those that are shipped; of a line with release conditions all or none, once
 * all of it is shipped and as long as his confirmation is needed.
 */
export function confirmableOf (line: Line): number {
  if (!isConditioned(line)) return unconfirmedOf(line)
  return unshippedOf(line) === 0 && awaits(line, CONFIRMATIONS) ? unconfirmedOf(line) : 0
}
