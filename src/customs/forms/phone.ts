import { plainText } from './text.ts'

/** Where a number belongs that says no country. */
export type PhoneRegion = 'CN' | 'KR'

interface Plan {
  readonly code: string
  /** National numbers without the 0 in front of them. */
  readonly national: RegExp
}

// Source: ITU-T E.164 and the national numbering plans: mobile numbers, and those of regions.
const PLANS: Readonly<Record<PhoneRegion, Plan>> = {
  CN: { code: '86', national: /^(1[3-9]\d{9}|10\d{8}|[2-9]\d{8,10})$/ },
  KR: { code: '82', national: /^[1-9]\d{7,10}$/ }
}

const E164 = /^[1-9]\d{7,14}$/

/**
 * A telephone number in E.164, such as `+8613812345678`. One without a country is of `region`; in China and Korea the 0 in front of a national number is left out, also
 * where it was written behind the country's code. Null for what is no number.
 */
export function readPhone (text: string, region: PhoneRegion | null): string | null {
  const plain = plainText(text)
  if (plain === null || !/^\+?[\d\s\p{Pd}\u2212()./]+$/u.test(plain)) return null
  const digits = plain.replaceAll(/\D/g, '')
  const international = plain.startsWith('+') ? digits : digits.startsWith('00') ? digits.slice(2) : null
  const number = international === null ? ofRegion(digits, region) : withoutTrunk(international)
  return number !== null && E164.test(number) ? `+${number}` : null
}

function ofRegion (digits: string, region: PhoneRegion | null): string | null {
  if (region === null) return null
  const { code, national } = PLANS[region]
  const own = digits.replace(/^0/, '')
  if (national.test(own)) return code + own
  // The country's code without its plus, as many systems keep it.
  return own.startsWith(code) && national.test(own.slice(code.length)) ? own : null
}

function withoutTrunk (digits: string): string {
  const plan = Object.values(PLANS).find(({ code }) => digits.startsWith(code))
  return plan === undefined ? digits : plan.code + digits.slice(plan.code.length).replace(/^0/, '')
}
