import { externalId } from '../kernel/ids.ts'
import type { Party, PartyKind } from './party.ts'
import type { ReserveTerms, SellerTerms } from './seller-terms.ts'

/** How a seller gets his money, as callers see it. */
export interface SellerTermsJson {
  readonly reserve: ReserveTerms | null
  readonly payout_currency: string | null
  readonly accepts_coins: boolean
  readonly funds_coins: boolean
}

/** A party as callers see it. */
export interface PartyJson {
  readonly id: string
  readonly kind: PartyKind
  readonly external_ref: string
  readonly name: string
  /** Null for buyers and partners. */
  readonly terms: SellerTermsJson | null
  readonly created_at: string
}

/** The outside form of a party. */
export function showParty (party: Party): PartyJson {
  return {
    id: externalId('pty', party.id),
    kind: party.kind,
    external_ref: party.externalRef,
    name: party.name,
    terms: party.kind === 'seller' ? showTerms(party.terms) : null,
    created_at: party.createdAt.toISOString()
  }
}

/** The outside form of a seller's terms. */
export function showTerms ({ reserve, payoutCurrency, acceptsCoins, fundsCoins }: SellerTerms): SellerTermsJson {
  return { reserve: reserve === null ? null : { rate: reserve.rate, days: reserve.days }, payout_currency: payoutCurrency, accepts_coins: acceptsCoins, funds_coins: fundsCoins }
}
