import { externalId } from '../../kernel/ids.ts'
import { formatAmount } from '../../kernel/money.ts'
import { unitOf } from '../../kernel/units.ts'
import { isPaidTwice, type Channel, type FailureReason, type Outcome, type Refund, type RefundStatus } from './refund.ts'

/** A refund as callers see it, with every attempt to pay it out. */
export interface RefundJson {
  readonly id: string
  readonly status: RefundStatus
  readonly payment: string
  readonly trade: string | null
  readonly currency: string
  readonly amount: string
  readonly paid_twice: boolean
  readonly attempts: readonly AttemptJson[]
  readonly created_at: string
  readonly version: number
}

interface AttemptJson {
  readonly channel: Channel
  readonly account: string
  readonly reference: string
  readonly outcome: Outcome
  readonly reason: FailureReason | null
  readonly excess: boolean
  readonly occurred_at: string
  readonly decided_at: string
  readonly created_at: string
}

/** A refund as a report left it, and the transactions that the report posted. */
export interface RefundAnswer extends RefundJson {
  readonly transactions: readonly string[]
}

/** The outside form of a refund. */
export function showRefund (refund: Refund): RefundJson {
  return {
    id: externalId('rfd', refund.id),
    status: refund.status,
    payment: externalId('pay', refund.paymentId),
    trade: refund.tradeId === null ? null : externalId('trd', refund.tradeId),
    currency: refund.unit,
    amount: formatAmount(refund.amount, unitOf(refund.unit)),
    paid_twice: isPaidTwice(refund),
    attempts: refund.attempts.map(({ channel, account, reference, outcome, reason, excess, occurredAt, decidedAt, createdAt }) => ({
      channel,
      account,
      reference,
      outcome,
      reason,
      excess,
      occurred_at: occurredAt.toISOString(),
      decided_at: decidedAt.toISOString(),
      created_at: createdAt.toISOString()
    })),
    created_at: refund.createdAt.toISOString(),
    version: refund.version
  }
}
