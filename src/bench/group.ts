import type pg from 'pg'
import type { Journal } from '../journal/journal.ts'
import type { BenchDatabase } from './bench-database.ts'
import type { Sample } from './drive.ts'

/** What is counted. */
export type Unit = 'transfers' | 'trades' | 'operations' | 'payments' | 'requests' | 'pages' | 'transactions' | 'grants'

/** One way of doing some work, to be measured beside others. */
export interface Variant {
  /** Names it in the JSON and in comparisons: what does it, on what, and with how many calls in flight, such as `journal.hot.64`. */
  readonly name: string
  readonly about: string
  readonly unit: Unit
  /** Calls in flight. */
  readonly clients: number
  /** Of whose database the bytes are counted; the group's, where none is named. */
  readonly owner?: pg.Pool
  /** Makes ready, unmeasured, what a run of so many seconds needs. */
  prepare? (seconds: number): Promise<void>
  /** Does the work for about so long. Called many times. */
  run (seconds: number): Promise<Sample>
}

/** What is compared, of one round or as the median of all. */
export interface RoundNumbers {
  readonly rate_per_second: number
  readonly p50_ms: number
  readonly p99_ms: number
}

/** What we aim at: at least, at most, or both. */
export interface Aim {
  readonly least?: number
  readonly most?: number
}

/** Two measurements of a group to be put beside each other. Of several variants the best one counts, in each round anew. */
export interface Comparison {
  readonly name: string
  readonly about: string
  readonly of: keyof RoundNumbers
  readonly ours: readonly string[]
  readonly theirs: readonly string[]
  /** Null where the number is for orientation. */
  readonly aim: Aim | null
}

/** What a group is measured with. */
export interface Stage {
  readonly database: BenchDatabase
  /** The Journal of this process. */
  readonly journal: Journal
  /** Of one run of one variant, as it was asked for. */
  readonly seconds: number
  readonly tell: (progress: string) => void
  /** Throws when the measurement must end before its time. */
  readonly goOn: () => void
}

/** A number worth telling that is no rate, such as a size. */
export interface Fact {
  readonly name: string
  readonly value: number
}

/** A group that is ready to be measured. `close` ends whatever runs for it. */
export interface OpenGroup {
  readonly variants: readonly Variant[]
  readonly comparisons: readonly Comparison[]
  /** Asked for when all rounds are over. */
  readonly facts?: () => readonly Fact[]
  /** Databases of its own, whose books are verified as well. */
  readonly databases?: readonly BenchDatabase[]
  readonly close: () => Promise<void>
}

/** What is measured side by side, on one set-up. */
export interface Group {
  readonly name: string
  readonly about: string
  open (stage: Stage): Promise<OpenGroup>
}
