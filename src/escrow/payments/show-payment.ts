import { externalId } from '../../kernel/ids.ts'
import { formatAmount } from '../../kernel/money.ts'
import { unitOf } from '../../kernel/units.ts'
import type { Payment, SuspenseReason } from './payment-rows.ts'

/** A payment as callers see it: its amount is what was applied to trades, what waits in suspense, what was given back and what its provider took of the rest. */
export interface PaymentJson {
  readonly id: string
  readonly provider: string
  readonly provider_ref: string
  readonly currency: string
  readonly amount: string
  readonly occurred_at: string
  readonly trade: string | null
  readonly trade_external_ref: string | null
  readonly applied: string
  readonly in_suspense: string
  readonly suspense_reason: SuspenseReason | null
  readonly returned: string
  readonly charged_back: string
  readonly created_at: string
  readonly version: number
}

/** A payment as a step left it, and the transactions that the step posted. */
export interface PaymentAnswer extends PaymentJson {
  readonly transactions: readonly string[]
}

/** The outside form of a payment. */
export function showPayment (payment: Payment): PaymentJson {
  const unit = unitOf(payment.unit)
  return {
    id: externalId('pay', payment.id),
    provider: payment.provider,
    provider_ref: payment.providerRef,
    currency: payment.unit,
    amount: formatAmount(payment.amount, unit),
    occurred_at: payment.occurredAt.toISOString(),
    trade: payment.tradeId === null ? null : externalId('trd', payment.tradeId),
    trade_external_ref: payment.tradeExternalRef,
    applied: formatAmount(payment.applied, unit),
    in_suspense: formatAmount(payment.inSuspense, unit),
    suspense_reason: payment.suspenseReason,
    returned: formatAmount(payment.returned, unit),
    charged_back: formatAmount(payment.chargedBack, unit),
    created_at: payment.createdAt.toISOString(),
    version: payment.version
  }
}
