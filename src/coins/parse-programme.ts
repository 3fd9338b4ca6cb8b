import { isRate } from '../kernel/money.ts'
import { Refusal, type RefusalCode } from '../kernel/refusals.ts'
import { findUnit } from '../kernel/units.ts'
import type { Expiry, Programme, ProgrammeTerms } from './programme.ts'

/** Terms of a programme as they are sent: what is left out has its default, or stays. */
export interface TermsText {
  readonly earn_rate?: string
  readonly cap?: string
  readonly after_sale_days?: number | null
  readonly expiry?: Expiry | null
  readonly return_life_days?: number
}

/** A programme as it is sent. */
export interface ProgrammeText extends TermsText {
  readonly currency: string
  readonly coin: string
  readonly name: string
  readonly coins_per_unit?: number
}

/** A programme to make. */
export type NewProgramme = Pick<Programme, 'currency' | 'unit' | 'name' | 'coinsPerUnit' | 'coinValue' | 'terms'>

const COINS_PER_UNIT_DEFAULT = 100

/** Terms of a programme that says nothing. Source of 30 % and of a hundredth of a yuan: Taobao's coins; of the month and the year: what customers are used to. */
export const DEFAULT_TERMS: ProgrammeTerms = {
  earnRate: '0.01', cap: '0.30', afterSaleDays: null, expiry: { months: 12, until: 'end_of_month' }, returnLifeDays: 7
}

/** The largest part that coins may pay: something is always paid in cash. */
const CAP_MAX = 0.9

/**
 * Understands a new programme. Refuses, with a pointer, `unknown_currency`, `invalid_request` where a coin would not be a whole number of minor units, and what
 * {@link parseTerms} refuses.
 */
export function parseProgramme ({ currency, coin, name, coins_per_unit: asked, ...terms }: ProgrammeText): NewProgramme {
  const unit = findUnit(currency)
  if (unit === null) throw refuse('unknown_currency', '/currency', `"${currency}" is no currency we know.`)
  const whole = 10 ** unit.exponent
  const coinsPerUnit = asked ?? Math.min(COINS_PER_UNIT_DEFAULT, whole)
  if (whole % coinsPerUnit !== 0) {
    throw refuse('invalid_request', '/coins_per_unit', `1 ${currency} is ${whole} of its smallest part: ${coinsPerUnit} coins cannot share that evenly.`)
  }
  return { currency, unit: coin, name, coinsPerUnit, coinValue: BigInt(whole / coinsPerUnit), terms: { ...DEFAULT_TERMS, ...parseTerms(terms) } }
}

/** Understands terms of a programme; what is left out is not there. Refuses `invalid_amount`, with a pointer, for a rate that is none and for a cap above 0.9. */
export function parseTerms ({ earn_rate: earnRate, cap, after_sale_days: afterSaleDays, expiry, return_life_days: returnLifeDays }: TermsText): Partial<ProgrammeTerms> {
  if (earnRate !== undefined && !isRate(earnRate)) throw refuse('invalid_amount', '/earn_rate', 'The earn rate is a decimal from "0" to "1", such as "0.01".')
  if (cap !== undefined && !(isRate(cap) && Number(cap) <= CAP_MAX)) throw refuse('invalid_amount', '/cap', `The cap is a decimal from "0" to "${CAP_MAX}", such as "0.30".`)
  return {
    ...earnRate === undefined ? {} : { earnRate },
    ...cap === undefined ? {} : { cap },
    ...afterSaleDays === undefined ? {} : { afterSaleDays },
    ...expiry === undefined ? {} : { expiry },
    ...returnLifeDays === undefined ? {} : { returnLifeDays }
  }
}

function refuse (code: RefusalCode, pointer: string, detail: string): Refusal {
  return new Refusal(code, detail, { errors: [{ pointer, code, detail }] })
}
