import { accountAt, entry, transaction } from '../ledger/examples.ts'

const { id, class: accountClass, owner, unit, normal_side: normalSide } = accountAt

export const trialBalance = {
  as_of: '2026-01-31T08:00:00.000Z',
  seq: 12,
  generated_at: '2026-02-01T06:30:00.000Z',
  units: [{
    unit: 'CNY',
    debits: '1044.80',
    credits: '1044.80',
    accounts: [
      { class: 'provider_clearing', debits: '1044.80', credits: '0.00', balance: '1044.80' },
      { class: 'escrow', debits: '0.00', credits: '1044.80', balance: '1044.80' }
    ]
  }]
}

const period = { from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z', seq: 12, generated_at: '2026-02-01T06:30:00.000Z' }

export const accountStatement = {
  account: { id, class: accountClass, owner, unit, normal_side: normalSide },
  by: 'recorded_at',
  ...period,
  opening_balance: '0.00',
  closing_balance: '44.80',
  totals: { entries: 1, debits: '0.00', credits: '44.80' },
  entries: [entry],
  has_more: false,
  next_after_version: null
}

export const journal = { ...period, totals: { transactions: 12 }, transactions: [transaction], has_more: true, next_after_seq: 12 }
