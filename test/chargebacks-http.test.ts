import { sql } from 'kysely'
import t from 'tap'
import { runVerify } from '../src/reports/verify.ts'
import { openApi, type Answer } from './support/api.ts'

const api = await openApi()
const { keys } = await api.newTenant('shop')
const { keys: foreign } = await api.newTenant('other')

t.setTimeout(180_000)
t.teardown(async () => { await api.close() })

async function post (url: string, body: object = {}, headers: Record<string, string> = {}, key = keys.marketplace): Promise<Answer> {
  return await api.call('POST', url, { key, headers, body })
}

async function get (url: string, key = keys.finance): Promise<Answer> {
  return await api.call('GET', url, { key })
}

const party = async (kind: string): Promise<string> => (await post('/v1/parties', { kind, external_ref: kind, name: kind })).body.id
const [buyer, seller, partner] = [await party('buyer'), await party('seller'), await party('partner')]

let orders = 0
/** A trade of three pieces at 10.00 and 3.00 shipping, with a commission and a split; answers it with the reference of its payment. */
async function paid (): Promise<{ readonly trade: Answer, readonly url: string, readonly ref: string }> {
  const opened = await post('/v1/trades', {
    external_ref: `ORD-${++orders}`,
    buyer,
    currency: 'CNY',
    lines: [{ ref: '1', seller, quantity: 3, unit_price: '10.00', shipping: '3.00', fulfilment: 'virtual', commission_rate: '0.05', splits: [{ partner, rate: '0.10' }] }]
  })
  const ref = `P-${orders}`
  const url = `/v1/trades/${opened.body.id}`
  return { trade: await post(`${url}/payments`, { amount: '33.00', provider: 'sandbox', provider_ref: ref }), url, ref }
}

function opening (ref: string, more: object = {}): object {
  return { provider: 'sandbox', provider_ref: `CB-${ref}`, payment_provider_ref: ref, amount: '33.00', fee: '15.00', occurred_at: '2026-01-30T00:00:00Z', ...more }
}

function lineOf (answer: Answer): string {
  return (answer.body['lines'] as Array<{ id: string }>)[0]?.id ?? ''
}

t.test('a chargeback is tried, told, shown with what it booked, and decided', async (t) => {
  const { trade, url, ref } = await paid()
  const line = lineOf(trade)
  await post(`${url}/cancellation`, { lines: [{ line, quantity: 1 }] })
  await post(`${url}/shipments`)
  await post(`${url}/confirmations`, { lines: [{ line, quantity: 1 }] })
  t.match(await post('/v1/chargebacks?dry_run=true', opening(ref)), {
    status: 200,
    body: { dry_run: true, state: 'open', would_post: [{ kind: 'trade.chargeback', occurred_at: '2026-01-30T00:00:00.000Z' }, { kind: 'chargeback.opening' }] }
  })
  t.match((await get(url)).body, { holds: [], charged_back: '0.00' })
  const told = await post('/v1/chargebacks', opening(ref), { 'idempotency-key': 'cb' })
  t.match(told, {
    status: 201,
    headers: { etag: '"1"' },
    body: { state: 'open', payment: trade.body['payment'], amount: '33.00', taken: { trades: [{ trade: trade.body.id, refunded: '11.00', held: '11.00', released: '11.00' }], loss: '0.00' } }
  })
  t.equal((await post('/v1/chargebacks', opening(ref), { 'idempotency-key': 'cb' })).headers['idempotent-replayed'], 'true')
  t.match(await post('/v1/chargebacks', opening(ref)), { status: 201, body: { id: told.body.id, transactions: [] } })
  t.match(await post('/v1/chargebacks', opening(ref, { amount: '1.00' })), { status: 409, body: { code: 'chargeback_known' } })
  const chargebackUrl = `/v1/chargebacks/${told.body.id}`
  const shown = await get(chargebackUrl)
  const transactions = told.body['transactions'] as string[]
  t.match(shown.body, {
    state: 'open', booked: [
      { transaction: transactions[0], kind: 'trade.chargeback', occurred_at: '2026-01-30T00:00:00.000Z', recorded_at: String },
      { transaction: transactions[1], kind: 'chargeback.opening' }
    ]
  })
  t.match((await get(url)).body, {
    state: 'awaiting_confirmation', held: '0.00', released: '0.00', refunded: '0.00', refund_pending: '0.00', charged_back: '33.00', holds: [{ kind: 'chargeback' }], allowed_actions: ['extend']
  })
  t.match(await post(`${url}/confirmations`), { status: 409, body: { code: 'chargeback_open', current_state: 'awaiting_confirmation', allowed_actions: ['extend'] } })
  const [hold] = (await get(url)).body['holds'] as Array<{ id: string }>
  t.match(await post(`${url}/holds/${hold?.id ?? ''}/lift`, {}, {}, keys.admin), { status: 409, body: { code: 'chargeback_open' } })
  t.match(await post(`${url}/holds`, { kind: 'chargeback' }), { status: 400 })
  t.match((await get(`/v1/refunds?trade=${trade.body.id}`)).body.data, [{ status: 'charged_back', amount: '11.00' }])

  for (const filter of [`state=open&trade=${trade.body.id}`, `payment=${String(trade.body['payment'])}`, `trade=${trade.body.id}`]) {
    t.strictSame((await get(`/v1/chargebacks?${filter}`)).body.data, [shown.body], filter)
  }
  t.strictSame((await get(`/v1/chargebacks?state=won&trade=${trade.body.id}`)).body.data, [])
  t.strictSame((await get('/v1/chargebacks', foreign.finance)).body.data, [])
  t.match(await get(chargebackUrl, foreign.finance), { status: 404 })
  t.match(await post(`${chargebackUrl}/outcome`, { outcome: 'won' }, {}, foreign.marketplace), { status: 404 })
  t.match(await post(`${chargebackUrl}/outcome`, { outcome: 'won' }, {}, keys.finance), { status: 403 })
  t.match(await post(`${chargebackUrl}/outcome`, { outcome: 'drawn' }), { status: 400 })

  t.match(await post(`${chargebackUrl}/outcome`, { outcome: 'won', fee_returned: '5.00' }), { status: 201, body: { state: 'won', fee_returned: '5.00', version: 2 } })
  t.match(await post('/v1/chargebacks/outcomes', { provider: 'sandbox', provider_ref: `CB-${ref}`, outcome: 'won', fee_returned: '5.00' }), { status: 201, body: { transactions: [] } })
  t.match(await post(`${chargebackUrl}/outcome`, { outcome: 'lost' }), { status: 409, body: { code: 'chargeback_known', current_state: 'won' } })
  t.match((await get(url)).body, { held: '11.00', released: '11.00', refunded: '11.00', refund_pending: '11.00', charged_back: '0.00', holds: [] })
  t.equal(((await get(chargebackUrl)).body['booked'] as object[]).length, 4)
  t.match(await post(`${url}/confirmations`), { status: 201, body: { state: 'completed', released: '22.00' } })
  const types = ((await get('/v1/events?limit=100')).body.data).filter(({ type }) => /chargeback|charged_back/.test(type)).map(({ type }) => type)
  t.strictSame(types, ['refund.charged_back', 'chargeback.opened', 'chargeback.won'])
})

t.test('an unknown payment, and an outcome before its opening', async (t) => {
  const unknown = await post('/v1/chargebacks', opening('NOBODY', { currency: 'CNY' }))
  t.match(unknown, { status: 201, body: { state: 'open', payment: null, taken: null } })
  const { url, ref } = await paid()
  t.match(await post('/v1/chargebacks/outcomes', { provider: 'sandbox', provider_ref: `CB-${ref}`, outcome: 'lost' }), {
    status: 201, body: { state: 'awaiting_opening', amount: null, currency: null, payment: null, transactions: [] }
  })
  t.match(await post('/v1/chargebacks', opening(ref)), { status: 201, body: { state: 'lost', outcome: 'lost' } })
  t.match((await get(url)).body, { state: 'closed_charged_back', charged_back: '33.00', holds: [], deadlines: {} })
  t.match((await get('/v1/trades?state=closed_charged_back')).body.data, [{ charged_back: '33.00' }])
})

t.test('money matched to several trades is taken from all of them', async (t) => {
  const waiting = await post('/v1/payments', { amount: '50.00', currency: 'CNY', provider: 'sandbox', provider_ref: 'W' })
  const trades = []
  for (const price of ['20.00', '25.00']) {
    const trade = await post('/v1/trades', { external_ref: `ORD-${++orders}`, buyer, currency: 'CNY', lines: [{ ref: '1', seller, quantity: 1, unit_price: price, fulfilment: 'virtual' }] })
    await post(`/v1/payments/${waiting.body.id}/match`, { trade: trade.body.id }, {}, keys.finance)
    trades.push(trade.body.id)
  }
  const told = await post('/v1/chargebacks', opening('W', { amount: '50.00' }))
  t.match(told, { status: 201, body: { taken: { suspense: '5.00', trades: [{ trade: trades[1], held: '25.00' }, { trade: trades[0], held: '20.00' }] } } })
  t.match((await get(`/v1/payments/${waiting.body.id}`)).body, { applied: '45.00', in_suspense: '0.00', charged_back: '5.00' })
  t.match(await post(`/v1/chargebacks/${told.body.id}/outcome`, { outcome: 'won' }), { status: 201 })
  t.match((await get(`/v1/payments/${waiting.body.id}`)).body, { applied: '45.00', in_suspense: '5.00', charged_back: '0.00' })
})

t.test('a hundred payments, refunds, shipments, confirmations, chargebacks and outcomes at once: each has one end, and all money is somewhere', async (t) => {
  for (let round = 0; round < 6; round++) {
    const { trade, url, ref } = await paid()
    const line = lineOf(trade)
    await post(`${url}/shipments`, { lines: [{ line, quantity: 1 }] })
    const outcome = round % 2 === 0 ? 'won' : 'lost'
    const named = { provider: 'sandbox', provider_ref: `CB-${ref}`, outcome }
    const answers = await Promise.all(Array.from({ length: 100 }, async (_, index) => {
      switch (index % 10) {
        case 0: return await post('/v1/chargebacks', opening(ref))
        case 1: return await post(`${url}/cancellation`, { lines: [{ line, quantity: 1 }] })
        case 2: return await post(`${url}/confirmations`, {})
        case 3: return await post(`${url}/shipments`, { lines: [{ line, quantity: 1 }] })
        case 4: return index > 50 ? await post('/v1/chargebacks/outcomes', named) : await post(`${url}/confirmations`)
        case 5: return await post(`${url}/payments`, { amount: '33.00', provider: 'sandbox', provider_ref: ref })
        case 6: return await post(`${url}/payments`, { amount: '1.00', provider: 'sandbox', provider_ref: `${ref}-${index}` })
        case 7: return await post('/v1/chargebacks', opening(ref, { provider_ref: `CB2-${ref}`, amount: '5.00', fee: '0.00' }))
        case 8: return await post(`${url}/holds`, { kind: 'compliance' })
        default: return await post('/v1/chargebacks', opening(ref))
      }
    }))
    t.strictSame(answers.flatMap(({ status, text }) => [200, 201, 409, 422].includes(status) ? [] : [text]), [], 'each answer is an effect or a clear refusal')
    const told = answers.filter((_, index) => index % 10 === 0 || index % 10 === 9)
    t.equal(told.filter(({ body }) => body['state'] !== undefined && (body['transactions'] as string[]).length > 0).length, 1, 'opened once')
    await post('/v1/chargebacks/outcomes', { ...named, provider_ref: `CB2-${ref}` })
    const { body } = await get(url)
    const minor = (name: string): number => Math.round(Number(body[name]) * 100)
    t.equal(minor('paid'), minor('held') + minor('released') + minor('refunded') + minor('charged_back'))
    t.equal((body['holds'] as Array<{ kind: string }>).filter(({ kind }) => kind === 'chargeback').length, 0)
    if (outcome === 'won') t.equal(minor('charged_back'), 0)
    else t.match(body, { state: 'closed_charged_back', charged_back: '33.00' })
  }
})

t.test('after all of this verify finds nothing', async (t) => {
  const { checks } = await runVerify(api.databases.report)
  t.strictSame(checks.flatMap(({ findings }) => findings), [])
  const { rows: [counts] } = await sql<{ chargebacks: number }>`select count(*)::int as chargebacks from chargebacks`.execute(api.databases.read)
  t.equal(counts?.chargebacks, 16)
})
