import { PROVIDER_NEEDS, requireProvider } from '../../../sandbox/provider/provider-rows.ts'
import type { Operation, Origin } from '../../../journal/operation.ts'
import { externalId } from '../../../kernel/ids.ts'
import { Refusal } from '../../../kernel/refusals.ts'
import { newestOf } from '../declaration.ts'
import { DECLARATIONS } from '../declaration-rows.ts'
import { SANDBOX_ANSWERS, type SandboxAnswer } from './sandbox-answer.ts'
import type { PlannedAnswer } from './plan.ts'

/** What the imitated customs says, as callers see it. */
export interface SandboxAnswerJson {
  readonly id: string
  readonly declaration: string
  readonly guid: string
  readonly code: string
  readonly answered_at: string
  readonly report_at: string
  readonly reported: boolean
}

/**
 * Has the imitated customs say something to the newest message of a declaration (by its inside id, null when the text was none), beside what its plan says. Refuses
 * `sandbox_only` and `not_found`.
 */
export function answerByHand (origin: Origin, declarationId: string | null, { code, afterMs, reportAfterMs }: PlannedAnswer): Operation<SandboxAnswerJson> {
  return {
    ...origin,
    name: 'sandbox.customs_say',
    lane: 'request',
    weight: 2,
    needs: [...PROVIDER_NEEDS, { kind: DECLARATIONS, ids: () => declarationId === null ? [] : [declarationId] }],
    decide (books) {
      requireProvider(books)
      const declaration = declarationId === null ? null : books.find(DECLARATIONS, declarationId)
      if (declaration === null) throw new Refusal('not_found')
      const answeredAt = new Date(books.now.getTime() + afterMs)
      const answer: SandboxAnswer = {
        id: books.newId(),
        declarationId: declaration.id,
        guid: newestOf(declaration).guid,
        code,
        answeredAt,
        reportAt: new Date(answeredAt.getTime() + reportAfterMs),
        isTold: false,
        createdAt: books.now,
        version: 1
      }
      books.save(SANDBOX_ANSWERS, answer)
      return showAnswer(answer)
    }
  }
}

/** The outside form of what the imitated customs says. */
export function showAnswer ({ id, declarationId, guid, code, answeredAt, reportAt, isTold }: SandboxAnswer): SandboxAnswerJson {
  return {
    id: externalId('sbx', id),
    declaration: externalId('dcl', declarationId),
    guid: guid.toUpperCase(),
    code,
    answered_at: answeredAt.toISOString(),
    report_at: reportAt.toISOString(),
    reported: isTold
  }
}
