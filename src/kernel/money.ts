import { Decimal } from 'decimal.js'
import { Refusal } from './refusals.ts'
import type { Unit } from './units.ts'

const Exact = Decimal.clone({ precision: 40, rounding: Decimal.ROUND_HALF_EVEN })

/** The largest amount one step may carry, in minor units: far above any trade, far below what a `bigint` column overflows at. */
export const AMOUNT_MINOR_MAX = 10n ** 15n

const AMOUNT = /^(0|[1-9]\d{0,17})(?:\.(\d{1,9}))?$/
const EXCHANGE_RATE = /^(0|[1-9]\d{0,11})(\.\d{1,18})?$/
const RATE = /^(0(\.\d{1,9})?|1(\.0{1,9})?)$/

/**
 * The minor units of a decimal string such as `"19.90"`, at least zero.
 * Refuses `invalid_amount` for other notations, more decimals than the unit has, and amounts above {@link AMOUNT_MINOR_MAX}.
 */
export function parseAmount (text: string, unit: Unit, pointer: string): bigint {
  const parts = AMOUNT.exec(text)
  if (parts === null) throw invalid(pointer, `"${text.slice(0, 40)}" is not an amount; send digits with a point, such as "19.90"`)
  const decimals = parts[2] ?? ''
  if (decimals.length > unit.exponent) {
    throw invalid(pointer, `${unit.code} has ${unit.exponent} decimal places, "${text}" has ${decimals.length}`)
  }
  const minor = BigInt((parts[1] ?? '0') + decimals.padEnd(unit.exponent, '0'))
  if (minor > AMOUNT_MINOR_MAX) throw invalid(pointer, `the largest amount is ${formatAmount(AMOUNT_MINOR_MAX, unit)} ${unit.code}`)
  return minor
}

/** As {@link parseAmount}, and more than zero. */
export function parsePositiveAmount (text: string, unit: Unit, pointer: string): bigint {
  const minor = parseAmount(text, unit, pointer)
  if (minor === 0n) throw invalid(pointer, 'the amount must be more than zero')
  return minor
}

function invalid (pointer: string, detail: string): Refusal {
  return new Refusal('invalid_amount', detail, { errors: [{ pointer, code: 'invalid_amount', detail }] })
}

/** The decimal string of an amount in minor units, always with all the decimals of its unit: 1990n CNY → `"19.90"`. */
export function formatAmount (minor: bigint, unit: Unit): string {
  const sign = minor < 0n ? '-' : ''
  const digits = (minor < 0n ? -minor : minor).toString().padStart(unit.exponent + 1, '0')
  if (unit.exponent === 0) return sign + digits
  return `${sign}${digits.slice(0, -unit.exponent)}.${digits.slice(-unit.exponent)}`
}

/**
 * What an amount of one unit is worth in another, both in their minor units, rounded half to even. The rate is a decimal string: how many
 * whole units of `to` one whole unit of `from` is worth.
 */
export function convert (minor: bigint, rate: string, from: Unit, to: Unit): bigint {
  return BigInt(new Exact(rate).times(minor.toString()).times(new Exact(10).pow(to.exponent - from.exponent)).toFixed(0, Decimal.ROUND_HALF_EVEN))
}

/** Whether a text is an exchange rate: above zero, in plain notation, with at most 12 significant digits, below a million million. */
export function isExchangeRate (text: string): boolean {
  return EXCHANGE_RATE.test(text) && /[1-9]/.test(text) && text.replace('.', '').replace(/^0+/, '').length <= 12
}

/** Whether a text is a rate from `"0"` to `"1"` with at most nine decimals. */
export function isRate (text: string): boolean {
  return RATE.test(text)
}

/** `rate × base`, rounded half to even to whole minor units. `base` and the result are minor units; the rate is a decimal string. */
export function portion (rate: string, base: bigint): bigint {
  return BigInt(new Exact(rate).times(base.toString()).toFixed(0, Decimal.ROUND_HALF_EVEN))
}

/** `rate × base`, of which only the whole minor units count: what a promise of so many hundredths comes to at most. */
export function wholePart (rate: string, base: bigint): bigint {
  return BigInt(new Exact(rate).times(base.toString()).toFixed(0, Decimal.ROUND_FLOOR))
}

/** `amount × part ÷ whole`, rounded half to even, in exact integer arithmetic. Requires 0 ≤ part ≤ whole and whole > 0. */
export function proportion (amount: bigint, part: bigint, whole: bigint): bigint {
  const product = amount * part
  const quotient = product / whole
  const twiceRest = (product % whole) * 2n
  if (twiceRest > whole || (twiceRest === whole && quotient % 2n === 1n)) return quotient + 1n
  return quotient
}

/**
 * Divides an amount by weights so that the parts add up to it exactly: the largest-remainder method, ties to the earlier part.
 * 100.00 over three equal weights is 33.34 + 33.33 + 33.33. Requires amount ≥ 0, weights ≥ 0 and their sum > 0.
 */
export function divide (amount: bigint, weights: readonly bigint[]): bigint[] {
  const sum = weights.reduce((total, weight) => total + weight, 0n)
  if (sum <= 0n) throw new Error('dividing needs a positive weight')
  const parts = weights.map((weight) => amount * weight / sum)
  let rest = amount - parts.reduce((total, part) => total + part, 0n)
  const order = weights
    .map((weight, index) => ({ index, remainder: amount * weight % sum }))
    .sort((a, b) => a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1)
  for (const { index } of order) {
    if (rest === 0n) break
    parts[index] = (parts[index] ?? 0n) + 1n
    rest -= 1n
  }
  return parts
}
