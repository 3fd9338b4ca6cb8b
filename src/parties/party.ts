import type { SellerTerms } from './seller-terms.ts'

export const PARTY_KINDS = ['buyer', 'seller', 'partner'] as const
export type PartyKind = (typeof PARTY_KINDS)[number]

/** Somebody who takes part in trades. `name` is personal data: it is shown to its tenant and goes nowhere else. */
export interface Party {
  readonly id: string
  readonly kind: PartyKind
  /** The tenant's own name for the party, unique among its kind. */
  readonly externalRef: string
  readonly name: string
  /** Of a seller; nobody else has any. */
  readonly terms: SellerTerms
  readonly version: number
  readonly createdAt: Date
}
