import t from 'tap'
import { dataFolder, firstKeys, send, startService, type Answer } from './support/service.ts'
import { createTestDatabase } from './support/database.ts'

// Three processes on one database: what one process would settle in its memory, these must settle in PostgreSQL.
const database = await createTestDatabase()
const folder = await dataFolder()
const env = { DATA_DIR: folder.path, DATABASE_URL: database.url, DATABASE_MIGRATION_URL: database.ownerUrl, SWEEP_INTERVAL_MS: '20' }
const services = await Promise.all([startService(env), startService(env), startService(env)])
const keys = await firstKeys(folder.path)

t.teardown(async () => {
  await Promise.all(services.map((service) => service.stop()))
  await database.drop()
  await folder.remove()
})

let turn = 0
async function post (path: string, body: unknown, key: string, role: 'marketplace' | 'finance' = 'marketplace'): Promise<Answer> {
  const service = services[turn++ % services.length]
  if (service === undefined) throw new Error('no service')
  return await send(service.url, keys[role], 'POST', path, body, key)
}

async function get (path: string): Promise<Answer> {
  return await send(services[0].url, keys.finance, 'GET', path)
}

const party = async (kind: string): Promise<string> => (await post('/v1/parties', { kind, external_ref: `${kind}-1`, name: kind }, `party-${kind}`)).body.id
const [buyer, seller] = [await party('buyer'), await party('seller')]

async function shippedTrade (name: string): Promise<string> {
  const created = await post('/v1/trades', {
    external_ref: name, buyer, currency: 'CNY', lines: [{ ref: '1', seller, description: 'thing', quantity: 3, unit_price: '10.00', fulfilment: 'express', commission_rate: '0.10' }]
  }, `${name}-create`)
  const id = created.body.id
  await post(`/v1/trades/${id}/payments`, { amount: '30.00', provider: 'sandbox', provider_ref: name }, `${name}-pay`)
  await post(`/v1/trades/${id}/shipments`, { lines: [{ line: created.body.lines[0]?.id, quantity: 2 }] }, `${name}-ship`)
  return id
}

t.test('a hundred confirmations, cancellations and the timer of one trade, from three processes: one release', async (t) => {
  await send(services[0].url, keys.admin, 'PATCH', '/v1/tenant/settings', { auto_confirm_ms: { express: 150 } })
  for (let round = 0; round < 5; round += 1) {
    const id = await shippedTrade(`race-${round}`)
    const answers = await Promise.all(Array.from({ length: 100 }, async (_, index) => index % 4 === 0
      ? await post(`/v1/trades/${id}/cancellation`, {}, `race-${round}-cancel-${index}`)
      : await post(`/v1/trades/${id}/confirmations`, {}, `race-${round}-confirm-${index}`)))
    t.same([...new Set(answers.map(({ status }) => status))].filter((status) => ![200, 201, 409, 422].includes(status)), [], 'each answer is an effect or a clear refusal')
    t.ok(answers.filter(({ status, body }) => status < 300 && body.transactions.length > 0).length <= 2, 'one release and one cancellation at most')
    const trade = (await get(`/v1/trades/${id}`)).body
    t.match(trade, { state: 'completed', paid: '30.00', held: '0.00', released: '20.00', refunded: '10.00' })
    t.equal((await get(`/v1/trades/${id}/transactions`)).body.data.length, 3, 'payment, release, refund')
  }
  await send(services[0].url, keys.admin, 'PATCH', '/v1/tenant/settings', { auto_confirm_ms: { express: 864_000_000 } })
})

t.test('the same key a hundred times at once: one effect, a hundred equal answers', async (t) => {
  const id = await shippedTrade('same-key')
  const answers = await Promise.all(Array.from({ length: 100 }, async () => await post(`/v1/trades/${id}/confirmations`, {}, 'same-key-confirm')))
  t.equal(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size, 1)
  t.equal(answers.filter(({ replayed }) => !replayed).length, 1)
  t.equal((await get(`/v1/trades/${id}`)).body.released, '20.00')
})

t.test('three processes creating the same parties and trades at once: one of each, no deadlock', async (t) => {
  const parties = await Promise.all(Array.from({ length: 300 }, async (_, index) =>
    await post('/v1/parties', { kind: 'seller', external_ref: `same-${index % 50}`, name: 'same' }, `same-party-${index}`)))
  t.equal(parties.filter(({ status }) => status === 201).length, 50)
  t.equal(parties.filter(({ status, body }) => status === 409 && body.code === 'external_ref_taken').length, 250)
  const trades = await Promise.all(Array.from({ length: 300 }, async (_, index) => await post('/v1/trades', {
    external_ref: `same-${(index * 7) % 50}`, buyer, currency: 'CNY', lines: [{ ref: '1', seller, description: 'thing', quantity: 1, unit_price: '1.00', fulfilment: 'express' }]
  }, `same-trade-${index}`)))
  t.equal(trades.filter(({ status }) => status === 201).length, 50)
  t.equal(trades.filter(({ status, body }) => status === 409 && body.code === 'external_ref_taken').length, 250)
})

t.test('one payment reported a hundred times under different keys is booked once', async (t) => {
  const created = await post('/v1/trades', {
    external_ref: 'paid-often', buyer, currency: 'CNY', lines: [{ ref: '1', seller, description: 'thing', quantity: 1, unit_price: '5.00', fulfilment: 'express' }]
  }, 'paid-often')
  const answers = await Promise.all(Array.from({ length: 100 }, async (_, index) => await post(`/v1/trades/${created.body.id}/payments`, { amount: '5.00', provider: 'sandbox', provider_ref: 'often' }, `often-${index}`)))
  t.equal(answers.filter(({ status }) => status < 300).length, 100)
  t.equal(answers.filter(({ body }) => body.transactions.length === 1).length, 1)
  t.match((await get(`/v1/trades/${created.body.id}`)).body, { state: 'awaiting_shipment', paid: '5.00' })
})

t.test('two checkout sessions that both pay fill the trade once; the rest waits in suspense', async (t) => {
  const created = await post('/v1/trades', {
    external_ref: 'two-sessions', buyer, currency: 'CNY', lines: [{ ref: '1', seller, description: 'thing', quantity: 1, unit_price: '5.00', fulfilment: 'express' }]
  }, 'two-sessions')
  await Promise.all(Array.from({ length: 20 }, async (_, index) => await post(`/v1/trades/${created.body.id}/payments`, { amount: '5.00', provider: 'sandbox', provider_ref: `session-${index}` }, `session-${index}`)))
  t.match((await get(`/v1/trades/${created.body.id}`)).body, { state: 'awaiting_shipment', paid: '5.00', held: '5.00' })
  const balance = (await get('/v1/reports/trial-balance')).body.units[0]?.accounts ?? []
  t.equal(balance.find((row) => row.class === 'suspense')?.balance, '95.00')
})

t.test('a hundred successes and failures of one refund, and steps of its trade, told to three processes at once: it leaves once', async (t) => {
  for (let round = 0; round < 3; round += 1) {
    const name = `leaving-${round}`
    const id = await shippedTrade(name)
    await post(`/v1/trades/${id}/cancellation`, {}, `${name}-cancel`)
    const refund = (await get(`/v1/refunds?trade=${id}`)).body.data[0]?.id ?? ''
    const through = { provider: 'sandbox', provider_ref: name }
    const answers = await Promise.all(Array.from({ length: 100 }, async (_, index) => {
      switch (index % 5) {
        case 0: case 1: return await post(`/v1/refunds/${refund}/success`, through, `${name}-success-${index}`)
        case 2: case 3: return await post(`/v1/refunds/${refund}/failure`, { ...through, reason: 'other' }, `${name}-failure-${index}`)
        default: return await post(`/v1/trades/${id}/extensions`, { by: 'seller', days: 3 }, `${name}-extend-${index}`)
      }
    }))
    t.same(answers.filter(({ status }) => status !== 201).map(({ body }) => body), [])
    t.equal(answers.filter(({ body }) => body.transactions.length > 0).length, 1)
    t.match((await get(`/v1/refunds/${refund}`)).body, { status: 'succeeded', paid_twice: false, attempts: [{ outcome: 'succeeded' }] })
    t.match((await get(`/v1/trades/${id}`)).body, { refunded: '10.00', refund_pending: '0.00' })
  }
})

t.test('one reference told of twenty refunds, and bank and provider of one refund, by three processes at once: one attempt each, and one excess', async (t) => {
  const refunds = await Promise.all(Array.from({ length: 20 }, async (_, index) => {
    const id = await shippedTrade(`shared-${index}`)
    await post(`/v1/trades/${id}/cancellation`, {}, `shared-${index}-cancel`)
    return (await get(`/v1/refunds?trade=${id}`)).body.data[0]?.id ?? ''
  }))
  const claimed = await Promise.all(refunds.map(async (refund, index) =>
    await post(`/v1/refunds/${refund}/success`, { provider: 'sandbox', provider_ref: 'shared' }, `shared-success-${index}`)))
  t.equal(claimed.filter(({ status }) => status === 201).length, 1)
  t.equal(claimed.filter(({ status, body }) => status === 409 && body.code === 'refund_reference_taken').length, 19)
  const [one] = refunds.filter((_, index) => claimed[index]?.status !== 201)
  await Promise.all(Array.from({ length: 60 }, async (_, index) => index % 2 === 0
    ? await post(`/v1/refunds/${one ?? ''}/success`, { provider: 'sandbox', provider_ref: 'late' }, `late-${index}`)
    : await post(`/v1/refunds/${one ?? ''}/bank/success`, { bank_account: 'main', bank_ref: 'early' }, `early-${index}`, 'finance')))
  const { status, paid_twice: paidTwice, attempts } = (await get(`/v1/refunds/${one ?? ''}`)).body as unknown as { status: string, paid_twice: boolean, attempts: Array<{ excess: boolean }> }
  t.same([status, paidTwice, attempts.map(({ excess }) => excess)], ['succeeded', true, [false, true]])
  const balance = (await get('/v1/reports/trial-balance')).body.units[0]?.accounts ?? []
  t.equal(balance.find((row) => row.class === 'unidentified_debits')?.balance, '10.00')
})
