import { externalId } from '../../kernel/ids.ts'
import type { ClaimRole, Jurisdiction } from './claim.ts'
import type { Outcome, Question } from './question.ts'
import type { Judgement, Verdict } from './verdict.ts'

/** A match as callers see it. */
export interface MatchJson {
  readonly id: string
  readonly trade: string
  readonly role: ClaimRole
  readonly jurisdiction: Jurisdiction
  readonly verdict: Verdict
  readonly attempts_left: number
  readonly fields?: Judgement['findings']
}

/** The outside form of a question that was answered. */
export function showMatch ({ tradeId, role, jurisdiction }: Question, { matchId, verdict, attemptsLeft, findings }: Outcome & { readonly kind: 'answered' }): MatchJson {
  return {
    id: externalId('mat', matchId),
    trade: externalId('trd', tradeId),
    role,
    jurisdiction,
    verdict,
    attempts_left: attemptsLeft,
    ...findings === null ? {} : { fields: findings }
  }
}
