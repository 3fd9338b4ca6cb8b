import { externalId } from '../../kernel/ids.ts'
import type { Books } from '../../journal/operation.ts'
import { escrowOf, refundPayableOf } from '../trade/accounts.ts'
import { Draft } from '../../journal/draft.ts'
import { openRefund } from './open-refund.ts'
import type { Changed } from '../trade/trade-operation.ts'
import { returnAllCoins } from '../trade/trade-coins.ts'
import { heldOf, type Trade } from '../trade/trade.ts'

/** Of what kind a transaction is that gives money back. */
export type GiveBackKind = 'trade.reprice' | 'trade.cancellation' | 'trade.unpaid_close' | 'trade.group_missed' | 'trade.refund' | 'trade.award' | 'trade.dispute_withdrawal'

interface GiveBackFacts {
  readonly kind: GiveBackKind
  readonly description: string
  readonly occurredAt: Date
}

/**
 * Makes cash of a trade's escrow (minor units) payable back to where it came from: the newest payment first, each up to what it put in
 * less what already went back of it; one refund a payment, all in one transaction. More than the payments can take is a bug.
 * What was drafted, such as what fills the escrow first, is posted before it in the same transaction.
 */
export function giveBack (books: Books, trade: Trade, cash: bigint, facts: GiveBackFacts, draft: Draft = new Draft(books)): Changed {
  const allocations = [...trade.allocations]
  let left = cash
  for (let index = allocations.length - 1; index >= 0 && left > 0n; index--) {
    const allocation = allocations[index]
    if (allocation === undefined) continue
    const room = allocation.amount - allocation.refunded - allocation.chargedBack
    const amount = room < left ? room : left
    if (amount === 0n) continue
    const refundId = openRefund(books, { paymentId: allocation.paymentId, tradeId: trade.id, unit: trade.currency, amount })
    draft.add(escrowOf(trade), refundPayableOf(refundId, trade.currency), amount)
    allocations[index] = { ...allocation, refunded: allocation.refunded + amount }
    left -= amount
  }
  if (left > 0n) throw new Error(`the payments of trade ${trade.id} cannot take back ${cash}`)
  const transaction = books.post({ ...facts, subject: externalId('trd', trade.id), postings: draft.postings })
  return {
    trade: { ...trade, allocations, refunded: trade.refunded + cash, refundPending: trade.refundPending + cash },
    transactions: [transaction]
  }
}

/** Closes a trade that was not paid in full, or missed its group: whatever was paid goes back, and so do the coins that it took. */
export function closeUnpaid (books: Books, trade: Trade, facts: Omit<GiveBackFacts, 'kind'> & { readonly kind?: GiveBackKind }): Changed {
  const draft = new Draft(books)
  const { trade: emptied, transactions } = giveBack(books, returnAllCoins(draft, trade), heldOf(trade), { kind: 'trade.unpaid_close', ...facts }, draft)
  return { trade: { ...emptied, closedUnpaidAt: books.now }, transactions }
}
