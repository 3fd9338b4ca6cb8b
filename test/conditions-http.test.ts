import t from 'tap'
import { pino } from 'pino'
import { DUE_TRADES } from '../src/escrow/timers/due-trades.ts'
import { meetDeadline } from '../src/escrow/timers/meet-deadline.ts'
import { ROUTE_PERMISSIONS } from '../src/auth/permissions.ts'
import { Journal } from '../src/journal/journal.ts'
import { internalId } from '../src/kernel/ids.ts'
import { runVerify } from '../src/reports/verify.ts'
import { sweepDue } from '../src/timers/sweep-due.ts'
import { openApi, type Answer } from './support/api.ts'

const api = await openApi()
const { id: tenantId, keys } = await api.newTenant('shop')
const other = await api.newTenant('other')
const log = pino({ level: 'silent' })
// What another process would be.
const journal = new Journal({ db: api.databases.journal, log })

t.setTimeout(120_000)
t.teardown(async () => {
  await journal.stop(5000)
  await api.close()
})

async function post (url: string, body: object = {}, key = keys.marketplace, headers: Record<string, string> = {}): Promise<Answer> {
  return await api.call('POST', url, { key, body, headers })
}

async function read (url: string, key = keys.finance): Promise<Answer> {
  return await api.call('GET', url, { key })
}

const party = async (kind: string): Promise<string> => (await post('/v1/parties', { kind, external_ref: kind, name: kind })).body.id
const [buyer, seller] = [await party('buyer'), await party('seller')]
const delivered = { fact: 'carrier_delivered' }
const inspected = { fact: 'inspection_passed' }
const STAGES = { milestones: [{ ref: 'deposit', share: '0.3', when: inspected }, { ref: 'rest', share: '0.7', when: delivered }] }

interface Opened {
  readonly url: string
  readonly line: string
  readonly id: string
}

let orders = 0
async function open (release: object, fulfilment = 'express'): Promise<Answer> {
  const lines = [{ ref: '1', seller, quantity: 2, unit_price: '50.00', fulfilment, commission_rate: '0.05', release }]
  return await post('/v1/trades', { external_ref: `ORD-${++orders}`, buyer, currency: 'CNY', lines })
}

/** A paid and shipped trade of 100.00. */
async function shipped (release: object, fulfilment?: string): Promise<Opened> {
  const { body } = await open(release, fulfilment)
  const url = `/v1/trades/${body.id}`
  await post(`${url}/payments`, { amount: '100.00', provider: 'sandbox', provider_ref: body.id })
  await post(`${url}/shipments`)
  return { url, id: body.id, line: (body['lines'] as Array<{ id: string }>)[0]?.id ?? '' }
}

t.test('release terms are refused at the place that is wrong, and shown as they are understood', async (t) => {
  const fact = (name: unknown): object => ({ when: { fact: name } })
  const wrong: ReadonlyArray<readonly [object, string]> = [
    [fact('delivered'), '/lines/0/release/when/fact'],
    [fact(1), '/lines/0/release/when/fact'],
    [{ when: { none_of: [delivered] } }, '/lines/0/release/when/none_of'],
    [{ when: { ...delivered, any_of: [delivered] } }, '/lines/0/release/when'],
    [{ when: { all_of: [{ all_of: [{ all_of: [delivered] }] }] } }, '/lines/0/release/when/all_of/0/all_of/0/all_of'],
    [{ when: delivered, milestones: STAGES.milestones }, '/lines/0/release'],
    [{ milestones: [{ ref: 'a', share: '1' }] }, '/lines/0/release/milestones/0/when'],
    [{ when: delivered, confirmation: 'no' }, '/lines/0/release/confirmation']
  ]
  for (const [release, pointer] of wrong) {
    const { status, body } = await open(release)
    t.equal(status, 400, JSON.stringify(release))
    t.ok(body.errors.some((error) => error.pointer === pointer), `${JSON.stringify(release)}: ${JSON.stringify(body.errors)}`)
  }
  t.match(await open({ milestones: [{ ref: 'a', share: '0.3', when: delivered }] }), { status: 400, body: { code: 'invalid_amount', errors: [{ pointer: '/lines/0/release/milestones' }] } })
  t.match(await open(STAGES), { status: 201, body: { lines: [{ release_conditions: [{ milestone: 'deposit', share: '0.3', met: false }, { milestone: 'rest', facts: [{}, { fact: 'shipped' }, { fact: 'confirmed' }] }] }] } })
})

t.test('who attests sees how far a trade is, attests, and reaches nothing else', async (t) => {
  const { url, line, id } = await shipped(STAGES)
  const seen = await read(`${url}/conditions`, keys.attester)
  t.match(seen, { status: 200, body: { id, state: 'awaiting_confirmation', lines: [{ id: line, ref: '1', state: 'shipped', release_conditions: [{ milestone: 'deposit' }, {}] }] } })
  for (const secret of ['100', '50.00', '0.05', buyer, seller]) t.notOk(seen.text.includes(secret), `nothing of ${secret}`)
  const evidence = 'c'.repeat(64)
  const attested = await post(`${url}/attestations`, { line, kind: 'inspection_passed', milestone: 'deposit', evidence_sha256: evidence }, keys.attester)
  t.match(attested, { status: 201, body: { id, lines: [{ release_conditions: [{ met: true, facts: [{ met: true, by: /^key_/, evidence_sha256: evidence }] }, { met: false }] }] } })
  t.equal((attested.body['transactions'] as string[]).length, 1)
  t.match((await read(url)).body, { released: '30.00', held: '70.00', allowed_actions: ['confirm', 'extend', 'attest'] })
  const again = await post(`${url}/attestations`, { line, kind: 'inspection_passed', milestone: 'deposit' }, keys.attester)
  t.match(again, { status: 201, body: { version: attested.body['version'], transactions: [] } })
  t.match(await post(`${url}/attestations?dry_run=true`, { line, kind: 'carrier_delivered', milestone: 'rest' }, keys.attester), { status: 200, body: { would_post: [] } })
  t.match(await post(`${url}/attestations`, { line, kind: 'customs_cleared', milestone: 'rest' }, keys.attester), { status: 422, body: { code: 'attestation_not_asked', errors: [{ pointer: '/kind' }] } })
  t.match(await post(`${url}/attestations`, { line, kind: 'carrier_delivered', milestone: 'rest', evidence_sha256: 'C'.repeat(64) }, keys.attester), { status: 400 })
  t.match(await post(`${url}/attestations`, { line, kind: 'carrier_delivered', milestone: 'rest' }, keys.attester, { 'if-match': '"1"' }), { status: 412 })
  t.match(await post(`${url}/attestations`, { line, kind: 'carrier_delivered', milestone: 'rest' }, other.keys.attester), { status: 404 })
  for (const role of ['admin', 'marketplace', 'finance', 'customs'] as const) {
    t.match(await post(`${url}/attestations`, { line, kind: 'carrier_delivered', milestone: 'rest' }, keys[role]), { status: 403 }, `${role} does not attest`)
  }
  for (const route of Object.keys(ROUTE_PERMISSIONS).filter((each) => !/attestations|conditions/.test(each))) {
    const [method = '', path = ''] = route.split(' ')
    t.equal((await api.call(method, path.replace(':id', id), { key: keys.attester, body: {} })).status, 403, route)
  }
})

t.test('a confirmation is recorded, and the attestation that comes last moves the rest; a part is not confirmed', async (t) => {
  const { url, line } = await shipped({ when: delivered })
  t.match(await post(`${url}/confirmations`, { lines: [{ line, quantity: 1 }] }), { status: 422, body: { code: 'partial_confirmation', errors: [{ pointer: '/lines/0/quantity' }] } })
  t.match(await post(`${url}/confirmations`), { status: 201, body: { transactions: [], released: '0.00', allowed_actions: ['attest'], deadlines: {} } })
  t.match(await post(`${url}/attestations`, { line, kind: 'carrier_delivered' }, keys.attester), { status: 201, body: { state: 'completed' } })
  const { body: { data } } = await read(`${url}/transactions`)
  t.strictSame(data.map((each) => (each as unknown as { kind: string }).kind), ['trade.payment', 'trade.release'])
})

t.test('a quote supposes that everything is attested, and tells what each milestone would release', async (t) => {
  const lines = [{ ref: '1', seller, quantity: 2, unit_price: '50.00', fulfilment: 'express', release: STAGES }]
  const { body } = await post('/v1/quotes', { buyer, currency: 'CNY', lines })
  const steps = body['steps'] as Array<{ action: string, transactions: Array<{ transfers: Array<{ amount: string }> }> }>
  t.strictSame(steps.map(({ action, transactions }) => [action, transactions[0]?.transfers[0]?.amount]), [
    ['create', undefined], ['pay', '100.00'], ['ship', undefined], ['attest', '30.00'], ['attest', undefined], ['confirm', '70.00']
  ])
})

t.test('attestations, confirmations and the timer of one line at once: each milestone is released once', async (t) => {
  for (let round = 0; round < 4; round++) {
    const { url, line, id } = await shipped(STAGES, 'instant')
    const deadline = new Date(((await read(url)).body['deadlines'] as { confirm_by: string }).confirm_by)
    const answers = await Promise.all(Array.from({ length: 100 }, async (_, index) => {
      switch (index % 4) {
        case 0: return await post(`${url}/attestations`, { line, kind: 'inspection_passed', milestone: 'deposit' }, keys.attester)
        case 1: return await post(`${url}/attestations`, { line, kind: 'carrier_delivered', milestone: 'rest' }, keys.attester)
        case 2: return await post(`${url}/confirmations`)
        default: {
          const timer = meetDeadline({ tenantId, tradeId: internalId('trd', id) ?? '', deadline, version: index })
          return await journal.submit(timer)
        }
      }
    }))
    t.strictSame(answers.flatMap((answer) => 'status' in answer && ![201, 409, 422].includes(answer.status) ? [answer.text] : []), [])
    await sweepDue(api.databases.read, DUE_TRADES, { journal, log, failures: new Map() })
    t.match((await read(url)).body, { state: 'completed', released: '100.00', held: '0.00', lines: [{ confirmed: 2 }] })
    const { body: { data } } = await read(`${url}/transactions`)
    const amounts = data.slice(1).flatMap((each) => (each as unknown as { transfers: Array<{ amount: string }> }).transfers[0]?.amount ?? [])
    t.equal(amounts.reduce((sum, amount) => sum + Number(amount), 0), 100, amounts.join())
    t.ok(amounts.length <= 2, 'one release for each milestone at most')
  }
})

t.test('after all of this verify finds nothing', async (t) => {
  const { checks } = await runVerify(api.databases.report)
  t.strictSame(checks.flatMap(({ findings }) => findings), [])
})
