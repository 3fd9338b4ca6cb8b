import { externalId } from '../../kernel/ids.ts'
import { formatAmount } from '../../kernel/money.ts'
import { unitOf } from '../../kernel/units.ts'
import type { Books } from '../../journal/operation.ts'
import type { AccountName } from '../../ledger/accounts.ts'
import { openRefund } from '../refunds/open-refund.ts'
import { isOwed, type Refund } from '../refunds/refund.ts'
import { REFUNDS } from '../refunds/refund-rows.ts'
import { refundPayableOf } from '../trade/accounts.ts'
import type { Draft } from '../../journal/draft.ts'

/** The refunds that can still be kept back: owed, and none of their attempts on its way. */
export function unsentOf (refunds: readonly Refund[]): Refund[] {
  return refunds.filter((refund) => isOwed(refund) && refund.status !== 'sent')
}

/** What all of those refunds are for, minor units. */
export function sumOfRefunds (refunds: readonly Refund[]): bigint {
  return refunds.reduce((sum, { amount }) => sum + amount, 0n)
}

/**
 * Ends so many unsent refunds, the newest first, that the amount (minor units) is back on the account they came from, and drafts that. What the last
 * of them was for beyond the amount is owed again, as a refund of its own.
 */
export function withdrawRefunds (books: Books, draft: Draft, unsent: readonly Refund[], { amount, to }: { readonly amount: bigint, readonly to: AccountName }): void {
  let left = amount
  for (const refund of [...unsent].sort((one, other) => one.id < other.id ? 1 : -1)) {
    if (left === 0n) return
    books.save(REFUNDS, { ...refund, status: 'charged_back', version: refund.version + 1 })
    books.append({
      type: 'refund.charged_back',
      subject: externalId('rfd', refund.id),
      data: {
        payment: externalId('pay', refund.paymentId),
        trade: refund.tradeId === null ? null : externalId('trd', refund.tradeId),
        amount: formatAmount(refund.amount, unitOf(refund.unit)),
        currency: refund.unit
      }
    })
    draft.add(refundPayableOf(refund.id, refund.unit), to, refund.amount)
    const rest = refund.amount > left ? refund.amount - left : 0n
    if (rest > 0n) owe(books, draft, refund, { amount: rest, from: to })
    left -= refund.amount - rest
  }
  if (left > 0n) throw new Error(`refunds of ${amount} were not there to be kept back`)
}

/** Makes an amount (minor units) payable back to a payment, and drafts that; nothing for nothing. */
export function owe (
  books: Books, draft: Draft, whose: Pick<Refund, 'paymentId' | 'tradeId' | 'unit'>, { amount, from }: { readonly amount: bigint, readonly from: AccountName }
): void {
  if (amount === 0n) return
  const { paymentId, tradeId, unit } = whose
  const refundId = openRefund(books, { paymentId, tradeId, unit, amount })
  draft.add(from, refundPayableOf(refundId, unit), amount)
}
