/** A chargeback that was just opened, in the API description. */
export const CHARGEBACK_EXAMPLE = {
  id: 'chb_01kaj6n8k2f5rvt4r9e8q7m3zq',
  state: 'open',
  provider: 'sandbox',
  provider_ref: 'CB-1',
  payment_provider_ref: 'P-1',
  payment: 'pay_01kaj6n8k2f5rvt4r9e8q7m3zk',
  currency: 'CNY',
  amount: '44.80',
  fee: '15.00',
  outcome: null,
  outcome_fee: '0.00',
  fee_returned: '0.00',
  taken: {
    suspense: '0.00',
    returned: '0.00',
    trades: [{ trade: 'trd_01kaj6n8k2f5rvt4r9e8q7m3ze', refunded: '0.00', held: '22.40', released: '22.40' }],
    loss: '0.00'
  },
  opened_at: '2026-03-01T08:00:00.000Z',
  decided_at: null,
  created_at: '2026-03-01T08:00:01.000Z',
  version: 1
}

/** The same, as its report is answered. */
export const CHARGEBACK_STEP_EXAMPLE = { ...CHARGEBACK_EXAMPLE, transactions: ['txn_01kaj6n8k2f5rvt4r9e8q7m3zr', 'txn_01kaj6n8k2f5rvt4r9e8q7m3zs'] }

/** The same with what it posted. */
export const BOOKED_CHARGEBACK_EXAMPLE = {
  ...CHARGEBACK_EXAMPLE,
  booked: [
    { transaction: 'txn_01kaj6n8k2f5rvt4r9e8q7m3zr', kind: 'trade.chargeback', occurred_at: '2026-03-01T08:00:00.000Z', recorded_at: '2026-03-01T08:00:01.000Z' },
    { transaction: 'txn_01kaj6n8k2f5rvt4r9e8q7m3zs', kind: 'chargeback.opening', occurred_at: '2026-03-01T08:00:00.000Z', recorded_at: '2026-03-01T08:00:01.001Z' }
  ]
}

/** One that was decided, as the report of its outcome is answered. */
export const DECIDED_CHARGEBACK_EXAMPLE = {
  ...CHARGEBACK_EXAMPLE, state: 'won', outcome: 'won', decided_at: '2026-04-01T08:00:00.000Z', version: 2, transactions: ['txn_01kaj6n8k2f5rvt4r9e8q7m3zt']
}
