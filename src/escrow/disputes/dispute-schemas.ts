import { Type as T } from 'typebox'
import { component } from '../../http/components.ts'
import { Currency, Exactly, Id, Money, Nullable, Page, PageQuery, Timestamp } from '../../http/schemas.ts'
import { Transactions } from '../steps/trade-schemas.ts'
import { DISPUTANTS, DISPUTE_REASONS, DISPUTE_STATES, EVIDENCE_KINDS } from './dispute.ts'
import { AGE_BUCKETS } from './read-disputes.ts'

const LINES_MAX = 200
const ATTACHMENTS_MAX = 20

const By = T.Enum([...DISPUTANTS], { type: 'string', description: 'For whom the key acts.' })
const Reason = T.Enum([...DISPUTE_REASONS], { type: 'string', description: 'Why it is disputed: a code, because words of people do not belong into the books.' })
const State = T.Enum([...DISPUTE_STATES], {
  type: 'string', description: '`open` while evidence is taken, then `under_review`; over when it is `awarded` or `withdrawn`.'
})
const Units = T.Integer({ minimum: 0 })

export const DisputeRequest = Exactly({
  by: By,
  reason: Reason,
  lines: T.Array(Exactly({
    line: Id('lin'),
    quantity: T.Optional(T.Integer({ minimum: 1, maximum: 1_000_000 })),
    amount: T.Optional(Money)
  }), {
    minItems: 1,
    maxItems: LINES_MAX,
    description: 'Of each line units, which bring the even part of their money, or an amount of money, goods first; with neither all that was shipped and not given back. ' +
      'What is held comes first, then what was released.'
  })
}, { examples: [{ by: 'buyer', reason: 'damaged', lines: [{ line: 'lin_01kaj6n8k2f5rvt4r9e8q7m3zf', quantity: 1 }] }] })

const Attachments = T.Array(Exactly({
  sha256: T.String({ pattern: '^[0-9a-f]{64}$', description: 'The SHA-256 of its bytes, in small hexadecimal digits.' }),
  bytes: T.Optional(T.Integer({ minimum: 0 })),
  media_type: T.Optional(T.String({ pattern: '^[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}$', examples: ['image/jpeg'] }))
}), { minItems: 1, maxItems: ATTACHMENTS_MAX, description: 'Files that are kept elsewhere.' })

const ATTACHMENT = { sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', bytes: 182_044, media_type: 'image/jpeg' }
const Kind = T.Enum([...EVIDENCE_KINDS], { type: 'string' })

export const EvidenceRequest = Exactly({ by: By, kind: Kind, attachments: Attachments }, { examples: [{ by: 'buyer', kind: 'photo', attachments: [ATTACHMENT] }] })

export const EvidenceBody = component('Evidence', T.Object({
  dispute: Id('dsp'),
  number: T.Integer({ minimum: 1, description: 'Within its dispute, without a gap.' }),
  by: By,
  key: Id('key'),
  kind: Kind,
  attachments: T.Array(T.Object({ sha256: T.String(), bytes: T.Optional(T.Integer()), media_type: T.Optional(T.String()) })),
  at: Timestamp
}, { description: 'What somebody handed in. Entries never change; the attachments are kept elsewhere, here is what proves that they are the same.' }))

export const AwardRequest = Exactly({
  lines: T.Array(Exactly({ line: Id('lin'), buyer: Money, seller: Money }), {
    minItems: 1, maxItems: LINES_MAX, description: 'Every line of the dispute; of each, both parts together are what is contested, to the last minor unit.'
  })
}, { examples: [{ lines: [{ line: 'lin_01kaj6n8k2f5rvt4r9e8q7m3zf', buyer: '10.00', seller: '12.40' }] }] })

/** The escalation of a refused case, by the buyer or the platform for him. */
export const EscalationRequest = Exactly({
  by: T.Optional(T.Enum(['buyer', 'platform'], { type: 'string', description: 'Who escalates: the buyer where that is not told.' }))
}, { examples: [{}] })

export const WithdrawalRequest = Exactly({ by: By }, { examples: [{ by: 'buyer' }] })

const awardProperties = {
  lines: T.Array(T.Object({ line: Id('lin'), buyer: Money, seller: Money })),
  buyer: Money,
  seller: Money
}

const disputeProperties = {
  id: Id('dsp'),
  trade: Id('trd'),
  state: State,
  opened_by: By,
  opened_key: Id('key'),
  reason: Reason,
  currency: Currency,
  amount: Money,
  lines: T.Array(T.Object({ line: Id('lin'), quantity: Units, amount: Money, frozen: Money, released: Money }), {
    description: 'What was in dispute when it was opened: `frozen` was held, `released` was the sellers\' already. A quantity of 0 is a dispute about money alone.'
  }),
  opened_at: Timestamp,
  evidence_by: Timestamp,
  evidence_count: Units,
  proposed_award: Nullable(T.Object({ ...awardProperties, proposed_by: Id('key'), proposed_at: Timestamp })),
  award: Nullable(T.Object(awardProperties)),
  decided_by: Nullable(Id('key')),
  decided_at: Nullable(Timestamp)
}

const agedProperties = {
  ...disputeProperties,
  age_days: T.Integer({ minimum: 0, description: 'Whole days since it was opened; of one that is over, until it was.' }),
  age_bucket: T.Enum([...AGE_BUCKETS], { type: 'string' })
}

export const DisputeStepBody = component('DisputeStep', T.Object({ ...disputeProperties, transactions: Transactions }, {
  description: 'A dispute as a step left it, and the transactions by which it was decided.'
}))

const AgedDisputeBody = component('Dispute', T.Object(agedProperties, { description: 'An argument about lines of a trade, and what became of it.' }))

export const DisputeWithEvidenceBody = component('DisputeWithEvidence', T.Object({ ...agedProperties, evidence: T.Array(EvidenceBody) }, {
  description: 'A dispute with its evidence, in the order it came.'
}))

export const DisputePage = Page('DisputePage', AgedDisputeBody)

export const DisputeQuery = PageQuery({
  state: T.Optional(State),
  trade: T.Optional(Id('trd')),
  older_than_days: T.Optional(T.Integer({ minimum: 0, maximum: 36_500, description: 'Those whose `age_days` are more.' }))
})
