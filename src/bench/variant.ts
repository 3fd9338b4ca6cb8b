import type { Sample } from './drive.ts'

/** One way of doing some work, to be measured beside others. */
export interface Variant {
  /** Names it in the JSON and in ratios: what does it, on what, and with how many calls in flight, such as `journal.hot.64`. */
  readonly name: string
  readonly about: string
  /** What is counted. */
  readonly unit: 'transfers' | 'trades' | 'payments' | 'requests'
  /** Calls in flight. */
  readonly clients: number
  /** Makes ready, unmeasured, what a run of so many seconds needs. */
  prepare? (seconds: number): Promise<void>
  /** Does the work for about so long. Called many times. */
  run (seconds: number): Promise<Sample>
}
