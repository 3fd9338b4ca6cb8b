import { Type as T } from 'typebox'
import { component } from '../../http/components.ts'
import { Currency, Exactly, Id, Money, Nullable, Page, PageQuery, Timestamp } from '../../http/schemas.ts'
import { DECLARATION_STATES, JURISDICTIONS, STATE_MEANINGS } from './states.ts'
import { MESSAGE_TYPES, type MessageType } from './voucher/voucher.ts'

/** How many declarations one request reads by their request ids, and how many sub-orders one request declares. */
const REQUEST_IDS_MAX = 100
const PARTS_MAX = 50

const REQUEST_ID = '[A-Za-z0-9._:-]{1,64}'
const RequestId = T.String({ pattern: `^${REQUEST_ID}$`, description: 'What you call the declaration, 1 to 64 letters, digits and `._:-`: asked for again with the same one it is the same declaration.', examples: ['DEC-1'] })
const JurisdictionName = T.Enum([...JURISDICTIONS], { type: 'string', default: 'CN', description: 'Whose customs: `CN` for China\'s single window, `KR` for Korea\'s UNIPASS.' })
const StateName = component('DeclarationState', T.Enum([...DECLARATION_STATES], {
  type: 'string', description: `How far its newest message has come. ${DECLARATION_STATES.map((state) => `\`${state}\`: ${STATE_MEANINGS[state]}.`).join(' ')}`
}))
const Customs = T.String({ pattern: '^[A-Z0-9_-]{2,20}$', description: 'The code of the customs office.', examples: ['GUANGZHOU_ZS'] })
const Code = T.String({ pattern: '^[A-Za-z0-9-]{1,18}$', description: 'A code that customs gave when it registered a company, at most 18 letters, digits and hyphens.', examples: ['4401961234'] })
const Company = T.String({ pattern: '^(?! )[^\\p{Cc}\\p{Zl}\\p{Zp}\\uFFFE\\uFFFF]{1,100}(?<! )$', description: 'The name of a company as customs registered it, at most 100 characters.', examples: ['Example Store (made up)'] })
const SubOrder = T.String({ pattern: '^[A-Za-z0-9._:-]{1,60}$', description: 'The number of a part of the order that is declared by itself, at most 60 letters, digits and `._:-`.', examples: ['ORD-1-A'] })

const addressee = {
  payment: T.Optional(Id('pay')),
  jurisdiction: T.Optional(JurisdictionName),
  customs: Customs,
  merchant_code: Code,
  merchant_name: Company,
  platform_code: T.Optional(Code),
  platform_name: T.Optional(Company)
}

export const DeclarationRequest = Exactly({
  request_id: RequestId,
  trade: Id('trd'),
  ...addressee,
  amount: T.Optional({ ...Money, description: 'A decimal string in the trade\'s currency; without it all that is left of the payment.' }),
  sub_order: T.Optional(SubOrder)
}, {
  examples: [{ request_id: 'DEC-1', trade: 'trd_01kaj6n8k2f5rvt4r9e8q7m3ze', amount: '44.80', customs: 'GUANGZHOU_ZS', merchant_code: '4401961234', merchant_name: 'Example Store (made up)' }]
})

export const SplitRequest = Exactly({
  ...addressee,
  parts: T.Array(Exactly({ request_id: RequestId, sub_order: SubOrder, amount: Money }), { minItems: 1, maxItems: PARTS_MAX, description: 'The sub-orders: all are declared, or none.' })
}, {
  examples: [{
    customs: 'GUANGZHOU_ZS',
    merchant_code: '4401961234',
    merchant_name: 'Example Store (made up)',
    parts: [{ request_id: 'DEC-1A', sub_order: 'ORD-1-A', amount: '30.00' }, { request_id: 'DEC-1B', sub_order: 'ORD-1-B', amount: '14.80' }]
  }]
})

export const PushRequest = Exactly({
  customs: T.Optional(Customs),
  merchant_code: T.Optional(Code),
  amount: T.Optional(Money),
  sub_order: T.Optional(SubOrder),
  request_id: T.Optional(RequestId),
  trade: T.Optional(Id('trd')),
  payment: T.Optional(Id('pay')),
  jurisdiction: T.Optional(T.Enum([...JURISDICTIONS], { type: 'string' })),
  merchant_name: T.Optional(Company),
  platform_code: T.Optional(Code),
  platform_name: T.Optional(Company)
}, { examples: [{ amount: '40.00' }] })

const Message = component('CustomsMessage', T.Object({
  number: T.Integer({ minimum: 1 }),
  guid: T.String({ description: 'What customs knows the message by.' }),
  type: T.Enum(Object.keys(MESSAGE_TYPES) as MessageType[], { type: 'string', description: 'What it does at customs.' }),
  amount: { ...Money, description: 'A decimal string: what it declares, or takes back.' },
  customs: T.String(),
  merchant_code: T.String(),
  sub_order: Nullable(T.String()),
  order_no: T.String(),
  made_at: Timestamp,
  due_at: { ...Timestamp, description: 'When it is to be handed over.' },
  sent_at: Nullable(Timestamp)
}, { description: 'A message to customs; who paid stands in the message itself and not here.' }))

const declaration = {
  id: Id('dcl'),
  request_id: T.String(),
  trade: Id('trd'),
  payment: Id('pay'),
  jurisdiction: T.Enum([...JURISDICTIONS], { type: 'string' }),
  state: StateName,
  raw_code: T.Union([T.String(), T.Null()], { description: 'The code that customs answered with last, as it came.' }),
  answered_at: T.Union([Timestamp, T.Null()], { description: 'When customs said so, by its own time.' }),
  held_by_customs: T.Boolean({ description: 'Whether customs has taken in a message of it: the next one changes that.' }),
  currency: Currency,
  amount: { ...Money, description: 'A decimal string: what of the payment it declares. It is lowered with what goes back of the payment.' },
  customs: T.String(),
  merchant_code: T.String(),
  merchant_name: T.String(),
  platform_code: T.String(),
  platform_name: T.String(),
  sub_order: Nullable(T.String()),
  order_no: T.String({ description: 'What customs compares with the order: the sub-order, or else the trade\'s own reference.' }),
  pay_transaction_id: T.String({ description: 'What customs knows the payment by: the provider\'s reference, or for a sub-order the id of this declaration.' }),
  paid_at: Timestamp,
  message: Message,
  push_after: { ...Timestamp, description: 'From when it may be pushed again.' },
  created_at: Timestamp
}

export const DeclarationBody = component('Declaration', T.Object(declaration, { description: 'What customs is told of a payment, or of a sub-order of it.' }))
export const DeclarationsBody = component('Declarations', T.Object({ data: T.Array(DeclarationBody) }))
export const DeclarationPage = Page('DeclarationPage', DeclarationBody)

const answered = {
  code: T.String({ description: 'As customs sent it.' }),
  state: StateName,
  answered_at: { ...Timestamp, description: 'By customs\' time.' }
}

export const DeclarationWithHistoryBody = component('DeclarationWithHistory', T.Object({
  ...declaration,
  messages: T.Array(Message, { description: 'Oldest first.' }),
  answers: T.Array(T.Object({ number: T.Integer({ minimum: 1 }), message: T.Integer({ minimum: 1 }), ...answered, received_at: Timestamp }), { description: 'What customs answered to which message, in the order in which it was heard.' })
}))

export const ReceivedBody = component('ReceivedAnswer', T.Object({
  id: Id('dcl'),
  state: StateName,
  raw_code: Nullable(T.String()),
  answered_at: Nullable(Timestamp)
}, { description: 'A declaration as an answer of customs left it.' }))

export const DeclarationQuery = PageQuery({
  request_ids: T.Optional(T.String({
    pattern: `^${REQUEST_ID}(,${REQUEST_ID}){0,${REQUEST_IDS_MAX - 1}}$`, description: `Only those with these request ids: at most ${REQUEST_IDS_MAX}, with commas between them.`, examples: ['DEC-1,DEC-2']
  })),
  trade: T.Optional(Id('trd')),
  state: T.Optional(StateName)
})

export const VoucherBody = T.String({ description: 'The message CEB411, in UTF-8.' })

export const QuotaQuery = Exactly({ year: T.Optional(T.Integer({ minimum: 2000, maximum: 2099, description: 'A year in China; without it the current one.' })) })

export const QuotaBody = component('CustomsQuota', T.Object({
  identity: Id('idn'),
  year: T.Integer(),
  currency: Currency,
  limit: Money,
  order_limit: { ...Money, description: 'What one order may be worth.' },
  used: { ...Money, description: 'What of this person\'s orders was declared to China\'s customs in the year and not sent back.' },
  remaining: Money,
  declarations: T.Integer({ minimum: 0 }),
  basis: T.Enum(['tenant_observed'], { type: 'string', description: 'What this tenant declared: other platforms are not seen.' })
}, { description: 'How much of a person\'s yearly quota is used.' }))
