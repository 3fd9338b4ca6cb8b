import { externalId } from '../../kernel/ids.ts'
import { formatAmount } from '../../kernel/money.ts'
import { unitOf } from '../../kernel/units.ts'
import type { Fact, FactKind } from './fact.ts'

/** Something that happened at the provider, as callers see it. */
export interface FactJson {
  readonly id: string
  readonly kind: FactKind
  readonly provider_ref: string
  readonly payment_provider_ref: string | null
  readonly trade: string | null
  readonly trade_external_ref: string | null
  readonly refund: string | null
  readonly currency: string
  readonly amount: string
  readonly fee: string
  readonly fee_returned: string
  readonly reason: string | null
  readonly occurred_at: string
  readonly report_at: readonly string[]
  readonly reported: number
}

/** The outside form of a fact. */
export function showFact (fact: Fact): FactJson {
  const unit = unitOf(fact.unit)
  return {
    id: externalId('sbx', fact.id),
    kind: fact.kind,
    provider_ref: fact.reference,
    payment_provider_ref: fact.paymentReference,
    trade: fact.tradeId === null ? null : externalId('trd', fact.tradeId),
    trade_external_ref: fact.tradeExternalRef,
    refund: fact.refundId === null ? null : externalId('rfd', fact.refundId),
    currency: fact.unit,
    amount: formatAmount(fact.amount, unit),
    fee: formatAmount(fact.fee, unit),
    fee_returned: formatAmount(fact.feeReturned, unit),
    reason: fact.reason,
    occurred_at: fact.occurredAt.toISOString(),
    report_at: fact.tellAt.map((time) => time.toISOString()),
    reported: fact.told
  }
}
