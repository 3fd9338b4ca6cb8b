import { Type as T } from 'typebox'
import { component } from '../http/components.ts'
import { Currency, Exactly, Id, Nullable, SignedMoney, Timestamp, UnitCode } from '../http/schemas.ts'
import { DECLARATION_STATES, JURISDICTIONS } from '../customs/declarations/states.ts'
import { MESSAGE_TYPES, type MessageType } from '../customs/declarations/voucher/voucher.ts'
import { AccountName, AsOf, ClassName, Entry, PeriodQuery, Transaction } from '../ledger/schemas.ts'
import { REPORT_PAGE_DEFAULT, REPORT_PAGE_MAX } from './page.ts'

/** The number of the transaction that a report reaches. */
export const Reached = T.Integer({ minimum: 0, description: 'The transaction the report reaches: everything up to it is in the numbers, nothing later.' })
const After = T.Optional(T.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0, description: 'The `next_after_…` of the page before.' }))
/** How many items a page of a report has. */
export const limit = T.Optional(T.Integer({ minimum: 1, maximum: REPORT_PAGE_MAX, default: REPORT_PAGE_DEFAULT, description: `How many at most, 1 to ${REPORT_PAGE_MAX}.` }))

/** What the times of a report are in. */
export const TimeZone = T.Enum(['UTC'], { description: 'What every time and day of the report is in.' })

const period = {
  from: Nullable(Timestamp),
  to: Nullable(Timestamp),
  as_of: Timestamp,
  timezone: TimeZone,
  seq: Reached,
  generated_at: Timestamp
}

/** What is told after the rows of a report. */
export const control = {
  row_count: T.Integer({ minimum: 0, description: 'How many rows this answer lists.' }),
  control_total: T.Array(T.Object({ unit: UnitCode, debits: SignedMoney, credits: SignedMoney }), { description: 'The sums of these rows, by unit.' }),
  sha256: T.String({ pattern: '^[0-9a-f]{64}$', description: 'The SHA-256 of the JSON text of the rows as this answer has it, from `[` to `]`.' })
}

/** Whether a report is wanted as JSON or as CSV. */
export const format = T.Optional(T.Enum(['json', 'csv'], {
  description: 'JSON, a page of it, or the whole report as CSV. Where it is not told, a header `Accept: text/csv` asks for CSV.'
}))

export const TrialBalanceQuery = Exactly({ ...AsOf, format })

export const TrialBalance = component('TrialBalance', T.Object({
  as_of: Timestamp,
  timezone: TimeZone,
  seq: Reached,
  generated_at: Timestamp,
  units: T.Array(T.Object({
    unit: UnitCode,
    debits: SignedMoney,
    credits: SignedMoney,
    accounts: T.Array(T.Object({ class: ClassName, debits: SignedMoney, credits: SignedMoney, balance: SignedMoney }))
  })),
  ...control
}, { description: 'The sums of every class of accounts, by unit. In each unit, debits equal credits.' }))

export const AccountStatementQuery = Exactly({
  account: Id('acc'),
  ...PeriodQuery,
  by: T.Optional(T.Enum(['recorded_at', 'occurred_at'], {
    default: 'recorded_at',
    description: 'Which time the period means: when we recorded a fact, or when it occurred. It is also the order of the entries.'
  })),
  as_of_seq: T.Optional(T.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'As far as it was known after this transaction; now where that is not told.' })),
  format,
  limit,
  after_version: After
})

export const AccountStatement = component('AccountStatement', T.Object({
  account: AccountName,
  by: T.Enum(['recorded_at', 'occurred_at'], { type: 'string' }),
  ...period,
  entries_summed: T.Optional(T.Integer({ description: 'How many entries were added for this answer: what a view by occurred time costs.' })),
  opening_balance: SignedMoney,
  closing_balance: SignedMoney,
  totals: T.Object({ entries: T.Integer(), debits: SignedMoney, credits: SignedMoney }, {
    description: 'Added anew over the whole period: with the opening balance they make the closing balance.'
  }),
  entries: T.Array(Entry),
  ...control,
  has_more: T.Boolean(),
  next_after_version: Nullable(T.Integer())
}, { description: 'An account over a period, with a page of its entries.' }))

export const JournalQuery = Exactly({ ...PeriodQuery, format, limit, after_seq: After })

export const Journal = component('Journal', T.Object({
  ...period,
  totals: T.Object({ transactions: T.Integer() }, { description: 'Of the whole period, not of this page.' }),
  transactions: T.Array(Transaction),
  ...control,
  has_more: T.Boolean(),
  next_after_seq: Nullable(T.Integer())
}, { description: 'A page of the journal of a period.' }))

export const DeclarationsQuery = Exactly({
  ...PeriodQuery,
  ...AsOf,
  format,
  limit,
  starting_after: T.Optional(T.String({ minLength: 1, maxLength: 200, description: 'The `next_cursor` of the page before.' }))
})

export const DeclarationsReport = component('CustomsDeclarationsReport', T.Object({
  ...period,
  totals: T.Object({ declarations: T.Integer() }, { description: 'Of the whole period, not of this page.' }),
  declarations: T.Array(T.Object({
    id: Id('dcl'),
    request_id: T.String(),
    trade: Id('trd'),
    trade_external_ref: T.String(),
    payment: Id('pay'),
    provider: T.String(),
    provider_ref: T.String(),
    jurisdiction: T.Enum([...JURISDICTIONS], { type: 'string' }),
    customs: T.String(),
    merchant_code: T.String(),
    platform_code: T.String(),
    order_no: T.String(),
    pay_transaction_id: T.String(),
    state: T.Enum([...DECLARATION_STATES], { type: 'string' }),
    raw_code: T.Union([T.String(), T.Null()], { description: 'As customs sent it.' }),
    answered_at: Nullable(Timestamp),
    unit: Currency,
    paid: { ...SignedMoney, description: 'What the payment put into the trade.' },
    declared: { ...SignedMoney, description: 'What the newest message tells customs: nothing where it takes the declaration back.' },
    message: T.Integer({ minimum: 1 }),
    message_type: T.Enum(Object.keys(MESSAGE_TYPES) as MessageType[], { type: 'string' }),
    sent_at: Nullable(Timestamp),
    created_at: Timestamp
  })),
  ...control,
  has_more: T.Boolean(),
  next_cursor: Nullable(T.String())
}, { description: 'A page of the declarations that were made in a period, as they stood at a moment.' }))
