import { Refusal } from '../kernel/refusals.ts'
import { findUnit } from '../kernel/units.ts'

/** What is kept back of a seller's releases: a rate of his net, for so many days. */
export interface ReserveTerms {
  /** A decimal string above 0, at most 1. */
  readonly rate: string
  readonly days: number
}

/** How a seller gets his money. A trade's lines keep the terms their seller had when it was created. */
export interface SellerTerms {
  /** Null where nothing is kept back. */
  readonly reserve: ReserveTerms | null
  /** The currency that he is paid in; null where that is each trade's own. */
  readonly payoutCurrency: string | null
}

export const NO_TERMS: SellerTerms = { reserve: null, payoutCurrency: null }

/** The longest that money waits in reserve. */
export const RESERVE_DAYS_MAX = 180

/** Terms as a caller changes them; what is left out stays. */
export interface TermsText {
  readonly reserve?: ReserveTerms | null
  readonly payout_currency?: string | null
}

/** Terms as the database has them. */
export interface StoredTerms {
  readonly reserve?: ReserveTerms
  readonly payout_currency?: string
}

/** Understands a change of terms. Refuses `invalid_amount` for a rate of zero, because to keep nothing back is null, and `unknown_currency`. */
export function parseSellerTerms ({ reserve, payout_currency: currency }: TermsText): Partial<SellerTerms> {
  if (reserve != null && Number(reserve.rate) === 0) {
    throw new Refusal('invalid_amount', 'To keep nothing back, send null.', { errors: [{ pointer: '/reserve/rate', code: 'invalid_amount' }] })
  }
  if (currency != null && findUnit(currency) === null) {
    throw new Refusal('unknown_currency', undefined, { errors: [{ pointer: '/payout_currency', code: 'unknown_currency' }] })
  }
  return { ...reserve === undefined ? {} : { reserve }, ...currency === undefined ? {} : { payoutCurrency: currency } }
}

/** Terms for the database; null for those that say nothing. */
export function storeSellerTerms ({ reserve, payoutCurrency }: SellerTerms): string | null {
  if (reserve === null && payoutCurrency === null) return null
  const stored: StoredTerms = { ...reserve === null ? {} : { reserve }, ...payoutCurrency === null ? {} : { payout_currency: payoutCurrency } }
  return JSON.stringify(stored)
}

/** Terms from what the database has. */
export function readSellerTerms (stored: StoredTerms | null): SellerTerms {
  return stored === null ? NO_TERMS : { reserve: stored.reserve ?? null, payoutCurrency: stored.payout_currency ?? null }
}
