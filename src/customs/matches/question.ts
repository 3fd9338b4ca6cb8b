import type { FieldOwner, SecretRow } from '../identities/identity-fields.ts'
import type { Assurance } from '../identities/assurance.ts'
import type { Tag } from '../identities/identity-tags.ts'
import type { Claim, ClaimRole, Jurisdiction } from './claim.ts'
import type { Judgement, Verdict } from './verdict.ts'

/** Who asks: an API key by its inside id, and what kind of recipient its holder is; null for the tenant's own staff. */
export interface Asker {
  readonly keyId: string
  readonly recipient: string | null
  /** Whether its role may be told which field differs, where a grant allows it. */
  readonly mayKnowDetail: boolean
}

/** A question about somebody, in its normal form. */
export interface Question {
  readonly asker: Asker
  readonly tradeId: string
  readonly role: ClaimRole
  readonly jurisdiction: Jurisdiction
  readonly purpose: string
  readonly claim: Claim
  /** The claim as it was sent, for receipts to commit to. */
  readonly canonical: string
}

/** A claim that was asked before about a trade: by whom, as which match. */
export interface KnownClaim {
  readonly digest: string
  readonly verdict: Verdict
  readonly matches: Readonly<Record<string, string>>
}

/** Somebody whom a trade names, as far as a question needs it. */
export interface Person extends FieldOwner {
  readonly partyId: string
  readonly assurance: Assurance
  readonly consent: { readonly isLive: boolean, readonly purposes: readonly string[], readonly recipients: readonly string[], readonly crossBorder: boolean }
  /** Null where he was erased. */
  readonly secret: SecretRow & { readonly tags: readonly Tag[] } | null
}

/** What is there to answer a question with; null where the asker has no grant for it that holds. */
export interface Ground {
  readonly grant: { readonly detail: boolean, readonly crossBorder: boolean }
  readonly person: Person | null
  readonly claims: readonly KnownClaim[]
  /** Where a hold waits for a match, the version of the customs side of its trade. */
  readonly heldVersion: number | null
}

/** How often a key asked something new in the last hour, and how often that was no match; `pausedSeconds` while it is paused. */
export interface AskerRate {
  readonly asked: number
  readonly mismatched: number
  readonly pausedSeconds: number | null
}

/** What becomes of a question. */
export type Outcome =
  | { readonly kind: 'answered', readonly matchId: string, readonly verdict: Verdict, readonly attemptsLeft: number, readonly findings: Judgement['findings'] | null }
  | { readonly kind: 'refused', readonly code: 'not_found' | 'match_locked' }
  | { readonly kind: 'paused', readonly seconds: number }
