import type { Books } from '../../journal/operation.ts'
import type { Payment, SuspenseReason } from './payment-rows.ts'
import { saveStep } from '../groups/follow-group.ts'
import { giveBack } from '../refunds/give-back.ts'
import { amountDue, hasMissedGroup } from '../trade/states.ts'
import type { Allocation, Trade } from '../trade/trade.ts'
import { appendTradeEvent, type Changed } from '../trade/trade-operation.ts'

/** A trade is filled by at most this many payments; what else comes for it waits in suspense. */
export const ALLOCATIONS_MAX = 100

/** Money that is offered to a trade: minor units of `unit`. */
interface Offer {
  readonly unit: string
  readonly amount: bigint
  /** The payment it is of; null for one that is new. */
  readonly paymentId: string | null
  /** The revision that the payer agreed to; null means the current one. */
  readonly revision: number | null
}

/** How much of an offer a trade can take (minor units), and why it cannot take the rest; null when there is none. */
export function applicable (trade: Trade, offer: Offer): { readonly applied: bigint, readonly reason: SuspenseReason | null } {
  const obstacle = obstacleTo(trade, offer)
  if (obstacle !== null) return { applied: 0n, reason: obstacle }
  const due = roomOf(trade)
  return offer.amount > due ? { applied: due, reason: 'surplus' } : { applied: offer.amount, reason: null }
}

function obstacleTo (trade: Trade, { unit, paymentId, revision }: Offer): SuspenseReason | null {
  if (unit !== trade.currency) return 'other_currency'
  if (revision !== null && revision !== trade.revision) return 'other_revision'
  if (roomOf(trade) === 0n) return 'not_awaiting_payment'
  const isKnown = trade.allocations.some((allocation) => allocation.paymentId === paymentId)
  return !isKnown && trade.allocations.length >= ALLOCATIONS_MAX ? 'too_many_payments' : null
}

/** What a trade can still take. One that missed its group takes what it cost, and gives it back: nobody has to look into suspense for it. */
function roomOf (trade: Trade): bigint {
  if (!hasMissedGroup(trade)) return amountDue(trade)
  // More was paid than it costs where it was repriced after that.
  const missing = trade.total - trade.coinsValue - trade.paid
  return missing > 0n ? missing : 0n
}

/**
 * Counts money of a payment (minor units, at most {@link applicable}) as paid for a trade, and saves the trade. The caller has posted it to the
 * trade's escrow: from there it goes back at once where the trade missed its group, before or by this payment.
 */
export function applyPayment (books: Books, trade: Trade, payment: Payment, amount: bigint): Changed {
  const paid = { ...trade, paid: trade.paid + amount, allocations: withAmount(trade.allocations, payment.id, amount) }
  appendTradeEvent(books, 'trade.payment_received', paid, { amount, paid: paid.paid })
  const facts = { kind: 'trade.group_missed' as const, description: 'paid for a group that is decided', occurredAt: books.now }
  return saveStep(books, trade, hasMissedGroup(paid) ? giveBack(books, paid, amount, facts) : { trade: paid, transactions: [] })
}

/** A payment that is matched in parts is one allocation all the same. */
function withAmount (allocations: readonly Allocation[], paymentId: string, amount: bigint): Allocation[] {
  const isKnown = allocations.some((allocation) => allocation.paymentId === paymentId)
  if (!isKnown) return [...allocations, { paymentId, amount, refunded: 0n, chargedBack: 0n }]
  return allocations.map((allocation) => allocation.paymentId === paymentId ? { ...allocation, amount: allocation.amount + amount } : allocation)
}
