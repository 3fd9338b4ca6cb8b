import { tradeIdsOf, type Reading } from '../../src/escrow/chargebacks/concerned.ts'
import { openChargeback, type OpeningFact } from '../../src/escrow/chargebacks/open-chargeback.ts'
import type { ChargebackAnswer } from '../../src/escrow/chargebacks/show-chargeback.ts'
import { tellOutcome, type OutcomeFact } from '../../src/escrow/chargebacks/tell-outcome.ts'
import { PAYMENTS } from '../../src/escrow/payments/payment-rows.ts'
import { REFUNDS } from '../../src/escrow/refunds/refund-rows.ts'
import type { ChargebackOutcome } from '../../src/escrow/chargebacks/chargeback.ts'
import { internalId } from '../../src/kernel/ids.ts'
import { origin, type MemoryBooks } from './memory-books.ts'
import type { TradeDesk } from './trade-desk.ts'

/** What a route reads of a payment before it asks for a chargeback, from books in memory. */
export function readingOf (books: MemoryBooks, paymentProviderRef: string, provider = 'sandbox'): Reading {
  const payment = books.rows(PAYMENTS).find((each) => each.provider === provider && each.providerRef === paymentProviderRef)
  if (payment === undefined) return { tradeIds: [], refundIds: [] }
  return { tradeIds: tradeIdsOf(payment), refundIds: books.rows(REFUNDS).filter(({ paymentId }) => paymentId === payment.id).map(({ id }) => id) }
}

/** Tells a chargeback, by default of the last payment, under the name `C1`. */
export function chargeBack (desk: TradeDesk, fact: Partial<OpeningFact> = {}): ChargebackAnswer {
  const paymentProviderRef = fact.paymentProviderRef ?? desk.books.rows(PAYMENTS).at(-1)?.providerRef ?? ''
  const whole: OpeningFact = { provider: 'sandbox', providerRef: 'C1', amount: '10.00', fee: null, currency: null, occurredAt: null, ...fact, paymentProviderRef }
  return desk.books.submit(openChargeback(origin(), whole, readingOf(desk.books, paymentProviderRef)))
}

/** Tells how a chargeback ended, by its id, or by the provider's name for it. */
export function decide (desk: TradeDesk, which: ChargebackAnswer | string, outcome: ChargebackOutcome, fact: Partial<OutcomeFact> = {}): ChargebackAnswer {
  const name = typeof which === 'string' ? { provider: 'sandbox', providerRef: which } : { id: internalId('chb', which.id) }
  return desk.books.submit(tellOutcome(origin(), name, { outcome, fee: null, feeReturned: null, currency: null, occurredAt: null, ...fact }))
}
