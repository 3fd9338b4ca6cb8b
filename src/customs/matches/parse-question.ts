import { allows } from '../../auth/permissions.ts'
import { internalId } from '../../kernel/ids.ts'
import type { Principal } from '../../kernel/principal.ts'
import { BROKER_RECIPIENT } from '../trades/grant.ts'
import { canonicalClaim, parseClaim, type ClaimRole, type ClaimText, type Jurisdiction } from './claim.ts'
import type { Asker, Question } from './question.ts'

/** A question as it is sent. */
export interface QuestionText {
  readonly trade: string
  readonly role: ClaimRole
  readonly jurisdiction: Jurisdiction
  readonly purpose: string
  readonly claim: ClaimText
}

/** The trade of an id that is none: nobody's. */
const NO_TRADE = '00000000-0000-0000-0000-000000000000'

/** Understands a question; `at` points to it in the request. Refuses what {@link parseClaim} refuses, before anything is looked up. */
export function parseQuestion (text: QuestionText, asker: Asker, at = ''): Question {
  return {
    asker,
    tradeId: internalId('trd', text.trade) ?? NO_TRADE,
    role: text.role,
    jurisdiction: text.jurisdiction,
    purpose: text.purpose,
    claim: parseClaim(text.claim, text.jurisdiction, `${at}/claim`),
    canonical: canonicalClaim(text.claim)
  }
}

/** Who asks, as his key says it. */
export function askerOf (principal: Principal): Asker {
  return { keyId: principal.keyId, recipient: principal.role === 'broker' ? BROKER_RECIPIENT : null, mayKnowDetail: allows(principal, 'matches.detail') }
}
