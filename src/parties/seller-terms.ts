import { Refusal } from '../kernel/refusals.ts'

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
}

export const NO_TERMS: SellerTerms = { reserve: null }

/** The longest that money waits in reserve. */
export const RESERVE_DAYS_MAX = 180

/** Refuses `invalid_amount` for a rate of zero: to keep nothing back is null. */
export function requireRealReserve (reserve: ReserveTerms | null): void {
  if (reserve === null || Number(reserve.rate) > 0) return
  throw new Refusal('invalid_amount', 'To keep nothing back, send null.', { errors: [{ pointer: '/reserve/rate', code: 'invalid_amount' }] })
}

/** Terms as the database has them; null for those that say nothing. */
export function storeSellerTerms (terms: SellerTerms): string | null {
  const stored = Object.fromEntries(Object.entries(terms).filter(([, value]) => value !== null))
  return Object.keys(stored).length === 0 ? null : JSON.stringify(stored)
}

/** Terms from what the database has. */
export function readSellerTerms (stored: Partial<SellerTerms> | null): SellerTerms {
  return stored === null ? NO_TERMS : { ...NO_TERMS, ...stored }
}
