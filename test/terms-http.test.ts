import { sql } from 'kysely'
import t from 'tap'
import { pino } from 'pino'
import { DUE_TRADES } from '../src/escrow/timers/due-trades.ts'
import { meetDeadline, type PassedDeadline } from '../src/escrow/timers/meet-deadline.ts'
import { Journal } from '../src/journal/journal.ts'
import { internalId } from '../src/kernel/ids.ts'
import { runVerify } from '../src/reports/verify.ts'
import { sweepDue } from '../src/timers/sweep-due.ts'
import { openApi, type Answer } from './support/api.ts'

const api = await openApi()
const { id: tenantId, keys } = await api.newTenant('shop')
const log = pino({ level: 'silent' })
// What another process would be.
const journal = new Journal({ db: api.databases.journal, log })

t.setTimeout(120_000)
t.teardown(async () => {
  await journal.stop(5000)
  await api.close()
})

/** Sends a POST; with null it has no body at all. */
async function post (url: string, body: object | null = {}, headers: Record<string, string> = {}, key = keys.marketplace): Promise<Answer> {
  return await api.call('POST', url, { key, headers, ...body === null ? {} : { body } })
}

async function get (url: string): Promise<Answer> {
  return await api.call('GET', url, { key: keys.finance })
}

/** Settings below what the API takes: times that are over as soon as they begin. */
async function set (settings: object): Promise<void> {
  await sql`update tenants set settings = ${JSON.stringify(settings)}::jsonb where id = ${tenantId}`.execute(api.databases.read)
}

async function due (): Promise<readonly PassedDeadline[]> {
  return await DUE_TRADES.find(api.databases.read, 100)
}

async function sweep (): Promise<void> {
  await sweepDue(api.databases.read, DUE_TRADES, { journal, log, failures: new Map() })
}

const party = async (kind: string): Promise<string> => (await post('/v1/parties', { kind, external_ref: kind, name: kind })).body.id
const [buyer, seller] = [await party('buyer'), await party('seller')]

let orders = 0
/** A trade of three pieces at 10.00, and 3.00 shipping. */
async function open (fulfilment = 'virtual'): Promise<Answer> {
  return await post('/v1/trades', {
    external_ref: `ORD-${++orders}`, buyer, currency: 'CNY', lines: [{ ref: '1', seller, quantity: 3, unit_price: '10.00', shipping: '3.00', fulfilment, commission_rate: '0.05' }]
  })
}

function lineOf (answer: Answer): string {
  return (answer.body['lines'] as Array<{ id: string }>)[0]?.id ?? ''
}

function urlOf (answer: Answer): string {
  return `/v1/trades/${answer.body.id}`
}

async function pay (trade: Answer, amount = '33.00', more: object = {}): Promise<Answer> {
  return await post(`${urlOf(trade)}/payments`, { amount, provider: 'sandbox', provider_ref: `P-${++orders}`, ...more })
}

async function shipped (fulfilment = 'virtual', quantity = 3): Promise<Answer> {
  const trade = await pay(await open(fulfilment))
  return await post(`${urlOf(trade)}/shipments`, { lines: [{ line: lineOf(trade), quantity }] })
}

/** The deadline of a trade as a sweep that saw this answer has it. */
function timerOf (trade: Answer, name: string): ReturnType<typeof meetDeadline> {
  const deadline = new Date((trade.body['deadlines'] as Record<string, string>)[name] ?? '')
  return meetDeadline({ tenantId, tradeId: internalId('trd', trade.body.id) ?? '', deadline, version: trade.body['version'] as number })
}

t.test('new prices: tried, made once, and only at the version that was seen', async (t) => {
  const trade = await pay(await open(), '20.00')
  const url = `${urlOf(trade)}/reprice`
  const prices = { lines: [{ line: lineOf(trade), unit_price: '5.00', shipping: '1.00' }], occurred_at: '2026-01-30T00:00:00Z' }
  t.match(await post(`${url}?dry_run=true`, prices), {
    status: 200,
    body: { dry_run: true, state: 'awaiting_shipment', revision: 2, would_post: [{ kind: 'trade.reprice', transfers: [{ debit: { class: 'escrow' }, credit: { class: 'refund_payable' }, amount: '4.00' }] }] }
  })
  t.match(await post(url, prices, { 'if-match': '"1"' }), { status: 412, body: { code: 'version_mismatch' } })
  t.match(await post(url, { lines: [{ line: lineOf(trade), quantity: 2 }] }), { status: 400, body: { code: 'invalid_request' } })
  t.match(await post(url, { lines: [{ line: lineOf(trade), unit_price: '10.00' }] }), { status: 422, body: { code: 'price_unchanged' } })
  const [one, again] = [await post(url, prices, { 'if-match': '"2"', 'idempotency-key': 'reprice' }), await post(url, prices, { 'idempotency-key': 'reprice' })]
  t.match(one, { status: 201, headers: { etag: '"3"' }, body: { state: 'awaiting_shipment', total: '16.00', paid: '20.00', held: '16.00', refunded: '4.00', deadlines: { ship_by: String } } })
  t.equal(again.text, one.text)
  t.equal(again.headers['idempotent-replayed'], 'true')
  const { transactions, ...shown } = one.body
  t.strictSame((await get(urlOf(trade))).body, shown)
  const posted = await get(`${urlOf(trade)}/transactions`)
  t.match(posted.body.data.at(-1), { id: (transactions as string[])[0], kind: 'trade.reprice', occurred_at: '2026-01-30T00:00:00.000Z' })
  t.match(await post(url, prices), { status: 409, body: { code: 'illegal_in_state', allowed_actions: ['ship', 'cancel'] } })
})

t.test('a payment for a revision that is gone is kept, with the reason', async (t) => {
  const trade = await open()
  const repriced = await post(`${urlOf(trade)}/reprice`, { lines: [{ line: lineOf(trade), unit_price: '20.00' }] })
  t.match(repriced, { status: 201, body: { revision: 2, amount_due: '63.00', allowed_actions: ['pay', 'reprice', 'cancel'] } })
  const late = await pay(trade, '33.00', { revision: 1 })
  t.match(late, { status: 201, body: { state: 'awaiting_payment', paid: '0.00' } })
  t.match((await get(`/v1/payments/${String(late.body['payment'])}`)).body, { in_suspense: '33.00', suspense_reason: 'other_revision' })
  t.match(await pay(trade, '63.00', { revision: 2 }), { body: { state: 'awaiting_shipment', paid: '63.00' } })
  t.match(await pay(trade, '1.00', { revision: '2' }), { status: 400, body: { code: 'invalid_request' } })
})

t.test('the buyer cancels alone when shipment is overdue; who is not named cancels as the platform', async (t) => {
  const early = await pay(await open())
  const refused = await post(`${urlOf(early)}/cancellation`, { by: 'buyer' })
  t.match(refused, { status: 409, body: { code: 'seller_agreement_needed', current_state: 'awaiting_shipment' } })
  t.match(refused.body.detail, (early.body['deadlines'] as { ship_by: string }).ship_by)
  t.match(await post(`${urlOf(early)}/cancellation`, { by: 'buyer', seller_agreed: true }), { status: 201, body: { state: 'closed_refunded' } })
  t.match(await post(`${urlOf(await pay(await open()))}/cancellation`), { status: 201, body: { state: 'closed_refunded' } })
  await set({ ship_by_ms: 0 })
  const overdue = await pay(await open())
  await sweep()
  await sweep()
  t.strictSame(await due(), [])
  const events = (await get('/v1/events?limit=100')).body.data as unknown as Array<{ type: string, subject: string }>
  t.equal(events.filter(({ type, subject }) => type === 'trade.ship_overdue' && subject === overdue.body.id).length, 1)
  t.match(await post(`${urlOf(overdue)}/cancellation`, { by: 'buyer' }), { status: 201, body: { state: 'closed_refunded', deadlines: {} } })
  await set({})
})

t.test('extensions say whose they are', async (t) => {
  const trade = await shipped()
  const url = `${urlOf(trade)}/extensions`
  for (const body of [{ by: 'seller' }, { by: 'seller', days: 4 }, { by: 'seller', days: '3' }, { by: 'buyer', days: 3 }, { by: 'platform' }, {}]) {
    t.match(await post(url, body), { status: 400, body: { code: 'invalid_request' } }, JSON.stringify(body))
  }
  t.match(await post(`${url}?dry_run=true`, { by: 'buyer' }), { status: 200, body: { lines: [{ confirm_extended: true }], would_post: [] } })
  const extended = await post(url, { by: 'buyer', lines: [{ line: lineOf(trade) }] })
  t.match(extended, { status: 201, body: { lines: [{ confirm_extended: true }], transactions: [] } })
  const confirmBy = (answer: Answer): number => Date.parse((answer.body['deadlines'] as { confirm_by: string }).confirm_by)
  t.equal(confirmBy(extended) - confirmBy(trade), 3 * 86_400_000)
  t.match(await post(url, { by: 'buyer' }), { status: 409, body: { code: 'extension_unavailable', allowed_actions: ['confirm', 'extend'] } })
  t.equal(confirmBy(await post(url, { by: 'seller', days: 10 })) - confirmBy(extended), 10 * 86_400_000)
  t.match((await get(urlOf(trade))).body, { lines: [{ confirm_extended: true }] })
})

t.test('holds: the marketplace places them, finance and administration lift them, and nothing is released meanwhile', async (t) => {
  const trade = await shipped('instant', 2)
  const url = `${urlOf(trade)}/holds`
  const first = await post(url, { kind: 'compliance' })
  const both = await post(url, { kind: 'identity' }, {}, keys.finance)
  t.match(both, { status: 201, body: { holds: [{ kind: 'compliance' }, { kind: 'identity' }], allowed_actions: ['ship', 'extend', 'cancel'] } })
  t.match(await post(url, { kind: 'dispute' }), { status: 400, body: { code: 'invalid_request' } })
  const [compliance, identity] = (both.body['holds'] as Array<{ id: string }>).map(({ id }) => `${url}/${id}/lift`)
  const blocked = await post(`${urlOf(trade)}/confirmations`)
  t.match(blocked, { status: 409, body: { code: 'release_blocked', current_state: 'partially_shipped' } })
  t.match(blocked.body.detail, (first.body['holds'] as Array<{ id: string }>)[0]?.id ?? 'none')
  t.match(await post(compliance ?? '', {}), { status: 403, body: { code: 'forbidden' } })
  t.strictSame(await due(), [], 'its line is overdue, and no sweep comes for it')
  t.match(await post(`${urlOf(trade)}/cancellation`), { status: 201, body: { refunded: '11.00' } }, 'what is not shipped goes back')
  t.match(await post(compliance ?? '', null, {}, keys.admin), { status: 201, body: { holds: [{ kind: 'identity' }] } }, 'the path says everything: no body is needed')
  t.match(await post(compliance ?? '', {}, {}, keys.admin), { status: 404, body: { code: 'not_found' } })
  t.strictSame((await get(urlOf(trade))).body['holds'], (both.body['holds'] as object[]).slice(1))
  t.strictSame(await due(), [])
  t.match(await post(identity ?? '', {}, { 'if-match': '"1"' }, keys.finance), { status: 412 })
  t.match(await post(`${identity ?? ''}?dry_run=true`, {}, {}, keys.finance), { status: 200, body: { holds: [] } })
  t.match(await post(identity ?? '', {}, {}, keys.finance), { status: 201, body: { holds: [], allowed_actions: ['confirm', 'extend'] } })
  t.equal((await due()).length, 1)
  await sweep()
  t.match((await get(urlOf(trade))).body, { state: 'completed', released: '22.00', held: '0.00' })
  t.strictSame(await due(), [])
})

t.test('a hundred confirmations, sweeps, holds, lifts, extensions and cancellations at once: every unit has one end', async (t) => {
  for (let round = 0; round < 5; round++) {
    const trade = await shipped(round % 2 === 0 ? 'instant' : 'virtual', 2)
    const url = urlOf(trade)
    const held = await post(`${url}/holds`, { kind: 'compliance' })
    const lift = `${url}/holds/${(held.body['holds'] as Array<{ id: string }>)[0]?.id ?? ''}/lift`
    const timer = timerOf(trade, 'confirm_by')
    const isDue = round % 2 === 0
    const answers = await Promise.all(Array.from({ length: 100 }, async (_, index) => {
      switch (index % 8) {
        case 0: return await post(`${url}/cancellation`)
        case 1: return isDue ? await journal.submit({ ...timer, key: `${timer.key} ${index}` }) : await post(`${url}/extensions`, { by: 'seller', days: 3 })
        case 2: return await post(`${url}/extensions`, { by: 'buyer' })
        case 3: return await post(lift, {}, {}, keys.finance)
        case 4: return index === 4 ? await post(`${url}/holds`, { kind: 'identity' }) : await post(`${url}/confirmations`)
        default: return await post(`${url}/confirmations`)
      }
    }))
    t.strictSame(answers.flatMap((answer) => 'status' in answer && ![201, 404, 409, 422].includes(answer.status) ? [answer.text] : []), [], 'each answer is an effect or a clear refusal')
    t.equal(answers.filter((answer, index) => index % 8 === 3 && 'status' in answer && answer.status === 201).length, 1, 'lifted once')
    // Whatever hold was placed last is lifted, and time does the rest.
    for (const { id } of (await get(url)).body['holds'] as Array<{ id: string }>) await post(`${url}/holds/${id}/lift`, {}, {}, keys.admin)
    await (isDue ? sweep() : post(`${url}/confirmations`))
    t.match((await get(url)).body, { state: 'completed', paid: '33.00', released: '22.00', refunded: '11.00', held: '0.00', holds: [] })
    const kinds = (await get(`${url}/transactions`)).body.data.map((each) => (each as unknown as { kind: string }).kind).sort()
    t.strictSame(kinds, ['trade.cancellation', 'trade.confirmation', 'trade.payment'])
  }
})

t.test('payments of two revisions, new prices, cancellations and the timer at once: paid once or closed, and all money is somewhere', async (t) => {
  for (let round = 0; round < 5; round++) {
    await set(round % 2 === 0 ? { unpaid_close_ms: 0 } : {})
    const trade = await open()
    const url = urlOf(trade)
    const timer = timerOf(trade, 'pay_by')
    await Promise.all(Array.from({ length: 60 }, async (_, index) => {
      if (index % 6 === 0) return await post(`${url}/reprice`, { lines: [{ line: lineOf(trade), unit_price: `${5 + index % 4}.00` }] })
      if (index % 6 === 1 && round % 2 === 0) return await journal.submit({ ...timer, key: `${timer.key} ${index}` })
      if (index === 59) return await post(`${url}/cancellation`, { by: 'buyer' })
      return await pay(trade, '7.00', index % 6 === 2 ? { revision: 1 } : {})
    }))
    const { body } = await get(url)
    const minor = (name: string): number => Math.round(Number(body[name]) * 100)
    t.ok(['awaiting_shipment', 'closed_unpaid', 'closed_refunded', 'awaiting_payment'].includes(String(body['state'])), String(body['state']))
    t.equal(minor('paid'), minor('held') + minor('released') + minor('refunded'))
    if (body['state'] === 'awaiting_shipment') t.equal(body['held'], body['total'])
    if (String(body['state']).startsWith('closed')) t.equal(body['held'], '0.00')
  }
  await set({})
})

t.test('after all of this verify finds nothing', async (t) => {
  const { checks } = await runVerify(api.databases.report)
  t.strictSame(checks.flatMap(({ findings }) => findings), [])
})
