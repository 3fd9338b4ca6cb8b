import { isFactMet, isMet, recordOf } from './release-conditions.ts'
import { factsIn, type Condition, type Fact } from './release-terms.ts'
import type { Line } from './trade.ts'

/** A fact that a milestone's condition names, and by whom and when it was met; nobody in particular ships the last unit. */
export interface FactJson {
  readonly fact: Fact
  readonly met: boolean
  readonly by: string | null
  readonly at: string | null
  readonly evidence_sha256: string | null
}

/** A milestone of a line as callers see it: its share, its condition, and how far that is met. */
export interface MilestoneJson {
  readonly milestone: string | null
  readonly share: string
  readonly when: Condition
  readonly met: boolean
  readonly facts: readonly FactJson[]
}

/** The outside form of a line's release conditions; none where confirmation alone releases its money. */
export function showConditions (line: Line): MilestoneJson[] {
  return line.milestones.map((milestone) => ({
    milestone: milestone.ref,
    share: milestone.share,
    when: milestone.when,
    met: isMet(line, milestone),
    facts: factsIn(milestone.when).map((fact) => {
      const record = fact === 'shipped' ? null : recordOf(line, milestone, fact)
      return {
        fact,
        met: isFactMet(line, milestone, fact),
        by: record?.by ?? null,
        at: record?.at.toISOString() ?? null,
        evidence_sha256: record?.evidence ?? null
      }
    })
  }))
}
