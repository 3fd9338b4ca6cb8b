import { externalId } from '../../kernel/ids.ts'
import { formatAmount, parsePositiveAmount } from '../../kernel/money.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { unitOf } from '../../kernel/units.ts'
import type { Books } from '../../journal/operation.ts'
import { PAYMENTS, type Payment } from './payment-rows.ts'

/** A payment of which money waits in suspense. Refuses `not_found`, and `payment_settled` when nothing waits. */
export function requireWaiting (books: Books, paymentId: string | null): Payment {
  const payment = paymentId === null ? null : books.find(PAYMENTS, paymentId)
  if (payment === null) throw new Refusal('not_found')
  if (payment.inSuspense === 0n) throw new Refusal('payment_settled')
  return payment
}

/** The wanted part of what waits, or all of it where `text` is null; minor units. Refuses `insufficient_funds` for more than waits. */
export function waitingAmount (payment: Payment, text: string | null): bigint {
  if (text === null) return payment.inSuspense
  const unit = unitOf(payment.unit)
  const amount = parsePositiveAmount(text, unit, '/amount')
  if (amount <= payment.inSuspense) return amount
  throw new Refusal('insufficient_funds', `${formatAmount(payment.inSuspense, unit)} ${unit.code} of the payment wait in suspense.`)
}

/** Records what became of money that waited. */
export function appendPaymentEvent (books: Books, type: 'payment.matched' | 'payment.returned', payment: Payment, amount: bigint): void {
  books.append({ type, subject: externalId('pay', payment.id), data: { amount: formatAmount(amount, unitOf(payment.unit)), currency: payment.unit } })
}
