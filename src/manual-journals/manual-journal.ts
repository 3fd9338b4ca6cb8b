import type { Posting } from '../journal/operation.ts'

export const MANUAL_JOURNAL_STATES = ['proposed', 'posted', 'rejected', 'withdrawn'] as const
export type ManualJournalState = (typeof MANUAL_JOURNAL_STATES)[number]

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

/** A journal by hand: proposed by one person, decided by another. A person is an API key, by its inside id. */
export interface ManualJournal extends ManualTerms {
  readonly id: string
  readonly state: ManualJournalState
  /** The journal that this one takes back, and the one that took this one back. */
  readonly reverses: string | null
  readonly reversedBy: string | null
  readonly proposedBy: string
  readonly proposedAt: Date
  /** Whoever approved, rejected or withdrew it. */
  readonly decidedBy: string | null
  readonly decidedAt: Date | null
  /** Why it was rejected. */
  readonly reason: string | null
  readonly transactionId: string | null
}
