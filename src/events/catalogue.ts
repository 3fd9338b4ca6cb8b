/**
 * Every type of event and what it tells. Whatever is appended must be named here; types are added, never renamed.
 * The data of an event holds ids, amounts and states, never personal data.
 */
export const EVENT_TYPES = {
  'party.created': 'A buyer, seller or partner was made known.',
  'party.terms_changed': 'Somebody changed how a seller gets his money; `from` and `to` are the terms before and after.',
  'trade.created': 'A trade was opened and waits for its money.',
  'trade.payment_received': 'Money for a trade arrived, perhaps not all of it.',
  'trade.repriced': 'A trade that awaits its payment has new prices and a new revision; cash above them is refundable.',
  'trade.paid': 'A trade has all its money; its terms are frozen and its sellers may ship.',
  'trade.seated': 'A trade has all its money and a seat in its group; it waits for the group to fill.',
  'trade.shipped': 'Lines of a trade, or parts of them, were shipped; silence will confirm them.',
  'trade.ship_overdue': 'Something of a trade was not shipped in time; its buyer may cancel that alone.',
  'trade.confirmation_extended': 'The buyer of a trade has more time to confirm what was shipped.',
  'trade.confirmed': 'Lines of a trade, or parts of them, were confirmed and their money released.',
  'trade.cancelled': 'Units of a paid trade were cancelled before shipment; their money is refundable.',
  'trade.rejected': 'The seller of a trade will not ship it, or units of it; what was paid for them is refundable.',
  'trade.hold_placed': 'The release of a trade\'s money is blocked until this hold, and every other, is lifted.',
  'trade.hold_lifted': 'A hold of a trade is gone.',
  'trade.completed': 'Everything of a trade was confirmed or refunded.',
  'trade.after_sale_ended': 'The time in which a completed trade can be refunded or disputed is over.',
  'trade.closed': 'A trade ended without being completed; what was paid is refundable.',
  'group.opened': 'A group was opened and waits for its members.',
  'group.filled': 'The last seat of a group was taken; its members go on.',
  'group.failed': 'The time of a group ended before its last seat was taken; what its members paid is refundable.',
  'payment.suspended': 'Money arrived that fits no open trade; it waits for finance staff.',
  'payment.matched': 'Money that waited was matched to its trade.',
  'payment.returned': 'Money that waited will be given back.',
  'refund.payable': 'Money is owed to a buyer and has not left yet.',
  'refund.sent': 'A refund was handed to a provider or bank, and is on its way.',
  'refund.failed': 'An attempt to pay a refund out failed; unless another one succeeds, its money is still owed.',
  'refund.succeeded': 'A refund left: its money is no longer owed.',
  'refund.bounced': 'A refund that had left came back; unless another attempt had paid it as well, its money is owed again.',
  'refund.paid_twice': 'A refund left once more: what left without being owed waits in `unidentified_debits` for finance staff.',
  'reserve.held': 'A part of what a seller got waits in reserve until `matures_at`.',
  'reserve.matured': 'A part of a seller\'s reserve is available to him, less what he owed.',
  'write_off.proposed': 'Somebody proposed to give up what a party owes; it waits for a second person.',
  'write_off.posted': 'A second person approved a write-off, and it was posted.',
  'write_off.rejected': 'A second person rejected a write-off.',
  'write_off.withdrawn': 'Who proposed a write-off took it back.',
  'manual_journal.proposed': 'Somebody proposed to book something by hand, or to reverse it; it waits for a second person.',
  'manual_journal.posted': 'A second person approved a manual journal, and it was posted.',
  'manual_journal.rejected': 'A second person rejected a manual journal.',
  'manual_journal.withdrawn': 'Who proposed a manual journal took it back.'
} as const satisfies Record<string, string>

export type EventType = keyof typeof EVENT_TYPES
