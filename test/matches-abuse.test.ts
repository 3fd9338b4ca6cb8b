import t from 'tap'
import { sql } from 'kysely'
import pg from 'pg'
import { createKey } from '../src/auth/keys.ts'
import { ROUTE_PERMISSIONS } from '../src/auth/permissions.ts'
import { inTransaction } from '../src/db/transaction.ts'
import { externalId, internalId } from '../src/kernel/ids.ts'
import { openApi, type Answer } from './support/api.ts'
import { cardNumber, CustomsDesk, LI, PURPOSE, TRUE_OF_LI } from './support/customs-desk.ts'
import { roundTrips } from './support/round-trips.ts'

const api = await openApi()
const desk = new CustomsDesk(api, await api.newTenant('ours'))
const theirs = new CustomsDesk(api, await api.newTenant('theirs'))
const { read } = api.databases
const li = await desk.identity()
const vandal = new pg.Client({ connectionString: api.database.superuserUrl })
await vandal.connect()

t.teardown(async () => {
  await vandal.end()
  await api.close()
})

const guess = (serial: number): object => ({ ...TRUE_OF_LI, id_number: cardNumber(serial) })
const question = (trade: string, claim: object): object => ({ trade, role: 'orderer', jurisdiction: 'CN', purpose: PURPOSE, claim })

/** Another key of a broker. */
async function newBroker (): Promise<{ readonly id: string, readonly key: string }> {
  const { apiKey, secret } = await inTransaction(read, async (trx) => await createKey(trx, { tenantId: desk.tenantId, tenantKind: 'sandbox', name: 'b', role: 'broker', actor: 'cli' }))
  return { id: apiKey.id, key: secret }
}

/** Another key of a broker, who may ask about the trades. */
async function brokerOf (...trades: readonly string[]): Promise<string> {
  const { id, key } = await newBroker()
  for (const trade of trades) await desk.grant(trade, { broker: externalId('key', id) })
  return key
}

async function distinctClaims (trade: string): Promise<number> {
  const { rows: [row] } = await sql<{ count: number }>`select coalesce(jsonb_array_length(claims), 0) as count from trade_customs where trade_id = ${internalId('trd', trade)}`.execute(read)
  return row?.count ?? 0
}

t.test('a sweep of a thousand numbers learns of five, across keys and batches', async (t) => {
  const trade = await desk.granted(li)
  const brokers = [await brokerOf(trade), await brokerOf(trade), await brokerOf(trade)]
  const said: string[] = []
  for (let start = 0; start < 1000; start += 100) {
    const matches = Array.from({ length: 100 }, (_, index) => question(trade, guess(start + index)))
    const { body } = await desk.send('POST', 'match-batches', { matches }, brokers[start / 100 % brokers.length])
    for (const { match, problem } of (body as unknown as { results: ReadonlyArray<{ match: { verdict: string } | null, problem: { code: string } | null }> }).results) said.push(match?.verdict ?? problem?.code ?? '')
  }
  t.equal(said.length, 1000)
  t.same(said.slice(0, 5), Array(5).fill('no_match'))
  t.same([...new Set(said.slice(5))], ['match_locked'])
  t.match(await desk.ask(trade, TRUE_OF_LI, {}, brokers[2]), { status: 429, body: { code: 'match_locked' } }, 'the right one comes too late')
  t.match(await desk.ask(trade, TRUE_OF_LI, { role: 'payer' }, brokers[1]), { status: 429 }, 'another role is no way around')
  t.match(await desk.ask(trade, guess(3), {}, brokers[0]), { status: 201, body: { verdict: 'no_match', attempts_left: 0 } })
  await desk.made('PUT', `trades/${trade}/customs-parties`, { payer: await desk.identity(), orderer: li })
  await desk.made('DELETE', `trades/${trade}/grants`)
  t.match(await desk.ask(trade, TRUE_OF_LI, {}, await brokerOf(trade)), { status: 429 }, 'nor are a new grant, a new key or new parties')
  t.equal(await distinctClaims(trade), 5)
})

t.test('of fifty different claims at once five are answered', async (t) => {
  const trade = await desk.granted(li)
  const brokers: string[] = []
  for (let index = 0; index < 5; index += 1) brokers.push(await brokerOf(trade))
  const answers = await Promise.all(Array.from({ length: 50 }, async (_, serial) => await desk.ask(trade, guess(serial), {}, brokers[serial % 5])))
  t.equal(answers.filter(({ status }) => status === 201).length, 5)
  t.equal(answers.filter(({ status, body }) => status === 429 && (body as unknown as { code: string }).code === 'match_locked').length, 45)
  t.equal(await distinctClaims(trade), 5)
  const same = await Promise.all(Array.from({ length: 50 }, async () => await desk.ask(await desk.granted(li), TRUE_OF_LI)))
  t.ok(same.every(({ body }) => (body as unknown as { attempts_left: number }).attempts_left === 4))
  const alike = await desk.granted(li)
  const ids = await Promise.all(Array.from({ length: 50 }, async () => (await desk.ask(alike, TRUE_OF_LI)).body))
  t.equal(new Set(ids.map(({ id }) => id)).size, 1, 'one claim fifty times at once is one match')
  t.equal(await distinctClaims(alike), 1)
})

t.test('a batch of a hundred waits for the database twice: to read, and to write with its trail', async (t) => {
  const sold = await Promise.all(Array.from({ length: 20 }, async () => await desk.granted(li)))
  const matches = Array.from({ length: 100 }, (_, index) => question(sold[index % sold.length] ?? '', TRUE_OF_LI))
  let answer: Answer | undefined
  t.equal(await roundTrips(async () => { answer = await desk.send('POST', 'match-batches', { matches }, desk.keys.broker) }), 2)
  const { results } = answer?.body as unknown as { results: ReadonlyArray<{ match: { verdict: string } | null }> }
  t.same(results.map(({ match }) => match?.verdict), Array(100).fill('match'))
})

/** Trades about which our broker may learn nothing, for every reason there is. */
async function forbidden (): Promise<Record<string, string>> {
  const soon = new Date(Date.now() + 600_000).toISOString()
  const expired = await desk.granted(li, { expires_at: soon })
  const revoked = await desk.granted(li)
  await desk.made('DELETE', `trades/${revoked}/grants`)
  const ungranted = await desk.trade()
  await desk.made('PUT', `trades/${ungranted}/customs-parties`, { payer: li, orderer: li })
  await desk.made('POST', 'test-clock/advance', { by_seconds: 1200 })
  return { unknown: `trd_${'0'.repeat(26)}`, foreign: await theirs.granted(await theirs.identity()), nameless: await desk.trade(), ungranted, expired, revoked }
}

const trades = await forbidden()

t.test('unknown, another tenant\'s, ungranted, expired and revoked answer the same, byte for byte', async (t) => {
  const bare = ({ status, text, headers: { date, ratelimit, ...headers } }: Answer): object => ({ status, text, headers })
  for (const claim of [TRUE_OF_LI, guess(1), {}]) {
    const answers = await Promise.all(Object.values(trades).map(async (trade) =>
      bare(await api.call('POST', '/v1/matches', { key: desk.keys.broker, body: question(trade, claim), headers: { 'request-id': 'same' } }))))
    t.match(answers[0], { status: 404 })
    for (const answer of answers) t.strictSame(answer, answers[0])
  }
  const other = await api.call('POST', '/v1/matches', { key: desk.keys.broker, body: { ...question(await desk.granted(li), TRUE_OF_LI), purpose: 'marketing' }, headers: { 'request-id': 'same' } })
  t.equal(other.text, (await api.call('POST', '/v1/matches', { key: desk.keys.broker, body: question(trades['unknown'] ?? '', TRUE_OF_LI), headers: { 'request-id': 'same' } })).text, 'so does another purpose')
  const { body } = await desk.send('POST', 'match-batches', { matches: Object.values(trades).map((trade) => question(trade, TRUE_OF_LI)) }, desk.keys.broker)
  t.same(new Set((body as unknown as { results: object[] }).results.map((result) => JSON.stringify(result))).size, 1)
  t.match(await desk.ask(trades['unknown'] ?? '', { ...TRUE_OF_LI, id_number: '110101199003070012' }), { status: 422 }, 'what is wrong with a claim is told before anything is looked up')
  t.match(await desk.ask(trades['ungranted'] ?? '', { ...TRUE_OF_LI, id_number: '110101199003070012' }), { status: 422 })
})

t.test('and they take as long as each other, as far as medians of interleaved requests tell', async (t) => {
  const reasons = Object.entries(trades)
  const times = new Map(reasons.map(([name]) => [name, [] as number[]]))
  for (let round = 0; round < 120; round += 1) {
    // Each begins a round as often as any other.
    for (let index = 0; index < reasons.length; index += 1) {
      const [name, trade] = reasons[(round + index) % reasons.length] ?? ['', '']
      const startedAt = performance.now()
      await desk.ask(trade, TRUE_OF_LI)
      times.get(name)?.push(performance.now() - startedAt)
    }
  }
  const medianOf = (all: readonly number[]): number => [...all].sort((one, other) => one - other)[Math.floor(all.length / 2)] ?? 0
  const medians = new Map([...times].map(([name, all]) => [name, medianOf(all.slice(20))]))
  const [least, most] = [Math.min(...medians.values()), Math.max(...medians.values())]
  t.comment(JSON.stringify(Object.fromEntries([...medians].map(([name, ms]) => [name, ms.toFixed(2)]))))
  t.ok(most < least * 1.5 + 1, `the medians lie between ${least.toFixed(2)} and ${most.toFixed(2)} ms`)
})

t.test('a broker who guesses is paused for an hour, and cannot dilute that by asking again', async (t) => {
  const trades: string[] = []
  const { id: keyId, key } = await newBroker()
  for (let index = 0; index < 11; index += 1) {
    const trade = await desk.granted(li)
    await desk.grant(trade, { broker: externalId('key', keyId) })
    trades.push(trade)
  }
  for (const trade of trades.slice(1)) t.match((await desk.ask(trade, TRUE_OF_LI, {}, key)).body, { verdict: 'match' })
  // As if he had been right 39 times.
  await sql`update broker_minutes set asked = 39 where key_id = ${keyId}`.execute(read)
  const [first = ''] = trades
  for (let again = 0; again < 30; again += 1) await desk.ask(trades[1] ?? '', TRUE_OF_LI, {}, key)
  for (let serial = 0; serial < 5; serial += 1) await desk.ask(first, guess(serial), {}, key)
  for (let serial = 0; serial < 4; serial += 1) await desk.ask(trades[2] ?? '', guess(serial), {}, key)
  t.match((await desk.ask(trades[3] ?? '', guess(1), {}, key)).body, { verdict: 'no_match' }, 'ten of 49 in an hour')
  t.match((await desk.ask(trades[3] ?? '', guess(2), {}, key)).body, { verdict: 'no_match' }, 'eleven of 50')
  const paused = await desk.ask(trades[1] ?? '', TRUE_OF_LI, {}, key)
  t.match(paused, { status: 429, body: { code: 'broker_paused' } })
  const wait = Number(paused.headers['retry-after'])
  t.ok(wait > 3500 && wait <= 3600, String(wait))
  t.match(await desk.ask('trd_00000000000000000000000000', TRUE_OF_LI, {}, key), { status: 429 }, 'whatever he asks')
  t.match((await desk.ask(trades[1] ?? '', TRUE_OF_LI)).status, 201, 'and nobody else')
  t.match((await desk.send('GET', 'audit?action=broker.paused', undefined, desk.keys.admin)).body, { data: [{ action: 'broker.paused', actor: 'service' }] })
  await sql`update broker_pauses set until = now() - interval '1 second' where key_id = ${keyId}`.execute(read)
  t.match((await desk.ask(trades[1] ?? '', TRUE_OF_LI, {}, key)).body, { verdict: 'match' }, 'an hour later he begins anew')
  t.match((await desk.ask(trades[3] ?? '', guess(3), {}, key)).body, { verdict: 'no_match' })
  t.match((await desk.ask(trades[1] ?? '', TRUE_OF_LI, {}, key)).status, 201)
})

t.test('where the trail cannot be written there is no verdict, and none is counted', async (t) => {
  const trade = await desk.granted(li)
  const failures = [
    ['revoke insert on lookups from holdfast_app', 'grant insert on lookups to holdfast_app'],
    ['alter table lookups add constraint never check (false) not valid', 'alter table lookups drop constraint never'],
    [`create table kept as select * from lookup_heads where tenant_id = ${desk.tenantId}; alter table lookup_heads disable trigger user; delete from lookup_heads where tenant_id = ${desk.tenantId}`,
      'insert into lookup_heads select * from kept; drop table kept; alter table lookup_heads enable trigger user']
  ] as const
  for (const [damage, repair] of failures) {
    await vandal.query(damage)
    const answer = await desk.ask(trade, TRUE_OF_LI)
    t.equal(answer.status, 500, damage)
    t.notMatch(answer.text, /verdict|no_match|mat_/)
    const batch = await desk.send('POST', 'match-batches', { matches: [question(trade, TRUE_OF_LI)] }, desk.keys.broker)
    t.equal(batch.status, 500)
    await vandal.query(repair)
    t.equal(await distinctClaims(trade), 0)
  }
  t.match((await desk.ask(trade, TRUE_OF_LI)).body, { verdict: 'match', attempts_left: 4 })
})

t.test('what fails together with others fails alone', async (t) => {
  const [good, bad] = [await desk.granted(li), await desk.granted(await desk.identity({ ...LI, phone: '+8613800138055' }))]
  await vandal.query(`update identity_secrets s set wrapped_key = '\\x00' from trade_customs c where c.trade_id = '${internalId('trd', bad)}' and s.identity_id = c.orderer_id`)
  const answers = await Promise.all([good, bad, good].map(async (trade) => (await desk.ask(trade, TRUE_OF_LI)).status))
  t.same(answers, [201, 500, 201])
})

t.test('the keys of brokers and auditors reach nothing else', async (t) => {
  const own: Readonly<Record<string, readonly string[]>> = {
    broker: ['POST /v1/matches', 'POST /v1/match-batches', 'GET /v1/match-batches/:id', 'POST /v1/matches/:id/receipt', 'GET /v1/declarations', 'GET /v1/declarations/:id'],
    auditor: ['GET /v1/audit/lookups']
  }
  for (const role of ['broker', 'auditor'] as const) {
    for (const route of Object.keys(ROUTE_PERMISSIONS)) {
      const [method = '', path = ''] = route.split(' ')
      const { status } = await api.call(method, path.replaceAll(/:\w+/g, 'x'), { key: desk.keys[role], ...method === 'GET' || method === 'DELETE' ? {} : { body: {} } })
      if (own[role]?.includes(route) === true) t.not(status, 403, `${role} ${route}`)
      else t.equal(status, 403, `${role} ${route}`)
    }
  }
})

t.test('answers to several tenants and keys at once each find their own', async (t) => {
  const [mine, hers] = [await desk.granted(li), await theirs.granted(await theirs.identity({ ...LI, id: { type: 'cn_id', number: cardNumber(77) } }))]
  const answers = await Promise.all(Array.from({ length: 40 }, async (_, index) => index % 2 === 0
    ? await desk.ask(mine, TRUE_OF_LI)
    : await theirs.ask(hers, { ...TRUE_OF_LI, id_number: cardNumber(77) })))
  t.same([...new Set(answers.map(({ body }) => (body as unknown as { verdict: string }).verdict))], ['match'])
  t.match(await desk.ask(hers, TRUE_OF_LI), { status: 404 })
})
