import { Refusal } from '../../kernel/refusals.ts'
import { namedLines, refuseAt } from './named-lines.ts'
import type { Line, Trade } from './trade.ts'

/** What a caller asks for: units of a line by its outside id; without a quantity all that is left of the line. */
export interface WantedUnits {
  readonly line: string
  readonly quantity?: number
}

/** Units of a line that a step works on, at least one. */
export interface PickedUnits {
  readonly line: Line
  readonly units: number
}

/**
 * The units a step works on: the wanted ones, or all that is left of every line.
 * Refuses, with a pointer, `unknown_line`, `invalid_request` for a line named twice, and `quantity_exceeded` for more than is left,
 * also when nothing at all is left.
 */
export function pickUnits (trade: Trade, wanted: readonly WantedUnits[] | null, leftOf: (line: Line) => number): PickedUnits[] {
  const picked = wanted === null ? pickAll(trade, leftOf) : pickWanted(trade, wanted, leftOf)
  if (picked.length === 0) throw new Refusal('quantity_exceeded', 'Nothing is left of any line for this.')
  return picked
}

function pickAll (trade: Trade, leftOf: (line: Line) => number): PickedUnits[] {
  return trade.lines.map((line) => ({ line, units: leftOf(line) })).filter(({ units }) => units > 0)
}

function pickWanted (trade: Trade, wanted: readonly WantedUnits[], leftOf: (line: Line) => number): PickedUnits[] {
  return namedLines(trade, wanted).map(({ line, wanted: { quantity }, pointer }) => {
    const left = leftOf(line)
    const units = quantity ?? left
    if (left === 0 || units > left) throw refuseAt('quantity_exceeded', `${pointer}/quantity`, `${left} are left of this line.`)
    return { line, units }
  })
}
