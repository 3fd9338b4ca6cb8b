import { Type as T } from 'typebox'
import { component } from '../../http/components.ts'
import { Exactly, Id, Reference } from '../../http/schemas.ts'
import { ReleaseConditions } from '../steps/release-schemas.ts'
import { Transactions } from '../steps/trade-schemas.ts'
import { ATTESTATION_KINDS } from '../trade/release-terms.ts'
import { LINE_STATES, TRADE_STATES } from '../trade/states.ts'

const RECEIPT = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'

export const AttestationRequest = Exactly({
  line: Id('lin'),
  kind: T.Enum([...ATTESTATION_KINDS], { type: 'string', description: 'What is so.' }),
  milestone: T.Optional({ ...Reference, description: 'The milestone it is for, where the line has milestones.' }),
  evidence_sha256: T.Optional(T.String({
    pattern: '^[0-9a-f]{64}$', description: 'The SHA-256 of what proves it, such as a signed receipt that is kept elsewhere, in hexadecimal digits.'
  }))
}, { examples: [{ line: 'lin_01kaj6n8k2f5rvt4r9e8q7m3zf', kind: 'carrier_delivered', evidence_sha256: RECEIPT }] })

const progressProperties = {
  id: Id('trd'),
  external_ref: Reference,
  state: T.Enum([...TRADE_STATES], { type: 'string' }),
  lines: T.Array(T.Object({
    id: Id('lin'),
    ref: Reference,
    state: T.Enum([...LINE_STATES], { type: 'string' }),
    release_conditions: ReleaseConditions
  })),
  version: T.Integer({ minimum: 1 })
}

export const ProgressBody = component('TradeProgress', T.Object(progressProperties, {
  description: 'How far a trade is and what it waits for, without its money and parties.'
}))

export const ProgressStepBody = component('TradeProgressStep', T.Object({ ...progressProperties, transactions: Transactions }, {
  description: 'How far a trade is as an attestation left it, and the transactions that it posted.'
}))

export const PROGRESS_EXAMPLE = {
  id: 'trd_01kaj6n8k2f5rvt4r9e8q7m3ze',
  external_ref: 'ORD-1',
  state: 'awaiting_confirmation',
  lines: [{
    id: 'lin_01kaj6n8k2f5rvt4r9e8q7m3zf',
    ref: '1',
    state: 'shipped',
    release_conditions: [{
      milestone: null,
      share: '1',
      when: { all_of: [{ fact: 'carrier_delivered' }, { fact: 'shipped' }, { fact: 'confirmed' }] },
      met: false,
      facts: [
        { fact: 'carrier_delivered', met: true, by: 'key_01kaj6n8k2f5rvt4r9e8q7m3zd', at: '2026-02-03T08:00:00.000Z', evidence_sha256: RECEIPT },
        { fact: 'shipped', met: true, by: null, at: null, evidence_sha256: null },
        { fact: 'confirmed', met: false, by: null, at: null, evidence_sha256: null }
      ]
    }]
  }],
  version: 4
}
