import { Refusal } from './refusals.ts'

export const SECOND_MS = 1000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

const RFC3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/
const EARLIEST_MS = 0
const LATEST_MS = Date.UTC(2100, 0, 1)

/** The instant of an RFC 3339 text, to the millisecond. Refuses `invalid_time` for anything else and for years outside 1970–2099. */
export function parseTime (text: string, pointer: string): Date {
  const ms = RFC3339.test(text) && dayExists(text) ? Date.parse(text.replace(' ', 'T')) : NaN
  if (Number.isNaN(ms) || ms < EARLIEST_MS || ms >= LATEST_MS) {
    throw new Refusal('invalid_time', undefined, { errors: [{ pointer, code: 'invalid_time' }] })
  }
  return new Date(ms)
}

/** `Date.parse` rolls 30 February over into March; a business date that does not exist is an error of its sender. */
function dayExists (text: string): boolean {
  const [year, month, day] = text.slice(0, 10).split('-').map(Number)
  if (year === undefined || month === undefined || day === undefined) return false
  const date = new Date(Date.UTC(year, month - 1, day))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}
