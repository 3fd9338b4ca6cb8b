import t from 'tap'
import { pino } from 'pino'
import { meetDeadline } from '../src/escrow/timers/meet-deadline.ts'
import { Journal } from '../src/journal/journal.ts'
import { internalId } from '../src/kernel/ids.ts'
import { runVerify } from '../src/reports/verify.ts'
import { openApi, type Answer } from './support/api.ts'

const api = await openApi()
const { id: tenantId, keys } = await api.newTenant('shop')
// What another process would be.
const journal = new Journal({ db: api.databases.journal, log: pino({ level: 'silent' }) })

t.teardown(async () => {
  await journal.stop(5000)
  await api.close()
})

async function post (url: string, body: object = {}, headers: Record<string, string> = {}, key = keys.marketplace): Promise<Answer> {
  return await api.call('POST', url, { key, body, headers })
}

async function get (url: string, key = keys.finance): Promise<Answer> {
  return await api.call('GET', url, { key })
}

/** The lines of a trade, by the ids that steps name them with. */
function linesOf (answer: Answer): Array<Record<string, unknown> & { id: string }> {
  return answer.body['lines'] as Array<Record<string, unknown> & { id: string }>
}

const party = async (kind: string, name: string): Promise<string> => (await post('/v1/parties', { kind, external_ref: name, name })).body.id
const [buyer, seller, partner] = [await party('buyer', 'B-1'), await party('seller', 'S-1'), await party('partner', 'P-1')]

let orders = 0
function order (line: object = {}): object {
  return {
    external_ref: `ORD-${++orders}`,
    buyer,
    currency: 'CNY',
    lines: [{
      ref: '1',
      seller,
      description: 'tea',
      quantity: 2,
      unit_price: '19.90',
      shipping: '5.00',
      fulfilment: 'express',
      commission_rate: '0.05',
      splits: [{ partner, rate: '0.10' }],
      ...line
    }]
  }
}

async function paidTrade (line: object = {}): Promise<Answer> {
  const { body } = await post('/v1/trades', order(line))
  return await post(`/v1/trades/${body.id}/payments`, { amount: body['amount_due'], provider: 'sandbox', provider_ref: `PAID-${body.id}` })
}

t.test('a trade from its opening to its last transfer', async (t) => {
  const opened = await post('/v1/trades', order())
  t.equal(opened.status, 201)
  const { id, ...shown } = opened.body
  t.match(id, /^trd_/)
  t.match(shown, {
    state: 'awaiting_payment', currency: 'CNY', buyer, revision: 1, total: '44.80', coins_value: '0.00', amount_due: '44.80', paid: '0.00', held: '0.00',
    released: '0.00', refunded: '0.00', refund_pending: '0.00', charged_back: '0.00', holds: [], allowed_actions: ['pay', 'reprice', 'cancel'], version: 1, transactions: []
  })
  t.match(linesOf(opened)[0], { ref: '1', state: 'pending', quantity: 2, shipped: 0, confirmed: 0, refunded: 0, seller, splits: [{ partner, rate: '0.10' }] })
  t.equal(opened.headers['etag'], '"1"')

  const url = `/v1/trades/${id}`
  const paid = await post(`${url}/payments`, { amount: '44.80', provider: 'sandbox', provider_ref: 'P-1', occurred_at: '2026-01-30T00:00:00Z' })
  t.match(paid.body, { state: 'awaiting_shipment', paid: '44.80', held: '44.80', amount_due: '0.00', deadlines: { ship_by: String }, allowed_actions: ['ship', 'cancel'] })
  t.match((await get(`/v1/payments/${String(paid.body['payment'])}`)).body, { provider_ref: 'P-1', applied: '44.80', in_suspense: '0.00' }, 'the answer names its payment')
  t.equal((paid.body['transactions'] as string[]).length, 1)

  const [line] = linesOf(opened)
  const dry = await post(`${url}/shipments?dry_run=true`, { lines: [{ line: line?.id, quantity: 1 }] })
  t.match(dry, { status: 200, body: { dry_run: true, state: 'partially_shipped', would_post: [] } })
  const stale = await post(`${url}/shipments`, {}, { 'if-match': '"1"' })
  t.match(stale, { status: 412, body: { code: 'version_mismatch' } })
  const shipped = await post(`${url}/shipments`, { lines: [{ line: line?.id, quantity: 1 }], carrier: 'SF', tracking_number: 'SF1' }, { 'if-match': String(paid.headers['etag']) })
  t.match(shipped, { status: 201, body: { state: 'partially_shipped', transactions: [] } })

  const preview = await post(`${url}/confirmations?dry_run=true`)
  t.match(preview.body['would_post'], [{
    kind: 'trade.confirmation',
    transfers: [
      { debit: { class: 'escrow', owner: id }, credit: { class: 'seller_available', owner: seller }, amount: '22.40', unit: 'CNY' },
      { credit: { class: 'commission_income' }, amount: '1.00' }, { credit: { class: 'partner_available', owner: partner }, amount: '1.99' }
    ]
  }])
  const confirmed = await post(`${url}/confirmations`)
  t.match(confirmed.body, { state: 'partially_shipped', released: '22.40', held: '22.40', deadlines: { ship_by: String }, allowed_actions: ['ship', 'cancel'] })
  const nothing = await post(`${url}/confirmations`)
  t.match(nothing, { status: 422, body: { code: 'quantity_exceeded' } })
  const cancelled = await post(`${url}/cancellation`)
  t.match(cancelled.body, { state: 'completed', released: '22.40', refunded: '22.40', refund_pending: '22.40', held: '0.00', allowed_actions: [] })
  const refused = await post(`${url}/shipments`)
  t.match(refused, { status: 409, body: { code: 'illegal_in_state', current_state: 'completed', allowed_actions: [] } })

  const read = await get(url)
  const { transactions: posted, ...last } = cancelled.body
  t.strictSame(read.body, last)
  t.equal(read.headers['etag'], cancelled.headers['etag'])
  const transactions = await get(`${url}/transactions`)
  t.strictSame(transactions.body.data.map((each) => (each as unknown as { kind: string }).kind), ['trade.payment', 'trade.confirmation', 'trade.cancellation'])
  t.equal(transactions.body.data.at(-1)?.id, (posted as string[])[0])
  t.match((await get(`${url}/shipments`)).body.data, [{ carrier: 'SF', tracking_number: 'SF1', lines: [{ line: line?.id, quantity: 1 }] }])
})

t.test('lists find trades by state, party and reference, page by page, and nobody else\'s', async (t) => {
  const trade = await paidTrade()
  const ids = async (query: string, key = keys.finance): Promise<string[]> => (await get(`/v1/trades?${query}`, key)).body.data.map(({ id }) => id)
  t.strictSame(await ids(`external_ref=${String(trade.body['external_ref'])}`), [trade.body.id])
  t.strictSame(await ids(`state=awaiting_shipment&seller=${seller}&buyer=${buyer}`), [trade.body.id])
  t.strictSame(await ids(`seller=${partner}`), [])
  const first = await get('/v1/trades?limit=1')
  t.match(first.body, { has_more: true, data: [{ id: trade.body.id }] })
  const second = await get(`/v1/trades?limit=1&starting_after=${first.body.next_cursor ?? ''}`)
  t.not(second.body.data[0]?.id, trade.body.id)
  const stranger = await api.newTenant('stranger')
  t.strictSame(await ids('', stranger.keys.finance), [])
  t.equal((await get(`/v1/trades/${trade.body.id}`, stranger.keys.finance)).status, 404)
  t.equal((await get(`/v1/trades/${trade.body.id}/transactions`, stranger.keys.finance)).status, 404)
  t.match(await post(`/v1/trades/${trade.body.id}/shipments`, {}, {}, stranger.keys.marketplace), { status: 404, body: { code: 'not_found' } })
  t.match(await post('/v1/trades', order(), {}, stranger.keys.marketplace), { status: 422, body: { code: 'unknown_party', errors: [{ pointer: '/buyer' }] } })
  t.strictSame((await get('/v1/parties?external_ref=S-1')).body.data.map(({ id }) => id), [seller])
  t.strictSame((await get('/v1/parties?kind=partner')).body.data.map(({ id }) => id), [partner])
  t.match((await get(`/v1/parties/${buyer}`)).body, { kind: 'buyer', external_ref: 'B-1' })
  t.match(await post('/v1/parties', { kind: 'buyer', external_ref: 'B-1', name: 'again' }), { status: 409, body: { code: 'external_ref_taken' } })
})

t.test('a payment without a trade waits until finance matches it or gives it back', async (t) => {
  const told = { amount: '50.00', provider: 'sandbox', provider_ref: 'EARLY', occurred_at: '2026-01-30T00:00:00Z', trade_external_ref: 'NOT-YET' }
  const early = await post('/v1/payments', told)
  t.match(early, { status: 201, body: { in_suspense: '50.00', currency: 'CNY', trade: null } })
  t.match(await post('/v1/payments', told), { status: 201, body: { id: early.body.id, transactions: [] } })
  t.match(await post('/v1/payments', { ...told, amount: '50.01' }), { status: 409, body: { code: 'payment_known' } })
  const trade = await post('/v1/trades', { ...order(), external_ref: 'NOT-YET' })
  const matched = await post(`/v1/payments/${early.body.id}/match`, { trade: trade.body.id }, {}, keys.finance)
  t.match(matched, { status: 201, body: { applied: '44.80', in_suspense: '5.20', trade: trade.body.id } })
  t.match((await get(`/v1/trades/${trade.body.id}`)).body, { state: 'awaiting_shipment', paid: '44.80' })
  t.strictSame((await get('/v1/payments?in_suspense=true')).body.data.map(({ id }) => id), [early.body.id])
  const returned = await post(`/v1/payments/${early.body.id}/return`, {}, {}, keys.finance)
  t.match(returned, { status: 201, body: { returned: '5.20', in_suspense: '0.00' } })
  t.match(await post(`/v1/payments/${early.body.id}/return`, {}, {}, keys.finance), { status: 409, body: { code: 'payment_settled' } })
  t.strictSame((await get('/v1/payments?provider=sandbox&provider_ref=EARLY')).body.data.map(({ id }) => id), [early.body.id])
  t.equal((await get('/v1/payments?provider_ref=EARLY')).status, 400)
  t.match((await get(`/v1/payments/${early.body.id}`)).body, { returned: '5.20', amount: '50.00' })
})

t.test('one key sent a hundred times has one effect and a hundred equal answers', async (t) => {
  const trade = await paidTrade()
  await post(`/v1/trades/${trade.body.id}/shipments`)
  const answers = await Promise.all(Array.from({ length: 100 }, async () =>
    await post(`/v1/trades/${trade.body.id}/confirmations`, {}, { 'idempotency-key': 'the-same' })))
  t.strictSame(new Set(answers.map(({ status }) => status)), new Set([201]))
  t.equal(new Set(answers.map(({ text }) => text)).size, 1)
  t.equal(answers.filter(({ headers }) => headers['idempotent-replayed'] === 'true').length, 99)
  t.equal((await get(`/v1/trades/${trade.body.id}/transactions`)).body.data.length, 2)
})

t.test('confirmations, a cancellation and the timer at once release every unit once', async (t) => {
  for (let round = 0; round < 5; round++) {
    // Instant: its deadline is there at once, so that the timer is in the race from the start.
    const trade = await paidTrade({ quantity: 3, fulfilment: 'instant' })
    const url = `/v1/trades/${trade.body.id}`
    const shipped = await post(`${url}/shipments`, { lines: [{ line: linesOf(trade)[0]?.id, quantity: 2 }] })
    const deadline = new Date((shipped.body['deadlines'] as { confirm_by: string }).confirm_by)
    const timer = meetDeadline({ tenantId, tradeId: internalId('trd', trade.body.id) ?? '', deadline, version: shipped.body['version'] as number })
    const attempts = await Promise.all(Array.from({ length: 100 }, async (_, index) => {
      if (index % 10 === 3) return await post(`${url}/cancellation`)
      if (index % 10 === 7) return await journal.submit({ ...timer, key: `${timer.key} ${index}` })
      return await post(`${url}/confirmations`)
    }))
    const won = attempts.filter((answer): answer is Answer => 'status' in answer && answer.status === 201)
    const swept = attempts.filter((answer) => 'transactions' in answer && answer.transactions.length > 0)
    t.ok(attempts.every((answer) => !('status' in answer) || [201, 409, 422].includes(answer.status)))
    t.equal(won.length + swept.length, 2, 'one of all released, one cancelled')
    t.match((await get(url)).body, { state: 'completed', held: '0.00', paid: '64.70', refunded: '21.57', released: '43.13' })
    const kinds = (await get(`${url}/transactions`)).body.data.map((each) => (each as unknown as { kind: string }).kind).sort()
    t.strictSame(kinds, ['trade.cancellation', 'trade.confirmation', 'trade.payment'])
  }
})

t.test('what the edge refuses never reaches the books', async (t) => {
  const cases: ReadonlyArray<readonly [object, string, string]> = [
    [{ ...order(), external_ref: 'line\nend' }, 'invalid_request', '/external_ref'],
    [{ ...order(), external_ref: 'x'.repeat(101) }, 'invalid_request', '/external_ref'],
    [order({ quantity: 1_000_001 }), 'invalid_request', '/lines/0/quantity'],
    [order({ quantity: 1.5 }), 'invalid_request', '/lines/0/quantity'],
    [order({ unit_price: 19.9 }), 'invalid_amount', '/lines/0/unit_price'],
    [order({ unit_price: '19.999' }), 'invalid_amount', '/lines/0/unit_price'],
    [order({ splits: Array.from({ length: 11 }, () => ({ partner, rate: '0.01' })) }), 'invalid_request', '/lines/0/splits'],
    [{ ...order(), lines: [] }, 'invalid_request', '/lines'],
    [{ ...order(), surprise: true }, 'invalid_request', '/surprise']
  ]
  for (const [body, code, pointer] of cases) {
    const answer = await post('/v1/trades', body)
    t.match(answer, { status: 400, body: { code, errors: [{ pointer }] } }, pointer)
  }
  const trade = await paidTrade()
  t.match(await post(`/v1/trades/${trade.body.id}/payments`, { amount: '1.00', provider: 'Pay Pal', provider_ref: 'x' }), { status: 400, body: { code: 'invalid_request' } })
  t.match(await post(`/v1/trades/${trade.body.id}/payments`, { amount: '0.00', provider: 'paypal', provider_ref: 'x' }), { status: 400, body: { code: 'invalid_amount' } })
  t.match(await post(`/v1/trades/${trade.body.id}/payments`, { amount: '1.00', provider: 'paypal', provider_ref: 'x', occurred_at: '1969-01-01T00:00:00Z' }),
    { status: 400, body: { code: 'invalid_time' } })
})

t.test('after all of this verify finds nothing', async (t) => {
  const { checks } = await runVerify(api.databases.report)
  t.strictSame(checks.flatMap(({ findings }) => findings), [])
})
