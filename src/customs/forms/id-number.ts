import type { Refusal } from '../../kernel/refusals.ts'
import { refuseField } from './refuse-field.ts'
import { compactText } from './text.ts'

/** The documents that tell who somebody is: a Chinese resident identity card, a Korean personal customs code (PCCC), a passport. */
export const ID_TYPES = ['cn_id', 'kr_pccc', 'passport'] as const
export type IdType = typeof ID_TYPES[number]

/** A document's number as it is compared. */
export interface IdNumber {
  readonly type: IdType
  readonly number: string
  /** ISO 3166-1, two letters; null for a passport whose country was not told. */
  readonly country: string | null
}

/** What a caller tells of a document. */
export interface IdText {
  readonly type: string
  readonly number: string
  readonly country?: string | undefined
}

const PCCC = /^P\d{12}$/
const PASSPORT = /^[A-Z0-9]{5,15}$/
const CHINESE = /^\d{17}[\dX]$/
/** Source: GB 11643-1999, section 4: the weights of the first 17 digits, and the check characters by their sum modulo 11. */
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const
const CHECKS = '10X98765432'

/** A date, a digit from 1 to 8 (0 and 9 for who was born before 1900), and six more. Since October 2020 the last ones check nothing. */
const RESIDENT = /(?<!\d)(\d{2})(\d{2})(\d{2})[\s\p{Pd}\u2212]*\d\d{6}(?!\d)/u

/**
 * A document's number from what a caller tells. Refuses `prohibited_identifier` for a Korean resident registration number, of whatever type it is said to be;
 * `id_checksum` for a number that no such document has; `invalid_request` for an unknown type.
 */
export function parseIdNumber ({ type: name, number: text, country }: IdText, pointers: { readonly type: string, readonly number: string }): IdNumber {
  if (name === 'kr_rrn' || holdsResidentNumber(text)) throw prohibited(pointers.number)
  const type = ID_TYPES.find((known) => known === name)
  if (type === undefined) throw refuseField('invalid_request', pointers.type, `It must be one of ${ID_TYPES.join(', ')}.`)
  const number = compactText(text)
  if (number === null || !FORMS[type](number)) throw refuseField('id_checksum', pointers.number, EXPECTED[type])
  return { type, number, country: COUNTRIES[type] ?? country ?? null }
}

/** Whether 18 characters are the number of a Chinese resident identity card: a birth date that exists, and the check character that follows from the rest. */
export function isChineseId (number: string): boolean {
  if (!CHINESE.test(number) || !isDate(number.slice(6, 10), number.slice(10, 12), number.slice(12, 14))) return false
  const sum = WEIGHTS.reduce((total, weight, index) => total + weight * Number(number[index]), 0)
  return CHECKS[sum % 11] === number[17]
}

function holdsResidentNumber (text: string): boolean {
  const [, year = '', month = '', day = ''] = RESIDENT.exec(text.normalize('NFKC')) ?? []
  return isDate(`20${year}`, month, day) || isDate(`19${year}`, month, day)
}

const FORMS: Readonly<Record<IdType, (number: string) => boolean>> = {
  cn_id: isChineseId,
  // Its check digit follows a rule that is not public.
  kr_pccc: (number) => PCCC.test(number),
  passport: (number) => PASSPORT.test(number)
}

const COUNTRIES: Readonly<Partial<Record<IdType, string>>> = { cn_id: 'CN', kr_pccc: 'KR' }

const EXPECTED: Readonly<Record<IdType, string>> = {
  cn_id: 'It must be the 18 characters of a resident identity card, with a birth date that exists and the check character of GB 11643. Those of 15 digits are no longer valid.',
  kr_pccc: 'It must be a P and 12 digits.',
  passport: 'It must be 5 to 15 letters and digits.'
}

function isDate (year: string, month: string, day: string): boolean {
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  return Number(year) >= 1900 && date.getUTCFullYear() === Number(year) && date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day)
}

function prohibited (pointer: string): Refusal {
  return refuseField('prohibited_identifier', pointer)
}
