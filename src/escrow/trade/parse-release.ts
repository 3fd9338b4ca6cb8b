import { isRate } from '../../kernel/money.ts'
import { Refusal, type RefusalCode } from '../../kernel/refusals.ts'
import { CONFIRMATIONS, factsIn, type Condition, type Fact, type Milestone, type NAMED_FACTS } from './release-terms.ts'
import { addShares, WHOLE_SHARE } from './shares.ts'

/** A condition nests so deep: a fact, all or any of facts, all or any of those. */
export const CONDITION_DEPTH_MAX = 3
/** A line's conditions name so many facts together. */
export const FACTS_MAX = 20
export const MILESTONES_MAX = 10

/** A condition as a caller proposes it: exactly one of the three. */
export interface ProposedCondition {
  readonly fact?: typeof NAMED_FACTS[number]
  readonly all_of?: readonly ProposedCondition[]
  readonly any_of?: readonly ProposedCondition[]
}

/** When a line's money is released, as a caller proposes it: one condition, or milestones. */
export interface ProposedRelease {
  readonly when?: ProposedCondition
  readonly milestones?: ReadonlyArray<{ readonly ref: string, readonly share: string, readonly when: ProposedCondition }>
  /** Whether the last of its money waits for the buyer's confirmation where no condition says anything of it. */
  readonly confirmation?: 'needed' | 'waived'
}

/**
 * Understands the release terms of a line; none make no milestones. The last milestone also waits until everything of the line is shipped
 * and, unless a condition names a confirmation or it is waived, until it is confirmed.
 * Refuses `invalid_request`, and `invalid_amount` for what is no share, with a pointer.
 */
export function parseRelease (proposed: ProposedRelease | undefined, pointer: string): readonly Milestone[] {
  if (proposed === undefined) return []
  const parsed = parseMilestones(proposed, pointer)
  const named = parsed.flatMap(({ when }) => factsIn(when))
  const isNamed = CONFIRMATIONS.some((fact) => named.includes(fact))
  if (isNamed && proposed.confirmation === 'waived') throw refuse('invalid_request', `${pointer}/confirmation`, 'A condition names the confirmation that this waives.')
  const implied: Fact[] = isNamed || proposed.confirmation === 'waived' ? ['shipped'] : ['shipped', 'confirmed']
  return parsed.map((milestone, place) => place < parsed.length - 1 ? milestone : { ...milestone, when: withFacts(milestone.when, implied) })
}

function parseMilestones ({ when, milestones }: ProposedRelease, pointer: string): Milestone[] {
  const leaves = { left: FACTS_MAX }
  if (when !== undefined && milestones === undefined) return [{ ref: null, share: '1', when: parseCondition(when, `${pointer}/when`, leaves) }]
  if (milestones === undefined || when !== undefined) throw refuse('invalid_request', pointer, 'Release terms have either `when` or `milestones`.')
  if (milestones.length === 0 || milestones.length > MILESTONES_MAX) throw refuse('invalid_request', `${pointer}/milestones`, `A line has 1 to ${MILESTONES_MAX} milestones.`)
  const refs = new Set<string>()
  const parsed = milestones.map((milestone, index) => {
    const place = `${pointer}/milestones/${index}`
    if (refs.has(milestone.ref)) throw refuse('invalid_request', `${place}/ref`, `Two milestones have the reference "${milestone.ref}".`)
    refs.add(milestone.ref)
    if (!isRate(milestone.share) || addShares([milestone.share]) === 0n) throw refuse('invalid_amount', `${place}/share`, 'A share is more than "0" and at most "1".')
    return { ref: milestone.ref, share: milestone.share, when: parseCondition(milestone.when, `${place}/when`, leaves) }
  })
  if (addShares(parsed.map(({ share }) => share)) !== WHOLE_SHARE) throw refuse('invalid_amount', `${pointer}/milestones`, 'The shares of all milestones add up to "1".')
  return parsed
}

function parseCondition (proposed: ProposedCondition, pointer: string, leaves: { left: number }, depth = 1): Condition {
  const { fact, all_of: all, any_of: any } = proposed
  if ([fact, all, any].filter((each) => each !== undefined).length !== 1) throw refuse('invalid_request', pointer, 'A condition is one of `fact`, `all_of` and `any_of`.')
  if (fact !== undefined) {
    leaves.left -= 1
    if (leaves.left < 0) throw refuse('invalid_request', pointer, `The conditions of a line name at most ${FACTS_MAX} facts.`)
    return { fact }
  }
  const [name, parts] = all !== undefined ? ['all_of', all] as const : ['any_of', any ?? []] as const
  if (parts.length === 0) throw refuse('invalid_request', `${pointer}/${name}`, 'A condition of no conditions says nothing.')
  if (depth === CONDITION_DEPTH_MAX) throw refuse('invalid_request', pointer, `Conditions nest at most ${CONDITION_DEPTH_MAX} deep.`)
  const conditions = parts.map((part, index) => parseCondition(part, `${pointer}/${name}/${index}`, leaves, depth + 1))
  return name === 'all_of' ? { all_of: conditions } : { any_of: conditions }
}

/** The condition and some facts: written into it, so that it can be read as it is. */
function withFacts (when: Condition, facts: readonly Fact[]): Condition {
  return { all_of: [...'all_of' in when ? when.all_of : [when], ...facts.map((fact) => ({ fact }))] }
}

function refuse (code: RefusalCode, pointer: string, detail: string): Refusal {
  return new Refusal(code, detail, { errors: [{ pointer, code, detail }] })
}
