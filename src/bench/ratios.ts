import type { Aim, Comparison, RoundNumbers } from './group.ts'
import type { Result } from './rounds.ts'
import { median } from './statistics.ts'

/** What a comparison came to: the median of the rounds' ratios, and the smallest and largest of them. */
export interface Ratio {
  readonly name: string
  readonly about: string
  readonly of: keyof RoundNumbers
  readonly value: number
  readonly low: number
  readonly high: number
  readonly aim: Aim | null
  /** Whether the median is what we aim at; null where we aim at nothing. */
  readonly met: boolean | null
}

/**
 * Each round's ratio is of measurements seconds apart, so whatever else the machine did then is in both of them: machines differ, and
 * so do hours, and ratios differ less than any rate.
 */
export function ratioOf ({ name, about, of, ours, theirs, aim }: Comparison, results: readonly Result[]): Ratio {
  const best = (names: readonly string[], round: number): number => {
    const values = names.map((wanted) => {
      const numbers = results.find((result) => result.name === wanted)?.rounds[round]
      if (numbers === undefined) throw new Error(`${wanted} was not measured in round ${round + 1}`)
      return numbers[of]
    })
    return of === 'rate_per_second' ? Math.max(...values) : Math.min(...values)
  }
  const values = (results[0]?.rounds ?? []).map((_, round) => best(ours, round) / best(theirs, round))
  const value = median(values)
  const met = aim === null ? null : value >= (aim.least ?? 0) && value <= (aim.most ?? Infinity)
  return { name, about, of, value, low: Math.min(...values), high: Math.max(...values), aim, met }
}
