/** Every way in which an order's rows are not what an order should be, with the heading it is reported under. */
export const FINDINGS = {
  no_items: 'Orders without items: nothing was sold, so there is no trade',
  no_order_row: 'Items or payments of orders that orders.csv does not know',
  no_party: 'Orders that do not name their customer or a seller',
  unreadable_item: 'Orders with an item whose price or freight is no amount',
  free_goods: 'Orders of nothing but free goods: there is no money to hold',
  no_payments: 'Orders that nobody paid',
  paid_short: 'Orders whose payments do not reach the price of their items',
  paid_over: 'Orders whose payments exceed the price of their items',
  zero_payment: 'Payments of nothing',
  unreadable_payment: 'Payments whose value is no amount',
  undefined_payment_type: 'Payments of no defined type',
  repeated_row: 'Rows that repeat an order, an item or a payment',
  unknown_status: 'Orders whose status has no meaning here',
  cancelled_after_shipping: 'Orders cancelled after they were shipped',
  status_behind: 'Orders that came further than their status says',
  no_approval_time: 'Paid orders without an approval time',
  no_carrier_time: 'Shipped orders without the time of the hand-over to the carrier',
  no_delivery_time: 'Delivered orders without a delivery time',
  unreadable_time: 'Orders with a time that does not exist',
  times_disordered: 'Orders whose times run backwards'
} as const

export type FindingCode = keyof typeof FINDINGS

/** What was found about one order: the reason with its facts, and what was done about it. Both are sentences for people. */
export interface Finding {
  readonly code: FindingCode
  readonly reason: string
  readonly done: string
}

/** Takes note of a finding. */
export type Note = (code: FindingCode, reason: string, done: string) => void
