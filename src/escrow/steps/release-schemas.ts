import { Type as T } from 'typebox'
import { component } from '../../http/components.ts'
import { Exactly, Nullable, Rate, Reference, Timestamp } from '../../http/schemas.ts'
import { FACTS_MAX, MILESTONES_MAX } from '../trade/parse-release.ts'
import { NAMED_FACTS } from '../trade/release-terms.ts'

const NamedFact = T.Enum([...NAMED_FACTS], {
  type: 'string',
  description: 'What is to be true: `carrier_delivered`, `customs_cleared` and `inspection_passed` are attested; `confirmed` is the buyer\'s confirmation or his silence, ' +
    '`buyer_confirmed` only his own.'
})

const ONE_OF = { minProperties: 1, maxProperties: 1, description: 'Exactly one of `fact`, `all_of` and `any_of`.' }

const FactCondition = Exactly({ fact: T.Optional(NamedFact) }, { ...ONE_OF, description: 'A fact.' })

const FactsCondition = Exactly({
  fact: T.Optional(NamedFact),
  all_of: T.Optional(T.Array(FactCondition, { minItems: 1, maxItems: FACTS_MAX })),
  any_of: T.Optional(T.Array(FactCondition, { minItems: 1, maxItems: FACTS_MAX }))
}, ONE_OF)

const ConditionRequest = Exactly({
  fact: T.Optional(NamedFact),
  all_of: T.Optional(T.Array(FactsCondition, { minItems: 1, maxItems: FACTS_MAX })),
  any_of: T.Optional(T.Array(FactsCondition, { minItems: 1, maxItems: FACTS_MAX }))
}, ONE_OF)

/** When the money of a line is released. */
export const ReleaseRequest = Exactly({
  when: T.Optional(ConditionRequest),
  milestones: T.Optional(T.Array(Exactly({ ref: Reference, share: Rate, when: ConditionRequest }), {
    minItems: 1, maxItems: MILESTONES_MAX, description: 'Parts of the money, each with its own condition; their shares add up to "1".'
  })),
  confirmation: T.Optional(T.Enum(['needed', 'waived'], {
    type: 'string', description: 'Whether the (last) part also waits for the buyer\'s confirmation or his silence where no condition names one: `needed` where that is not told.'
  }))
}, { description: 'Beyond confirmation: one condition (`when`) or milestones. The last of the money always waits until everything of the line is shipped as well.' })

/** A condition as it is shown, with what its terms imply written out. */
const Condition = component('ReleaseCondition', T.Object({
  fact: T.Optional(T.String()),
  all_of: T.Optional(T.Array(T.Object({}, { additionalProperties: true }), { description: 'Conditions of this same form.' })),
  any_of: T.Optional(T.Array(T.Object({}, { additionalProperties: true }), { description: 'Conditions of this same form.' }))
}, { description: 'A fact, or all or any of some conditions.' }))

/** What the money of a line waits for, milestone by milestone. */
export const ReleaseConditions = component('ReleaseConditions', T.Array(T.Object({
  milestone: Nullable(Reference),
  share: Rate,
  when: Condition,
  met: T.Boolean(),
  facts: T.Array(T.Object({
    fact: T.String({ description: '`shipped` is met when nothing of the line is left to ship.' }),
    met: T.Boolean(),
    by: Nullable(T.String({ description: '`buyer`, `silence`, or the id of the key that attested it.' })),
    at: Nullable(Timestamp),
    evidence_sha256: Nullable(T.String())
  }))
}), { description: 'What releases the line\'s money: each milestone its share when its condition is met. Empty where confirmation alone does.' }))
