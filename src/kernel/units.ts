/** A unit of account: an ISO 4217 currency, or the coin of a loyalty programme. Amounts inside are `bigint` counts of its smallest part. */
export interface Unit {
  readonly code: string
  /** Decimal places between the smallest part and one whole unit. */
  readonly exponent: number
}

// ISO 4217 list one, active currencies. Codes without a minor unit of use in trade (gold, testing, funds) are left out on purpose.
const CODES_BY_EXPONENT: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF',
  2: 'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK ' +
    'DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT ' +
    'LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN ' +
    'QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS ' +
    'VED VES WST XCD XCG YER ZAR ZMW ZWG',
  3: 'BHD IQD JOD KWD LYD OMR TND'
}

const UNITS: ReadonlyMap<string, Unit> = new Map(
  Object.entries(CODES_BY_EXPONENT).flatMap(([exponent, codes]) =>
    codes.split(' ').map((code): [string, Unit] => [code, { code, exponent: Number(exponent) }]))
)

/** The currency of that ISO 4217 code, or null when there is none. Source: ISO 4217 list one (2026-01). */
export function findUnit (code: string): Unit | null {
  return UNITS.get(code) ?? null
}

/** What the code of a coin looks like: letters alone, so that every accounting program takes it, and more of them than a currency has. */
export const COIN_CODE = /^[A-Z]{4,12}$/

/** The unit of a code that was checked before, a currency's or a coin's; a code that is neither is a bug. */
export function unitOf (code: string): Unit {
  const unit = UNITS.get(code)
  if (unit !== undefined) return unit
  if (COIN_CODE.test(code)) return { code, exponent: 0 }
  throw new Error(`unknown unit ${code}`)
}

/** Every supported currency code, sorted. */
export function currencyCodes (): string[] {
  return [...UNITS.keys()].sort()
}
