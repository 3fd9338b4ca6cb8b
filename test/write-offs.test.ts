import { pino } from 'pino'
import { sql } from 'kysely'
import t from 'tap'
import { createKey } from '../src/auth/keys.ts'
import { openDatabases } from '../src/db/pools.ts'
import { inTransaction } from '../src/db/transaction.ts'
import { Journal } from '../src/journal/journal.ts'
import { internalId } from '../src/kernel/ids.ts'
import { RECEIVABLE_CHECKS } from '../src/receivables/checks.ts'
import { approveWriteOff } from '../src/receivables/decide-write-off.ts'
import { runVerify } from '../src/reports/verify.ts'
import { openApi, type Answer } from './support/api.ts'
import { runOnJournal } from './support/journal-runner.ts'
import { origin } from './support/memory-books.ts'
import { owe } from './support/owe.ts'

const api = await openApi()
const { id: tenantId, keys } = await api.newTenant('books')
const stranger = await api.newTenant('stranger')
const vandal = openDatabases({ url: api.database.superuserUrl })
const journal = new Journal({ db: api.databases.journal, log: pino({ level: 'silent' }) })
const another = await inTransaction(api.databases.read, async (trx) => await createKey(trx, { tenantId, tenantKind: 'sandbox', name: 'another', role: 'finance', actor: 'cli' }))
const [ada, ben] = [keys.finance, another.secret]

t.setTimeout(120_000)
t.teardown(async () => {
  await journal.stop(5000)
  await vandal.close()
  await api.close()
})

let count = 0
async function post (url: string, body: object = {}, key = keys.marketplace): Promise<Answer> {
  return await api.call('POST', url, { key, body })
}

async function get (url: string, key = ada): Promise<Answer> {
  return await api.call('GET', url, { key })
}

const party = async (kind: string): Promise<string> => (await post('/v1/parties', { kind, external_ref: `${kind}-${++count}`, name: kind })).body.id
const buyer = await party('buyer')

/** A seller who owes; `amount` is minor units. */
async function debtor (amount: bigint, kind: 'seller' | 'partner' = 'seller'): Promise<string> {
  const id = await party(kind)
  await journal.submit(owe(origin(tenantId, `owe-${id}`), { party: id, role: kind, unit: 'CNY', amount }))
  return id
}

async function propose (id: string, more: object = {}, key = ada, query = ''): Promise<Answer> {
  return await post(`/v1/write-offs${query}`, { party: id, currency: 'CNY', reason: 'insolvent', ...more }, key)
}

async function act (key: string, id: string, action: 'approval' | 'rejection' | 'withdrawal', query = ''): Promise<Answer> {
  return await post(`/v1/write-offs/${id}/${action}${query}`, {}, key)
}

async function owed (id: string): Promise<string> {
  const { data } = (await get(`/v1/receivables?party=${id}`)).body as unknown as { data: Array<{ owed: string }> }
  return data[0]?.owed ?? '0.00'
}

/** A sale to that seller, confirmed, of so much. */
async function sell (seller: string, price: string): Promise<string> {
  const trade = await post('/v1/trades', { external_ref: `ORD-${++count}`, buyer, currency: 'CNY', lines: [{ ref: '1', seller, quantity: 1, unit_price: price, fulfilment: 'express' }] })
  await post(`/v1/trades/${trade.body.id}/payments`, { amount: price, provider: 'sandbox', provider_ref: `P-${++count}` })
  await post(`/v1/trades/${trade.body.id}/shipments`)
  return trade.body.id
}

async function findings (): Promise<string[]> {
  const { checks } = await runVerify(api.databases.report)
  return checks.flatMap((check) => check.findings.map(({ check, what }) => `${check}: ${what}`))
}

t.test('who owes is listed with what and since when, and stays listed until it is nothing', async (t) => {
  const [one, two] = [await debtor(12_50n), await debtor(700n, 'partner')]
  const { body } = await get('/v1/receivables?limit=1')
  t.match(body, { data: [{ party: one, currency: 'CNY', owed: '12.50', age_days: 0 }], has_more: true })
  t.match((await get(`/v1/receivables?starting_after=${body.next_cursor ?? ''}`)).body, { data: [{ party: two, owed: '7.00' }], has_more: false })
  t.strictSame((await get('/v1/receivables?currency=KRW')).body.data, [])
  t.strictSame((await get('/v1/receivables', stranger.keys.finance)).body.data, [])
  t.match(await get('/v1/receivables', keys.marketplace), { status: 403 })
  t.match((await get(`/v1/parties/${one}/balances`, keys.marketplace)).body, { balances: [{ available: '0.00', owed: '12.50' }] })
  const first = (body.data[0] as unknown as { owing_since: string }).owing_since
  await post(`/v1/trades/${await sell(one, '5.00')}/confirmations`)
  t.match((await get(`/v1/receivables?party=${one}`)).body, { data: [{ owed: '7.50', owing_since: first }] })
  await post(`/v1/trades/${await sell(one, '8.00')}/confirmations`)
  t.strictSame((await get(`/v1/receivables?party=${one}`)).body.data, [])
  await journal.submit(owe(origin(tenantId, 'again'), { party: one, role: 'seller', unit: 'CNY', amount: 100n }))
  const again = (await get(`/v1/receivables?party=${one}`)).body.data[0] as unknown as { owed: string, owing_since: string }
  t.match(again, { owed: '0.50' })
  t.ok(again.owing_since > first, 'a debt that came up again counts from then')
})

t.test('a write-off books nothing until another person approves it', async (t) => {
  const seller = await debtor(12_50n)
  const proposal = await propose(seller, { amount: '10.00' })
  t.match(proposal, { status: 201, body: { state: 'proposed', party: seller, amount: '10.00', written_off: null, reason: 'insolvent', transaction: null } })
  const { id } = proposal.body
  t.equal(await owed(seller), '12.50')
  for (const action of ['approval', 'rejection'] as const) t.match(await act(ada, id, action), { status: 403, body: { code: 'second_person_required' } })
  t.match(await act(ben, id, 'withdrawal'), { status: 403, body: { code: 'not_the_proposer' } })
  for (const role of ['admin', 'marketplace', 'customs'] as const) t.match(await act(keys[role], id, 'approval'), { status: 403, body: { code: 'forbidden' } }, role)
  t.match(await act(stranger.keys.finance, id, 'approval'), { status: 404, body: { code: 'not_found' } })
  t.match(await act(ben, id, 'approval', '?dry_run=true'), {
    status: 200, body: { would_post: [{ kind: 'receivable.write_off', transfers: [{ amount: '10.00', debit: { class: 'bad_debt_expense', owner: '' }, credit: { class: 'party_receivable', owner: seller } }] }] }
  })
  const approval = await act(ben, id, 'approval')
  t.match(approval, { status: 201, body: { state: 'posted', written_off: '10.00', transaction: /^txn_/ } })
  t.strictSame((await get(`/v1/write-offs/${id}`, keys.admin)).body, approval.body)
  t.equal(await owed(seller), '2.50')
  for (const [key, action] of [[ben, 'approval'], [ben, 'rejection'], [ada, 'withdrawal']] as const) {
    t.match(await act(key, id, action), { status: 409, body: { code: 'write_off_decided', current_state: 'posted' } }, action)
  }
  const events = (await get('/v1/events?limit=100')).body.data.filter((event) => (event as unknown as { subject: string }).subject === id)
  t.match(events, [{ type: 'write_off.proposed', data: { amount: '10.00', reason: 'insolvent' } }, { type: 'write_off.posted', data: { written_off: '10.00', transaction: approval.body['transaction'] } }])
  t.match((await get('/v1/write-offs?state=posted&limit=1')).body, { data: [{ id }] })
})

t.test('rejected and withdrawn ones book nothing and are over', async (t) => {
  const seller = await debtor(12_50n)
  const [one, two] = [await propose(seller), await propose(seller)]
  t.match(await act(ben, one.body.id, 'rejection'), { status: 201, body: { state: 'rejected', written_off: null } })
  t.match(await act(ada, two.body.id, 'withdrawal'), { status: 201, body: { state: 'withdrawn' } })
  t.match(await act(ben, one.body.id, 'approval'), { status: 409, body: { code: 'write_off_decided' } })
  t.equal(await owed(seller), '12.50')
})

t.test('what cannot be written off is refused', async (t) => {
  const seller = await debtor(12_50n)
  t.match(await propose(await party('seller')), { status: 409, body: { code: 'nothing_owed' } })
  t.match(await propose(seller, { currency: 'USD' }), { status: 409, body: { code: 'nothing_owed' } })
  t.match(await propose(seller, { currency: 'XXX' }), { status: 400, body: { code: 'unknown_currency' } })
  t.match(await propose(seller, { amount: '12.51' }), { status: 409, body: { code: 'insufficient_funds', errors: [{ pointer: '/amount' }] } })
  t.match(await propose(seller, { amount: '0' }), { status: 400, body: { code: 'invalid_amount' } })
  t.match(await propose(seller, { reason: 'because' }), { status: 400, body: { code: 'invalid_request' } })
  t.match(await propose('pty_01kaj6n8k2f5rvt4r9e8q7m3zd'), { status: 422, body: { code: 'unknown_party' } })
  t.match(await get('/v1/write-offs/wof_01kaj6n8k2f5rvt4r9e8q7m3zd'), { status: 404 })
})

t.test('what is paid meanwhile is not written off: the rest is, or nothing', async (t) => {
  const seller = await debtor(12_50n)
  const [one, two] = [await propose(seller), await propose(seller)]
  await post(`/v1/trades/${await sell(seller, '10.00')}/confirmations`)
  t.match(await act(ben, one.body.id, 'approval'), { status: 201, body: { amount: '12.50', written_off: '2.50' } })
  t.match(await act(ben, two.body.id, 'approval'), { status: 409, body: { code: 'nothing_owed' } })
  t.match((await get(`/v1/write-offs/${two.body.id}`)).body, { state: 'proposed' })
})

t.test('a hundred approvals through two processes, while a release is netted: it is written off once, and nothing twice', async (t) => {
  for (let round = 0; round < 5; round += 1) {
    const seller = await debtor(10_00n)
    const { body: { id } } = await propose(seller, { amount: '8.00' })
    const trade = await sell(seller, '6.00')
    const decision = { writeOffId: internalId('wof', id), person: another.apiKey.id }
    const [answers, outcomes, release] = await Promise.all([
      Promise.all(Array.from({ length: 50 }, async () => await act(ben, id, 'approval'))),
      runOnJournal(journal, Array.from({ length: 50 }, () => approveWriteOff(origin(tenantId), decision))),
      post(`/v1/trades/${trade}/confirmations`)
    ])
    t.equal(answers.filter(({ status }) => status === 201).length + outcomes.filter(({ kind }) => kind === 'answered').length, 1)
    t.ok(answers.every(({ status, body }) => status === 201 || body['code'] === 'write_off_decided'))
    t.equal(release.status, 201)
    const writtenOff = String((await get(`/v1/write-offs/${id}`)).body['written_off'])
    const balances = ((await get(`/v1/parties/${seller}/balances`)).body['balances'] as Array<{ available: string, owed: string }>)[0]
    t.match([writtenOff, balances?.available, balances?.owed], writtenOff === '8.00' ? ['8.00', '4.00', '0.00'] : ['4.00', '0.00', '0.00'])
  }
  t.strictSame(await findings(), [])
})

const NOBODY = "'0191d6a0-0000-7000-8000-000000000001'"
const DAMAGES = [
  { what: 'another amount', sql: 'update write_offs set written_off = written_off - 1 where state = \'posted\'', checks: ['write-off-postings'], says: /^wof_.*: says .* CNY bad_debt_expense: \/ party_receivable:pty_/ },
  { what: 'a posting without a proposal', sql: 'delete from write_offs where state = \'posted\'', checks: ['write-off-postings'], says: /^wof_.*: says nothing, but booked is / },
  { what: 'one person for two', sql: 'update write_offs set decided_by = proposed_by where state = \'rejected\'', checks: ['write-off-persons'], says: /^wof_.*: rejected, proposed by (key_\w+), decided by \1$/ },
  { what: 'a person who is none', sql: `update write_offs set proposed_by = ${NOBODY}, decided_by = ${NOBODY} where state = 'withdrawn'`, checks: ['write-off-persons'], says: /^wof_.*: withdrawn, proposed by key_/ },
  { what: 'a party that is gone', sql: `update write_offs set party_id = ${NOBODY} where state = 'withdrawn'`, checks: ['write-off-parties'], says: /^wof_.*: there is no seller or partner pty_/ },
  { what: 'a debt beside money', sql: 'update accounts set credits = credits + 100 where class = \'seller_available\'', checks: ['party-debts'], says: /^pty_.*: it owes .* CNY while its seller_available account holds 1\.00 CNY$/ }
]

for (const { what, sql: damage, checks, says } of DAMAGES) {
  t.test(`verify finds ${what}: ${checks.join(', ')}`, async (t) => {
    const undone = new Error('undone')
    await vandal.journal.transaction().execute(async (trx) => {
      await sql`set local role none`.execute(trx)
      await sql`set local session_replication_role = replica`.execute(trx)
      await sql`alter table write_offs drop constraint write_offs_two_persons`.execute(trx)
      const { numAffectedRows } = await sql.raw(damage).execute(trx)
      t.not(numAffectedRows, 0n)
      const found = []
      for (const check of RECEIVABLE_CHECKS) found.push(...await check.find(trx))
      t.strictSame([...new Set(found.map(({ check }) => check))], checks)
      t.ok(found.some((finding) => says.test(finding.what)), 'says what is wrong', { found: found.map((finding) => finding.what) })
      throw undone
    }).catch((error: unknown) => { if (error !== undone) throw error })
  })
}

t.test('the database refuses one person for two, and any change of what was proposed or decided', async (t) => {
  const { body: { id } } = await propose(await debtor(100n))
  const uuid = internalId('wof', id) ?? ''
  const update = async (set: string) => await sql.raw(`update write_offs set ${set} where tenant_id = ${tenantId} and id = '${uuid}'`).execute(api.databases.journal)
  await t.rejects(update('decided_by = proposed_by, decided_at = now(), state = \'rejected\''), /two_persons/)
  await t.rejects(update('amount = 1'), /permission denied/)
  await t.rejects(update(`state = 'posted', decided_by = '${another.apiKey.id}', decided_at = now()`), /write_offs_posted/)
  await update(`state = 'rejected', decided_by = '${another.apiKey.id}', decided_at = now()`)
  await t.rejects(update('state = \'proposed\''), /never changed/)
})
