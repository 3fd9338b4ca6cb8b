import { openChargeback } from '../../escrow/chargebacks/open-chargeback.ts'
import { PAYMENTS } from '../../escrow/payments/payment-rows.ts'
import { paymentClaim } from '../../escrow/payments/record-payment.ts'
import type { Operation, Origin, Rows } from '../../journal/operation.ts'
import { internalId } from '../../kernel/ids.ts'
import { formatAmount, parseAmount, parsePositiveAmount } from '../../kernel/money.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { findUnit, unitOf } from '../../kernel/units.ts'
import { SANDBOX_PROVIDER, type DueFact, type Timing } from './fact.ts'
import { FACTS } from './fact-rows.ts'
import { newFact } from './new-fact.ts'
import { PROVIDER_NEEDS, requireProvider } from './provider-rows.ts'
import { showFact, type FactJson } from './show-fact.ts'

/** What the provider is to take back. */
export interface ChargingBack {
  /** Its name for the payment. */
  readonly paymentReference: string
  /** Decimal strings; without an amount it is all of the payment, without a fee there is none. */
  readonly amount: string | null
  readonly fee: string | null
  /** Null means the payment's, or the tenant's where there is no such payment. */
  readonly currency: string | null
  readonly timing: Timing
}

/**
 * Has the provider take a payment back, which it tells us of afterwards: one that it told us of, or has not told yet. Under a name that nobody
 * has it takes what it is told to. Refuses `sandbox_only`; `unknown_payment` for such a name without an amount; `currency_mismatch`, `unknown_currency`, `invalid_amount`.
 */
export function chargeBackAtProvider (origin: Origin, { paymentReference, amount, fee, currency, timing }: ChargingBack): Operation<{ facts: FactJson[] }> {
  const claim = paymentClaim({ provider: SANDBOX_PROVIDER, providerRef: paymentReference })
  const paymentIds = (rows: Rows): string[] => [rows.holder(claim)].filter((id) => id !== null)
  const factIds = [internalId('sbx', paymentReference)].filter((id) => id !== null)
  return {
    ...origin,
    name: 'sandbox.charge_back',
    lane: 'request',
    weight: 3,
    claims: [claim],
    needs: [...PROVIDER_NEEDS, { kind: PAYMENTS, ids: paymentIds }, { kind: FACTS, ids: () => factIds }],
    decide (books) {
      requireProvider(books)
      const collected = factIds.flatMap((id) => books.find(FACTS, id) ?? []).find(({ kind }) => kind === 'payment')
      const payment = paymentIds(books).flatMap((id) => books.find(PAYMENTS, id) ?? [])[0] ?? collected
      const unit = findUnit(currency ?? payment?.unit ?? books.settings.reporting_currency)
      if (unit === null) throw new Refusal('unknown_currency', undefined, { errors: [{ pointer: '/currency', code: 'unknown_currency' }] })
      if (payment !== undefined && payment.unit !== unit.code) throw new Refusal('currency_mismatch', `The payment is in ${payment.unit}.`, { errors: [{ pointer: '/currency', code: 'currency_mismatch' }] })
      if (payment === undefined && amount === null) {
        throw new Refusal('unknown_payment', 'The provider has no such payment, so that it cannot tell how much that was: give an amount.', { errors: [{ pointer: '/payment_provider_ref', code: 'unknown_payment' }] })
      }
      const fact = newFact(books, {
        kind: 'chargeback_opened',
        paymentReference,
        tradeId: payment?.tradeId ?? null,
        unit: unit.code,
        amount: amount === null ? payment?.amount ?? 0n : parsePositiveAmount(amount, unit, '/amount'),
        fee: fee === null ? 0n : parseAmount(fee, unit, '/fee'),
        timing
      })
      books.save(FACTS, fact)
      return { facts: [showFact(fact)] }
    }
  }
}

/** The report of a payment that was taken back, as any provider sends it. */
export function reportChargeback (origin: Origin, { reference, paymentReference, unit, amount, fee, occurredAt, reading }: DueFact): Operation<unknown> {
  return openChargeback(origin, {
    provider: SANDBOX_PROVIDER,
    providerRef: reference,
    // Every chargeback is of a payment.
    paymentProviderRef: paymentReference ?? '',
    amount: formatAmount(amount, unitOf(unit)),
    fee: formatAmount(fee, unitOf(unit)),
    currency: unit,
    occurredAt
  }, reading)
}
