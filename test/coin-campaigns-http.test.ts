import { once } from 'node:events'
import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createTestDatabase } from './support/database.ts'
import { findings } from './support/findings.ts'
import { dataFolder, firstKeys, send, startService } from './support/service.ts'

// Two processes at one address: what they race for is settled by the database alone.
const folder = await dataFolder()
const database = await createTestDatabase()
const service = await startService({
  DATABASE_URL: database.url, DATABASE_MIGRATION_URL: database.ownerUrl, DATA_DIR: folder.path, PROCESSES: '2', SWEEP_INTERVAL_MS: '100',
  // A body of lines goes on for as long as it likes, others do not.
  REQUEST_TIMEOUT_MS: '2000', HEADERS_TIMEOUT_MS: '2000'
})
const { marketplace, finance, admin } = await firstKeys(folder.path)
const { url } = service

t.setTimeout(300_000)
t.teardown(async () => {
  await service.stop()
  await database.drop()
  await folder.remove()
})

interface Json { readonly [field: string]: unknown, readonly id: string }
interface Row { readonly ref: string, readonly buyer: string, readonly coins: number, readonly reason?: string }
interface Result { readonly row: number, readonly ref: string | null, readonly outcome: string, readonly code?: string, readonly lot?: string, readonly repeated?: boolean, readonly complete?: boolean }
interface Grants { readonly rows: number, readonly granted: number, readonly refused: number, readonly undecided: number, readonly coins: string, readonly results: readonly Result[] }

let keys = 0
async function ask (method: string, path: string, body?: unknown, key = marketplace): Promise<{ status: number, body: Json, replayed: boolean }> {
  const answer = await send(url, key, method, path, body, method === 'GET' ? undefined : `k-${++keys}`)
  return { ...answer, body: answer.body as unknown as Json }
}

async function made (path: string, body: object, key = marketplace): Promise<Json> {
  const answer = await ask('POST', path, body, key)
  if (answer.status !== 201) throw new Error(`${path}: ${JSON.stringify(answer.body)}`)
  return answer.body
}

const party = async (kind: string, name: string): Promise<string> => (await made('/v1/parties', { kind, external_ref: name, name })).id
const programme = await made('/v1/coin-programmes', { currency: 'CNY', coin: 'TEACOIN', name: 'Tea coins', expiry: { months: 3, until: 'end_of_day' } }, finance)
const seller = await party('seller', 'S-1')
const buyers = await Promise.all(Array.from({ length: 100 }, async (_, index) => await party('buyer', `B-${index}`)))
const [buyer = ''] = buyers
const FAR = '2030-01-01T00:00:00Z'

async function campaign (more: object = {}): Promise<string> {
  return (await made('/v1/coin-campaigns', { programme: programme.id, name: 'Spring', funder: 'platform', budget: 1_000_000, ends_at: FAR, ...more }, finance)).id
}

async function grant (id: string, rows: readonly unknown[], key = `g-${++keys}`, query = ''): Promise<{ status: number, replayed: boolean, body: Grants }> {
  const { status, body, replayed } = await send(url, marketplace, 'POST', `/v1/coin-campaigns/${id}/grants${query}`, { rows }, key)
  return { status, replayed, body: body as unknown as Grants }
}

const one = (ref: string, coins: number, to = buyer): Row => ({ ref, buyer: to, coins })

async function stateOf (id: string): Promise<Json> {
  return (await ask('GET', `/v1/coin-campaigns/${id}`)).body
}

/** The lines of an answer. Whoever stops taking them breaks the connection. */
async function * linesOf (answer: IncomingMessage): AsyncGenerator<Result> {
  let begun = ''
  for await (const chunk of answer.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = (begun + chunk).split('\n')
    begun = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line) as Result
  }
}

async function available (of: string): Promise<string> {
  const { body } = await ask('GET', `/v1/accounts?class=coins_available&owner=${of}`, undefined, finance)
  return (body['data'] as ReadonlyArray<{ balance: string }>)[0]?.balance ?? '0'
}

/** A request of lines under way: what is written to it, and its answer line by line. */
interface Stream {
  readonly request: ClientRequest
  write (rows: readonly unknown[]): void
  readonly answer: Promise<IncomingMessage>
  /** Every line of the answer, once it has ended. */
  lines (): Promise<Result[]>
}

function stream (id: string, key: string, query = ''): Stream {
  const outgoing = request(`${url}/v1/coin-campaigns/${id}/grants${query}`, {
    method: 'POST', headers: { authorization: `Bearer ${marketplace}`, 'content-type': 'application/x-ndjson', 'idempotency-key': key }
  })
  outgoing.on('error', () => {})
  const answer = once(outgoing, 'response').then(([response]) => {
    (response as IncomingMessage).on('error', () => {})
    return response as IncomingMessage
  })
  answer.catch(() => {})
  return {
    request: outgoing,
    write (rows) { for (const row of rows) outgoing.write(typeof row === 'string' ? row : `${JSON.stringify(row)}\n`) },
    answer,
    async lines () {
      const lines: Result[] = []
      for await (const line of linesOf(await answer)) lines.push(line)
      return lines
    }
  }
}

// Its time passes while the other tests run.
const silence = fallSilent()

async function fallSilent (): Promise<{ error: unknown, ms: number, id: string }> {
  const id = await campaign()
  const silent = stream(id, 'silent')
  silent.write([one('A', 1)])
  const startedAt = performance.now()
  const error = await silent.lines().then(() => null, (thrown: unknown) => thrown)
  return { error, ms: performance.now() - startedAt, id }
}

t.test('of 100 requests at once for the last coins of a budget, and of a buyer\'s cap, exactly those that fit are granted', async (t) => {
  const [budget, cap] = [await campaign({ budget: 370 }), await campaign({ buyer_cap: 230 })]
  const others = await Promise.all(buyers.map(async (to, index) => await grant(budget, [one(`R-${index}`, 10, to)])))
  t.equal(others.filter(({ body }) => body.granted === 1).length, 37)
  t.same(new Set(others.flatMap(({ body }) => body.results.flatMap(({ code }) => code ?? []))), new Set(['campaign_budget_used']))
  t.match(await stateOf(budget), { granted: '370', left: '0', grants: 37, left_value: '0.00' })
  const before = BigInt(await available(buyer))
  const same = await Promise.all(buyers.map(async (_, index) => await grant(cap, [one(`R-${index}`, 10)])))
  t.equal(same.filter(({ body }) => body.granted === 1).length, 23)
  t.match(await stateOf(cap), { granted: '230', grants: 23 })
  t.equal(BigInt(await available(buyer)) - before, 230n)
})

t.test('100 requests at once for one reference give its coins once, and tell the same lot', async (t) => {
  const id = await campaign()
  const answers = await Promise.all(buyers.map(async () => await grant(id, [one('PRIZE', 70)])))
  t.equal(new Set(answers.map(({ body }) => body.results[0]?.lot)).size, 1)
  t.equal(answers.filter(({ body }) => body.results[0]?.repeated === false).length, 1)
  t.match(await stateOf(id), { granted: '70', grants: 1 })
})

t.test('10,000 rows are granted in one request, each by itself, and none of them twice when it is repeated', async (t) => {
  const id = await campaign()
  const rows = Array.from({ length: 10_000 }, (_, index): Row => ({ ...one(`GAME-2026-03-01-${String(index).padStart(6, '0')}`, 3, buyers[index % 100]), reason: 'game_reward' }))
  const startedAt = performance.now()
  const answer = await grant(id, rows, 'ten-thousand')
  t.comment(`10,000 rows took ${Math.round(performance.now() - startedAt)} ms`)
  t.match(answer, { status: 200, replayed: false, body: { rows: 10_000, granted: 10_000, refused: 0, undecided: 0, coins: '30000' } })
  t.same(answer.body.results.map(({ row, ref }) => `${row} ${ref}`), rows.map(({ ref }, index) => `${index + 1} ${ref}`), 'in their order')
  const again = await grant(id, rows, 'ten-thousand')
  t.match(again, { status: 200, replayed: true, body: { granted: 10_000, coins: '30000' } })
  t.same(again.body.results.map(({ lot }) => lot), answer.body.results.map(({ lot }) => lot))
  t.ok(again.body.results.every(({ repeated }) => repeated === true))
  t.match(await grant(id, rows.slice(1), 'ten-thousand'), { status: 422, body: { code: 'idempotency_key_reused' } }, 'the key is of that request')
  const anew = await grant(id, rows.slice(0, 2))
  t.match(anew.body, { granted: 2, results: [{ repeated: true, lot: answer.body.results[0]?.lot }, { repeated: true }] }, 'a reference is known under any key')
  t.match(await stateOf(id), { granted: '30000', grants: 10_000 })
  t.match(await grant(id, [...rows, one('ONE-MORE', 1)]), { status: 400, body: { code: 'invalid_request', errors: [{ pointer: '/rows', code: 'too_many' }] } })
})

t.test('a bad row is refused by itself, says why, and its neighbours are granted', async (t) => {
  const id = await campaign({ buyer_cap: 50 })
  const rows = [
    one('A', 10), { ...one('B', 10), coins: '10' }, { ...one('C', 10), more: 1 }, one('D', 0), { buyer, coins: 1 }, one('E', 10, 'pty_nobody'), one('F', 10, seller), one('G', 41), 'no row', null,
    { ...one('H', 10), reason: 'A Prize' }, { ...one('\u0007', 10) }, one('Z', 10)
  ]
  const { status, body } = await grant(id, rows)
  t.match({ status, body }, { status: 200, body: { rows: 13, granted: 2, refused: 11, coins: '20' } })
  t.same(body.results.map(({ ref, outcome, code }) => [ref, code ?? outcome]), [
    ['A', 'granted'], ['B', 'invalid_request'], ['C', 'invalid_request'], ['D', 'invalid_request'], [null, 'invalid_request'], ['E', 'invalid_request'], ['F', 'wrong_party_kind'],
    ['G', 'buyer_cap_reached'], [null, 'invalid_request'], [null, 'invalid_request'], ['H', 'invalid_request'], [null, 'invalid_request'], ['Z', 'granted']
  ])
  t.match(body.results[1], { errors: [{ pointer: '/coins', code: 'wrong_type' }] })
  t.match(body.results[7], { errors: [{ pointer: '/coins', code: 'buyer_cap_reached' }] })
  t.match(await stateOf(id), { granted: '20', grants: 2 })
})

t.test('what is no request for grants is refused as a whole', async (t) => {
  const id = await campaign()
  const path = `/v1/coin-campaigns/${id}/grants`
  t.match(await grant('cmp_01kaj6n8k2f5rvt4r9e8q7m3zd', [one('A', 1)]), { status: 404 })
  t.match(await grant(id, []), { status: 400, body: { errors: [{ pointer: '/rows', code: 'too_few' }] } })
  t.match(await ask('POST', path), { status: 400, body: { errors: [{ pointer: '/rows', code: 'missing' }] } })
  t.match(await ask('POST', path, { rows: [one('A', 1)], more: 1 }), { status: 400, body: { errors: [{ pointer: '/more' }] } })
  t.match(await send(url, marketplace, 'POST', path, { rows: [one('A', 1)] }), { status: 400, body: { code: 'idempotency_key_required' } })
  t.match(await send(url, marketplace, 'POST', `${path}?dry_run=perhaps`, { rows: ['no row'] }, 'perhaps'), { status: 400, body: { code: 'invalid_request' } })
  for (const key of [finance, admin]) t.match(await ask('POST', path, { rows: [one('A', 1)] }, key), { status: 403 })
  for (const key of [marketplace, admin]) t.match(await ask('POST', '/v1/coin-campaigns', {}, key), { status: 403 })
  const lines = await fetch(`${url}/v1/parties`, { method: 'POST', headers: { authorization: `Bearer ${marketplace}`, 'content-type': 'application/x-ndjson', 'idempotency-key': 'lines' }, body: '{}\n' })
  t.equal(lines.status, 415, 'other routes take no lines')
  t.match(await stateOf(id), { granted: '0' })
})

t.test('a dry run of rows shows what each would post, together, and changes nothing', async (t) => {
  const id = await campaign({ budget: 25 })
  const rows = [one('A', 10), one('B', 10), one('C', 10), one('A', 10)]
  const tried = await grant(id, rows, 'try', '?dry_run=true')
  t.match(tried, {
    status: 200,
    body: {
      dry_run: true, granted: 3, refused: 1, coins: '30',
      results: [
        { outcome: 'granted', would_post: [{ kind: 'coins.grant', transfers: [{ debit: { class: 'coin_expense' }, amount: '0.10' }, { credit: { class: 'coins_available', owner: buyer }, amount: '10' }] }] },
        { outcome: 'granted' }, { code: 'campaign_budget_used', would_post: [] }, { repeated: true }
      ]
    }
  })
  const lines = stream(id, 'try-lines', '?dry_run=true')
  lines.write(rows)
  lines.request.end()
  t.match((await lines.lines()).at(-1), { complete: true, dry_run: true, granted: 3, refused: 1 })
  const many = stream(id, 'try-many', '?dry_run=true')
  many.write(Array.from({ length: 10_001 }, (_, index) => one(`M-${index}`, 1)))
  many.request.end()
  t.equal((await many.answer).statusCode, 413)
  t.match(await stateOf(id), { granted: '0', grants: 0, version: 1 })
  t.match(await grant(id, rows, 'try'), { status: 200, replayed: false, body: { granted: 3 } }, 'nor is its key used')
})

t.test('lines are answered as they are decided, in their order, with bad ones in between', async (t) => {
  const id = await campaign()
  const lines = stream(id, 'live')
  lines.write([one('A', 5)])
  const response = await lines.answer
  t.equal(response.statusCode, 200)
  t.equal(response.headers['content-type'], 'application/x-ndjson; charset=utf-8')
  const reader = linesOf(response)
  const next = async (): Promise<Result> => (await reader.next()).value as Result
  t.match(await next(), { row: 1, ref: 'A', outcome: 'granted' }, 'while the request is still open')
  // Longer than a whole request may take.
  for (let index = 0; index < 4; index += 1) {
    await sleep(700)
    lines.write([one(`SLOW-${index}`, 1)])
    t.match(await next(), { row: 2 + index, ref: `SLOW-${index}`, outcome: 'granted' })
  }
  lines.write([
    '{broken\n', `{"ref":"D","ref":"E","buyer":"${buyer}","coins":1}\n`, '{"ref":"a\\u0000b"}\n', `${JSON.stringify({ ...one('L', 1), reason: 'x'.repeat(5_000) })}\n`, '\r\n  \n', one('U', 1, seller),
    `${JSON.stringify(one('Ü', 7))}\r\n`, JSON.stringify(one('Z', 5))
  ])
  lines.request.end()
  const rest: Result[] = []
  for (let line = await next(); ; line = await next()) {
    rest.push(line)
    if (line.complete === true) break
  }
  t.match(rest, [
    { row: 6, ref: null, code: 'invalid_json' }, { row: 7, code: 'invalid_json', errors: [{ pointer: '/ref', code: 'duplicate_key' }] }, { row: 8, code: 'invalid_json' }, { row: 9, code: 'body_too_large' },
    { row: 10, ref: 'U', code: 'wrong_party_kind' }, { row: 11, ref: 'Ü', outcome: 'granted' }, { row: 12, ref: 'Z', outcome: 'granted' },
    { complete: true, campaign: id, rows: 12, granted: 7, refused: 5, undecided: 0, coins: '21' }
  ])
  t.equal((await reader.next()).done, true)
  t.match(await stateOf(id), { granted: '21', grants: 7 })
})

t.test('a client that dies half-way repeats its lines, and nothing is granted twice or left out', async (t) => {
  const id = await campaign()
  const rows = Array.from({ length: 6_000 }, (_, index) => one(`K-${index}`, 2, buyers[index % 100]))
  const dying = stream(id, 'dying')
  dying.write(rows.slice(0, 4_000))
  let seen = 0
  for await (const { outcome } of linesOf(await dying.answer)) {
    if (outcome !== 'granted') t.fail(outcome)
    seen += 1
    if (seen === 1_000) break
  }
  dying.request.destroy()
  await sleep(300)
  const { grants } = await stateOf(id)
  t.ok(Number(grants) >= 1_000 && Number(grants) <= 4_000, `${String(grants)} were granted before`)
  const again = stream(id, 'dying')
  again.write(rows)
  again.request.end()
  const lines = await again.lines()
  t.match(lines.at(-1), { complete: true, rows: 6_000, granted: 6_000, coins: '12000' })
  t.ok(lines.filter(({ repeated }) => repeated === true).length >= Number(grants))
  t.match(await stateOf(id), { granted: '12000', grants: 6_000 })
  t.equal((await again.answer).headers['idempotent-replayed'], 'true')
})

t.test('who falls silent is cut off, after twice the time of a request', async (t) => {
  const { error, ms, id } = await silence
  t.match(error, { code: 'ECONNRESET' })
  t.ok(ms > 3_500, `${Math.round(ms)} ms`)
  t.match(await stateOf(id), { granted: '1' }, 'what it sent is granted')
})

t.test('campaigns are listed, changed and ended over HTTP, and what is left goes back', async (t) => {
  const trade = await made('/v1/trades', { external_ref: 'ORD-1', buyer, currency: 'CNY', lines: [{ ref: '1', seller, quantity: 1, unit_price: '100.00', fulfilment: 'instant', commission_rate: '0' }] })
  await made(`/v1/trades/${trade.id}/payments`, { amount: '100.00', provider: 'sandbox', provider_ref: 'P-1' })
  await made(`/v1/trades/${trade.id}/shipments`, {})
  await made(`/v1/trades/${trade.id}/confirmations`, {})
  const body = { programme: programme.id, name: 'Live', funder: seller, budget: 9_000, buyer_cap: 500, ends_at: FAR }
  t.match(await ask('POST', '/v1/coin-campaigns', { ...body, budget: 10_001 }, finance), { status: 409, body: { code: 'insufficient_funds' } })
  t.match(await send(url, finance, 'POST', '/v1/coin-campaigns?dry_run=true', body, 'dry'), { status: 200, body: { dry_run: true, would_post: [{ kind: 'coin_campaign.funding', transfers: [{ amount: '90.00' }] }] } })
  const live = await made('/v1/coin-campaigns', body, finance)
  t.match(live, { state: 'running', funder: seller, budget: '9000', budget_value: '90.00', transactions: [/^txn_/], version: 1 })
  t.match(await grant(live.id, [one('A', 500)]), { body: { granted: 1 } })
  t.match(await ask('PATCH', `/v1/coin-campaigns/${live.id}`, { budget: 10_000, buyer_cap: null }, finance), { status: 200, body: { budget: '10000', left: '9500', buyer_cap: null } })
  t.match(await ask('PATCH', `/v1/coin-campaigns/${live.id}`, {}, finance), { status: 400 })
  const listed = async (query: string): Promise<string[]> => ((await ask('GET', `/v1/coin-campaigns?${query}`)).body['data'] as readonly Json[]).map(({ id }) => id)
  t.same(await listed(`funder=${seller}`), [live.id])
  t.ok((await listed('funder=platform&state=running')).length > 3)
  t.same(await listed('state=ended'), [])
  t.same(await listed(`programme=${programme.id}&limit=1`), [live.id], 'newest first')
  t.match(await ask('POST', `/v1/coin-campaigns/${live.id}/ending`, {}, finance), { status: 201, body: { state: 'ended', left: '0', granted: '500' } })
  t.same(await listed('state=ended'), [live.id])
  t.match((await ask('GET', `/v1/parties/${seller}/balances`)).body['balances'], [{ available: '95.00' }])
  t.match(await ask('POST', `/v1/coin-campaigns/${live.id}/ending`, {}, finance), { status: 409, body: { code: 'campaign_over' } })
})

t.test('the books are in order after all of that', async (t) => {
  t.same(await findings(database.url), [])
})
