import { externalId } from '../../kernel/ids.ts'
import { formatAmount } from '../../kernel/money.ts'
import { unitOf, type Unit } from '../../kernel/units.ts'
import { contestedOf } from '../trade/disputed.ts'
import { sumOf } from '../trade/line-amount.ts'
import type { Attachment, AwardedLine, Disputant, Dispute, DisputeReason, DisputeState, Evidence, EvidenceKind } from './dispute.ts'
import { amountOf, awardedOf } from './tell-dispute.ts'

interface AwardJson {
  readonly lines: ReadonlyArray<{ readonly line: string, readonly buyer: string, readonly seller: string }>
  readonly buyer: string
  readonly seller: string
}

/** A dispute as callers see it: outside ids, amounts as decimal strings of its currency. People are the keys they use. */
export interface DisputeJson {
  readonly id: string
  readonly trade: string
  readonly state: DisputeState
  readonly opened_by: Disputant
  readonly opened_key: string
  readonly reason: DisputeReason
  readonly currency: string
  readonly amount: string
  readonly lines: ReadonlyArray<{ readonly line: string, readonly quantity: number, readonly amount: string, readonly frozen: string, readonly released: string }>
  readonly opened_at: string
  readonly evidence_by: string
  readonly evidence_count: number
  readonly proposed_award: (AwardJson & { readonly proposed_by: string, readonly proposed_at: string }) | null
  readonly award: AwardJson | null
  readonly decided_by: string | null
  readonly decided_at: string | null
}

/** The dispute as a step left it, and the transactions that the step posted. */
export interface DisputeAnswer extends DisputeJson {
  readonly transactions: readonly string[]
}

/** An entry of the evidence, as callers see it. */
export interface EvidenceJson {
  readonly dispute: string
  readonly number: number
  readonly by: Disputant
  readonly key: string
  readonly kind: EvidenceKind
  readonly attachments: readonly Attachment[]
  readonly at: string
}

/** The outside form of a dispute. Of an award that took two persons the proposal stays. */
export function showDispute (dispute: Dispute): DisputeJson {
  const { proposal, award, decidedBy } = dispute
  const unit = unitOf(dispute.unit)
  return {
    id: externalId('dsp', dispute.id),
    trade: externalId('trd', dispute.tradeId),
    state: dispute.state,
    opened_by: dispute.openedBy,
    opened_key: externalId('key', dispute.openedKey),
    reason: dispute.reason,
    currency: dispute.unit,
    amount: formatAmount(amountOf(dispute), unit),
    lines: dispute.lines.map((line) => ({
      line: externalId('lin', line.lineId),
      quantity: line.units + line.releasedUnits,
      amount: formatAmount(contestedOf(line), unit),
      frozen: formatAmount(sumOf(line.frozen), unit),
      released: formatAmount(sumOf(line.released), unit)
    })),
    opened_at: dispute.openedAt.toISOString(),
    evidence_by: dispute.evidenceBy.toISOString(),
    evidence_count: dispute.evidenceCount,
    proposed_award: proposal === null
      ? null
      : { ...showAward(proposal.lines, unit), proposed_by: externalId('key', proposal.proposedBy), proposed_at: proposal.proposedAt.toISOString() },
    award: award === null ? null : showAward(award, unit),
    decided_by: decidedBy === null ? null : externalId('key', decidedBy),
    decided_at: dispute.decidedAt?.toISOString() ?? null
  }
}

/** The outside form of an entry of the evidence. */
export function showEvidence ({ disputeId, number, by, keyId, kind, attachments, at }: Evidence): EvidenceJson {
  return { dispute: externalId('dsp', disputeId), number, by, key: externalId('key', keyId), kind, attachments, at: at.toISOString() }
}

function showAward (lines: readonly AwardedLine[], unit: Unit): AwardJson {
  const { buyer, seller } = awardedOf(lines)
  return {
    lines: lines.map((line) => ({ line: externalId('lin', line.lineId), buyer: formatAmount(line.buyer, unit), seller: formatAmount(line.seller, unit) })),
    buyer: formatAmount(buyer, unit),
    seller: formatAmount(seller, unit)
  }
}
