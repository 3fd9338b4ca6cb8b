import { parsePositiveAmount, proportion } from '../../kernel/money.ts'
import type { Unit } from '../../kernel/units.ts'
import { contestedOf, freezableOf } from '../trade/disputed.ts'
import { goodsFirst, NOTHING, plus, sumOf, type LineAmount } from '../trade/line-amount.ts'
import { evenPart } from '../trade/line-money.ts'
import { refuseAt, type NamedLine } from '../trade/named-lines.ts'
import type { DisputedLine } from '../trade/open-dispute.ts'
import { unconfirmedOf, type Line } from '../trade/trade.ts'

/** What somebody disputes of a line: units with their money, an amount of money alone, or, with neither, all there is. */
export interface WantedDispute {
  readonly line: string
  readonly quantity?: number
  readonly amount?: string
}

/**
 * What of a line comes into dispute: what is held first, then what was released. Units bring the even part of what is held or was released for
 * them; an amount is goods first. Of units that are not shipped nothing is in dispute: they can be cancelled.
 * Refuses, with a pointer, `invalid_request` for units and an amount, `quantity_exceeded`, `amount_exceeded`, `invalid_amount`, and `nothing_to_dispute`
 * where no money is in it.
 */
export function disputedPart ({ line, wanted, pointer }: NamedLine<WantedDispute>, unit: Unit, now: Date): DisputedLine {
  if (wanted.quantity !== undefined && wanted.amount !== undefined) {
    throw refuseAt('invalid_request', `${pointer}/amount`, 'Name units, which bring their money, or an amount of money alone.')
  }
  const part = wanted.amount === undefined ? byUnits(line, wanted.quantity, pointer) : byAmount(line, parsePositiveAmount(wanted.amount, unit, `${pointer}/amount`), pointer)
  if (contestedOf(part) === 0n) throw refuseAt('nothing_to_dispute', `${pointer}/line`)
  return { ...part, lineId: line.id, waitMs: part.units === 0 || line.confirmBy === null ? null : Math.max(0, line.confirmBy.getTime() - now.getTime()) }
}

type Part = Omit<DisputedLine, 'lineId' | 'waitMs'>

function byUnits (line: Line, quantity: number | undefined, pointer: string): Part {
  const [held, confirmed] = [unconfirmedOf(line), line.confirmed]
  const wanted = quantity ?? held + confirmed
  if (wanted > held + confirmed) throw refuseAt('quantity_exceeded', `${pointer}/quantity`, `${held + confirmed} of this line are shipped and not given back.`)
  const units = Math.min(wanted, held)
  const releasedUnits = wanted - units
  return {
    units,
    frozen: units === 0 ? NOTHING : evenPart(line, units),
    releasedUnits,
    released: quantity === undefined ? line.releasedAmount : evenly(line.releasedAmount, releasedUnits, confirmed)
  }
}

function byAmount (line: Line, amount: bigint, pointer: string): Part {
  const freezable = freezableOf(line)
  if (amount > sumOf(plus(freezable, line.releasedAmount))) throw refuseAt('amount_exceeded', `${pointer}/amount`)
  const frozen = goodsFirst(amount, freezable)
  return { units: 0, frozen, releasedUnits: 0, released: goodsFirst(amount - sumOf(frozen), line.releasedAmount) }
}

function evenly ({ goods, shipping }: LineAmount, units: number, whole: number): LineAmount {
  if (units === 0) return NOTHING
  return { goods: proportion(goods, BigInt(units), BigInt(whole)), shipping: proportion(shipping, BigInt(units), BigInt(whole)) }
}

/** The line with that part of it frozen: its timer stops for the frozen units, and runs on while others wait for confirmation. */
export function freeze (line: Line, { units, frozen }: DisputedLine): Line {
  const rest = { ...line, frozenUnits: line.frozenUnits + units, frozenAmount: plus(line.frozenAmount, frozen) }
  return unconfirmedOf(rest) > 0 ? rest : { ...rest, confirmBy: null }
}

/**
 * The line with that part of it free again, all that chargebacks left of its money: a line has one dispute at most. Silence waits for the units as long as it had still to wait for them when they were
 * frozen, and no shorter than for others of the line.
 */
export function thaw (line: Line, { units, waitMs }: DisputedLine, now: Date): Line {
  const free = { ...line, frozenUnits: line.frozenUnits - units, frozenAmount: NOTHING }
  return waitMs === null ? free : { ...free, confirmBy: new Date(Math.max(line.confirmBy?.getTime() ?? 0, now.getTime() + waitMs)) }
}
