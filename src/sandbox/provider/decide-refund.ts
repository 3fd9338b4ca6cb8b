import { PAYMENTS } from '../../escrow/payments/payment-rows.ts'
import type { Refund } from '../../escrow/refunds/refund.ts'
import { REFUNDS } from '../../escrow/refunds/refund-rows.ts'
import { reportRefund } from '../../escrow/refunds/report-refund.ts'
import type { FailureReason } from '../../escrow/refunds/refund.ts'
import type { Books, Operation, Origin } from '../../journal/operation.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { SANDBOX_PROVIDER, type Fact, type Timing } from './fact.ts'
import { FACTS } from './fact-rows.ts'
import { newFact } from './new-fact.ts'
import { PROVIDER_NEEDS, requireProvider } from './provider-rows.ts'
import { showFact, type FactJson } from './show-fact.ts'

/** What becomes of an attempt of the provider to pay a refund out. */
export const REFUND_ENDS = ['success', 'failure', 'bounce'] as const
export type RefundEnd = (typeof REFUND_ENDS)[number]

/** How the provider is to end a refund (by its inside id, null when the text was none). */
export interface RefundDecision {
  readonly refundId: string | null
  readonly end: RefundEnd
  /** Of a failure or bounce. */
  readonly reason: FailureReason
  /** Of the end. What bounces without having been paid is paid at once, and told once, before it comes back. */
  readonly timing: Timing
}

/**
 * Has the provider end a refund of a payment that came through it, which it tells us of afterwards. Each success and failure is an attempt of its own;
 * a bounce is of the attempt that stands as paid, or of a new one. Refuses `sandbox_only`, and `not_found` for a refund that is not the provider's.
 */
export function decideRefund (origin: Origin, { refundId, end, reason, timing }: RefundDecision): Operation<{ facts: FactJson[] }> {
  return {
    ...origin,
    name: 'sandbox.refund',
    lane: 'request',
    weight: 4,
    needs: [
      ...PROVIDER_NEEDS,
      { kind: REFUNDS, ids: () => refundId === null ? [] : [refundId] },
      {
        kind: PAYMENTS,
        ids (rows) {
          const refund = refundId === null ? null : rows.find(REFUNDS, refundId)
          return refund === null ? [] : [refund.paymentId]
        }
      }
    ],
    decide (books) {
      requireProvider(books)
      const refund = refundId === null ? null : books.find(REFUNDS, refundId)
      const payment = refund === null ? null : books.find(PAYMENTS, refund.paymentId)
      if (refund === null || payment?.provider !== SANDBOX_PROVIDER) throw new Refusal('not_found')
      const facts = factsOf(books, refund, { end, reason, timing })
      for (const fact of facts) books.save(FACTS, fact)
      return { facts: facts.map(showFact) }
    }
  }
}

/** The report of what became of an attempt, as any provider sends it. */
export function reportRefundEnd (end: RefundEnd) {
  return (origin: Origin, fact: Fact): Operation<unknown> => reportRefund(origin, fact.refundId, {
    report: end,
    channel: 'provider',
    account: SANDBOX_PROVIDER,
    reference: fact.reference,
    // Only reasons of that list are ever written.
    reason: fact.reason as FailureReason | null,
    occurredAt: fact.occurredAt
  })
}

function factsOf (books: Books, refund: Refund, { end, reason, timing }: Omit<RefundDecision, 'refundId'>): Fact[] {
  const told = { tradeId: refund.tradeId, refundId: refund.id, unit: refund.unit, amount: refund.amount }
  const bounce = (of: string): Fact => newFact(books, { ...told, kind: 'refund_bounce', reference: of, reason, timing })
  switch (end) {
    case 'success': return [newFact(books, { ...told, kind: 'refund_success', timing })]
    case 'failure': return [newFact(books, { ...told, kind: 'refund_failure', reason, timing })]
    case 'bounce': {
      const paid = refund.attempts.find(({ account, outcome }) => account === SANDBOX_PROVIDER && outcome === 'succeeded')
      if (paid !== undefined) return [bounce(paid.reference)]
      const success = newFact(books, { ...told, kind: 'refund_success', timing: { afterMs: 0, reportAfterMs: [0] } })
      return [success, bounce(success.reference)]
    }
  }
}
