import { Type as T } from 'typebox'
import { component } from '../../http/components.ts'
import { Currency, Exactly, Id, Money, Nullable, Page, PageQuery, Rate, Reference, Timestamp } from '../../http/schemas.ts'
import { ReserveBody } from '../../parties/schemas.ts'
import { CANCELLERS } from './cancel.ts'
import { CaseBody, Quantity } from './case-schemas.ts'
import { SELLER_EXTENSION_DAYS } from './extend.ts'
import { ReleaseConditions, ReleaseRequest } from './release-schemas.ts'
import { DEADLINE_NAMES, DEADLINES } from '../trade/deadlines.ts'
import { LINE_STATES, PUBLIC_ACTIONS, TRADE_STATES } from '../trade/states.ts'
import { HOLD_KINDS, STAFF_HOLD_KINDS } from '../trade/trade.ts'

export const LINES_MAX = 200
const SPLITS_MAX = 10
const FX_QUOTES_MAX = 20

const Text = T.String({ maxLength: 200 })
const Units = T.Integer({ minimum: 0 })
const Fulfilment = T.Enum(['instant', 'virtual', 'express', 'mail'], {
  type: 'string', description: 'How the line reaches its buyer: it decides how long after shipment silence confirms.'
})

const SplitRequest = Exactly({
  partner: Id('pty'),
  rate: T.Optional(Rate),
  amount: T.Optional(Money)
}, { description: 'A partner\'s share: a rate of the base of the commission, or an amount for the whole line.' })

const LineRequest = Exactly({
  ref: Reference,
  seller: Id('pty'),
  description: T.Optional(Text),
  quantity: Quantity,
  unit_price: Money,
  shipping: T.Optional(Money),
  fulfilment: Fulfilment,
  commission_rate: T.Optional(Rate),
  splits: T.Optional(T.Array(SplitRequest, { maxItems: SPLITS_MAX })),
  release: T.Optional(ReleaseRequest)
})

/** A trade to open. */
export const TRADE_REQUEST_EXAMPLE = {
  external_ref: 'ORD-1',
  buyer: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zd',
  currency: 'CNY',
  lines: [{
    ref: '1',
    seller: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zg',
    description: 'Spring tea, 100 g',
    quantity: 2,
    unit_price: '19.90',
    shipping: '5.00',
    fulfilment: 'express',
    commission_rate: '0.05',
    splits: [{ partner: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zh', rate: '0.10' }]
  }]
}

export const GroupId = T.String({ ...Id('grp'), description: 'The group that this trade joins: its one line is what the group offers.' })

/** What a trade is about, whether or not it is a member of a group. */
export const TermsRequest = Exactly({
  external_ref: Reference,
  buyer: Id('pty'),
  currency: Currency,
  coins: T.Optional(T.Union([T.Literal('max'), T.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })], {
    description: 'How many of the buyer\'s coins pay a part of it: `"max"` for as many as he has and the caps of its lines allow, or a number. They are taken at once and come back ' +
      'when it is cancelled. Only for goods of sellers who accept coins.'
  })),
  lines: T.Array(LineRequest, { minItems: 1, maxItems: LINES_MAX })
})

export const TradeRequest = Exactly({
  ...TermsRequest.properties,
  group: T.Optional(GroupId)
}, { examples: [TRADE_REQUEST_EXAMPLE] })

const PickedLines = T.Optional(T.Array(Exactly({
  line: Id('lin'),
  quantity: T.Optional(Quantity)
}), { minItems: 1, maxItems: LINES_MAX, description: 'Without it: all that is left. A line without a quantity: all that is left of it.' }))

export const OccurredAt = T.Optional({ ...Timestamp, description: 'When it happened; now where that is not told. Deadlines run from now all the same.' })

export const ShipmentRequest = Exactly({
  lines: PickedLines,
  carrier: T.Optional(T.String({ minLength: 1, maxLength: 100 })),
  tracking_number: T.Optional(T.String({ minLength: 1, maxLength: 100 })),
  occurred_at: OccurredAt
}, { examples: [{ lines: [{ line: 'lin_01kaj6n8k2f5rvt4r9e8q7m3zf', quantity: 2 }], carrier: 'SF Express', tracking_number: 'SF1234567890' }] })

export const ConfirmationRequest = Exactly({
  lines: PickedLines,
  fx_quotes: T.Optional(T.Array(Id('fxq'), {
    maxItems: FX_QUOTES_MAX, description: 'One quote for each other currency that sellers of these lines are paid in.'
  })),
  occurred_at: OccurredAt
}, {
  examples: [{ lines: [{ line: 'lin_01kaj6n8k2f5rvt4r9e8q7m3zf', quantity: 1 }] }]
})

export const CancellationRequest = Exactly({
  lines: PickedLines,
  by: T.Optional(T.Enum([...CANCELLERS], {
    type: 'string', description: 'Who cancels: the platform where that is not told. By the seller it is his rejection, which has an event of its own.'
  })),
  seller_agreed: T.Optional(T.Boolean({ description: 'Whether the seller agrees to the buyer\'s wish: needed of a paid trade until `deadlines.ship_by` has passed.' })),
  occurred_at: OccurredAt
}, { examples: [{ by: 'buyer', seller_agreed: true }] })

export const RepriceRequest = Exactly({
  lines: T.Array(Exactly({ line: Id('lin'), unit_price: T.Optional(Money), shipping: T.Optional(Money) }), {
    minItems: 1, maxItems: LINES_MAX, description: 'The lines that change, and what of them; the others stay as they are, and so does every quantity.'
  }),
  occurred_at: OccurredAt
}, { examples: [{ lines: [{ line: 'lin_01kaj6n8k2f5rvt4r9e8q7m3zf', unit_price: '18.00', shipping: '2.00' }] }] })

export const ExtensionRequest = Exactly({
  by: T.Enum(['buyer', 'seller'], { type: 'string', description: 'Who gives the buyer more time to confirm.' }),
  days: T.Optional(T.Enum([...SELLER_EXTENSION_DAYS], { type: 'integer', description: 'By how many days the seller extends. The buyer\'s extension is a setting.' })),
  lines: T.Optional(T.Array(Exactly({ line: Id('lin') }), {
    minItems: 1, maxItems: LINES_MAX, description: 'Without it: every line whose time can be extended.'
  }))
}, { examples: [{ by: 'seller', days: 5 }, { by: 'buyer' }] })

const HoldKind = T.Enum([...HOLD_KINDS], {
  type: 'string', description: 'Why the release is blocked. While a `chargeback` is open nothing else moves either.'
})
const StaffHoldKind = T.Enum([...STAFF_HOLD_KINDS], { type: 'string', description: 'Why the release is blocked.' })

export const HoldRequest = Exactly({ kind: StaffHoldKind }, { examples: [{ kind: 'compliance' }] })

/** The body of a request whose path says everything. */
export const NothingMore = Exactly({}, { examples: [{}] })

const COIN_COUNTS = {
  taken: T.String({ description: 'Coins that pay a part of it.', examples: ['6000'] }),
  held: T.String({ description: 'Of these, neither redeemed nor returned.' }),
  redeemed: T.String({ description: 'Of these, redeemed by a release, less what went back after that.' }),
  returned: T.String({ description: 'Of these, back with the buyer.' }),
  earned: T.String({ description: 'Coins that its confirmation earned, less what was clawed back.' })
}

const LineCoins = component('LineCoins', T.Object(COIN_COUNTS, { description: 'What a line has to do with coins.' }))

const TradeCoins = component('TradeCoins', T.Object({ programme: Id('cpr'), coin: T.String(), ...COIN_COUNTS }, { description: 'The loyalty programme of a trade\'s currency when it was created, and its coins.' }))

const LineBody = component('Line', T.Object({
  id: Id('lin'),
  ref: Reference,
  seller: Id('pty'),
  description: Text,
  state: T.Enum([...LINE_STATES], { type: 'string' }),
  quantity: Quantity,
  unit_price: Money,
  shipping: Money,
  fulfilment: Fulfilment,
  commission_rate: Rate,
  splits: T.Array(T.Object({ partner: Id('pty'), rate: T.Optional(Rate), amount: T.Optional(Money) })),
  reserve: Nullable(ReserveBody),
  payout_currency: Nullable(Currency),
  exchanged: T.Array(T.Object({ fx_quote: Id('fxq'), rate: T.String(), net: Money, currency: Currency, paid: Money }), {
    description: 'What of the line\'s release was exchanged and not taken back: `net` of the trade\'s currency for `paid` of its seller\'s.'
  }),
  coins: Nullable(LineCoins),
  shipped: Units,
  confirmed: Units,
  refunded: Units,
  returned: Units,
  frozen: Money,
  frozen_units: Units,
  confirm_by: Nullable(Timestamp),
  confirm_extended: T.Boolean({ description: 'Whether its buyer has extended the time to confirm; he can do that once.' }),
  release_conditions: ReleaseConditions
}, { description: 'One line of a trade. Of its quantity, units were shipped, of those some confirmed; of the refunded ones, the returned had been shipped.' }))

const tradeProperties = {
  id: Id('trd'),
  external_ref: Reference,
  state: T.Enum([...TRADE_STATES], { type: 'string' }),
  currency: Currency,
  buyer: Id('pty'),
  group: Nullable(Id('grp')),
  revision: T.Integer({ minimum: 1 }),
  total: Money,
  coins_value: { ...Money, description: 'What the coins that it took are worth: so much less is paid in cash.' },
  coins: Nullable(TradeCoins),
  amount_due: Money,
  paid: Money,
  held: Money,
  released: Money,
  refunded: Money,
  refund_pending: Money,
  charged_back: Money,
  lines: T.Array(LineBody),
  holds: T.Array(T.Object({ id: Id('hld'), kind: HoldKind, placed_at: Timestamp, blocks_shipment: T.Boolean() }), {
    description: 'What blocks the release of its money, each until it is lifted; oldest first.'
  }),
  refund_cases: T.Array(CaseBody, { description: 'The open refund cases, one a line at most; oldest first.' }),
  disputes: T.Array(T.Object({ id: Id('dsp'), evidence_by: Nullable(Timestamp) }), {
    description: 'Those that nobody has decided, oldest first; `evidence_by` is null when the time to hand in evidence is over.'
  }),
  deadlines: T.Object(Object.fromEntries(DEADLINE_NAMES.map((name) => [name, T.Optional({ ...Timestamp, description: DEADLINES[name].about })])), {
    description: 'Until when somebody can act, and what happens when nobody does.'
  }),
  allowed_actions: T.Array(T.Enum([...PUBLIC_ACTIONS], { type: 'string' }), { description: 'What payments, buyer, sellers and those who attest can do now.' }),
  version: T.Integer({ minimum: 1, description: 'Grows with each change; the `ETag` for `If-Match`.' })
}

export const Transactions = T.Array(Id('txn'), { description: 'The transactions that this step posted.' })

export const TradeBody = component('Trade', T.Object(tradeProperties, {
  description: 'A trade: paid = held + released + refunded + charged_back, at every moment.'
}))

export const TradeStepBody = component('TradeStep', T.Object({ ...tradeProperties, transactions: Transactions }, {
  description: 'A trade as a step left it, and the transactions that the step posted.'
}))

export const PaidTradeBody = component('PaidTrade', T.Object({
  ...tradeProperties, transactions: Transactions, payment: Id('pay')
}, { description: 'A trade as a payment left it, the transactions that the payment posted, and the payment: what the trade could not take waits there in suspense.' }))

export const DisputedTradeBody = component('DisputedTrade', T.Object({ ...tradeProperties, transactions: Transactions, dispute: Id('dsp') }, {
  description: 'A trade as the opening of a dispute left it, and the dispute.'
}))

export const TradePage = Page('TradePage', TradeBody)

export const TradeQuery = PageQuery({
  state: T.Optional(T.Enum([...TRADE_STATES], { type: 'string' })),
  seller: T.Optional(Id('pty')),
  buyer: T.Optional(Id('pty')),
  external_ref: T.Optional(Reference)
})

const ShipmentBody = component('Shipment', T.Object({
  id: Id('shp'),
  lines: T.Array(T.Object({ line: Id('lin'), quantity: Quantity })),
  carrier: Nullable(T.String()),
  tracking_number: Nullable(T.String()),
  occurred_at: Timestamp,
  created_at: Timestamp
}))

export const ShipmentPage = Page('ShipmentPage', ShipmentBody)
