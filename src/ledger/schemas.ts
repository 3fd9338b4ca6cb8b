import { Type as T } from 'typebox'
import { component } from '../http/components.ts'
import { Exactly, Id, Nullable, Page, PageQuery, SignedMoney, Timestamp, UnitCode } from '../http/schemas.ts'
import { ACCOUNT_CLASSES, type AccountClass } from './account-classes.ts'

/** What Object.keys answers for a constant object are exactly its keys. */
const CLASSES = Object.keys(ACCOUNT_CLASSES) as AccountClass[]

export const ClassName = component('AccountClass', T.Enum(CLASSES, {
  description: 'A class of the chart of accounts, such as `escrow`.',
  examples: ['escrow']
}))

/** Whom an account belongs to. Control characters never are part of one, and the database cannot hold some of them. */
export const Owner = T.String({
  maxLength: 200,
  pattern: '^[^\\u0000-\\u001f\\u007f]*$',
  description: 'The id of the trade, party, payment or refund an account belongs to, or the name of a provider or bank account; empty where the class has no owner.',
  examples: ['trd_01kaj6n8k2f5rvt4r9e8q7m3zd']
})

const Seq = T.Integer({ minimum: 0, description: 'The number of a transaction in its tenant\'s journal: 1, 2, 3 and so on in the order of recording, without a gap.' })
const Version = T.Integer({ minimum: 0, description: 'How many entries the account has: each entry raises it by one.' })

export const AsOf = {
  as_of: T.Optional(Timestamp),
  as_of_seq: T.Optional(T.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'As of the moment after this transaction.' }))
}

/** A span of recorded time, as `parsePeriod` reads it. */
export const PeriodQuery = {
  from: T.Optional(Timestamp),
  to: T.Optional(Timestamp)
}

const accountName = {
  id: Id('acc'),
  class: ClassName,
  owner: Owner,
  unit: UnitCode,
  normal_side: T.Enum(['debit', 'credit'], { description: 'The side that raises the balance.' })
}

export const AccountName = component('AccountName', T.Object(accountName))

export const Account = component('Account', T.Object({
  ...accountName,
  version: Version,
  debits: SignedMoney,
  credits: SignedMoney,
  balance: SignedMoney
}, { description: 'An account as it stands. The balance is in its own direction: debits less credits, or the reverse, by `normal_side`.' }))

export const AccountAt = component('AccountAt', T.Object({
  ...accountName,
  balance: SignedMoney,
  seq: Seq,
  version: T.Optional(Version),
  debits: T.Optional(SignedMoney),
  credits: T.Optional(SignedMoney),
  as_of: T.Optional(Timestamp),
  by: T.Optional(T.Enum(['recorded_at', 'occurred_at'])),
  entries_summed: T.Optional(T.Integer({ description: 'How many entries were added for this answer: what a view by occurred time costs.' }))
}, {
  description: 'An account at a moment, with everything up to `seq` and nothing later. `debits` and `credits` are told for now and by occurred time; `version` for now and by recorded time.'
}))

export const Entry = component('Entry', T.Object({
  version: Version,
  direction: T.Enum(['debit', 'credit']),
  amount: SignedMoney,
  balance: SignedMoney,
  transaction: Id('txn'),
  seq: Seq,
  position: T.Integer({ description: 'The place of the transfer in its transaction, from 1.' }),
  kind: T.String({ examples: ['trade.payment'] }),
  subject: T.String({ description: 'The id of what the step was about; empty where there is none.' }),
  description: T.String(),
  other: T.Object({ account: Id('acc'), class: ClassName, owner: Owner }, { description: 'The account on the other side.' }),
  occurred_at: Timestamp,
  recorded_at: Timestamp
}, { description: 'One side of a transfer as its account sees it, with the balance after it.' }))

const TransferSide = component('TransferSide', T.Object({
  account: Id('acc'),
  class: ClassName,
  owner: Owner,
  version: Version,
  balance: SignedMoney
}, { description: 'An account in a transfer, and where it stood after it.' }))

export const Transaction = component('Transaction', T.Object({
  id: Id('txn'),
  seq: Seq,
  kind: T.String({ examples: ['trade.payment'] }),
  subject: T.String({ description: 'The id of what the step was about; empty where there is none.' }),
  description: T.String(),
  reverses: Nullable(Id('txn')),
  occurred_at: Timestamp,
  recorded_at: Timestamp,
  booked_on: T.String({ format: 'date', description: 'The accounting day.' }),
  transfers: T.Array(T.Object({ position: T.Integer(), amount: SignedMoney, unit: UnitCode, debit: TransferSide, credit: TransferSide }))
}, { description: 'The transfers of one business step, in their order. What is recorded never changes.' }))

export const AccountPage = Page('AccountPage', Account)
export const EntryPage = Page('EntryPage', Entry)
export const TransactionPage = Page('TransactionPage', Transaction)

export const AccountsQuery = PageQuery({ class: T.Optional(ClassName), owner: T.Optional(Owner), unit: T.Optional(UnitCode) })

export const AccountQuery = Exactly({
  ...AsOf,
  by: T.Optional(T.Enum(['recorded_at', 'occurred_at'], {
    default: 'recorded_at',
    description: 'Which time `as_of` means: when we recorded a fact, or when it occurred.'
  }))
})

export const EntriesQuery = PageQuery({
  ...PeriodQuery,
  order: T.Optional(T.Enum(['asc', 'desc'], { default: 'asc', description: 'Oldest first, or newest first.' }))
})

export const TransactionsQuery = PageQuery({ subject: T.Optional(Owner) })
