import { sql } from 'kysely'
import { pino } from 'pino'
import t from 'tap'
import { DUE_TRADES } from '../src/escrow/timers/due-trades.ts'
import { meetDeadline } from '../src/escrow/timers/meet-deadline.ts'
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

async function post (url: string, body: object = {}, key = keys.marketplace): Promise<Answer> {
  return await api.call('POST', url, { key, body })
}

async function get (url: string): Promise<Answer> {
  return await api.call('GET', url, { key: keys.finance })
}

/** Settings below what the API takes: times that are over as soon as they begin. */
async function set (settings: object): Promise<void> {
  await sql`update tenants set settings = ${JSON.stringify(settings)}::jsonb where id = ${tenantId}`.execute(api.databases.read)
}

const party = async (kind: string): Promise<string> => (await post('/v1/parties', { kind, external_ref: kind, name: kind })).body.id
const [buyer, seller] = [await party('buyer'), await party('seller')]

let orders = 0
/** A paid and shipped trade of three pieces at 10.00, and 3.00 shipping. */
async function shipped (): Promise<Answer> {
  const trade = await post('/v1/trades', {
    external_ref: `ORD-${++orders}`,
    buyer,
    currency: 'CNY',
    lines: [{ ref: '1', seller, quantity: 3, unit_price: '10.00', shipping: '3.00', fulfilment: 'express', commission_rate: '0.05' }]
  })
  await post(`${urlOf(trade)}/payments`, { amount: '33.00', provider: 'sandbox', provider_ref: `P-${orders}` })
  return await post(`${urlOf(trade)}/shipments`)
}

function lineOf (answer: Answer): string {
  return (answer.body['lines'] as Array<{ id: string }>)[0]?.id ?? ''
}

function urlOf (answer: Answer): string {
  return `/v1/trades/${answer.body.id}`
}

async function ask (trade: Answer, more: object = {}, line: object = {}): Promise<Answer> {
  return await post(`${urlOf(trade)}/refunds`, { lines: [{ line: lineOf(trade), kind: 'refund_only', ...line }], reason: 'damaged', ...more })
}

function caseOf (answer: Answer): { readonly id: string, readonly url: string, readonly due_at: string } {
  const [open] = answer.body['refund_cases'] as Array<{ id: string, due_at: string }>
  return { id: open?.id ?? '', due_at: open?.due_at ?? '', url: `${urlOf(answer)}/refunds/${open?.id ?? ''}` }
}

t.test('a case goes its way over HTTP, and is listed and read with who did what by which key', async (t) => {
  const trade = await shipped()
  const dry = await post(`${urlOf(trade)}/refunds?dry_run=true`, { lines: [{ line: lineOf(trade), kind: 'return_refund', quantity: 1 }], reason: 'damaged' })
  t.match(dry, { status: 200, body: { refund_cases: [{ state: 'requested' }] } })
  t.match((await get(urlOf(trade))).body, { refund_cases: [] }, 'trying changes nothing')
  const asked = await ask(trade, {}, { kind: 'return_refund', quantity: 1 })
  t.match(asked, { status: 201, body: { transactions: [], refund_cases: [{ amount: '10.00', quantity: 1, asked: null, allowed_actions: ['agree', 'refuse', 'withdraw'] }] } })
  t.match(asked.body['deadlines'], { refund_answer_by: caseOf(asked).due_at })
  t.match(await ask(trade), { status: 409, body: { code: 'refund_case_open', errors: [{ pointer: '/lines/0/line' }] } })
  t.match(await post(`${urlOf(trade)}/confirmations`), { status: 409, body: { code: 'refund_case_open' } })
  const { id, url } = caseOf(asked)
  t.match(await post(`${url}/return-receipt`), { status: 409, body: { code: 'illegal_in_case_state', current_state: 'requested', allowed_actions: ['agree', 'refuse', 'withdraw'] } })
  t.match(await post(`${url}/agreement`, {}, keys.finance), { status: 403 })
  t.match(await post(`${url}/agreement`), { status: 201, body: { refund_cases: [{ state: 'awaiting_return' }] } })
  t.match(await post(`${url}/return-shipment`, { carrier: 'SF Express', tracking_number: 'SF1' }), { status: 201, body: { refund_cases: [{ carrier: 'SF Express', tracking_number: 'SF1' }] } })
  const back = await post(`${url}/return-receipt`, { occurred_at: '2026-01-01T00:00:00Z' })
  t.match(back, { status: 201, body: { refunded: '10.00', held: '23.00', refund_cases: [], lines: [{ shipped: 3, refunded: 1, returned: 1 }] } })
  t.match((await get(`${urlOf(trade)}/transactions`)).body.data.at(-1), { kind: 'trade.refund', occurred_at: '2026-01-01T00:00:00.000Z', description: 'refund agreed by the seller' })
  const read = await get(`/v1/refund-cases/${id}`)
  t.match(read.body, { id, state: 'refunded', refunded: '10.00', trade: trade.body.id, seller, tracking_number: 'SF1', due_at: null, allowed_actions: [] })
  const steps = read.body['steps'] as Array<{ action: string, by: string, key: string }>
  t.strictSame(steps.map(({ action, by }) => `${action} ${by}`), ['request buyer', 'agree seller', 'ship_return buyer', 'confirm_return seller'])
  t.ok(steps.every(({ key }) => key.startsWith('key_')))
  t.match((await get(`/v1/refund-cases?state=refunded&trade=${trade.body.id}&seller=${seller}`)).body, { data: [{ id }], has_more: false })
  t.strictSame((await get(`/v1/refund-cases?state=requested&trade=${trade.body.id}`)).body.data, [])
  t.match(await post(`${url}/withdrawal`), { status: 409, body: { code: 'illegal_in_case_state', current_state: 'refunded', allowed_actions: [] } })
  t.match(await post(`${urlOf(await shipped())}/refunds/${id}/agreement`), { status: 404 })
})

t.test('what is asked for is looked at: amounts, units, reasons', async (t) => {
  const trade = await shipped()
  t.match(await ask(trade, {}, { amount: '33.01' }), { status: 422, body: { code: 'refund_exceeded', detail: 'Of this line 33.00 CNY can be refunded.' } })
  t.match(await ask(trade, {}, { quantity: 4 }), { status: 422, body: { code: 'quantity_exceeded' } })
  t.match(await ask(trade, { reason: 'my neighbour Li has it' }), { status: 400, body: { code: 'invalid_request' } })
  t.match(await ask(trade, {}, { amount: 5 }), { status: 400, body: { code: 'invalid_amount' } })
  t.match(await ask(trade, { agreed_by_seller: true }, { amount: '3.00' }), { status: 201, body: { refunded: '3.00', refund_cases: [], transactions: [/^txn_/] } })
})

t.test('a hundred agreements, refusals, withdrawals and the timer of one case at once: one outcome', async (t) => {
  for (let round = 0; round < 5; round += 1) {
    const trade = await shipped()
    // The time of the case is over the moment it began, in half of the rounds: then only silence decides.
    await set(round % 2 === 0 ? {} : { refund_answer_ms: 1 })
    const asked = await ask(trade, {}, { amount: '8.00' })
    const { id, url, due_at: dueAt } = caseOf(asked)
    const timer = meetDeadline({ tenantId, tradeId: internalId('trd', trade.body.id) ?? '', deadline: new Date(dueAt), version: asked.body['version'] as number })
    const answers = await Promise.all(Array.from({ length: 100 }, async (_, index) => {
      if (index % 10 === 9) {
        await journal.submit(timer).catch(() => null)
        return null
      }
      return await post(`${url}/${['agreement', 'refusal', 'withdrawal'][index % 3] ?? ''}`)
    }))
    await set({})
    const statuses = new Set(answers.flatMap((answer) => answer === null ? [] : [answer.status]))
    t.ok([...statuses].every((status) => status === 201 || status === 409), 'each answer is an effect or a clear refusal')
    const { body } = await get(`/v1/refund-cases/${id}`)
    const actions = (body['steps'] as Array<{ action: string }>).map(({ action }) => action)
    t.match(actions.join(' '), /^request( refuse)?( agree| withdraw)?$/, 'each step once, and nothing after the end')
    const after = (await get(urlOf(trade))).body
    t.equal(after['refunded'], body['state'] === 'refunded' ? '8.00' : '0.00')
    const transactions = (await get(`${urlOf(trade)}/transactions`)).body.data
    t.equal(transactions.length, body['state'] === 'refunded' ? 2 : 1, 'the payment, and one refund at most')
  }
})

t.test('a hundred requests and the confirmation timer at the same instant: one case, or one release', async (t) => {
  for (let round = 0; round < 4; round += 1) {
    await set({ auto_confirm_ms: { express: 1 } })
    const trade = await shipped()
    await set({})
    const sweep = sweepDue(api.databases.read, DUE_TRADES, { journal, log, failures: new Map() })
    const answers = await Promise.all(Array.from({ length: 100 }, async () => await ask(trade, {}, { amount: '8.00' })))
    await sweep
    t.equal(answers.filter(({ status }) => status === 201).length, 1, 'one case')
    const after = (await get(urlOf(trade))).body
    const isReleased = after['released'] !== '0.00'
    t.match(after, isReleased ? { state: 'completed', released: '33.00' } : { state: 'awaiting_confirmation', held: '33.00', lines: [{ confirm_by: null }] })
    const done = await post(`${urlOf(trade)}/refunds/${(after['refund_cases'] as Array<{ id: string }>)[0]?.id ?? ''}/agreement`)
    await sweepDue(api.databases.read, DUE_TRADES, { journal, log, failures: new Map() })
    t.equal(done.body['refunded'], '8.00')
    t.match((await get(urlOf(trade))).body, { state: 'completed', released: '25.00', refunded: '8.00', held: '0.00' })
  }
})

t.test('verify finds nothing', async (t) => {
  const { clean, checks } = await runVerify(api.databases.read)
  t.ok(clean, { findings: checks.flatMap(({ findings }) => findings) })
})
