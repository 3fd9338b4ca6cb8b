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
  /** Whether a part of his prices can be paid with coins. */
  readonly acceptsCoins: boolean
  /** Whether he pays for the coins that are earned in his shop; else the platform does. */
  readonly fundsCoins: boolean
}

export const NO_TERMS: SellerTerms = { reserve: null, payoutCurrency: null, acceptsCoins: false, fundsCoins: false }

/** The longest that money waits in reserve. */
export const RESERVE_DAYS_MAX = 180

/** Terms as a caller changes them; what is left out stays. */
export interface TermsText {
  readonly reserve?: ReserveTerms | null
  readonly payout_currency?: string | null
  readonly accepts_coins?: boolean
  readonly funds_coins?: boolean
}

/** Terms as the database has them. */
export interface StoredTerms {
  readonly reserve?: ReserveTerms
  readonly payout_currency?: string
  readonly accepts_coins?: true
  readonly funds_coins?: true
}

/** Understands a change of terms. Refuses `invalid_amount` for a rate of zero, because to keep nothing back is null, and `unknown_currency`. */
export function parseSellerTerms ({ reserve, payout_currency: currency, accepts_coins: acceptsCoins, funds_coins: fundsCoins }: TermsText): Partial<SellerTerms> {
  if (reserve != null && Number(reserve.rate) === 0) {
    throw new Refusal('invalid_amount', 'To keep nothing back, send null.', { errors: [{ pointer: '/reserve/rate', code: 'invalid_amount' }] })
  }
  if (currency != null && findUnit(currency) === null) {
    throw new Refusal('unknown_currency', undefined, { errors: [{ pointer: '/payout_currency', code: 'unknown_currency' }] })
  }
  return {
    ...reserve === undefined ? {} : { reserve },
    ...currency === undefined ? {} : { payoutCurrency: currency },
    ...acceptsCoins === undefined ? {} : { acceptsCoins },
    ...fundsCoins === undefined ? {} : { fundsCoins }
  }
}

/** Terms for the database; null for those that say nothing. */
export function storeSellerTerms ({ reserve, payoutCurrency, acceptsCoins, fundsCoins }: SellerTerms): string | null {
  const stored: StoredTerms = {
    ...reserve === null ? {} : { reserve },
    ...payoutCurrency === null ? {} : { payout_currency: payoutCurrency },
    ...acceptsCoins ? { accepts_coins: true } : {},
    ...fundsCoins ? { funds_coins: true } : {}
  }
  return Object.keys(stored).length === 0 ? null : JSON.stringify(stored)
}

/** Terms from what the database has. */
export function readSellerTerms (stored: StoredTerms | null): SellerTerms {
  if (stored === null) return NO_TERMS
  return {
    reserve: stored.reserve ?? null,
    payoutCurrency: stored.payout_currency ?? null,
    acceptsCoins: stored.accepts_coins ?? false,
    fundsCoins: stored.funds_coins ?? false
  }
}
