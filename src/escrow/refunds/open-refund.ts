import { externalId } from '../../kernel/ids.ts'
import { formatAmount } from '../../kernel/money.ts'
import { unitOf } from '../../kernel/units.ts'
import type { Books } from '../../journal/operation.ts'
import type { Refund } from './refund.ts'
import { REFUNDS } from './refund-rows.ts'

/** Opens a refund, payable from now on, and answers its inside id. The caller posts its amount. */
export function openRefund (books: Books, facts: Pick<Refund, 'paymentId' | 'tradeId' | 'unit' | 'amount'>): string {
  const refund: Refund = { ...facts, id: books.newId(), status: 'payable', attempts: [], createdAt: books.now, version: 1 }
  const owner = externalId('rfd', refund.id)
  books.introduce(owner)
  books.save(REFUNDS, refund)
  books.append({
    type: 'refund.payable',
    subject: owner,
    data: {
      payment: externalId('pay', refund.paymentId),
      trade: refund.tradeId === null ? null : externalId('trd', refund.tradeId),
      amount: formatAmount(refund.amount, unitOf(refund.unit)),
      currency: refund.unit
    }
  })
  return refund.id
}
