import { Type as T, type TObject, type TProperties, type TSchema } from 'typebox'
import type { IdPrefix } from '../kernel/ids.ts'
import { PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX } from '../kernel/page.ts'
import { component } from './components.ts'

// `x-refusal` names the catalogue's code for a value that does not fit: an amount sent as a number is `invalid_amount`.

/** An amount at the edge: a decimal string beside a currency. Numbers are refused, because a JSON number cannot be trusted to keep its cents. */
export const Money = component('Money', T.String({
  pattern: '^(0|[1-9][0-9]{0,17})(\\.[0-9]{1,9})?$',
  description: 'A decimal string with at most the decimals of its currency, such as "19.90". Never a JSON number.',
  examples: ['19.90'],
  'x-refusal': 'invalid_amount'
}))

/** An amount in an answer, which may be negative: a balance, a difference. */
export const SignedMoney = component('SignedMoney', T.String({
  pattern: '^-?(0|[1-9][0-9]*)(\\.[0-9]+)?$',
  description: 'A decimal string with all the decimals of its currency; below zero with a minus sign.',
  examples: ['-19.90']
}))

/** A part of one, such as a commission: `"0.05"` is five percent. */
export const Rate = component('Rate', T.String({
  pattern: '^(0(\\.[0-9]{1,9})?|1(\\.0{1,9})?)$',
  description: 'A decimal string from "0" to "1" with at most nine decimals; "0.05" is five percent.',
  examples: ['0.05'],
  'x-refusal': 'invalid_amount'
}))

export const Currency = component('Currency', T.String({
  pattern: '^[A-Z]{3}$',
  description: 'The ISO 4217 code of an active currency, such as "CNY".',
  examples: ['CNY'],
  'x-refusal': 'unknown_currency'
}))

/** A unit of the books: a currency, or the coin of a loyalty programme. */
export const UnitCode = component('UnitCode', T.String({
  pattern: '^[A-Z]{3,12}$',
  description: 'The ISO 4217 code of a currency, or the code of a coin, which has more than three letters.',
  examples: ['CNY'],
  'x-refusal': 'unknown_currency'
}))

/** A time at the edge. `parseTime` decides whether it is acceptable; the pattern only says what one looks like. */
export const Timestamp = component('Timestamp', T.String({
  format: 'date-time',
  maxLength: 40,
  description: 'An RFC 3339 time between 1970 and 2100, such as "2026-01-31T08:00:00Z". Answers are in UTC.',
  examples: ['2026-01-31T08:00:00.000Z'],
  'x-refusal': 'invalid_time'
}))

/** What the caller calls a thing in his own system; never personal data. */
export const Reference = component('Reference', T.String({
  minLength: 1,
  maxLength: 100,
  // Control characters and line ends look like nothing, and two references that differ in them like one.
  pattern: '^[^\\p{Cc}\\p{Zl}\\p{Zp}]+$',
  description: 'The name of this thing in your own system, 1 to 100 visible characters. It is not for personal data.',
  examples: ['ORD-1']
}))

/** An outside id of one kind, such as `trd_01j…`; anything else is refused with a message that says what is expected. */
export function Id<Prefix extends IdPrefix> (prefix: Prefix) {
  return T.String({
    pattern: `^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$`,
    description: `An id that begins with "${prefix}_" and has 26 more characters, as an earlier answer showed it.`,
    examples: [`${prefix}_01kaj6n8k2f5rvt4r9e8q7m3zd`]
  })
}

/** An object of exactly these properties: an unknown one is a misunderstanding, and is refused rather than ignored. */
export function Exactly<Properties extends TProperties> (properties: Properties, options: object = {}): TObject<Properties> {
  return T.Object(properties, { additionalProperties: false, ...options })
}

/** A value or null. */
export function Nullable<Schema extends TSchema> (schema: Schema) {
  return T.Union([schema, T.Null()])
}

/** The path parameters of a route about one thing. */
export function IdParams<Prefix extends IdPrefix> (prefix: Prefix) {
  return Exactly({ id: Id(prefix) })
}

const pageProperties = {
  limit: T.Optional(T.Integer({ minimum: 1, maximum: PAGE_LIMIT_MAX, default: PAGE_LIMIT_DEFAULT, description: `How many at most, 1 to ${PAGE_LIMIT_MAX}.` })),
  starting_after: T.Optional(T.String({ minLength: 1, maxLength: 200, description: 'The `next_cursor` of the page before.' }))
}

/** The query string of a list, with its own filters beside `limit` and `starting_after`. */
export function PageQuery<Filters extends TProperties> (filters: Filters) {
  return Exactly({ ...filters, ...pageProperties })
}

/** A page of a list, declared under a name of its own. */
export function Page<Item extends TSchema> (name: string, item: Item) {
  return component(name, T.Object({
    data: T.Array(item),
    has_more: T.Boolean(),
    next_cursor: T.Union([T.String(), T.Null()], { description: 'The `starting_after` of the next page; null on the last.' })
  }))
}

/** The query string of a POST that goes through the Journal. */
export const DryRunQuery = Exactly({
  dry_run: T.Optional(T.Boolean({ description: 'With `true` the answer shows what would happen and what would be posted, and nothing changes.' }))
})
