import { findAttempt, isOwed, refundStatus, type AttemptName, type FailureReason, type Outcome, type Refund, type RefundAttempt } from './refund.ts'

/** What can be told of an attempt: that it was handed over, and what became of it. */
export const REPORTS = ['sending', 'success', 'failure', 'bounce'] as const
export type Report = (typeof REPORTS)[number]

/** What somebody tells of an attempt. */
export interface AttemptReport extends AttemptName {
  readonly report: Report
  /** Of a failure, and of a bounce where it is known. */
  readonly reason: FailureReason | null
  readonly occurredAt: Date
}

/**
 * What a report makes of an attempt. Reports come late, twice and in any order, so an outcome only ever gives way to a stronger one: a failure to a
 * success, a success to a bounce. Whatever the order, the outcome in the end is the same.
 */
export const OUTCOME_AFTER: Readonly<Record<'untold' | Outcome, Readonly<Record<Report, Outcome>>>> = {
  untold: { sending: 'sent', failure: 'failed', success: 'succeeded', bounce: 'bounced' },
  sent: { sending: 'sent', failure: 'failed', success: 'succeeded', bounce: 'bounced' },
  failed: { sending: 'failed', failure: 'failed', success: 'succeeded', bounce: 'bounced' },
  succeeded: { sending: 'succeeded', failure: 'succeeded', success: 'succeeded', bounce: 'bounced' },
  bounced: { sending: 'bounced', failure: 'bounced', success: 'bounced', bounce: 'bounced' }
}

/** What holds the money of a refund on our side: it is owed, or it left more than once and an attempt holds what we are missing. */
export type MoneySide = 'payable' | RefundAttempt

/** What a report leads to: the refund after it, and which way its whole amount moves through the attempt's channel. */
export interface Told {
  readonly refund: Refund
  readonly attempt: RefundAttempt
  /** Where the money was that left with this report; null when none did. */
  readonly left: MoneySide | null
  /** What the money that came back with this report makes good; null when none did. */
  readonly returned: MoneySide | null
}

/**
 * The refund after a report, or null when the report tells nothing new. A refund leaves once: what leaves while another attempt stands as paid, or
 * after the provider took the money back, is `excess`. When the attempt that stands comes back, the first excess one takes its place. A bounce tells of a success as well, if nobody did.
 */
export function afterReport (refund: Refund, told: AttemptReport, now: Date): Told | null {
  const before = findAttempt(refund, told)
  const outcome = OUTCOME_AFTER[before?.outcome ?? 'untold'][told.report]
  if (outcome === before?.outcome) return null
  const leaves = (outcome === 'succeeded' || outcome === 'bounced') && before?.outcome !== 'succeeded'
  const excess = leaves ? !isOwed(refund) : before?.excess ?? false
  const { channel, account, reference, occurredAt } = told
  const attempt: RefundAttempt = {
    channel,
    account,
    reference,
    outcome,
    reason: outcome === 'failed' || outcome === 'bounced' ? told.reason : null,
    excess: excess && outcome === 'succeeded',
    occurredAt,
    decidedAt: now,
    createdAt: before?.createdAt ?? now
  }
  const successor = outcome === 'bounced' && !excess && !leaves ? refund.attempts.find((each) => each.excess) ?? null : null
  const attempts = [...refund.attempts, ...before === null ? [attempt] : []].map((each) => {
    if (each === before) return attempt
    return each === successor ? { ...each, excess: false } : each
  })
  const side = excess ? attempt : 'payable'
  return {
    refund: { ...refund, attempts, status: refund.status === 'charged_back' ? refund.status : refundStatus(attempts), version: refund.version + 1 },
    attempt,
    left: leaves ? side : null,
    returned: outcome === 'bounced' ? successor ?? side : null
  }
}
