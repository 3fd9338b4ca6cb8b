import { parseIdNumber, type IdNumber } from '../forms/id-number.ts'
import { readName, type Name } from '../forms/name.ts'
import { readPhone } from '../forms/phone.ts'
import { readPostcode } from '../forms/postcode.ts'
import { refuseField } from '../forms/refuse-field.ts'

export const ROLES = ['payer', 'orderer', 'consignee'] as const
/** Whose identity is asked about. */
export type ClaimRole = typeof ROLES[number]

export const JURISDICTIONS = ['CN', 'KR'] as const
export type Jurisdiction = typeof JURISDICTIONS[number]

/** What a broker believes of somebody, as he sends it. */
export interface ClaimText {
  readonly name?: string
  readonly id_type?: string
  readonly id_number?: string
  readonly id_country?: string
  readonly phone?: string
  readonly postcode?: string
}

/** A claim in its normal form; what it does not say is null. */
export interface Claim {
  readonly name: Name | null
  readonly id: IdNumber | null
  readonly phone: string | null
  readonly postcode: string | null
}

/**
 * Understands a claim. Refuses, with a pointer below `at` and never repeating what was sent: `prohibited_identifier`, `id_checksum`, and `invalid_claim` for what is no name, telephone
 * number or postcode. A claim may say too little; that is a verdict.
 */
export function parseClaim (text: ClaimText, jurisdiction: Jurisdiction, at: string): Claim {
  const { name, phone, postcode } = text
  return {
    name: name === undefined ? null : requireRead(readName(name), `${at}/name`, 'It must be a name in one script, without invisible characters.'),
    id: parseId(text, at),
    phone: phone === undefined ? null : requireRead(readPhone(phone, jurisdiction), `${at}/phone`, 'It must be a telephone number.'),
    postcode: postcode === undefined ? null : requireRead(readPostcode(postcode), `${at}/postcode`, 'It must be a postcode.')
  }
}

/** A claim's normal form as one text: two claims are the same where these are. */
export function claimKeyOf ({ name, id, phone, postcode }: Claim): string {
  return JSON.stringify([name?.script ?? null, name?.normal ?? null, id?.type ?? null, id?.country ?? null, id?.number ?? null, phone, postcode])
}

/** A claim as it was sent, as one text that anybody makes of it in the same way: members in alphabetical order, no spaces. A receipt commits to it. */
export function canonicalClaim (text: ClaimText): string {
  const members = Object.entries(text).filter(([, value]) => value !== undefined).sort(([one], [other]) => one < other ? -1 : 1)
  return JSON.stringify(Object.fromEntries(members))
}

/** A number alone does not say of which document it is. */
function parseId ({ id_type: type, id_number: number, id_country: country }: ClaimText, at: string): IdNumber | null {
  if (number === undefined) return null
  return parseIdNumber({ type: type ?? 'unsaid', number, country }, { type: `${at}/id_type`, number: `${at}/id_number` })
}

function requireRead<Value> (value: Value | null, pointer: string, detail: string): Value {
  if (value === null) throw refuseField('invalid_claim', pointer, detail)
  return value
}
