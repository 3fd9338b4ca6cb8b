import type { TradeState } from './states.ts'

/** What loses money to a chargeback: its outcome, or its opening where the outcome was told before. Lines that lost all they held are over. */
const CHARGEBACKS = ['chargeback.open', 'chargeback.outcome']

/** What decides a dispute. */
const AWARDS = ['dispute.award', 'dispute.award_approve']

/** What gives money back after a refund case: a request that the seller has agreed to, his agreement, his receipt of the return, and silence. */
const REFUNDS = ['trade.refund', 'refund_case.agree', 'refund_case.confirm_return', 'trade.deadline']

/**
 * From which state a trade can come to which, and by which operations, or by which decision of its group: what the documentation shows. Nothing is decided by it, since a state
 * follows from what happened; tests hold that what happens is what it says.
 */
export const TRANSITIONS: Readonly<Record<TradeState, Readonly<Partial<Record<TradeState, readonly string[]>>>>> = {
  awaiting_payment: {
    awaiting_group: ['trade.pay', 'payment.record', 'payment.match', 'trade.reprice'],
    awaiting_shipment: ['trade.pay', 'payment.record', 'payment.match', 'trade.reprice'],
    closed_unpaid: ['trade.cancel', 'trade.deadline', 'group.filled', 'group.failed', 'chargeback.open', 'chargeback.outcome'],
    // A part was paid.
    closed_refunded: ['group.filled', 'group.failed']
  },
  awaiting_group: {
    awaiting_shipment: ['group.filled'],
    closed_refunded: ['group.failed'],
    // All of it was charged back and lost before.
    closed_charged_back: ['group.filled']
  },
  awaiting_shipment: {
    partially_shipped: ['trade.ship'],
    awaiting_confirmation: ['trade.ship'],
    // A milestone was met before.
    completed: ['trade.cancel', 'trade.refund', 'refund_case.agree', 'trade.deadline', ...CHARGEBACKS],
    closed_refunded: ['trade.cancel', 'trade.refund', 'refund_case.agree', 'trade.deadline'],
    closed_charged_back: [...CHARGEBACKS, 'trade.cancel', 'trade.refund', 'refund_case.agree', 'trade.deadline']
  },
  partially_shipped: {
    awaiting_confirmation: ['trade.ship', 'trade.cancel', ...REFUNDS, ...CHARGEBACKS],
    completed: ['trade.cancel', ...REFUNDS, ...CHARGEBACKS],
    // Also by a cancellation: what was confirmed brought nothing, because rounding left all of a shipping charge to the rest.
    closed_refunded: ['trade.cancel', ...REFUNDS],
    closed_charged_back: [...CHARGEBACKS, 'trade.cancel', ...REFUNDS]
  },
  awaiting_confirmation: {
    completed: ['trade.confirm', 'trade.attest', ...REFUNDS, ...AWARDS, 'dispute.withdraw', ...CHARGEBACKS],
    closed_refunded: ['trade.confirm', ...REFUNDS, ...AWARDS],
    // Also by whatever gives back, or divides, what a lost chargeback left.
    closed_charged_back: [...CHARGEBACKS, 'trade.confirm', ...REFUNDS, ...AWARDS, 'dispute.withdraw']
  },
  completed: {
    // All that was left, and argued about, had been charged back: it is won, and frozen again.
    awaiting_confirmation: ['chargeback.outcome'],
    closed_refunded: [...REFUNDS, ...AWARDS],
    closed_charged_back: [...CHARGEBACKS, ...REFUNDS, ...AWARDS]
  },
  closed_unpaid: {
    // Who pays after he missed his group gets it back.
    closed_refunded: ['trade.pay', 'payment.record']
  },
  // What was owed back and had not left was taken by the provider, and may come back.
  closed_refunded: { closed_charged_back: ['chargeback.open'] },
  closed_charged_back: { closed_refunded: ['chargeback.outcome'] }
}

/** What each state means, for people. */
export const MEANINGS: Readonly<Record<TradeState, string>> = {
  awaiting_payment: 'not everything is paid',
  awaiting_group: 'paid, with a seat in its group; the group is not decided',
  awaiting_shipment: 'paid; nothing is shipped',
  partially_shipped: 'something is shipped, something is not',
  awaiting_confirmation: 'nothing is left to ship; something is not confirmed',
  completed: 'everything is confirmed or was given back, and the buyer kept something',
  closed_unpaid: 'it was cancelled, timed out or missed its group before it was paid in full',
  closed_refunded: 'everything was given back',
  closed_charged_back: 'nothing is held or released any more, because the provider took it back'
}
