import type { DisputedLine } from '../trade/open-dispute.ts'
import type { Changed } from '../trade/trade-operation.ts'

export const DISPUTE_STATES = ['open', 'under_review', 'awarded', 'withdrawn'] as const
export type DisputeState = (typeof DISPUTE_STATES)[number]

export const DISPUTANTS = ['buyer', 'seller', 'platform'] as const
export type Disputant = (typeof DISPUTANTS)[number]

/** Why somebody disputes. A closed list: words of people would bring personal data into the books. */
export const DISPUTE_REASONS = [
  'not_received', 'incomplete', 'wrong_item', 'not_as_described', 'damaged', 'counterfeit', 'refund_refused', 'return_not_received', 'returned_damaged', 'other'
] as const
export type DisputeReason = (typeof DISPUTE_REASONS)[number]

export const EVIDENCE_KINDS = ['photo', 'video', 'document', 'correspondence', 'tracking', 'inspection_report', 'declaration'] as const
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number]

/** How a line's contested money is divided, minor units. */
export interface AwardedLine {
  readonly lineId: string
  readonly buyer: bigint
  readonly seller: bigint
}

/** An award that waits for a second person. */
export interface AwardProposal {
  readonly lines: readonly AwardedLine[]
  readonly proposedBy: string
  readonly proposedAt: Date
}

/** An argument about lines of a trade, with everything that became of it. People are API keys, by their inside ids. */
export interface Dispute {
  readonly id: string
  readonly tradeId: string
  readonly state: DisputeState
  readonly openedBy: Disputant
  readonly openedKey: string
  readonly reason: DisputeReason
  readonly unit: string
  readonly lines: readonly DisputedLine[]
  readonly openedAt: Date
  readonly evidenceBy: Date
  readonly evidenceCount: number
  /** Of an award that took two persons it stays. */
  readonly proposal: AwardProposal | null
  readonly award: readonly AwardedLine[] | null
  /** Whoever awarded it or withdrew it. */
  readonly decidedBy: string | null
  readonly decidedAt: Date | null
  readonly transactionId: string | null
}

/** What a step made of a trade and of a dispute of it. */
export interface ChangedDispute extends Changed {
  readonly dispute: Dispute
}

/** What somebody handed in. What the attachments say is kept elsewhere; here is what proves that they are the same. */
export interface Evidence {
  readonly disputeId: string
  /** From 1, without a gap. */
  readonly number: number
  readonly by: Disputant
  readonly keyId: string
  readonly kind: EvidenceKind
  readonly attachments: readonly Attachment[]
  readonly at: Date
}

/** A file, by the SHA-256 of its bytes in small hexadecimal digits. */
export interface Attachment {
  readonly sha256: string
  readonly bytes?: number
  readonly media_type?: string
}

/** Whether nobody has decided it. */
export function isUndecided ({ state }: Pick<Dispute, 'state'>): boolean {
  return state === 'open' || state === 'under_review'
}
