// One small story for the API description: a buyer paid 44.80 CNY through a provider into the trade's escrow account.

const escrowName = {
  id: 'acc_01kaj6n8k2f5rvt4r9e8q7m3ze',
  class: 'escrow',
  owner: 'trd_01kaj6n8k2f5rvt4r9e8q7m3zd',
  unit: 'CNY',
  normal_side: 'credit'
}

export const accountPage = {
  data: [{ ...escrowName, version: 1, debits: '0.00', credits: '44.80', balance: '44.80' }],
  has_more: false,
  next_cursor: null
}

export const accountAt = { ...escrowName, version: 1, balance: '44.80', seq: 12, as_of: '2026-01-31T08:00:00.000Z', by: 'recorded_at' }

const step = {
  kind: 'trade.payment',
  subject: 'trd_01kaj6n8k2f5rvt4r9e8q7m3zd',
  description: '',
  occurred_at: '2026-01-31T07:59:58.000Z',
  recorded_at: '2026-01-31T07:59:59.120Z'
}

export const entry = {
  ...step,
  version: 1,
  direction: 'credit',
  amount: '44.80',
  balance: '44.80',
  transaction: 'txn_01kaj6n8k2f5rvt4r9e8q7m3zf',
  seq: 12,
  position: 1,
  other: { account: 'acc_01kaj6n8k2f5rvt4r9e8q7m3zg', class: 'provider_clearing', owner: 'sandbox' }
}

export const entryPage = { data: [entry], has_more: false, next_cursor: null }

export const transaction = {
  ...step,
  id: 'txn_01kaj6n8k2f5rvt4r9e8q7m3zf',
  seq: 12,
  reverses: null,
  booked_on: '2026-01-31',
  transfers: [{
    position: 1,
    amount: '44.80',
    unit: 'CNY',
    debit: { account: 'acc_01kaj6n8k2f5rvt4r9e8q7m3zg', class: 'provider_clearing', owner: 'sandbox', version: 7, balance: '1044.80' },
    credit: { account: 'acc_01kaj6n8k2f5rvt4r9e8q7m3ze', class: 'escrow', owner: 'trd_01kaj6n8k2f5rvt4r9e8q7m3zd', version: 1, balance: '44.80' }
  }]
}

export const transactionPage = { data: [transaction], has_more: true, next_cursor: '12' }
