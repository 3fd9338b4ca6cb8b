import { parseTime } from '../../kernel/time.ts'
import { parseIdNumber, type IdNumber } from '../forms/id-number.ts'
import { readName, type Name, type Script } from '../forms/name.ts'
import { readPhone, type PhoneRegion } from '../forms/phone.ts'
import { readPostcode } from '../forms/postcode.ts'
import { refuseField } from '../forms/refuse-field.ts'
import { assuranceOf, type Assurance, type EvidenceMethod } from './assurance.ts'

/** What was verified, by whom and when; `ref` is the verifier's own, `sha256` that of a file that is kept elsewhere. */
export interface EvidenceText {
  readonly method: EvidenceMethod
  readonly provider: string
  readonly ref?: string
  readonly verified_at: string
  readonly sha256?: string
}

/** An identity as a caller registers it. */
export interface IdentityText {
  readonly names: ReadonlyArray<{ readonly script: string, readonly full: string }>
  readonly id: { readonly type: string, readonly number: string, readonly country?: string, readonly valid_until?: string | null }
  readonly phone?: string | null
  readonly postcodes?: readonly string[]
  readonly evidence: readonly EvidenceText[]
}

/** An identity in its normal form. */
export interface NewIdentity {
  readonly names: readonly Name[]
  readonly id: IdNumber
  /** The last day of the document, such as 2031-07-19; null where it has none. */
  readonly validUntil: string | null
  readonly phone: string | null
  readonly postcodes: readonly string[]
  readonly evidence: readonly EvidenceText[]
  readonly assurance: Assurance
}

/**
 * Understands an identity. Refuses, with a pointer and never repeating what was sent, `prohibited_identifier`, `id_checksum`, and `invalid_identity` for a name of another
 * script than is said, a second name in a script, a passport without its country, and what is no telephone number, postcode or day.
 */
export function parseIdentity ({ names, id, phone, postcodes, evidence }: IdentityText): NewIdentity {
  const number = parseIdNumber(id, { type: '/id/type', number: '/id/number' })
  if (number.country === null) throw refuseField('invalid_identity', '/id/country', 'A passport is one of a country: send its two letters.')
  const validUntil = id.valid_until ?? null
  if (validUntil !== null && !isDay(validUntil)) throw refuseField('invalid_identity', '/id/valid_until', 'It must be a day such as 2031-07-19.')
  evidence.forEach(({ verified_at: at }, index) => { parseTime(at, `/evidence/${index}/verified_at`) })
  return {
    names: parseNames(names),
    id: number,
    validUntil,
    phone: phone == null ? null : parsePhone(phone, number.country),
    postcodes: [...new Set((postcodes ?? []).map(parsePostcode))],
    evidence,
    assurance: assuranceOf(evidence.map(({ method }) => method))
  }
}

/** What callers call scripts that are compared as one. */
const SCRIPT_NAMES: Readonly<Record<string, Script>> = { Hani: 'Hani', Hans: 'Hani', Hant: 'Hani', Hang: 'Hang', Kore: 'Hang', Latn: 'Latn' }

/** The names of scripts that a caller may use. */
export const KNOWN_SCRIPTS: readonly string[] = Object.keys(SCRIPT_NAMES)

function parseNames (texts: IdentityText['names']): Name[] {
  const names: Name[] = []
  texts.forEach(({ script, full }, index) => {
    const name = readName(full)
    if (name === null) throw refuseField('invalid_identity', `/names/${index}/full`, 'It must be a name in one script, without invisible characters.')
    if (SCRIPT_NAMES[script] !== name.script) throw refuseField('invalid_identity', `/names/${index}/script`, `This name is written in ${name.script}.`)
    if (names.some((known) => known.script === name.script)) throw refuseField('invalid_identity', `/names/${index}`, 'There is a name in this script already.')
    names.push(name)
  })
  return names
}

function parsePhone (text: string, country: string): string {
  const region: PhoneRegion | null = country === 'CN' || country === 'KR' ? country : null
  const phone = readPhone(text, region)
  if (phone === null) throw refuseField('invalid_identity', '/phone', 'It must be a telephone number with its country, such as +8613800138000.')
  return phone
}

function parsePostcode (text: string, index: number): string {
  const postcode = readPostcode(text)
  if (postcode === null) throw refuseField('invalid_identity', `/postcodes/${index}`, 'It must be a postcode.')
  return postcode
}

function isDay (text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text)
}
