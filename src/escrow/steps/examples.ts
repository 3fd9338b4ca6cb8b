/** A trade in the API description. */
export const TRADE_EXAMPLE = {
  id: 'trd_01kaj6n8k2f5rvt4r9e8q7m3ze',
  external_ref: 'ORD-1',
  state: 'awaiting_payment',
  currency: 'CNY',
  buyer: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zd',
  group: null,
  revision: 1,
  total: '44.80',
  coins_value: '0.00',
  coins: null,
  amount_due: '44.80',
  paid: '0.00',
  held: '0.00',
  released: '0.00',
  refunded: '0.00',
  refund_pending: '0.00',
  charged_back: '0.00',
  lines: [{
    id: 'lin_01kaj6n8k2f5rvt4r9e8q7m3zf',
    ref: '1',
    seller: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zg',
    description: 'Spring tea, 100 g',
    state: 'pending',
    quantity: 2,
    unit_price: '19.90',
    shipping: '5.00',
    fulfilment: 'express',
    commission_rate: '0.05',
    splits: [{ partner: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zh', rate: '0.10' }],
    reserve: null,
    payout_currency: null,
    exchanged: [],
    coins: null,
    shipped: 0,
    confirmed: 0,
    refunded: 0,
    returned: 0,
    frozen: '0.00',
    frozen_units: 0,
    confirm_by: null,
    confirm_extended: false,
    release_conditions: []
  }],
  holds: [],
  refund_cases: [],
  disputes: [],
  deadlines: { pay_by: '2026-02-01T08:00:00.000Z' },
  allowed_actions: ['pay', 'reprice', 'cancel'],
  version: 1
}

/** A trade after a step that posted nothing. */
export const TRADE_STEP_EXAMPLE = { ...TRADE_EXAMPLE, transactions: [] }

/** A trade that was just paid. */
export const PAID_TRADE_EXAMPLE = {
  ...TRADE_EXAMPLE,
  state: 'awaiting_shipment',
  amount_due: '0.00',
  paid: '44.80',
  held: '44.80',
  deadlines: { ship_by: '2026-02-02T08:00:00.000Z' },
  allowed_actions: ['ship', 'cancel', 'refund'],
  version: 2,
  transactions: ['txn_01kaj6n8k2f5rvt4r9e8q7m3zj'],
  payment: 'pay_01kaj6n8k2f5rvt4r9e8q7m3zk'
}

/** A trade that was just given lower prices. */
export const REPRICED_TRADE_EXAMPLE = {
  ...TRADE_STEP_EXAMPLE,
  revision: 2,
  total: '38.00',
  amount_due: '38.00',
  lines: TRADE_EXAMPLE.lines.map((line) => ({ ...line, unit_price: '18.00', shipping: '2.00' })),
  version: 2
}

/** A shipped trade whose time to confirm was extended. */
export const EXTENDED_TRADE_EXAMPLE = {
  ...TRADE_STEP_EXAMPLE,
  state: 'awaiting_confirmation',
  amount_due: '0.00',
  paid: '44.80',
  held: '44.80',
  lines: TRADE_EXAMPLE.lines.map((line) => ({ ...line, state: 'shipped', shipped: 2, confirm_by: '2026-02-14T08:00:00.000Z', confirm_extended: true })),
  deadlines: { confirm_by: '2026-02-14T08:00:00.000Z' },
  allowed_actions: ['confirm', 'extend', 'refund', 'dispute'],
  version: 4
}

/** A trade whose money is blocked. */
export const HELD_TRADE_EXAMPLE = {
  ...EXTENDED_TRADE_EXAMPLE,
  holds: [{ id: 'hld_01kaj6n8k2f5rvt4r9e8q7m3zn', kind: 'compliance', placed_at: '2026-02-03T08:00:00.000Z', blocks_shipment: false }],
  allowed_actions: ['extend', 'refund', 'dispute'],
  version: 5
}

/** A payment that fits no trade. */
export const PAYMENT_EXAMPLE = {
  id: 'pay_01kaj6n8k2f5rvt4r9e8q7m3zk',
  provider: 'sandbox',
  provider_ref: 'P-1',
  currency: 'CNY',
  amount: '44.80',
  occurred_at: '2026-01-31T08:00:00.000Z',
  trade: null,
  trade_external_ref: 'ORD-1',
  applied: '0.00',
  in_suspense: '44.80',
  suspense_reason: 'unknown_trade',
  returned: '0.00',
  charged_back: '0.00',
  created_at: '2026-01-31T08:00:01.000Z',
  version: 1
}

/** A payment that fits no trade, as the report of it is answered. */
export const PAYMENT_STEP_EXAMPLE = { ...PAYMENT_EXAMPLE, transactions: ['txn_01kaj6n8k2f5rvt4r9e8q7m3zj'] }

/** A shipment in the API description. */
export const SHIPMENT_EXAMPLE = {
  id: 'shp_01kaj6n8k2f5rvt4r9e8q7m3zm',
  lines: [{ line: 'lin_01kaj6n8k2f5rvt4r9e8q7m3zf', quantity: 2 }],
  carrier: 'SF Express',
  tracking_number: 'SF1234567890',
  occurred_at: '2026-01-31T09:00:00.000Z',
  created_at: '2026-01-31T09:00:01.000Z'
}
