import type { LineAmount } from './line-amount.ts'

/** What is in dispute of one line. Amounts are minor units of its trade's currency. */
export interface DisputedLine {
  readonly lineId: string
  /** What is held of it and frozen: shipped units that nobody confirms, and money that nobody releases. */
  readonly units: number
  readonly frozen: LineAmount
  /** What was confirmed and released before: in dispute as well, but nothing is held of it any more. */
  readonly releasedUnits: number
  readonly released: LineAmount
  /** How long silence had still to wait for the frozen units; null where none are frozen. */
  readonly waitMs: number | null
}

/** A dispute that nobody has decided, as its trade knows it. */
export interface OpenDispute {
  readonly id: string
  /** Until when evidence is taken; null when that has passed. */
  readonly dueAt: Date | null
  readonly lines: readonly DisputedLine[]
}
