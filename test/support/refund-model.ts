import type { Report } from '../../src/escrow/refunds/attempt-report.ts'

/**
 * What refunds must do, said a second time: an attempt is the set of what was ever told of it, and everything is read from these sets. It
 * shares no code with the service.
 */

export interface ModelAttempt {
  readonly channel: 'provider' | 'bank'
  readonly account: string
  readonly reference: string
  readonly told: Set<Report>
}

export interface ModelRefund {
  readonly currency: string
  readonly amount: bigint
  /** In the order in which they were first told. */
  readonly attempts: ModelAttempt[]
  /** The attempt that paid what was owed; null while it is owed. */
  paidBy: ModelAttempt | null
  /** Whether its provider took the money before it left: whatever leaves all the same is too much. */
  kept: boolean
}

/** Whether money went out through an attempt and has not come back. */
export function stands ({ told }: ModelAttempt): boolean {
  return told.has('success') && !told.has('bounce')
}

export function refundStatusOf (refund: ModelRefund): string {
  if (refund.kept) return 'charged_back'
  const some = (has: (attempt: ModelAttempt) => boolean): boolean => refund.attempts.some(has)
  if (some(stands)) return 'succeeded'
  if (some(isUnderWay)) return 'sent'
  if (some(({ told }) => told.has('bounce'))) return 'bounced'
  return refund.attempts.length > 0 ? 'failed' : 'payable'
}

/** Whether nothing of a refund can be kept back any more: it was, or left, or is on its way. */
export function movesNothing (refund: ModelRefund): boolean {
  return refund.kept || refund.paidBy !== null || refund.attempts.some(isUnderWay)
}

export function isUnderWay ({ told }: ModelAttempt): boolean {
  return told.size === 1 && told.has('sending')
}

/** Notes a report; what left while the refund was paid is excess until what paid it comes back. */
export function note (refund: ModelRefund, attempt: ModelAttempt, report: Report): void {
  attempt.told.add(report)
  if (refund.kept) return
  if (stands(attempt)) refund.paidBy ??= attempt
  if (refund.paidBy !== null && !stands(refund.paidBy)) refund.paidBy = refund.attempts.find(stands) ?? null
}

/** What its attempts change in the books beside its being owed, by class, owner and currency. */
export function movesOf ({ amount, currency, attempts, paidBy }: ModelRefund): Array<[key: string, amount: bigint]> {
  return attempts.filter(stands).flatMap((attempt): Array<[string, bigint]> => [
    [`${attempt.channel === 'bank' ? 'bank_safeguarding' : 'provider_clearing'} ${attempt.account} ${currency}`, -amount],
    attempt === paidBy ? [`refund_payable ${currency}`, -amount] : [`unidentified_debits ${attempt.account} ${currency}`, amount]
  ])
}
