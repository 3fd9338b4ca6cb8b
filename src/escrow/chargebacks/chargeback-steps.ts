import { externalId } from '../../kernel/ids.ts'
import { formatAmount } from '../../kernel/money.ts'
import { unitOf } from '../../kernel/units.ts'
import type { EventType } from '../../events/catalogue.ts'
import type { Books } from '../../journal/operation.ts'
import type { Draft } from '../../journal/draft.ts'
import type { Chargeback } from './chargeback.ts'
import { CHARGEBACKS } from './chargeback-rows.ts'
import { answerChargeback, type ChargebackAnswer } from './show-chargeback.ts'

/** Saves a chargeback as its next version, with what a step of it posted (null where every amount was zero), and answers it. */
export function saveChargeback (books: Books, chargeback: Chargeback, posted: ReadonlyArray<string | null>): ChargebackAnswer {
  const transactions = posted.filter((id) => id !== null)
  const saved = { ...chargeback, transactions: [...chargeback.transactions, ...transactions], version: chargeback.version + 1 }
  books.save(CHARGEBACKS, saved)
  return answerChargeback(saved, transactions)
}

/** Posts what is the chargeback's own, and no trade's: fees, losses, suspense and what is not identified. */
export function postOwn (
  books: Books, { id }: Chargeback,
  { kind, own, occurredAt }: { readonly kind: 'chargeback.opening' | 'chargeback.match' | 'chargeback.outcome', readonly own: Draft, readonly occurredAt: Date }
): string | null {
  return books.post({ kind, subject: externalId('chb', id), occurredAt, postings: own.postings })
}

/** Records what became of a chargeback. */
export function appendChargebackEvent (books: Books, type: EventType, chargeback: Chargeback): void {
  const { id, provider, providerRef, unit, amount, fee, outcomeFee, feeReturned, outcome, paymentId, takes } = chargeback
  const money = (minor: bigint | null): string | null => minor === null || unit === null ? null : formatAmount(minor, unitOf(unit))
  books.append({
    type,
    subject: externalId('chb', id),
    data: {
      provider,
      provider_ref: providerRef,
      payment: paymentId === null ? null : externalId('pay', paymentId),
      trades: takes?.trades.map(({ tradeId }) => externalId('trd', tradeId)) ?? [],
      currency: unit,
      amount: money(amount),
      fee: money(fee + outcomeFee - feeReturned),
      loss: money(takes?.loss ?? null),
      outcome
    }
  })
}
