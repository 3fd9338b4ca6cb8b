/** A refund in the API description: it failed at the provider, and left through the bank. */
export const REFUND_EXAMPLE = {
  id: 'rfd_01kaj6n8k2f5rvt4r9e8q7m3zn',
  status: 'succeeded',
  payment: 'pay_01kaj6n8k2f5rvt4r9e8q7m3zk',
  trade: 'trd_01kaj6n8k2f5rvt4r9e8q7m3ze',
  currency: 'CNY',
  amount: '44.80',
  paid_twice: false,
  attempts: [{
    channel: 'provider',
    account: 'sandbox',
    reference: 'R-1',
    outcome: 'failed',
    reason: 'account_closed',
    excess: false,
    occurred_at: '2026-01-31T08:00:00.000Z',
    decided_at: '2026-01-31T08:00:01.000Z',
    created_at: '2026-01-31T07:59:00.000Z'
  }, {
    channel: 'bank',
    account: 'main',
    reference: 'B-1',
    outcome: 'succeeded',
    reason: null,
    excess: false,
    occurred_at: '2026-02-02T02:00:00.000Z',
    decided_at: '2026-02-02T03:00:00.000Z',
    created_at: '2026-02-01T09:00:00.000Z'
  }],
  created_at: '2026-01-31T07:00:00.000Z',
  version: 5
}

const { attempts: [FAILED_ATTEMPT] } = REFUND_EXAMPLE
const PAID_ATTEMPT = { ...FAILED_ATTEMPT, outcome: 'succeeded', reason: null }

/** What each report of a first attempt through the provider answers. */
export const REPORT_EXAMPLES = {
  sending: reported({ status: 'sent', attempts: [{ ...PAID_ATTEMPT, outcome: 'sent' }], version: 2 }),
  success: { ...reported({ attempts: [PAID_ATTEMPT], version: 3 }), transactions: ['txn_01kaj6n8k2f5rvt4r9e8q7m3zj'] },
  failure: reported({ status: 'failed', attempts: [FAILED_ATTEMPT], version: 3 }),
  bounce: {
    ...reported({ status: 'bounced', attempts: [{ ...FAILED_ATTEMPT, outcome: 'bounced' }], version: 4 }), transactions: ['txn_01kaj6n8k2f5rvt4r9e8q7m3zj']
  }
}

/** What each report of an attempt through the bank answers. */
export const BANK_REPORT_EXAMPLES = {
  sending: throughBank(REPORT_EXAMPLES.sending),
  success: throughBank(REPORT_EXAMPLES.success),
  failure: throughBank(REPORT_EXAMPLES.failure),
  bounce: throughBank(REPORT_EXAMPLES.bounce)
}

function reported (changes: object): typeof REFUND_EXAMPLE & { transactions: string[] } {
  return { ...REFUND_EXAMPLE, ...changes, transactions: [] }
}

function throughBank (example: typeof REPORT_EXAMPLES.sending): object {
  return { ...example, attempts: example.attempts.map((attempt) => ({ ...attempt, channel: 'bank', account: 'main', reference: 'B-1' })) }
}
