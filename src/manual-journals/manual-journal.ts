import type { Posting } from '../journal/operation.ts'
import type { Proposal } from '../two-persons/proposal.ts'

/** How many postings one journal may have. */
export const POSTINGS_MAX = 100

/** What a journal books; it never changes. */
export interface ManualTerms {
  readonly description: string
  /** Currency code of every posting. */
  readonly unit: string
  readonly occurredAt: Date
  /** In the order of booking; amounts are minor units. */
  readonly postings: readonly Posting[]
}

/** A journal by hand: proposed by one person, decided by another. */
export interface ManualJournal extends ManualTerms, Proposal {
  readonly id: string
  /** The journal that this one takes back, and the one that took this one back. */
  readonly reverses: string | null
  readonly reversedBy: string | null
  /** Why it was rejected. */
  readonly reason: string | null
}
