import t from 'tap'
import { runVerify } from '../src/reports/verify.ts'
import { openApi, type Answer } from './support/api.ts'

const api = await openApi()
const { keys } = await api.newTenant('shop')
const stranger = await api.newTenant('stranger')

t.setTimeout(120_000)
t.teardown(async () => { await api.close() })

async function post (url: string, body: object = {}, headers: Record<string, string> = {}, key = keys.marketplace): Promise<Answer> {
  return await api.call('POST', url, { key, headers, body })
}

async function get (url: string, key = keys.finance): Promise<Answer> {
  return await api.call('GET', url, { key })
}

const party = async (kind: string): Promise<string> => (await post('/v1/parties', { kind, external_ref: kind, name: kind })).body.id
const [buyer, seller] = [await party('buyer'), await party('seller')]

let orders = 0
/** A refund of 10.00 of a trade that was paid and cancelled: its address, the trade's, and its payment. */
async function open (): Promise<{ readonly id: string, readonly url: string, readonly trade: string, readonly payment: string }> {
  const trade = await post('/v1/trades', {
    external_ref: `ORD-${++orders}`, buyer, currency: 'CNY', lines: [{ ref: '1', seller, quantity: 1, unit_price: '10.00', fulfilment: 'express' }]
  })
  const paid = await post(`/v1/trades/${trade.body.id}/payments`, { amount: '10.00', provider: 'sandbox', provider_ref: `P-${orders}` })
  await post(`/v1/trades/${trade.body.id}/cancellation`)
  const [refund] = (await get(`/v1/refunds?trade=${trade.body.id}`)).body.data
  return { id: refund?.id ?? '', url: `/v1/refunds/${refund?.id ?? ''}`, trade: trade.body.id, payment: String(paid.body['payment']) }
}

const through = (reference: string, more: object = {}): object => ({ provider: 'sandbox', provider_ref: reference, ...more })
const throughBank = (reference: string, more: object = {}): object => ({ bank_account: 'main', bank_ref: reference, ...more })

async function pendingOf (trade: string): Promise<unknown> {
  return (await get(`/v1/trades/${trade}`)).body['refund_pending']
}

t.test('a refund fails at its provider, leaves through the bank, comes back, and leaves for good', async (t) => {
  const { id, url, trade, payment } = await open()
  t.match(await get(url), { status: 200, body: { id, status: 'payable', trade, payment, amount: '10.00', paid_twice: false, attempts: [], version: 1 } })
  t.match(await post(`${url}/sending`, through('A1')), { status: 201, headers: { etag: '"2"' }, body: { status: 'sent', transactions: [] } })
  t.match(await post(`${url}/sending`, through('A2')), { status: 409, body: { code: 'refund_under_way', current_state: 'sent' } })
  t.match(await post(`${url}/failure`, through('A1', { reason: 'account_closed' })), { status: 201, body: { status: 'failed', attempts: [{ outcome: 'failed', reason: 'account_closed' }] } })
  t.equal(await pendingOf(trade), '10.00', 'what failed is still owed')
  t.match(await post(`${url}/bank/success`, throughBank('B1'), {}, keys.finance), { status: 201, body: { status: 'succeeded', attempts: [{}, { channel: 'bank', account: 'main', reference: 'B1' }] } })
  t.equal(await pendingOf(trade), '0.00')
  t.match(await post(`${url}/sending`, through('A3')), { status: 409, body: { code: 'refund_settled' } })
  t.match(await post(`${url}/bank/bounce`, throughBank('B1', { reason: 'name_mismatch' }), {}, keys.finance), { body: { status: 'bounced', attempts: [{}, { reason: 'name_mismatch' }] } })
  t.equal(await pendingOf(trade), '10.00')
  const last = await post(`${url}/success`, through('A3', { occurred_at: '2026-01-30T00:00:00Z' }))
  t.match(last, { status: 201, body: { status: 'succeeded', version: 6, transactions: [/^txn_/] } })
  const { transactions, ...shown } = last.body
  t.strictSame((await get(url)).body, shown)
  t.match((await get(`/v1/transactions/${(transactions as string[])[0] ?? ''}`)).body, {
    kind: 'refund.success', subject: id, occurred_at: '2026-01-30T00:00:00.000Z',
    transfers: [{ debit: { class: 'refund_payable', owner: id }, credit: { class: 'provider_clearing', owner: 'sandbox' }, amount: '10.00' }]
  })
})

t.test('what is told twice is answered twice and booked once: by the same key, and by the same reference', async (t) => {
  const { url } = await open()
  const [one, again] = [await post(`${url}/success`, through('D1'), { 'idempotency-key': 'D1' }), await post(`${url}/success`, through('D1'), { 'idempotency-key': 'D1' })]
  t.equal(again.text, one.text)
  t.equal(again.headers['idempotent-replayed'], 'true')
  t.match(await post(`${url}/success`, through('D1')), { status: 201, body: { status: 'succeeded', version: 2, transactions: [] } })
  const other = await open()
  t.match(await post(`${other.url}/success`, through('D1')), { status: 409, body: { code: 'refund_reference_taken' } })
})

t.test('a dry run says what would post, and changes nothing', async (t) => {
  const { url } = await open()
  t.match(await post(`${url}/success?dry_run=true`, through('E1')), {
    status: 200,
    body: { status: 'succeeded', would_post: [{ kind: 'refund.success', transfers: [{ debit: { class: 'refund_payable' }, credit: { class: 'provider_clearing' }, amount: '10.00' }] }] }
  })
  t.match((await get(url)).body, { status: 'payable', attempts: [] })
})

t.test('the provider\'s second payment is taken down, the answer says so, and finance is called', async (t) => {
  const { id, url, trade } = await open()
  await post(`${url}/bank/success`, throughBank('B2'), {}, keys.finance)
  t.match(await post(`${url}/success`, through('F1')), { status: 201, body: { status: 'succeeded', paid_twice: true, attempts: [{ excess: false }, { excess: true }] } })
  t.equal(await pendingOf(trade), '0.00')
  const events = (await get('/v1/events?limit=100')).body.data as unknown as Array<{ type: string, subject: string }>
  t.equal(events.filter(({ type, subject }) => type === 'refund.paid_twice' && subject === id).length, 1)
  t.match((await get('/v1/accounts?class=unidentified_debits&owner=sandbox')).body.data, [{ balance: '10.00' }])
})

t.test('refunds are listed by status, trade and payment, newest first, page by page', async (t) => {
  const [one, two] = [await open(), await open()]
  await post(`${two.url}/failure`, through('G1', { reason: 'other' }))
  t.match((await get(`/v1/refunds?trade=${one.trade}`)).body, { data: [{ id: one.id }], has_more: false })
  t.match((await get(`/v1/refunds?payment=${two.payment}&status=failed`)).body, { data: [{ id: two.id, attempts: [{ reference: 'G1' }] }], has_more: false })
  t.strictSame((await get(`/v1/refunds?payment=${two.payment}&status=payable`)).body.data, [])
  const first = await get('/v1/refunds?limit=1')
  t.match(first.body, { data: [{ id: two.id }], has_more: true })
  t.match((await get(`/v1/refunds?limit=1&starting_after=${String(first.body.next_cursor)}`)).body.data, [{ id: one.id }])
  for (const query of ['status=gone', 'trade=pay_01kaj6n8k2f5rvt4r9e8q7m3zd', 'starting_after=1']) t.match(await get(`/v1/refunds?${query}`), { status: 400 }, query)
})

t.test('the provider\'s facts are the marketplace\'s to tell, the bank\'s are finance\'s', async (t) => {
  const { url } = await open()
  for (const report of ['sending', 'success', 'failure', 'bounce']) {
    const reason = report === 'failure' ? { reason: 'other' } : {}
    t.match(await post(`${url}/${report}`, through('H1', reason), {}, keys.finance), { status: 403, body: { code: 'forbidden' } }, report)
    t.match(await post(`${url}/bank/${report}`, throughBank('H1', reason)), { status: 403, body: { code: 'forbidden' } }, report)
    t.match(await post(`${url}/${report}`, through('H1', reason), {}, keys.admin), { status: 403 }, report)
  }
  t.match(await get(url, keys.marketplace), { status: 200, body: { status: 'payable' } })
  t.match(await get(url, keys.customs), { status: 403 })
})

t.test('a report says which attempt it is of, and a failure why', async (t) => {
  const { url } = await open()
  for (const [report, body] of [
    ['success', {}], ['success', { provider: 'sandbox' }], ['success', { provider: 'San dbox', provider_ref: 'I1' }], ['success', through('I1', { reason: 'other' })],
    ['failure', through('I1')], ['failure', through('I1', { reason: 'the buyer moved' })], ['success', through('I1', { amount: '10.00' })], ['bank/success', through('I1')]
  ] as const) {
    t.match(await post(`${url}/${report}`, body, {}, report === 'bank/success' ? keys.finance : keys.marketplace), { status: 400, body: { code: 'invalid_request' } }, JSON.stringify(body))
  }
  t.match(await post(`${url}/success`, through('I1', { occurred_at: 'yesterday' })), { status: 400, body: { code: 'invalid_time' } })
})

t.test('a refund of another tenant is not there', async (t) => {
  const { url } = await open()
  t.match(await get(url, stranger.keys.finance), { status: 404, body: { code: 'not_found' } })
  t.match(await post(`${url}/success`, through('J1'), {}, stranger.keys.marketplace), { status: 404, body: { code: 'not_found' } })
  t.strictSame((await get('/v1/refunds', stranger.keys.finance)).body.data, [])
})

t.test('a hundred successes and failures of one refund at once leave one outcome', async (t) => {
  for (let round = 0; round < 3; round++) {
    const { id, url, trade } = await open()
    const answers = await Promise.all(Array.from({ length: 100 }, async (_, index) => index % 2 === 0
      ? await post(`${url}/success`, through(`race-${round}`))
      : await post(`${url}/failure`, through(`race-${round}`, { reason: 'other' }))))
    t.ok(answers.every(({ status }) => status === 201))
    t.equal(answers.filter(({ body }) => (body['transactions'] as string[]).length > 0).length, 1, 'it left once')
    t.match((await get(url)).body, { status: 'succeeded', paid_twice: false, attempts: [{ outcome: 'succeeded', reason: null }] })
    t.equal(await pendingOf(trade), '0.00')
    const events = (await get(`/v1/events?limit=100&after=${await lastSeq() - 4}`)).body.data as unknown as Array<{ type: string, subject: string }>
    t.equal(events.filter(({ type, subject }) => type === 'refund.succeeded' && subject === id).length, 1)
  }
})

async function lastSeq (): Promise<number> {
  let after = 0
  for (;;) {
    const { data, has_more: hasMore } = (await get(`/v1/events?limit=100&after=${after}`)).body
    after = Number(data.at(-1)?.seq ?? after)
    if (!hasMore) return after
  }
}

t.test('after all of this verify finds nothing', async (t) => {
  const { checks } = await runVerify(api.databases.report)
  t.strictSame(checks.flatMap(({ findings }) => findings), [])
})
