import type { Random } from './soak-random.ts'

/** Every sum of a line stays a multiple of this many cents, so that no share of it is ever rounded, in whatever steps it is taken. */
export const STEP = 20

/** Money that somebody wants back of a line: units, an amount in cents, or neither, which is all there is. */
export interface Claim {
  readonly quantity: number | null
  readonly asked: number | null
}

/** A refund case of a line, as its client knows it. */
export interface Case extends Claim {
  readonly kind: 'refund_only' | 'return_refund'
  id: string
  state: 'requested' | 'awaiting_return' | 'return_shipped' | 'refused'
  wasReturned: boolean
}

/** What is in dispute of a line: of what it holds, and of what was released. */
export interface Contest {
  readonly units: number
  readonly frozen: number
  readonly releasedUnits: number
  readonly released: number
  id: string
}

/**
 * A line as its client knows it. Of its units, these were shipped, confirmed, refunded, and returned (those of the refunded that had been shipped). Amounts are
 * cents: of its price, so much is released and so much was given back.
 */
export interface Line {
  id: string
  readonly price: number
  readonly quantity: number
  shipped: number
  confirmed: number
  refunded: number
  returned: number
  released: number
  givenBack: number
  refundCase: Case | null
  contest: Contest | null
}

/** A line of which nothing has happened yet. */
export function newLine (price: number, quantity: number): Line {
  return { id: '', price, quantity, shipped: 0, confirmed: 0, refunded: 0, returned: 0, released: 0, givenBack: 0, refundCase: null, contest: null }
}

export function unshippedOf (line: Line): number {
  return line.quantity - line.shipped - (line.refunded - line.returned)
}

export function unconfirmedOf (line: Line): number {
  return line.shipped - line.confirmed - line.returned - (line.contest?.units ?? 0)
}

/** What it holds beside what is in dispute. */
export function openOf (line: Line): number {
  return line.price * line.quantity - line.released - line.givenBack - (line.contest?.frozen ?? 0)
}

/** The part of an amount that is for some of so many units; null where that is no even sum. */
export function evenly (amount: number, units: number, of: number): number | null {
  if (units === 0) return 0
  const part = units === of ? amount : amount * units / of
  return Number.isInteger(part / STEP) ? part : null
}

/** What is open for some of its units that are neither confirmed nor gone; null where that is no even sum. */
export function openFor (line: Line, units: number): number | null {
  return evenly(openOf(line), units, unshippedOf(line) + unconfirmedOf(line))
}

/** Some multiple of the step, from one step to the limit. */
export function someAmount (random: Random, limit: number): number {
  return STEP * random.whole(1, limit / STEP)
}

/** What it held was charged back for good: nobody ships or confirms the units that this was for. */
export function endUnits (line: Line): void {
  const [unshipped, unconfirmed] = [unshippedOf(line), unconfirmedOf(line)]
  line.refunded += unshipped + unconfirmed
  line.returned += unconfirmed
}

/** Its shipped units, so many of them, are confirmed and their money is released. */
export function confirmUnits (line: Line, units: number): void {
  line.released += openFor(line, units) ?? 0
  line.confirmed += units
}

/** So many units that were not shipped are given up, and their money goes back. */
export function cancelUnits (line: Line, units: number): void {
  line.givenBack += openFor(line, units) ?? 0
  line.refunded += units
}

/** What a claim comes to: of what is held, of what was released, and of which units; null where that is no even sum. */
export function drawnBy (line: Line, { kind, quantity, asked }: Pick<Case, 'kind' | 'quantity' | 'asked'>): {
  readonly held: number, readonly back: number, readonly unshipped: number, readonly unconfirmed: number, readonly confirmed: number
} | null {
  const open = openOf(line)
  if (quantity === null) {
    const held = asked === null ? open : Math.min(asked, open)
    const back = asked === null ? line.released : asked - held
    const isOpenGone = open > 0 && held === open
    return {
      held,
      back,
      unshipped: isOpenGone ? unshippedOf(line) : 0,
      unconfirmed: isOpenGone ? unconfirmedOf(line) : 0,
      confirmed: line.released > 0 && back === line.released ? line.confirmed : 0
    }
  }
  const unshipped = kind === 'return_refund' ? 0 : Math.min(quantity, unshippedOf(line))
  const unconfirmed = Math.min(quantity - unshipped, unconfirmedOf(line))
  const confirmed = quantity - unshipped - unconfirmed
  const [held, back] = [openFor(line, unshipped + unconfirmed), evenly(line.released, confirmed, line.confirmed)]
  return held === null || back === null ? null : { held, back, unshipped, unconfirmed, confirmed }
}

/** The claim of its case is met, and the case is closed. */
export function refundCase (line: Line): void {
  const drawn = line.refundCase === null ? null : drawnBy(line, line.refundCase)
  if (drawn === null) throw new Error('a refund was planned that comes to no even sum')
  line.refundCase = null
  line.released -= drawn.back
  line.givenBack += drawn.held + drawn.back
  line.confirmed -= drawn.confirmed
  line.returned += drawn.unconfirmed + drawn.confirmed
  line.refunded += drawn.unshipped + drawn.unconfirmed + drawn.confirmed
}

/** What is in dispute is divided: so much to the buyer, out of what is frozen as far as it reaches, the rest to the seller. */
export function award (line: Line, { units, frozen, releasedUnits, released }: Contest, buyer: number): void {
  line.contest = null
  const given = Math.min(buyer, frozen)
  const back = buyer - given
  const unitsBack = (buyer > 0 && given === frozen ? units : 0)
  const confirmedBack = back > 0 && back === released ? Math.min(releasedUnits, line.confirmed) : 0
  line.released += frozen - given - back
  line.givenBack += buyer
  line.confirmed += units - unitsBack - confirmedBack
  line.returned += unitsBack + confirmedBack
  line.refunded += unitsBack + confirmedBack
}
