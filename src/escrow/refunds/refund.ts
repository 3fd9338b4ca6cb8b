/** Where a refund can leave through: the payment provider, or a bank account of ours. */
export const CHANNELS = ['provider', 'bank'] as const
export type Channel = (typeof CHANNELS)[number]

/** How far an attempt came. `sent`: it is on its way; `bounced`: it had succeeded, and the money came back. */
export const OUTCOMES = ['sent', 'failed', 'succeeded', 'bounced'] as const
export type Outcome = (typeof OUTCOMES)[number]

export const REFUND_STATUSES = ['payable', ...OUTCOMES, 'charged_back'] as const
export type RefundStatus = (typeof REFUND_STATUSES)[number]

/** Why an attempt failed or came back. A closed list: the words of providers may name people. */
export const FAILURE_REASONS = [
  'account_closed', 'account_unreachable', 'name_mismatch', 'limit_exceeded', 'balance_too_low', 'too_old', 'no_answer', 'other'
] as const
export type FailureReason = (typeof FAILURE_REASONS)[number]

/** What names an attempt: its channel, the provider or bank account it goes through, and what that calls it. Together they are one attempt for ever. */
export interface AttemptName {
  readonly channel: Channel
  readonly account: string
  readonly reference: string
}

/** One try to pay a refund out. */
export interface RefundAttempt extends AttemptName {
  readonly outcome: Outcome
  /** Why it failed or came back; null where it did neither, or where a bounce gave no reason. */
  readonly reason: FailureReason | null
  /** Whether another attempt had paid already when this one succeeded: its money is in `unidentified_debits`. */
  readonly excess: boolean
  /** The business's own time of its outcome, and ours. */
  readonly occurredAt: Date
  readonly decidedAt: Date
  /** When it was told for the first time. */
  readonly createdAt: Date
}

/** Money of one payment that is owed back to where it came from, and the attempts to pay it out. Minor units of `unit`. */
export interface Refund {
  readonly id: string
  readonly paymentId: string
  /** Null when the money was never applied to a trade. */
  readonly tradeId: string | null
  readonly unit: string
  readonly amount: bigint
  /**
   * What {@link refundStatus} says of the attempts, or `charged_back` for good: the provider took the money back before it left. Otherwise, unless it
   * `succeeded`, the money is payable.
   */
  readonly status: RefundStatus
  /** In the order in which they were first told. */
  readonly attempts: readonly RefundAttempt[]
  readonly createdAt: Date
  readonly version: number
}

/** By which outcome the attempts of a refund tell its status: the first of these that one of them has. */
const STATUS_BY_OUTCOME: readonly Outcome[] = ['succeeded', 'sent', 'bounced', 'failed']

/**
 * The status of a refund, whatever the order in which its attempts were told: `succeeded` while one stands as paid, else `sent` while one is on its way,
 * else `bounced` when it had left before, else `failed`; `payable` before any attempt.
 */
export function refundStatus (attempts: readonly RefundAttempt[]): RefundStatus {
  return STATUS_BY_OUTCOME.find((outcome) => attempts.some((attempt) => attempt.outcome === outcome)) ?? 'payable'
}

/** Whether its money lies in `refund_payable`: owed, perhaps on its way. */
export function isOwed ({ status }: Refund): boolean {
  return status !== 'succeeded' && status !== 'charged_back'
}

/** Whether a refund left more than once and not all but one of that came back. */
export function isPaidTwice ({ attempts }: Refund): boolean {
  return attempts.some(({ excess }) => excess)
}

/** The attempt of that name, or null while it was never told of. */
export function findAttempt ({ attempts }: Refund, { channel, account, reference }: AttemptName): RefundAttempt | null {
  return attempts.find((attempt) => attempt.channel === channel && attempt.account === account && attempt.reference === reference) ?? null
}
