import fc from 'fast-check'
import type { ProposedRelease } from '../../src/escrow/trade/parse-release.ts'

/** A condition in the words of the API. */
export interface ConditionDraft {
  readonly fact?: 'carrier_delivered' | 'customs_cleared' | 'inspection_passed' | 'confirmed' | 'buyer_confirmed'
  readonly all_of?: readonly ConditionDraft[]
  readonly any_of?: readonly ConditionDraft[]
}

/** Milestones by their weights, and whether the confirmation is waived where none of them names one. */
export interface ReleaseDraft {
  readonly parts: ReadonlyArray<{ readonly weight: number, readonly when: ConditionDraft }>
  readonly waived: boolean
}

const leaf: fc.Arbitrary<ConditionDraft> = fc.constantFrom('carrier_delivered' as const, 'customs_cleared' as const, 'inspection_passed' as const, 'confirmed' as const, 'buyer_confirmed' as const)
  .map((fact) => ({ fact }))

function node (child: fc.Arbitrary<ConditionDraft>): fc.Arbitrary<ConditionDraft> {
  const parts = fc.array(child, { minLength: 1, maxLength: 2 })
  return fc.oneof(leaf, parts.map((conditions) => ({ all_of: conditions })), parts.map((conditions) => ({ any_of: conditions })))
}

/** Release terms of every form. */
export const releaseDraft: fc.Arbitrary<ReleaseDraft> = fc.record({
  parts: fc.array(fc.record({ weight: fc.integer({ min: 1, max: 9 }), when: node(node(leaf)) }), { minLength: 1, maxLength: 3 }),
  waived: fc.boolean()
})

/** The facts that a condition names. */
export function factsOf ({ fact, all_of: all = [], any_of: any = [] }: ConditionDraft): string[] {
  return fact === undefined ? [...all, ...any].flatMap(factsOf) : [fact]
}

/** The shares of a draft in billionths; the last takes what division left. */
export function sharesOf ({ parts }: ReleaseDraft): bigint[] {
  const whole = BigInt(parts.reduce((sum, { weight }) => sum + weight, 0))
  const shares = parts.map(({ weight }) => BigInt(weight) * 1_000_000_000n / whole)
  return shares.map((share, place) => place < shares.length - 1 ? share : 1_000_000_000n - shares.slice(0, -1).reduce((sum, each) => sum + each, 0n))
}

/** The same in the words of the API. */
export function proposedRelease (draft: ReleaseDraft): ProposedRelease {
  const isNamed = draft.parts.flatMap(({ when }) => factsOf(when)).some((fact) => fact.endsWith('confirmed'))
  const confirmation = draft.waived && !isNamed ? { confirmation: 'waived' as const } : {}
  const [only] = draft.parts
  if (draft.parts.length === 1 && only !== undefined) return { when: only.when, ...confirmation }
  const milestones = draft.parts.map(({ when }, place) => ({ ref: `m${place}`, share: `0.${String(sharesOf(draft)[place]).padStart(9, '0')}`, when }))
  return { milestones, ...confirmation }
}
