/** What one batch took. Times in milliseconds. */
export interface BatchFacts {
  readonly operations: number
  /** The sum of what its operations said they write, about. */
  readonly weight: number
  /** From the beginning of its transaction until every row was locked and read. */
  readonly loadMs: number
  readonly decideMs: number
  /** From its first write until its commit was acknowledged. */
  readonly commitMs: number
}

/** Is told what the Journal does, for metrics. Must not throw. */
export interface JournalObserver {
  /** A batch was committed. */
  committed (facts: BatchFacts): void
  /** A batch's transaction failed and was rolled back: it runs `again` as a whole, or its operations one by one. */
  failed (again: boolean): void
}
