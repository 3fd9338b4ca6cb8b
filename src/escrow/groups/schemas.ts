import { Type as T } from 'typebox'
import { component } from '../../http/components.ts'
import { Currency, Exactly, Id, Money, Nullable, Page, PageQuery, Reference, Timestamp } from '../../http/schemas.ts'
import { TRADE_STATES } from '../trade/states.ts'
import { GROUP_SIZE_MAX, GROUP_STATES } from './group.ts'

const QUANTITY_MAX = 1_000_000

const State = T.Enum([...GROUP_STATES], { type: 'string', description: 'An `open` group is decided once: `filled` by its last seat, or `failed` by its deadline.' })
const Size = T.Integer({ minimum: 2, maximum: GROUP_SIZE_MAX, description: 'How many members it takes.' })
const QuantityMax = T.Integer({ minimum: 1, maximum: QUANTITY_MAX, description: 'How many units one member may buy.' })
const Seats = T.Integer({ minimum: 0 })

export const GroupRequest = Exactly({
  seller: Id('pty'),
  description: T.Optional(T.String({ maxLength: 200 })),
  currency: Currency,
  unit_price: Money,
  size: Size,
  quantity_max: T.Optional(QuantityMax),
  fill_by: T.Optional({ ...Timestamp, description: 'Until when its last seat must be taken, at most 30 days from now. Without it: the tenant\'s `group_ms` from now.' })
}, {
  examples: [{
    seller: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zg', description: 'Spring tea, 100 g', currency: 'CNY', unit_price: '15.00', size: 3, quantity_max: 2, fill_by: '2026-02-01T08:00:00Z'
  }]
})

export const GroupBody = component('Group', T.Object({
  id: Id('grp'),
  state: State,
  seller: Id('pty'),
  description: T.String(),
  currency: Currency,
  unit_price: Money,
  size: Size,
  quantity_max: Nullable(QuantityMax),
  seats_taken: Seats,
  seats_left: Seats,
  fill_by: { ...Timestamp, description: 'Until when its last seat must be taken.' },
  decided_at: Nullable(Timestamp),
  followed_at: Nullable({ ...Timestamp, description: 'When every member had followed the decision.' }),
  created_at: Timestamp,
  version: T.Integer({ minimum: 1 })
}, { description: 'Buyers who get an offer together or not at all. A member is a trade that names the group; it takes a seat by being paid in full.' }))

export const GroupPage = Page('GroupPage', GroupBody)

export const GroupQuery = PageQuery({ state: T.Optional(State), seller: T.Optional(Id('pty')) })

const MemberBody = component('GroupMember', T.Object({
  trade: Id('trd'),
  external_ref: Reference,
  buyer: Id('pty'),
  state: T.Enum([...TRADE_STATES], { type: 'string' }),
  seat: Nullable(T.Integer({ minimum: 1, description: 'In the order in which seats were taken; none before it is paid in full.' }))
}))

export const MemberPage = Page('GroupMemberPage', MemberBody)

export const GROUP_EXAMPLE = {
  id: 'grp_01kaj6n8k2f5rvt4r9e8q7m3zp',
  state: 'open',
  seller: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zg',
  description: 'Spring tea, 100 g',
  currency: 'CNY',
  unit_price: '15.00',
  size: 3,
  quantity_max: 2,
  seats_taken: 0,
  seats_left: 3,
  fill_by: '2026-02-01T08:00:00.000Z',
  decided_at: null,
  followed_at: null,
  created_at: '2026-01-31T08:00:00.000Z',
  version: 1
}

export const MEMBER_EXAMPLE = {
  trade: 'trd_01kaj6n8k2f5rvt4r9e8q7m3ze', external_ref: 'ORD-1', buyer: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zd', state: 'awaiting_group', seat: 1
}
