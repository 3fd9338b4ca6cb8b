import t from 'tap'
import { GROUPS } from '../src/escrow/groups/group-rows.ts'
import { showGroup, type GroupJson } from '../src/escrow/groups/show-group.ts'
import { matchPayment } from '../src/escrow/payments/match-payment.ts'
import { PAYMENTS } from '../src/escrow/payments/payment-rows.ts'
import { payTrade, recordPayment } from '../src/escrow/payments/record-payment.ts'
import { meetGroupDeadline } from '../src/escrow/groups/meet-group-deadline.ts'
import { showTrade, type TradeAnswer, type TradeJson } from '../src/escrow/trade/show-trade.ts'
import { TRADES } from '../src/escrow/trade/trade-rows.ts'
import { internalId } from '../src/kernel/ids.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../src/kernel/time.ts'
import { origin } from './support/memory-books.ts'
import { codeOf, pick, refusalOf, target, TradeDesk } from './support/trade-desk.ts'

/** A trade as it is stored: what a read shows, whether or not it has followed its group. */
function stored (desk: TradeDesk, { id }: TradeJson): TradeJson {
  const trade = desk.books.rows(TRADES).find((each) => each.id === internalId('trd', id))
  if (trade === undefined) throw new Error('there is no such trade')
  return showTrade(trade)
}

function groupNow (desk: TradeDesk, { id }: GroupJson): GroupJson {
  const group = desk.books.rows(GROUPS).find((each) => each.id === internalId('grp', id))
  if (group === undefined) throw new Error('there is no such group')
  return showGroup(group)
}

/** Sweeps a member as the sweep finds it, if it still does. */
function follow (desk: TradeDesk, member: TradeJson): TradeJson {
  const trade = stored(desk, member)
  const { fill_by: deadline } = trade.deadlines
  if (deadline !== undefined) desk.sweep(trade, deadline)
  return stored(desk, member)
}

function eventsOf (desk: TradeDesk, prefix: string): string[] {
  return desk.books.events.map(({ type }) => type).filter((type) => type.startsWith(prefix))
}

t.test('a group of three: members pay and wait, the last seat fills it, each goes on, and nothing posts for that', async (t) => {
  const desk = new TradeDesk()
  const group = desk.gather({ size: 3 })
  t.match(group, { state: 'open', seats_taken: 0, seats_left: 3, unit_price: '10.00', quantity_max: null, version: 1 })
  t.equal(Date.parse(group.fill_by) - desk.books.now.getTime(), DAY_MS)
  const [first, second] = [desk.pay(desk.join(group)), desk.pay(desk.join(group, { quantity: 3 }))]
  t.match(first, { state: 'awaiting_group', group: group.id, paid: '10.00', held: '10.00', amount_due: '0.00', allowed_actions: [] })
  t.strictSame(first.deadlines, { fill_by: group.fill_by })
  t.match(groupNow(desk, group), { state: 'open', seats_taken: 2, seats_left: 1 })
  const last = desk.join(group)
  t.match(last, { state: 'awaiting_payment', deadlines: { fill_by: group.fill_by }, allowed_actions: ['pay', 'reprice', 'cancel'] })
  const paid = desk.pay(last)
  t.strictSame(desk.lastPostings(), ['provider_clearing / escrow 10.00'])
  t.match(paid, { state: 'awaiting_shipment', allowed_actions: ['ship', 'cancel'] }, 'who fills it goes on at once')
  t.match(groupNow(desk, group), { state: 'filled', seats_taken: 3, seats_left: 0, decided_at: desk.books.now.toISOString() })
  t.match([stored(desk, first).state, stored(desk, second).state], ['awaiting_group', 'awaiting_group'], 'the decision is the group\'s alone')
  const posted = desk.books.transactions.length
  for (const member of [first, second]) t.match(follow(desk, member), { state: 'awaiting_shipment', deadlines: { ship_by: String } })
  t.equal(desk.books.transactions.length, posted)
  t.strictSame(eventsOf(desk, 'group.'), ['group.opened', 'group.filled'])
  t.strictSame(eventsOf(desk, 'trade.seated').length, 3)
  t.strictSame(eventsOf(desk, 'trade.paid').length, 3)
  t.match(desk.confirm(desk.ship(second)), { state: 'completed', released: '30.00' })
})

t.test('a group that is not full in time: every member closes, and all its money goes back', async (t) => {
  const desk = new TradeDesk()
  const group = desk.gather({ size: 3 })
  const whole = desk.pay(desk.join(group, { shipping: '2.00' }))
  const part = desk.pay(desk.join(group), { amount: '4.00' })
  const none = desk.join(group)
  desk.wait(DAY_MS)
  desk.sweepGroup(group)
  t.match(groupNow(desk, group), { state: 'failed', seats_taken: 1 })
  t.equal(desk.books.transactions.length, 2, 'the decision moves no money')
  t.match(follow(desk, whole), { state: 'closed_refunded', paid: '12.00', refunded: '12.00', refund_pending: '12.00', held: '0.00', lines: [{ state: 'cancelled' }] })
  t.strictSame(desk.lastPostings(), ['escrow / refund_payable 12.00'])
  t.match(follow(desk, part), { state: 'closed_refunded', paid: '4.00', refunded: '4.00', held: '0.00' })
  t.match(follow(desk, none), { state: 'closed_unpaid', paid: '0.00', deadlines: {} })
  t.strictSame(eventsOf(desk, 'group.'), ['group.opened', 'group.failed'])
  t.equal(eventsOf(desk, 'trade.closed').length, 3)
  const followed = groupNow(desk, group)
  desk.sweepGroup(followed)
  t.match(groupNow(desk, group), { followed_at: String, version: followed.version + 1 })
  desk.sweepGroup(groupNow(desk, group))
  t.equal(groupNow(desk, group).version, followed.version + 1, 'that is noted once')
})

t.test('whoever is paid when the group is decided closes, at whatever moment he is paid and whether or not the sweep was there: all of it goes back', async (t) => {
  for (const ending of ['filled', 'failed', 'past its time'] as const) {
    for (const moment of ['not followed', 'followed'] as const) {
      for (const amount of ['4.00', '10.00', '11.00']) {
        const desk = new TradeDesk()
        const group = desk.gather()
        const late = desk.join(group)
        if (ending === 'filled') for (let seat = 0; seat < 2; seat += 1) desk.pay(desk.join(group))
        else desk.wait(DAY_MS)
        if (ending === 'failed') desk.sweepGroup(group)
        if (moment === 'followed') t.equal(follow(desk, late).state, 'closed_unpaid')
        const taken = amount === '4.00' ? '4.00' : '10.00'
        const answer = desk.pay(late, { amount })
        t.match(answer, { state: 'closed_refunded', paid: taken, refunded: taken, held: '0.00', amount_due: '0.00', allowed_actions: [] }, `${ending}, ${moment}, ${amount}`)
        t.strictSame(desk.lastPostings(), [`escrow / refund_payable ${taken}`])
        t.equal(answer.transactions.length, 2)
        t.equal(desk.books.rows(PAYMENTS).at(-1)?.inSuspense, amount === '11.00' ? 100n : 0n)
        t.equal(groupNow(desk, group).seats_taken, ending === 'filled' ? 2 : 0, 'never a seat more')
        t.equal(eventsOf(desk, 'trade.closed').length, 1, 'it closes once')
      }
    }
  }
})

t.test('what is paid to a member that missed its group and had been repriced below what was paid waits in suspense', async (t) => {
  const desk = new TradeDesk()
  const group = desk.gather()
  const member = desk.join(group, { shipping: '5' })
  desk.pay(member, { amount: '14.00' })
  t.match(desk.reprice(member, [{ shipping: '0' }]), { state: 'awaiting_group', total: '10.00', paid: '14.00', refunded: '4.00' })
  desk.books.now = new Date(group.fill_by)
  desk.sweep(member, group.fill_by)
  t.match(desk.pay(member, { amount: '3.00' }), { state: 'closed_refunded', paid: '14.00', refunded: '14.00' })
  t.match(desk.books.rows(PAYMENTS).at(-1), { inSuspense: 300n, suspenseReason: 'not_awaiting_payment' })
})

t.test('a payment that is told again, or comes in parts, or waited in suspense, takes one seat', async (t) => {
  const desk = new TradeDesk()
  const group = desk.gather({ size: 4 })
  const parts = desk.pay(desk.pay(desk.join(group), { amount: '9.99' }), { amount: '0.01' })
  t.match([parts.state, groupNow(desk, group).seats_taken], ['awaiting_group', 1])
  const told = desk.join(group)
  const fact = { provider: 'sandbox', providerRef: 'TWICE', amount: '10.00', currency: null, occurredAt: null }
  for (let times = 0; times < 3; times += 1) desk.books.submit(payTrade(origin(), target(told), fact))
  t.equal(groupNow(desk, group).seats_taken, 2)
  desk.pay(told, { amount: '10.00' })
  t.equal(groupNow(desk, group).seats_taken, 2, 'a second payment is surplus')
  const early = desk.books.submit(recordPayment(origin(), { ...fact, providerRef: 'EARLY', currency: 'CNY' }, null))
  const matched = desk.join(group)
  desk.books.submit(matchPayment(origin(), { paymentId: internalId('pay', early.id), tradeId: internalId('trd', matched.id), amount: null }))
  t.match([stored(desk, matched).state, groupNow(desk, group).seats_taken], ['awaiting_group', 3])
  const repriced = desk.pay(desk.join(group, { shipping: '5.00' }), { amount: '12.00' })
  t.equal(repriced.state, 'awaiting_payment')
  t.match(desk.reprice(repriced, [{ shipping: '1.00' }]), { state: 'awaiting_shipment', paid: '12.00', refunded: '1.00', held: '11.00' }, 'new prices that its cash fills pay it, too')
  t.match(groupNow(desk, group), { state: 'filled', seats_taken: 4 })
})

t.test('any action on a member applies its group\'s decision before anything else', async (t) => {
  const actions: Record<string, (desk: TradeDesk, member: TradeAnswer) => TradeAnswer> = {
    ship: (desk, member) => desk.ship(member),
    cancel: (desk, member) => desk.cancel(member, [pick(member, 0, 1)]),
    hold: (desk, member) => desk.hold(member)
  }
  for (const [name, act] of Object.entries(actions)) {
    const desk = new TradeDesk()
    const group = desk.gather()
    const member = desk.pay(desk.join(group, { quantity: 2 }))
    desk.pay(desk.join(group))
    t.equal(stored(desk, member).state, 'awaiting_group')
    const answer = act(desk, member)
    t.equal(answer.version, member.version + 2, `${name}: it follows, and then acts`)
    t.ok(eventsOf(desk, 'trade.paid').length === 2)
    t.not(answer.state, 'awaiting_group')
  }
  const desk = new TradeDesk()
  const group = desk.gather()
  const member = desk.hold(desk.pay(desk.join(group)))
  desk.wait(DAY_MS)
  t.match(refusalOf(() => desk.ship(member)), { code: 'illegal_in_state', facts: { current_state: 'closed_refunded', allowed_actions: [] } })
  t.match([stored(desk, member).state, groupNow(desk, group).state], ['awaiting_group', 'open'], 'who is refused changes nothing')
  t.match(desk.lift(member), { state: 'closed_refunded', refunded: '10.00', transactions: [String] }, 'who is not decides for the group, too')
  t.equal(groupNow(desk, group).state, 'failed')
})

t.test('while the group is open nobody cancels a member that has a seat; who has none cancels as ever', async (t) => {
  const desk = new TradeDesk()
  const group = desk.gather()
  const seated = desk.pay(desk.join(group))
  for (const by of ['buyer', 'seller', 'platform'] as const) t.match(refusalOf(() => desk.cancel(seated, null, { by })), { code: 'illegal_in_state', facts: { current_state: 'awaiting_group' } })
  const unpaid = desk.pay(desk.join(group), { amount: '3.00' })
  t.match(desk.cancel(unpaid, null, { by: 'buyer' }), { state: 'closed_unpaid', refunded: '3.00' })
  desk.pay(unpaid, { amount: '10.00' })
  t.equal(desk.books.rows(PAYMENTS).at(-1)?.suspenseReason, 'not_awaiting_payment', 'it left its group by itself: what comes later waits')
  t.equal(groupNow(desk, group).seats_taken, 1)
})

t.test('the deadline and the last payment share a millisecond: the clock decides, in whatever order they come', async (t) => {
  for (const [name, ms] of [['at the deadline', DAY_MS], ['a millisecond before', DAY_MS - 1]] as const) {
    for (const order of ['timer first', 'payment first']) {
      const desk = new TradeDesk()
      const group = desk.gather()
      const [first, last] = [desk.pay(desk.join(group)), desk.join(group)]
      desk.wait(ms)
      const timer = meetGroupDeadline({ tenantId: 1, groupId: internalId('grp', group.id) ?? '', deadline: new Date(group.fill_by), version: groupNow(desk, group).version })
      const payment = payTrade(origin(), target(last), { provider: 'sandbox', providerRef: 'LAST', amount: '10.00', currency: null, occurredAt: null })
      desk.books.run(order === 'timer first' ? [timer, payment] : [payment, timer])
      const inTime = ms < DAY_MS
      t.equal(groupNow(desk, group).state, inTime ? 'filled' : 'failed', `${name}, ${order}`)
      t.equal(follow(desk, last).state, inTime ? 'awaiting_shipment' : 'closed_refunded')
      t.equal(follow(desk, first).state, inTime ? 'awaiting_shipment' : 'closed_refunded')
      t.equal(eventsOf(desk, 'group.').length, 2, 'decided once')
    }
  }
})

t.test('a timer that comes late, twice or for a group that changed decides nothing a second time', async (t) => {
  const desk = new TradeDesk()
  const group = desk.gather()
  const member = desk.pay(desk.join(group))
  desk.wait(DAY_MS)
  const open = groupNow(desk, group)
  for (const found of [open, group, open]) desk.sweepGroup(found)
  t.match(groupNow(desk, group), { state: 'failed', version: open.version + 1, followed_at: null }, 'also where a seat was taken since it was found')
  t.equal(follow(desk, member).state, 'closed_refunded')
  const posted = desk.books.transactions.length
  for (const found of [member, stored(desk, member)]) desk.sweep(found, group.fill_by)
  t.equal(desk.books.transactions.length, posted, 'its members follow once')
  const filled = desk.gather({}, new Date(desk.books.now.getTime() + HOUR_MS))
  const found = groupNow(desk, filled)
  for (let seat = 0; seat < 2; seat += 1) desk.pay(desk.join(filled))
  desk.wait(HOUR_MS)
  desk.sweepGroup(found)
  t.match(groupNow(desk, filled), { state: 'filled', followed_at: null }, 'a timer that found it open does not take its members for done')
  const early = desk.gather()
  t.throws(() => { desk.sweepGroup(early) }, /not reached by the books' clock/, 'a clock that was set back costs no group its deadline')
})

t.test('who joins must buy what the group offers, while it is open', async (t) => {
  const desk = new TradeDesk()
  const group = desk.gather({ size: 2, quantity_max: 3 })
  t.match(refusalOf(() => desk.join(group, { unit_price: '9.99' })), { code: 'group_offer_differs', facts: { errors: [{ pointer: '/lines/0/unit_price' }] } })
  t.match(refusalOf(() => desk.join(group, { seller: desk.other })), { code: 'group_offer_differs', facts: { errors: [{ pointer: '/lines/0/seller' }] } })
  t.match(refusalOf(() => desk.join(group, { quantity: 4 })), { code: 'group_offer_differs', facts: { errors: [{ pointer: '/lines/0/quantity' }] } })
  t.match(refusalOf(() => desk.join({ ...group, currency: 'USD' })), { code: 'group_offer_differs', facts: { errors: [{ pointer: '/currency' }] } })
  t.equal(codeOf(() => desk.join({ ...group, id: 'grp_01kaj6n8k2f5rvt4r9e8q7m3zd' })), 'unknown_group')
  t.equal(codeOf(() => desk.join({ ...group, id: 'grp_1' })), 'unknown_group')
  const member = desk.join(group, { quantity: 3, shipping: '9.00' })
  t.match(refusalOf(() => desk.reprice(member, [{ unit_price: '9.00' }])), { code: 'group_offer_differs', facts: { errors: [{ pointer: '/lines/0/unit_price' }] } })
  t.equal(desk.reprice(member, [{ shipping: '8.00' }]).total, '38.00')
  for (let seat = 0; seat < 2; seat += 1) desk.pay(desk.join(group))
  t.match(refusalOf(() => desk.join(group)), { code: 'group_decided', facts: { current_state: 'filled' } })
  const other = desk.gather()
  desk.wait(DAY_MS)
  t.match(refusalOf(() => desk.join(other)), { code: 'group_decided', facts: { current_state: 'failed' } }, 'also when its timer has not come yet')
})

t.test('a group ends in the future, within thirty days, and who pays later than that has no use of it', async (t) => {
  const desk = new TradeDesk()
  const at = (ms: number): Date => new Date(desk.books.now.getTime() + ms)
  for (const ms of [-1, 0, 30 * DAY_MS + 1]) t.match(refusalOf(() => desk.gather({}, at(ms))), { code: 'invalid_time', facts: { errors: [{ pointer: '/fill_by' }] } })
  t.equal(desk.gather({}, at(30 * DAY_MS)).fill_by, at(30 * DAY_MS).toISOString())
  const short = desk.gather({}, at(HOUR_MS))
  t.equal(desk.join(short).deadlines.pay_by, short.fill_by)
  t.equal(desk.join(desk.gather({}, at(3 * DAY_MS))).deadlines.pay_by, at(DAY_MS).toISOString())
  desk.books.settings = { ...desk.books.settings, group_ms: MINUTE_MS }
  t.equal(desk.gather().fill_by, at(MINUTE_MS).toISOString())
  t.equal(codeOf(() => desk.gather({ seller: desk.buyer })), 'wrong_party_kind')
  t.equal(codeOf(() => desk.gather({ seller: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zd' })), 'unknown_party')
  t.equal(codeOf(() => desk.gather({ unit_price: '0' })), 'invalid_amount')
  t.equal(codeOf(() => desk.gather({ currency: 'XXX' })), 'unknown_currency')
})
