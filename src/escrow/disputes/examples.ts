import { ARBITRATED_EXAMPLE } from '../refund-cases/examples.ts'
import { EXTENDED_TRADE_EXAMPLE } from '../steps/examples.ts'

const LINE = 'lin_01kaj6n8k2f5rvt4r9e8q7m3zf'
const AWARD = { lines: [{ line: LINE, buyer: '10.00', seller: '12.40' }], buyer: '10.00', seller: '12.40' }

/** A dispute that was just opened about one of two units. */
export const DISPUTE_STEP_EXAMPLE = {
  id: 'dsp_01kaj6n8k2f5rvt4r9e8q7m3zp',
  trade: 'trd_01kaj6n8k2f5rvt4r9e8q7m3ze',
  state: 'open',
  opened_by: 'buyer',
  opened_key: 'key_01kaj6n8k2f5rvt4r9e8q7m3zd',
  reason: 'damaged',
  currency: 'CNY',
  amount: '22.40',
  lines: [{ line: LINE, quantity: 1, amount: '22.40', frozen: '22.40', released: '0.00' }],
  opened_at: '2026-02-05T08:00:00.000Z',
  evidence_by: '2026-02-12T08:00:00.000Z',
  evidence_count: 0,
  proposed_award: null,
  award: null,
  decided_by: null,
  decided_at: null,
  transactions: []
}

const { transactions, ...dispute } = DISPUTE_STEP_EXAMPLE

/** A dispute in a list. */
export const DISPUTE_EXAMPLE = { ...dispute, age_days: 3, age_bucket: '0-7' }

/** A dispute whose award waits for a second person. */
export const PROPOSED_AWARD_EXAMPLE = {
  ...DISPUTE_STEP_EXAMPLE,
  state: 'under_review',
  proposed_award: { ...AWARD, proposed_by: 'key_01kaj6n8k2f5rvt4r9e8q7m3zq', proposed_at: '2026-02-13T08:00:00.000Z' }
}

/** A decided dispute. */
export const AWARDED_EXAMPLE = {
  ...PROPOSED_AWARD_EXAMPLE,
  state: 'awarded',
  award: AWARD,
  decided_by: 'key_01kaj6n8k2f5rvt4r9e8q7m3zr',
  decided_at: '2026-02-13T09:00:00.000Z',
  transactions: ['txn_01kaj6n8k2f5rvt4r9e8q7m3zj']
}

/** A dispute that was given up. */
export const WITHDRAWN_DISPUTE_EXAMPLE = { ...DISPUTE_STEP_EXAMPLE, state: 'withdrawn', decided_by: 'key_01kaj6n8k2f5rvt4r9e8q7m3zd', decided_at: '2026-02-06T08:00:00.000Z' }

export const EVIDENCE_EXAMPLE = {
  dispute: DISPUTE_STEP_EXAMPLE.id,
  number: 1,
  by: 'buyer',
  key: 'key_01kaj6n8k2f5rvt4r9e8q7m3zd',
  kind: 'photo',
  attachments: [{ sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', bytes: 182_044, media_type: 'image/jpeg' }],
  at: '2026-02-05T09:00:00.000Z'
}

/** A trade one of whose two shipped units is in dispute. */
export const DISPUTED_TRADE_EXAMPLE = {
  ...EXTENDED_TRADE_EXAMPLE,
  lines: EXTENDED_TRADE_EXAMPLE.lines.map((line) => ({ ...line, frozen: '22.40', frozen_units: 1 })),
  disputes: [{ id: DISPUTE_STEP_EXAMPLE.id, evidence_by: DISPUTE_STEP_EXAMPLE.evidence_by }],
  deadlines: { ...EXTENDED_TRADE_EXAMPLE.deadlines, evidence_by: DISPUTE_STEP_EXAMPLE.evidence_by },
  allowed_actions: ['confirm', 'extend'],
  version: 5,
  dispute: DISPUTE_STEP_EXAMPLE.id
}

/** A trade with a refused case of one of its two shipped units, which an arbitrator is to decide about. */
export const ESCALATED_TRADE_EXAMPLE = {
  ...ARBITRATED_EXAMPLE,
  lines: EXTENDED_TRADE_EXAMPLE.lines.map((line) => ({ ...line, confirm_by: null, frozen: '19.90', frozen_units: 1 })),
  disputes: DISPUTED_TRADE_EXAMPLE.disputes,
  deadlines: { evidence_by: DISPUTE_STEP_EXAMPLE.evidence_by },
  transactions: [],
  version: 8,
  dispute: DISPUTE_STEP_EXAMPLE.id
}
