import { Type as T } from 'typebox'
import { CoinCode } from '../coins/schemas.ts'
import { component } from '../http/components.ts'
import { Currency, Exactly, Id, Nullable, Rate, SignedMoney, Timestamp } from '../http/schemas.ts'
import { AsOf, PeriodQuery } from '../ledger/schemas.ts'
import { control, format, limit, Reached, TimeZone } from './schemas.ts'

const Coins = { ...SignedMoney, description: 'A whole number of coins, as a text.' }
const Month = T.String({ pattern: '^\\d{4}-\\d{2}$', description: 'The month (UTC) in which the coins were issued.', examples: ['2026-01'] })
const Source = T.Enum(['earned', 'granted'], { type: 'string', description: 'Whether sales earned the coins or a campaign granted them.' })

const reached = { as_of: Timestamp, timezone: TimeZone, seq: Reached, generated_at: Timestamp }
const programme = { programme: Id('cpr'), coin: CoinCode, currency: Currency }

export const CoinLiabilityQuery = Exactly({
  ...PeriodQuery,
  opening_seq: T.Optional(T.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Where the period begins: after this transaction. Instead of `from`.' })),
  as_of_seq: T.Optional(T.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Where the period ends: with this transaction. Instead of `to`.' })),
  format,
  limit,
  after_row: T.Optional(T.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0, description: 'The `next_after_row` of the page before.' }))
})

const forward = {
  opening: SignedMoney,
  issued: SignedMoney,
  redeemed: SignedMoney,
  returned: { ...SignedMoney, description: 'Given back to buyers after it had been redeemed.' },
  clawed_back: SignedMoney,
  expired: SignedMoney,
  closing: SignedMoney
}

export const CoinLiability = component('CoinLiability', T.Object({
  from: Nullable(Timestamp),
  to: Nullable(Timestamp),
  as_of: Timestamp,
  timezone: TimeZone,
  opening_seq: Reached,
  seq: Reached,
  generated_at: Timestamp,
  rows: T.Array(T.Object({
    ...programme,
    funder: T.Union([T.Literal('platform'), Id('pty')], { description: 'Who paid for the coins when they were issued: the platform, or a seller.' }),
    source: Source,
    campaign: Nullable(Id('cmp')),
    coins: T.Object(forward, { description: 'In coins.' }),
    value: T.Object(forward, { description: 'The same in money, at the value of the coin.' })
  })),
  ...control,
  has_more: T.Boolean(),
  next_after_row: Nullable(T.Integer())
}, { description: 'What is owed for coins, rolled forward over a period: opening, issued and returned make redeemed, clawed back, expired and closing.' }))

export const CoinStatisticsQuery = Exactly({ ...AsOf, format })

export const CoinStatistics = component('CoinStatistics', T.Object({
  ...reached,
  rows: T.Array(T.Object({
    ...programme,
    month: Month,
    source: Source,
    issued: Coins,
    clawed_back: Coins,
    redeemed: { ...Coins, description: 'Redeemed so far, less what was given back after that.' },
    expired: Coins,
    outstanding: { ...Coins, description: 'Pending, available, or held by trades.' },
    redemption_rate: Nullable({ ...Rate, description: 'Redeemed, of what was issued and not clawed back.' }),
    breakage_rate: Nullable({ ...Rate, description: 'Expired, of what was issued and not clawed back.' })
  })),
  ...control
}, { description: 'What became of the coins that were issued in each month.' }))

export const CoinDeferredRevenueQuery = Exactly({
  ...AsOf,
  breakage: { ...Rate, description: 'Which part of the coins is expected never to be redeemed, as it is expected now.' },
  breakage_at_issue: T.Optional({ ...Rate, description: 'The same as it was expected when the coins were earned: the price was allocated by it. As now where it is not told.' }),
  format
})

export const CoinDeferredRevenue = component('CoinDeferredRevenue', T.Object({
  ...reached,
  breakage: Rate,
  breakage_at_issue: Rate,
  rows: T.Array(T.Object({
    ...programme,
    month: Month,
    earned: { ...Coins, description: 'Earned, and not clawed back.' },
    redeemed: Coins,
    expired: Coins,
    outstanding: Coins,
    expected: { ...Coins, description: 'How many are expected to be redeemed in all.' },
    transaction_price: { ...SignedMoney, description: 'The cash of the sales that earned them.' },
    coins_stand_alone: { ...SignedMoney, description: 'What the coins would have cost alone: their value, times the likelihood of their use.' },
    allocated_to_goods: SignedMoney,
    allocated_to_coins: SignedMoney,
    recognised: { ...SignedMoney, description: 'What of the coins\' part is revenue by now.' },
    deferred: SignedMoney
  })),
  ...control
}, { description: 'The view of IFRS 15 (B39 to B47) on the coins that sales earned. Nothing of it is posted: the books carry coins at face value.' }))
