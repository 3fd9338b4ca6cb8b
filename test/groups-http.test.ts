import { sql } from 'kysely'
import t from 'tap'
import { pino } from 'pino'
import { DUE_WORK } from '../src/due-work.ts'
import { Journal } from '../src/journal/journal.ts'
import { runVerify } from '../src/reports/verify.ts'
import { sweepDue } from '../src/timers/sweep-due.ts'
import { openApi, type Answer } from './support/api.ts'

const api = await openApi()
const { id: tenantId, keys } = await api.newTenant('shop')
const log = pino({ level: 'silent' })
const journal = new Journal({ db: api.databases.journal, log })

t.setTimeout(120_000)
t.teardown(async () => {
  await journal.stop(5000)
  await api.close()
})

async function post (url: string, body: object = {}, headers: Record<string, string> = {}): Promise<Answer> {
  return await api.call('POST', url, { key: keys.marketplace, headers, body })
}

async function get (url: string): Promise<Answer> {
  return await api.call('GET', url, { key: keys.finance })
}

/** Twice: a group is done when its members are. */
async function sweep (): Promise<void> {
  for (let times = 0; times < 2; times += 1) {
    for (const work of DUE_WORK) await sweepDue(api.databases.read, work, { journal, log, failures: new Map() })
  }
}

const party = async (kind: string): Promise<string> => (await post('/v1/parties', { kind, external_ref: kind, name: kind })).body.id
const [buyer, seller] = [await party('buyer'), await party('seller')]
const OFFER = { seller, description: 'Spring tea, 100 g', currency: 'CNY', unit_price: '15.00', size: 3, quantity_max: 2 }

let orders = 0
async function join (group: Answer, line: object = {}): Promise<Answer> {
  return await post('/v1/trades', {
    external_ref: `ORD-${++orders}`, buyer, currency: 'CNY', group: group.body.id, lines: [{ ref: '1', seller, quantity: 1, unit_price: '15.00', fulfilment: 'express', ...line }]
  })
}

async function pay (trade: Answer, query = ''): Promise<Answer> {
  return await post(`/v1/trades/${trade.body.id}/payments${query}`, { amount: '15.00', provider: 'sandbox', provider_ref: `P-${++orders}` })
}

t.test('a group is opened, tried, joined, filled and read', async (t) => {
  t.match(await post('/v1/groups?dry_run=true', OFFER), { status: 200, body: { dry_run: true, state: 'open', would_post: [] } })
  const group = await post('/v1/groups', { ...OFFER, fill_by: new Date(Date.now() + 3_600_000).toISOString() }, { 'idempotency-key': 'open' })
  t.match(group, { status: 201, headers: { etag: '"1"' }, body: { state: 'open', seats_taken: 0, seats_left: 3, unit_price: '15.00', decided_at: null, followed_at: null } })
  const members = [await join(group), await join(group), await join(group), await join(group)]
  t.match(members[0], { status: 201, body: { group: group.body.id, state: 'awaiting_payment', deadlines: { fill_by: group.body['fill_by'] } } })
  const [first, second, last, late] = members
  if (first === undefined || second === undefined || last === undefined || late === undefined) throw new Error('nobody joined')
  t.match(await pay(first), { status: 201, body: { state: 'awaiting_group', held: '15.00', allowed_actions: [] } })
  await pay(second)
  t.match(await pay(last, '?dry_run=true'), { status: 200, body: { state: 'awaiting_shipment', would_post: [{ kind: 'trade.payment' }] } })
  t.match(await get(`/v1/groups/${group.body.id}`), { status: 200, body: { state: 'open', seats_taken: 2, seats_left: 1 } })
  t.match(await post(`/v1/trades/${first.body.id}/cancellation`), { status: 409, body: { code: 'illegal_in_state', current_state: 'awaiting_group' } })
  t.match(await pay(last), { status: 201, body: { state: 'awaiting_shipment' } })
  t.match(await get(`/v1/groups/${group.body.id}`), { body: { state: 'filled', seats_left: 0, decided_at: String, followed_at: null } })
  t.match(await get(`/v1/trades/${first.body.id}`), { body: { state: 'awaiting_group' } }, 'it is shown as it is stored, until it follows')
  t.match(await post(`/v1/trades/${first.body.id}/shipments?dry_run=true`), { status: 200, body: { state: 'awaiting_confirmation' } }, 'and any step sees the decision')
  t.match(await post(`/v1/trades/${first.body.id}/shipments`, {}, { 'if-match': '"2"' }), { status: 201, body: { state: 'awaiting_confirmation', version: 4 } })
  const tooLate = await pay(late)
  t.match(tooLate, { status: 201, body: { state: 'closed_refunded', paid: '15.00', refunded: '15.00', held: '0.00' } })
  t.equal((tooLate.body['transactions'] as string[]).length, 2)
  await sweep()
  t.match(await get(`/v1/trades/${second.body.id}`), { body: { state: 'awaiting_shipment' } })
  t.match(await get(`/v1/groups/${group.body.id}`), { body: { followed_at: String } })
  const page = await get(`/v1/groups/${group.body.id}/members?limit=3`)
  t.match(page.body, { has_more: true, data: [{ trade: first.body.id, seat: 1, state: 'awaiting_confirmation' }, { seat: 2 }, { seat: 3 }] })
  t.match((await get(`/v1/groups/${group.body.id}/members?limit=3&starting_after=${String(page.body.next_cursor)}`)).body, { has_more: false, data: [{ trade: late.body.id, seat: null }] })
})

t.test('groups are listed by state and seller, newest first', async (t) => {
  const [one, other] = [await post('/v1/groups', OFFER), await post('/v1/groups', OFFER)]
  t.match((await get('/v1/groups?state=open')).body.data.map(({ id }) => id), [other.body.id, one.body.id])
  t.match((await get(`/v1/groups?seller=${seller}&limit=1`)).body, { has_more: true, data: [{ id: other.body.id }] })
  t.match((await get('/v1/groups?state=failed')).body.data, [])
  t.match(await get('/v1/groups/grp_01kaj6n8k2f5rvt4r9e8q7m3zd'), { status: 404 })
  t.match(await get('/v1/groups/grp_01kaj6n8k2f5rvt4r9e8q7m3zd/members'), { status: 404 })
})

t.test('what does not fit is refused, with the place', async (t) => {
  for (const [body, code] of [
    [{ size: 1 }, 'invalid_request'], [{ size: 100_001 }, 'invalid_request'], [{ quantity_max: 0 }, 'invalid_request'], [{ unit_price: 15 }, 'invalid_amount'],
    [{ unit_price: '0.00' }, 'invalid_amount'], [{ fill_by: '2020-01-01T00:00:00Z' }, 'invalid_time'], [{ fill_by: '2099-01-01T00:00:00Z' }, 'invalid_time'],
    [{ seller: buyer }, 'wrong_party_kind'], [{ currency: 'XXX' }, 'unknown_currency']
  ] as const) t.match((await post('/v1/groups', { ...OFFER, ...body })).body, { code }, JSON.stringify(body))
  const group = await post('/v1/groups', OFFER)
  t.match(await join(group, { quantity: 3 }), { status: 422, body: { code: 'group_offer_differs', errors: [{ pointer: '/lines/0/quantity' }] } })
  t.match(await join({ ...group, body: { ...group.body, id: 'grp_01kaj6n8k2f5rvt4r9e8q7m3zd' } }), { status: 422, body: { code: 'unknown_group' } })
  t.match(await post('/v1/quotes', { external_ref: 'Q', buyer, currency: 'CNY', group: group.body.id, lines: [] }), { status: 400 }, 'a quote is not about a group')
})

t.test('silence fails what is not full: its timer, then its members, and verify finds nothing', async (t) => {
  await sql`update tenants set settings = '{"group_ms": 400}' where id = ${tenantId}`.execute(api.databases.read)
  const group = await post('/v1/groups', OFFER)
  const [paid, unpaid] = [await join(group), await join(group)]
  t.match(await pay(paid), { body: { state: 'awaiting_group' } })
  await new Promise((resolve) => setTimeout(resolve, 450))
  t.match(await join(group), { status: 409, body: { code: 'group_decided', current_state: 'failed' } }, 'whether or not its timer came')
  await sweep()
  t.match(await get(`/v1/groups/${group.body.id}`), { body: { state: 'failed', seats_taken: 1, followed_at: String } })
  t.match(await get(`/v1/trades/${paid.body.id}`), { body: { state: 'closed_refunded', refunded: '15.00', refund_pending: '15.00', deadlines: {} } })
  t.match(await get(`/v1/trades/${unpaid.body.id}`), { body: { state: 'closed_unpaid' } })
  t.match(await pay(unpaid), { status: 201, body: { state: 'closed_refunded', refunded: '15.00' } }, 'who pays all the same gets it back at once')
  const { checks } = await runVerify(api.databases.report)
  t.strictSame(checks.flatMap(({ findings }) => findings), [])
})
