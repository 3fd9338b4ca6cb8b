import { Refusal } from '../../kernel/refusals.ts'
import type { Operation, Origin } from '../../journal/operation.ts'
import type { Evidence } from './dispute.ts'
import { DISPUTES } from './dispute-rows.ts'
import { EVIDENCE } from './evidence-rows.ts'
import { requireNotDecided } from './find-dispute.ts'
import { showEvidence, type EvidenceJson } from './show-dispute.ts'
import { appendDisputeEvent } from './tell-dispute.ts'

export const EVIDENCE_MAX = 200

/** What is handed in; `keyId` is the inside id of the acting key. */
export type NewEvidence = Pick<Evidence, 'by' | 'keyId' | 'kind' | 'attachments'>

/**
 * Adds an entry to the evidence of a dispute (by its inside id, null when the text was none); entries never change. Of the trade nothing changes.
 * Refuses `not_found`, `dispute_decided`, `evidence_closed` once its time is over, whether or not the timer has come yet, and `too_much_evidence`.
 */
export function handInEvidence (origin: Origin, disputeId: string | null, evidence: NewEvidence): Operation<EvidenceJson> {
  return {
    ...origin,
    name: 'dispute.evidence',
    lane: 'request',
    weight: 4,
    needs: [{ kind: DISPUTES, ids: () => disputeId === null ? [] : [disputeId] }],
    decide (books) {
      const dispute = disputeId === null ? null : books.find(DISPUTES, disputeId)
      if (dispute === null) throw new Refusal('not_found')
      requireNotDecided(dispute)
      if (dispute.state === 'under_review' || dispute.evidenceBy <= books.now) {
        throw new Refusal('evidence_closed', `Evidence was taken until ${dispute.evidenceBy.toISOString()}.`, { current_state: dispute.state })
      }
      if (dispute.evidenceCount >= EVIDENCE_MAX) throw new Refusal('too_much_evidence', `A dispute has at most ${EVIDENCE_MAX} entries.`)
      const entry: Evidence = { ...evidence, disputeId: dispute.id, number: dispute.evidenceCount + 1, at: books.now }
      const counted = { ...dispute, evidenceCount: entry.number }
      books.save(DISPUTES, counted)
      books.save(EVIDENCE, entry)
      appendDisputeEvent(books, 'dispute.evidence_added', counted, {}, { by: entry.by, kind: entry.kind, number: entry.number })
      return showEvidence(entry)
    }
  }
}
