import { Type as T } from 'typebox'
import { component } from '../../http/components.ts'
import { Exactly, Id, Nullable, Timestamp } from '../../http/schemas.ts'
import { NAME_LENGTH_MAX } from '../forms/name.ts'
import { Code } from '../identities/identity-schemas.ts'
import { CLAIMS_MAX } from './answer-questions.ts'
import { JURISDICTIONS, ROLES } from './claim.ts'
import { VERDICTS } from './verdict.ts'

export const BATCH_MAX = 100

const Role = T.Enum([...ROLES], { type: 'string', description: 'Whose identity is asked about.' })
const Jurisdiction = T.Enum([...JURISDICTIONS], { type: 'string', description: 'Whose law asks: it decides what a claim must say, and which country a telephone number is of that names none.' })
const Verdict = T.Enum([...VERDICTS], {
  type: 'string',
  description: '`match`; `close_match`: all but the name is the same, and the name in another order or cut as in a passport\'s machine-readable zone; `no_match`; `insufficient`: the claim says too little; ' +
    '`unavailable`: nothing can be said about that person. Which field differs is not told.'
})

const ClaimBody = Exactly({
  name: T.Optional(T.String({ minLength: 1, maxLength: NAME_LENGTH_MAX })),
  id_type: T.Optional(T.String({ minLength: 1, maxLength: 40, description: 'cn_id, kr_pccc or passport.', examples: ['cn_id'] })),
  id_number: T.Optional(T.String({ minLength: 1, maxLength: 60 })),
  id_country: T.Optional(T.String({ pattern: '^[A-Z]{2}$', description: 'Of a passport: ISO 3166-1, two letters.' })),
  phone: T.Optional(T.String({ minLength: 1, maxLength: 40 })),
  postcode: T.Optional(T.String({ minLength: 1, maxLength: 20 }))
}, { description: 'What you believe. For China name and document; for Korea customs code, name, telephone and, where one is held, postcode.' })

/** A question about somebody whom a trade names. */
export const MatchRequest = Exactly({
  trade: Id('trd'),
  role: Role,
  jurisdiction: Jurisdiction,
  purpose: Code,
  claim: ClaimBody
})

const Finding = T.Enum(['same', 'close', 'different', 'not_held', 'not_claimed'], { type: 'string' })

export const MatchBody = component('Match', T.Object({
  id: Id('mat'),
  trade: Id('trd'),
  role: Role,
  jurisdiction: Jurisdiction,
  verdict: Verdict,
  attempts_left: T.Integer({ minimum: 0, maximum: CLAIMS_MAX, description: `How many other claims about this trade will be answered, of anybody; ${CLAIMS_MAX} are, for good. The same claim again costs nothing.` }),
  fields: T.Optional(T.Object({ name: Finding, id: Finding, phone: Finding, postcode: Finding }, { description: 'Only for keys of the role customs whose grant allows it.' }))
}, { description: 'A verdict about a claim, and nothing else.' }))

/** Questions to be answered together. Their number is looked at by the route, because too many are not malformed. */
export const MatchBatchRequest = Exactly({ matches: T.Array(MatchRequest, { minItems: 1, description: `Up to ${BATCH_MAX} questions.` }) })

export const MatchBatchBody = component('MatchBatch', T.Object({
  id: Id('mbt'),
  created_at: Timestamp,
  results: T.Array(T.Object({
    match: Nullable(MatchBody),
    problem: Nullable(T.Object({
      code: T.String(),
      status: T.Integer(),
      errors: T.Optional(T.Array(T.Object({ pointer: T.String(), code: T.String(), detail: T.Optional(T.String()) })))
    }))
  }), { description: 'One for each question, in their order: a match, or why there is none.' })
}))

export const MATCH_REQUEST_EXAMPLE = {
  trade: 'trd_01kaj6n8k2f5rvt4r9e8q7m3zd',
  role: 'orderer',
  jurisdiction: 'CN',
  purpose: 'customs_clearance',
  claim: { name: '样本人', id_type: 'cn_id', id_number: '110101199003070011' }
}

export const MATCH_EXAMPLE = {
  id: 'mat_01kaj6n8k2f5rvt4r9e8q7m3zd',
  trade: 'trd_01kaj6n8k2f5rvt4r9e8q7m3zd',
  role: 'orderer',
  jurisdiction: 'CN',
  verdict: 'match',
  attempts_left: 4
}

export const MATCH_BATCH_EXAMPLE = {
  id: 'mbt_01kaj6n8k2f5rvt4r9e8q7m3zd',
  created_at: '2026-01-31T08:00:00.000Z',
  results: [{ match: MATCH_EXAMPLE, problem: null }, { match: null, problem: { code: 'not_found', status: 404 } }]
}
