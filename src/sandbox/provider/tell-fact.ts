import { createHash } from 'node:crypto'
import type { Operation, Origin } from '../../journal/operation.ts'
import { externalId } from '../../kernel/ids.ts'
import { reportChargeback } from './charge-back.ts'
import { reportOutcome } from './decide-chargeback.ts'
import { reportRefundEnd } from './decide-refund.ts'
import type { DueFact, FactKind } from './fact.ts'
import { FACTS } from './fact-rows.ts'
import { reportPayment } from './pay.ts'

/** What the provider sends for each kind of fact: the very operation that an outside provider's report is. */
const REPORTS: Readonly<Record<FactKind, (origin: Origin, fact: DueFact) => Operation<unknown>>> = {
  payment: reportPayment,
  refund_success: reportRefundEnd('success'),
  refund_failure: reportRefundEnd('failure'),
  refund_bounce: reportRefundEnd('bounce'),
  chargeback_opened: reportChargeback,
  chargeback_won: reportOutcome,
  chargeback_lost: reportOutcome
}

/**
 * Tells a fact once more, and notes in the same commit that it was told. What the report is refused with is the caller's to try again:
 * then nothing is noted. Its key is the fact's and the telling's, so that each telling has one effect at most.
 */
export function tellFact (fact: DueFact): Operation<unknown> {
  const key = `sandbox:${externalId('sbx', fact.id)}:${fact.told + 1}`
  const origin = { tenantId: fact.tenantId, key, fingerprint: createHash('sha256').update(key).digest() }
  const report = REPORTS[fact.kind](origin, fact)
  return {
    ...report,
    lane: 'due',
    weight: report.weight + 1,
    needs: [...report.needs ?? [], { kind: FACTS, ids: () => [fact.id] }],
    decide (books) {
      const now = books.find(FACTS, fact.id)
      if (now?.told !== fact.told) return {}
      const answer = report.decide(books)
      books.save(FACTS, { ...now, told: now.told + 1, version: now.version + 1 })
      return answer
    }
  }
}
