import { sql } from 'kysely'
import t from 'tap'
import { pino } from 'pino'
import { createKey } from '../src/auth/keys.ts'
import { openDatabases } from '../src/db/pools.ts'
import { inTransaction } from '../src/db/transaction.ts'
import { awardDispute } from '../src/escrow/disputes/award.ts'
import { withdrawDispute } from '../src/escrow/disputes/withdraw-dispute.ts'
import { confirmTrade } from '../src/escrow/steps/confirm.ts'
import { DUE_TRADES } from '../src/escrow/timers/due-trades.ts'
import { meetDeadline } from '../src/escrow/timers/meet-deadline.ts'
import { Journal } from '../src/journal/journal.ts'
import type { Operation } from '../src/journal/operation.ts'
import { outcomeOfThrown } from '../src/journal/outcome.ts'
import { internalId } from '../src/kernel/ids.ts'
import { runVerify } from '../src/reports/verify.ts'
import { sweepDue } from '../src/timers/sweep-due.ts'
import { openApi, type Answer } from './support/api.ts'
import { origin } from './support/memory-books.ts'

const api = await openApi()
const { id: tenantId, keys } = await api.newTenant('shop')
const log = pino({ level: 'silent' })
// What another process would be.
const others = openDatabases({ url: api.database.url })
const journals = [api.services.journal, new Journal({ db: others.journal, log })] as const

t.setTimeout(120_000)
t.teardown(async () => {
  await journals[1].stop(5000)
  await others.close()
  await api.close()
})

async function post (url: string, body: object | null = {}, key = keys.marketplace, headers: Record<string, string> = {}): Promise<Answer> {
  return await api.call('POST', url, { key, headers, ...body === null ? {} : { body } })
}

async function get (url: string, key = keys.finance): Promise<Answer> {
  return await api.call('GET', url, { key })
}

const second = (await inTransaction(api.databases.read, async (trx) =>
  await createKey(trx, { tenantId, tenantKind: 'sandbox', name: 'second arbitrator', role: 'arbitrator', actor: 'cli' }))).secret
const arbitratorId = internalId('key', (await api.call('GET', '/v1/api-keys?limit=100', { key: keys.admin })).body.data.find((key) => (key as unknown as { role: string }).role === 'arbitrator')?.id ?? '') ?? ''

const party = async (kind: string): Promise<string> => (await post('/v1/parties', { kind, external_ref: kind, name: kind })).body.id
const [buyer, seller, partner] = [await party('buyer'), await party('seller'), await party('partner')]

let orders = 0
/** Two units at 50.00, shipped; commission 5 %, split 10 %. */
async function shipped (fulfilment = 'express'): Promise<Answer> {
  const created = await post('/v1/trades', {
    external_ref: `ORD-${++orders}`,
    buyer,
    currency: 'CNY',
    lines: [{ ref: '1', seller, quantity: 2, unit_price: '50.00', fulfilment, commission_rate: '0.05', splits: [{ partner, rate: '0.10' }] }]
  })
  await post(`/v1/trades/${created.body.id}/payments`, { amount: '100.00', provider: 'sandbox', provider_ref: `P-${orders}` })
  return await post(`/v1/trades/${created.body.id}/shipments`)
}

function lineOf (answer: Answer): string {
  return (answer.body['lines'] as Array<{ id: string }>)[0]?.id ?? ''
}

async function open (trade: Answer, line: object = {}, by = 'buyer'): Promise<Answer> {
  return await post(`/v1/trades/${trade.body.id}/disputes`, { by, reason: 'damaged', lines: [{ line: lineOf(trade), ...line }] })
}

const urlOf = (disputed: Answer): string => `/v1/disputes/${String(disputed.body['dispute'])}`
const ATTACHMENT = { sha256: 'a'.repeat(64), bytes: 1, media_type: 'image/png' }

t.test('a dispute from its opening to its award, over HTTP', async (t) => {
  const trade = await shipped()
  const body = { by: 'buyer', reason: 'damaged', lines: [{ line: lineOf(trade), quantity: 1 }] }
  t.match(await post(`/v1/trades/${trade.body.id}/disputes?dry_run=true`, body), { status: 200, body: { dry_run: true, would_post: [], dispute: /^dsp_/ } })
  t.match(await post(`/v1/trades/${trade.body.id}/disputes`, body, keys.marketplace, { 'if-match': '"1"' }), { status: 412 })
  const disputed = await post(`/v1/trades/${trade.body.id}/disputes`, body)
  t.match(disputed, { status: 201, headers: { etag: '"4"' }, body: { lines: [{ frozen: '50.00', frozen_units: 1 }], disputes: [{ id: disputed.body['dispute'] }], transactions: [] } })
  const { dispute, transactions, ...shown } = disputed.body
  t.strictSame((await get(`/v1/trades/${trade.body.id}`)).body, shown)

  const evidence = await post(`${urlOf(disputed)}/evidence`, { by: 'seller', kind: 'tracking', attachments: [ATTACHMENT] })
  t.match(evidence, { status: 201, body: { dispute, number: 1, by: 'seller', kind: 'tracking', attachments: [ATTACHMENT] } })
  const read = await get(urlOf(disputed))
  t.match(read, { status: 200, body: { id: dispute, trade: trade.body.id, state: 'open', amount: '50.00', evidence_count: 1, age_days: 0, age_bucket: '0-7', evidence: [evidence.body] } })

  const award = { lines: [{ line: lineOf(trade), buyer: '20.00', seller: '30.00' }] }
  t.match(await post(`${urlOf(disputed)}/award`, award), { status: 403, body: { code: 'forbidden' } }, 'the marketplace decides nothing')
  t.match(await post(`${urlOf(disputed)}/evidence`, { by: 'buyer', kind: 'photo', attachments: [ATTACHMENT] }, keys.arbitrator), { status: 403 }, 'who decides hands nothing in')
  const tried = await post(`${urlOf(disputed)}/award?dry_run=true`, award, keys.arbitrator)
  t.match(tried, { status: 200, body: { state: 'awarded', would_post: [{ kind: 'trade.award', subject: trade.body.id, transfers: { length: 4 } }] } })
  const awarded = await post(`${urlOf(disputed)}/award`, award, keys.arbitrator, { 'idempotency-key': 'award' })
  t.match(awarded, { status: 201, body: { state: 'awarded', award: { buyer: '20.00', seller: '30.00' }, transactions: [/^txn_/] } })
  const again = await post(`${urlOf(disputed)}/award`, award, keys.arbitrator, { 'idempotency-key': 'award' })
  t.equal(again.text, awarded.text)
  const posted = await get(`/v1/trades/${trade.body.id}/transactions`)
  t.match(posted.body.data.at(-1), { id: (awarded.body['transactions'] as string[])[0], kind: 'trade.award' })
  t.match((await get(`/v1/trades/${trade.body.id}`)).body, { released: '30.00', refunded: '20.00', held: '50.00', disputes: [] })
  t.match(await post(`${urlOf(disputed)}/withdrawal`, { by: 'buyer' }), { status: 409, body: { code: 'dispute_decided', current_state: 'awarded' } })
  const types = (await get('/v1/events?limit=100')).body.data.map(({ type }) => type).filter((type) => type.startsWith('dispute.'))
  t.strictSame(types, ['dispute.opened', 'dispute.evidence_added', 'dispute.awarded'])
})

t.test('no words of people, no unknown member, no stranger\'s dispute', async (t) => {
  const trade = await shipped()
  const disputed = await open(trade)
  for (const body of [{ by: 'buyer', kind: 'photo', attachments: [] }, { by: 'buyer', kind: 'photo', attachments: [{ sha256: 'A'.repeat(64) }] },
    { by: 'buyer', kind: 'story', attachments: [ATTACHMENT] }, { by: 'buyer', kind: 'photo', attachments: [ATTACHMENT], note: 'Mr Li' }]) {
    t.match(await post(`${urlOf(disputed)}/evidence`, body), { status: 400, body: { code: 'invalid_request' } })
  }
  t.match(await open(trade, {}, 'nobody'), { status: 400 })
  const stranger = await api.newTenant('stranger')
  t.match(await get(urlOf(disputed), stranger.keys.finance), { status: 404 })
  for (const [path, body, key] of [
    ['evidence', { by: 'buyer', kind: 'photo', attachments: [ATTACHMENT] }, stranger.keys.marketplace],
    ['withdrawal', { by: 'buyer' }, stranger.keys.marketplace],
    ['award', { lines: [{ line: lineOf(trade), buyer: '0.00', seller: '100.00' }] }, stranger.keys.arbitrator],
    ['award/approval', null, stranger.keys.arbitrator]
  ] as const) t.match(await post(`${urlOf(disputed)}/${path}`, body, key), { status: 404, body: { code: 'not_found' } }, path)
  t.match((await get('/v1/disputes', stranger.keys.finance)).body, { data: [] })
})

t.test('above the limit two arbitrators decide; the limit is an amount of the reporting currency', async (t) => {
  const set = async (change: object): Promise<Answer> => await api.call('PATCH', '/v1/tenant/settings', { key: keys.admin, body: change })
  t.match(await set({ dispute_award_limit: '10.001' }), { status: 400, body: { code: 'invalid_amount' } })
  t.match(await set({ dispute_award_limit: '99.99' }), { status: 200, body: { settings: { dispute_award_limit: '99.99' } } })
  t.match(await set({ reporting_currency: 'KRW' }), { status: 400, body: { code: 'invalid_amount' } }, 'the won has no cents')
  const trade = await shipped()
  const disputed = await open(trade)
  const url = `${urlOf(disputed)}/award`
  t.match(await post(url, { lines: [{ line: lineOf(trade), buyer: '60.00', seller: '40.00' }] }, keys.arbitrator), { status: 201, body: { state: 'open', proposed_award: { buyer: '60.00' }, transactions: [] } })
  t.match((await get(`/v1/trades/${trade.body.id}`)).body, { held: '100.00', refunded: '0.00' })
  t.match(await post(`${url}/approval`, null, keys.arbitrator), { status: 403, body: { code: 'second_person_required' } })
  t.match(await post(`${url}/withdrawal`, null, second), { status: 403, body: { code: 'not_the_proposer' } })
  t.match(await post(`${url}/rejection`, null, second), { status: 201, body: { proposed_award: null } })
  t.match(await post(`${url}/approval`, null, second), { status: 409, body: { code: 'no_award_proposed' } })
  await post(url, { lines: [{ line: lineOf(trade), buyer: '70.00', seller: '30.00' }] }, keys.arbitrator)
  t.match(await post(`${url}/approval`, null, second), { status: 201, body: { state: 'awarded', award: { buyer: '70.00' }, proposed_award: { buyer: '70.00' }, transactions: [/^txn_/] } })
  t.match((await get(`/v1/trades/${trade.body.id}`)).body, { state: 'completed', released: '30.00', refunded: '70.00' })
  t.match(await set({ dispute_award_limit: null }), { status: 200, body: { settings: { dispute_award_limit: null } } })
})

t.test('lists are by state, trade and age', async (t) => {
  const trade = await shipped()
  const disputed = await open(trade)
  const undecided = async (query: string): Promise<unknown[]> => (await get(`/v1/disputes?limit=100&${query}`)).body.data.map(({ id }) => id)
  t.strictSame(await undecided(`trade=${trade.body.id}`), [disputed.body['dispute']])
  t.ok((await undecided('state=open')).includes(disputed.body['dispute']))
  t.notOk((await undecided('state=awarded')).includes(disputed.body['dispute']))
  t.strictSame(await undecided('older_than_days=0'), [])
  await api.call('POST', '/v1/test-clock/advance', { key: keys.admin, body: { by_seconds: 31 * 86_400 } })
  t.match((await get(`/v1/disputes?trade=${trade.body.id}&older_than_days=30`)).body, { data: [{ id: disputed.body['dispute'], age_days: 31, age_bucket: '31-90', state: 'under_review' }] })
  t.strictSame(await undecided(`trade=${trade.body.id}&older_than_days=31`), [])
  t.match(await post(`${urlOf(disputed)}/evidence`, { by: 'buyer', kind: 'photo', attachments: [ATTACHMENT] }), { status: 409, body: { code: 'evidence_closed' } })
  t.match((await get(`/v1/trades/${trade.body.id}`)).body, { held: '100.00', released: '0.00', deadlines: {} }, 'silence confirmed nothing')
  t.match(await get('/v1/disputes?limit=1'), { body: { data: { length: 1 }, has_more: true } })
})

t.test('a confirmation, the timer, a withdrawal and an award race a hundred ways through two journals: one release', async (t) => {
  for (let round = 0; round < 8; round++) {
    const trade = await shipped('instant')
    const disputed = await open(trade)
    const target = { disputeId: internalId('dsp', String(disputed.body['dispute'])), tradeId: internalId('trd', trade.body.id) }
    const lines = [{ line: lineOf(trade), buyer: '40.00', seller: '60.00' }]
    const goal = { tradeId: target.tradeId, expectedVersion: null }
    const timer = { tenantId, tradeId: target.tradeId ?? '', deadline: new Date((trade.body['deadlines'] as { confirm_by: string }).confirm_by) }
    const operations = Array.from({ length: 100 }, (_, index): Operation<unknown> => {
      switch (index % 4) {
        case 0: return confirmTrade(origin(tenantId), goal, { lines: null, occurredAt: null })
        case 1: return { ...meetDeadline({ ...timer, version: 1 }), ...origin(tenantId) }
        case 2: return awardDispute(origin(tenantId), { ...target, person: arbitratorId }, lines)
        default: return withdrawDispute(origin(tenantId), { ...target, by: 'buyer', person: arbitratorId })
      }
    })
    const start = round % 4
    const turned = [...operations.slice(start), ...operations.slice(0, start)]
    const outcomes = await Promise.all(turned.map(async (operation, index) => {
      const journal = journals[index % 2] ?? journals[0]
      return await journal.submit(operation).then(() => `${operation.name} answered`, (error: unknown) => {
        const outcome = outcomeOfThrown(error)
        return outcome.kind === 'refused' ? 'refused' : `${operation.name} failed ${String(error)}`
      })
    }))
    t.strictSame(outcomes.filter((outcome) => outcome.includes('failed')), [], 'each answer is an effect or a clear refusal')
    const ends = outcomes.filter((outcome) => ['dispute.award answered', 'dispute.withdraw answered'].includes(outcome))
    t.equal(ends.length, 1, 'the dispute ended once')
    await sweepDue(api.databases.read, DUE_TRADES, { journal: journals[0], log, failures: new Map() })
    const isAwarded = ends[0] === 'dispute.award answered'
    t.match((await get(`/v1/trades/${trade.body.id}`)).body, isAwarded
      ? { state: 'completed', released: '60.00', refunded: '40.00', held: '0.00' }
      : { state: 'completed', released: '100.00', refunded: '0.00', held: '0.00' })
    const kinds = (await get(`/v1/trades/${trade.body.id}/transactions`)).body.data.map((each) => (each as unknown as { kind: string }).kind)
    t.strictSame(kinds, ['trade.payment', isAwarded ? 'trade.award' : 'trade.confirmation'])
  }
})

t.test('a hundred disputes of one line at once: one is opened', async (t) => {
  const trade = await shipped()
  const answers = await Promise.all(Array.from({ length: 100 }, async () => await open(trade, { quantity: 1 })))
  t.equal(answers.filter(({ status }) => status === 201).length, 1)
  t.equal(answers.filter(({ body }) => body['code'] === 'line_disputed').length, 99)
})

t.test('the books are clean after all of it', async (t) => {
  t.strictSame((await runVerify(api.databases.report)).checks.flatMap(({ findings }) => findings), [])
  const { rows } = await sql<{ open: bigint }>`select count(*) as open from disputes where tenant_id = ${tenantId} and state in ('open', 'under_review')`.execute(api.databases.read)
  t.ok((rows[0]?.open ?? 0n) > 0n)
})
