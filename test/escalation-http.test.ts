import { sql } from 'kysely'
import { pino } from 'pino'
import t from 'tap'
import { meetDeadline } from '../src/escrow/timers/meet-deadline.ts'
import { Journal } from '../src/journal/journal.ts'
import { internalId } from '../src/kernel/ids.ts'
import { runVerify } from '../src/reports/verify.ts'
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

/** Settings below what the API takes. */
async function set (settings: object): Promise<void> {
  await sql`update tenants set settings = ${JSON.stringify(settings)}::jsonb where id = ${tenantId}`.execute(api.databases.read)
}

const party = async (kind: string): Promise<string> => (await post('/v1/parties', { kind, external_ref: kind, name: kind })).body.id
const [buyer, seller] = [await party('buyer'), await party('seller')]

interface Refused {
  readonly trade: string
  readonly line: string
  readonly caseId: string
  readonly dueAt: string
  readonly version: number
}

let orders = 0
/** One of three pieces at 10.00, shipped, of which the seller refused to give the money back. */
async function refused (): Promise<Refused> {
  const { body: { id } } = await post('/v1/trades', {
    external_ref: `ORD-${++orders}`, buyer, currency: 'CNY', lines: [{ ref: '1', seller, quantity: 3, unit_price: '10.00', fulfilment: 'express' }]
  })
  const trade = `/v1/trades/${id}`
  await post(`${trade}/payments`, { amount: '30.00', provider: 'sandbox', provider_ref: `P-${orders}` })
  const [{ id: line } = { id: '' }] = (await post(`${trade}/shipments`)).body['lines'] as Array<{ id: string }>
  const asked = await post(`${trade}/refunds`, { lines: [{ line, kind: 'refund_only', quantity: 1 }], reason: 'damaged' })
  const [{ id: caseId } = { id: '' }] = asked.body['refund_cases'] as Array<{ id: string }>
  const { body } = await post(`${trade}/refunds/${caseId}/refusal`)
  const [{ due_at: dueAt } = { due_at: '' }] = body['refund_cases'] as Array<{ due_at: string }>
  return { trade, line, caseId, dueAt, version: body['version'] as number }
}

t.test('a refused case goes to an arbitrator, whose award closes it', async (t) => {
  const { trade, line, caseId } = await refused()
  const url = `${trade}/refunds/${caseId}/escalation`
  t.match(await post(url, {}, keys.arbitrator), { status: 403 })
  t.match(await post(`${(await refused()).trade}/refunds/${caseId}/escalation`), { status: 404 })
  t.match(await post(`${url}?dry_run=true`), { status: 200, body: { refund_cases: [{ state: 'arbitration' }], would_post: [] } })
  const escalated = await post(url, { by: 'platform' })
  t.match(escalated, { status: 201, body: { transactions: [], dispute: /^dsp_/, refund_cases: [{ id: caseId, state: 'arbitration', due_at: null }], lines: [{ frozen: '10.00', frozen_units: 1 }] } })
  t.strictSame(Object.keys(escalated.body['deadlines'] as object), ['evidence_by'])
  t.match(await post(url), { status: 409, body: { code: 'illegal_in_case_state', current_state: 'arbitration', allowed_actions: [] } })
  const dispute = `/v1/disputes/${String(escalated.body['dispute'])}`
  t.match((await get(dispute)).body, { opened_by: 'platform', reason: 'refund_refused', amount: '10.00' })
  t.match(await post(`${dispute}/award`, { lines: [{ line, buyer: '6.00', seller: '4.00' }] }, keys.arbitrator), { status: 201, body: { state: 'awarded' } })
  const { body } = await get(`/v1/refund-cases/${caseId}`)
  t.match(body, { state: 'refunded', refunded: '6.00', amount: '6.00' })
  t.strictSame((body['steps'] as Array<{ action: string, by: string }>).map(({ action, by }) => `${action} ${by}`), ['request buyer', 'refuse seller', 'escalate platform', 'award platform'])
  t.match((await get(trade)).body, { refunded: '6.00', released: '4.00', held: '20.00', refund_cases: [], disputes: [] })
})

t.test('a hundred escalations and the timer of one refused case at once: one dispute, or one cancellation', async (t) => {
  const ends = new Set<string>()
  for (const leftMs of [5, 5, 60_000, 60_000, 150, 250]) {
    await set({ refund_escalation_ms: leftMs })
    const { trade, caseId, dueAt, version } = await refused()
    const timer = meetDeadline({ tenantId, tradeId: internalId('trd', trade.slice('/v1/trades/'.length)) ?? '', deadline: new Date(dueAt), version })
    const answers = await Promise.all(Array.from({ length: 100 }, async (_, index) => {
      if (index % 10 !== 9) return await post(`${trade}/refunds/${caseId}/escalation`)
      await journal.submit(timer).catch(() => null)
      return null
    }))
    const escalated = answers.filter((answer) => answer?.status === 201)
    t.ok(answers.every((answer) => answer === null || answer.status === 201 || (answer.status === 409 && answer.body['code'] === 'illegal_in_case_state')), 'each answer is the effect or a clear refusal')
    const { body } = await get(`/v1/refund-cases/${caseId}`)
    const actions = (body['steps'] as Array<{ action: string }>).map(({ action }) => action).join(' ')
    t.match(actions, escalated.length === 1 ? /^request refuse escalate$/ : /^request refuse( expire)?$/)
    t.ok(escalated.length <= 1)
    const disputes = (await get(`/v1/disputes?trade=${trade.slice('/v1/trades/'.length)}`)).body.data
    t.equal(disputes.length, escalated.length)
    t.equal(((await get(trade)).body['disputes'] as object[]).length, escalated.length)
    ends.add(actions)
  }
  await set({})
  t.ok(ends.size >= 2, 'both outcomes were seen')
})

t.test('verify finds nothing', async (t) => {
  const { clean, checks } = await runVerify(api.databases.read)
  t.ok(clean, { findings: checks.flatMap(({ findings }) => findings) })
})
