import { sql } from 'kysely'
import t from 'tap'
import { openApi, type Answer } from './support/api.ts'

const api = await openApi()
const { id: tenantId, keys } = await api.newTenant('shop')
const other = await api.newTenant('other')

t.setTimeout(60_000)
t.teardown(async () => { await api.close() })

async function post (url: string, body: object, headers: Record<string, string> = {}, key = keys.marketplace): Promise<Answer> {
  return await api.call('POST', url, { key, headers, body })
}

const party = async (kind: string): Promise<string> => (await post('/v1/parties', { kind, external_ref: kind, name: kind })).body.id
const [buyer, seller, partner] = [await party('buyer'), await party('seller'), await party('partner')]

function terms (more: object = {}): object {
  return {
    external_ref: 'ORD-1',
    buyer,
    currency: 'CNY',
    lines: [{ ref: '1', seller, quantity: 2, unit_price: '19.90', shipping: '5.00', fulfilment: 'virtual', commission_rate: '0.05', splits: [{ partner, rate: '0.10' }] }],
    ...more
  }
}

/** How many rows of the tenant each table has that a step could write to, and the counter. */
async function traces (): Promise<unknown> {
  const { rows } = await sql`
    select (select count(*) from idempotency_keys where tenant_id = ${tenantId}) as keys, (select count(*) from claims where tenant_id = ${tenantId}) as claims,
      (select count(*) from accounts where tenant_id = ${tenantId}) as accounts, (select count(*) from transactions where tenant_id = ${tenantId}) as transactions,
      (select count(*) from events where tenant_id = ${tenantId}) as events, (select count(*) from trades where tenant_id = ${tenantId}) as trades,
      (select count(*) from payments where tenant_id = ${tenantId}) as payments, (select count(*) from shipments where tenant_id = ${tenantId}) as shipments,
      (select row_to_json(c) from tenant_counters c where tenant_id = ${tenantId}) as counter`.execute(api.databases.read)
  return rows[0]
}

interface Transfers {
  readonly transfers: ReadonlyArray<{ readonly debit: { class: string }, readonly credit: { class: string }, readonly amount: string }>
}

function postingsOf (transactions: readonly Transfers[]): string[] {
  return transactions.flatMap(({ transfers }) => transfers.map(({ debit, credit, amount }) => `${debit.class} / ${credit.class} ${amount}`))
}

t.test('a quote needs no idempotency key and changes nothing, not even that', async (t) => {
  const before = await traces()
  const answer = await api.call('POST', '/v1/quotes', { key: keys.marketplace, body: terms({ ship_at: '2099-12-01T08:00:00Z', provider: 'card' }), headers: { 'idempotency-key': '' } })
  t.match(answer, {
    status: 200,
    body: {
      total: '44.80',
      amount_due: '44.80',
      commission: '1.99',
      splits: [{ party: partner, currency: 'CNY', amount: '3.98' }],
      sellers: [{ party: seller, currency: 'CNY', amount: '38.83' }],
      lines: [{ ref: '1', seller, earliest_release: { by_buyer: '2099-12-01T08:00:00.000Z', by_silence: '2099-12-04T08:00:00.000Z' } }]
    }
  })
  t.notOk(answer.headers['idempotent-replayed'])
  await post('/v1/quotes', terms(), { 'idempotency-key': 'same' })
  t.equal((await post('/v1/quotes', terms({ lines: [] }), { 'idempotency-key': 'same' })).status, 400, 'a key that is sent all the same binds nobody')
  t.equal((await post('/v1/quotes', terms({ currency: 'KRW', external_ref: 'ORD-2' }), { 'idempotency-key': 'same' })).body['code'], 'invalid_amount')
  t.strictSame(await traces(), before)
})

t.test('the postings of a quote are those that the trade makes when it is opened, paid, shipped and confirmed', async (t) => {
  const quote = await post('/v1/quotes', terms())
  const { body: { id } } = await post('/v1/trades', terms())
  await post(`/v1/trades/${id}/payments`, { amount: '44.80', provider: 'card', provider_ref: 'P-1' })
  await post(`/v1/trades/${id}/shipments`, {})
  t.match(await post(`/v1/trades/${id}/confirmations`, {}), { status: 201, body: { state: 'completed' } })
  const { body: { data } } = await api.call('GET', `/v1/trades/${id}/transactions`, { key: keys.finance })
  const steps = quote.body['steps'] as ReadonlyArray<{ transactions: readonly Transfers[] }>
  t.strictSame(postingsOf(steps.flatMap(({ transactions }) => transactions)), postingsOf(data as unknown as Transfers[]))
})

t.test('a quote of a group\'s member tells what is missing to it, and takes no seat', async (t) => {
  const { body: group } = await post('/v1/groups', { seller, currency: 'CNY', unit_price: '15.00', size: 3 })
  const line = { ref: '1', seller, quantity: 1, unit_price: '15.00', fulfilment: 'virtual' }
  const before = await traces()
  t.match(await post('/v1/quotes', { buyer, currency: 'CNY', group: group.id, lines: [line] }), {
    status: 200,
    body: {
      total: '15.00', group: { id: group.id, others: 2, fill_by: group['fill_by'] }, sellers: [{ party: seller, amount: '15.00' }],
      steps: [{ action: 'create' }, { action: 'pay' }, { action: 'fill', transactions: [] }, { action: 'ship' }, { action: 'confirm' }]
    }
  })
  t.strictSame(await traces(), before)
  t.match((await api.call('GET', `/v1/groups/${group.id}`, { key: keys.finance })).body, { state: 'open', seats_taken: 0, version: 1 })
  t.match(await post('/v1/quotes', { buyer, currency: 'CNY', group: group.id, lines: [{ ...line, unit_price: '14.00' }] }), {
    status: 422, body: { code: 'group_offer_differs', errors: [{ pointer: '/lines/0/unit_price' }] }
  })
})

t.test('a quote is refused what the trade is refused, with its pointer', async (t) => {
  t.match(await post('/v1/quotes', terms()), { status: 409, body: { code: 'external_ref_taken', errors: [{ pointer: '/external_ref' }] } })
  const { external_ref: _, ...unnamed } = terms() as Record<string, unknown>
  t.equal((await post('/v1/quotes', unnamed)).status, 200)
  t.match(await post('/v1/quotes', { ...unnamed, buyer: seller }), { status: 422, body: { code: 'wrong_party_kind', errors: [{ pointer: '/buyer' }] } })
  t.match(await post('/v1/quotes', unnamed, {}, other.keys.marketplace), { status: 422, body: { code: 'unknown_party' } }, 'the parties of another tenant do not exist')
  t.match(await post('/v1/quotes', { ...unnamed, ship_at: '2026-02-30T08:00:00Z' }), { status: 400, body: { code: 'invalid_time', errors: [{ pointer: '/ship_at' }] } })
  t.match(await post('/v1/quotes', { ...unnamed, provider: 'No Name' }), { status: 400, body: { code: 'invalid_request' } })
  t.match(await post('/v1/quotes?dry_run=true', unnamed), { status: 400, body: { code: 'invalid_request' } }, 'it has no other kind')
  for (const role of ['admin', 'finance'] as const) t.equal((await post('/v1/quotes', unnamed, {}, keys[role])).status, 200, role)
  t.match(await post('/v1/quotes', unnamed, {}, keys.customs), { status: 403, body: { code: 'forbidden' } })
})
