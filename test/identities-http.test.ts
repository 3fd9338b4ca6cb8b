import t from 'tap'
import { sql } from 'kysely'
import pg from 'pg'
import { buildApp } from '../src/app.ts'
import { createKey } from '../src/auth/keys.ts'
import { keyringOf } from '../src/customs/keyring/keyring.ts'
import { identitiesOfOnePerson, forgetQuotaYears } from '../src/customs/identities/quota-index.ts'
import { readIdentityFields } from '../src/customs/identities/read-identity.ts'
import { inTransaction } from '../src/db/transaction.ts'
import { internalId } from '../src/kernel/ids.ts'
import { createTenant } from '../src/tenants/tenants.ts'
import { openApi } from './support/api.ts'
import { cardNumber, CustomsDesk, HONG, LI, PURPOSE, TRUE_OF_LI } from './support/customs-desk.ts'

const api = await openApi()
const desk = new CustomsDesk(api, await api.newTenant('ours'))
const theirs = await api.newTenant('theirs')
const vandal = new pg.Client({ connectionString: api.database.superuserUrl })
await vandal.connect()
const { read } = api.databases

t.teardown(async () => {
  await vandal.end()
  await api.close()
})

const inside = (id: string): string => internalId('idn', id) ?? ''

t.test('an identity is kept sealed, answered masked, and read by the service itself', async (t) => {
  const party = await desk.party('buyer')
  const { status, body } = await desk.send('POST', 'identities', { ...LI, phone: '138 0013 8000', consent: await desk.consent(party) })
  t.equal(status, 201)
  t.match(body, {
    party,
    state: 'registered',
    assurance: 'high',
    names: [{ script: 'Hani', masked: '李**' }, { script: 'Latn', masked: 'L* ******' }],
    id_document: { type: 'cn_id', country: 'CN', masked: '1****************1' },
    phone_masked: '+86*********00',
    postcodes_masked: ['1*****']
  })
  for (const { masked } of (body as unknown as { names: ReadonlyArray<{ masked: string }> }).names) t.match(masked, /\*/)
  t.match(await desk.send('GET', `identities/${body.id}`), { status: 200, body })
  t.match(await desk.send('GET', `identities/${body.id}`, undefined, theirs.keys.marketplace), { status: 404 })
  t.match(await desk.send('GET', `identities/${body.id}`, undefined, desk.keys.finance), { status: 403 })
  const fields = await readIdentityFields(read, api.keyring, desk.tenantId, inside(body.id), ['name_hani', 'id_number', 'phone', 'name_hang'])
  t.same(fields, { name_hani: '李示范', id_number: '110101199003070011', phone: '+8613800138000' })
})

t.test('without a live consent of that buyer nothing is kept', async (t) => {
  const party = await desk.party('buyer')
  const withdrawn = await desk.consent(party)
  await desk.made('DELETE', `consents/${withdrawn}`)
  t.match(await desk.send('DELETE', `consents/${withdrawn}`), { status: 200, body: { live: false, withdrawn_at: /^20/ } }, 'twice is once')
  const soon = await desk.consent(party, { expires_at: new Date(Date.now() + 60_000).toISOString() })
  await desk.made('POST', 'test-clock/advance', { by_seconds: 120 })
  for (const consent of [{}, { consent: withdrawn }, { consent: soon }, { consent: `con_${'0'.repeat(26)}` }, { consent: await desk.consent(party), party: await desk.party('buyer') }]) {
    t.match(await desk.send('POST', 'identities', { ...LI, ...consent }), { status: 403, body: { code: 'consent_required' } }, JSON.stringify(consent))
  }
  t.match(await desk.send('POST', 'consents', { party: await desk.party('seller'), purposes: [PURPOSE], recipients: ['x'] }), { status: 422, body: { code: 'wrong_party_kind' } })
  t.match(await desk.send('POST', 'consents', { party: `pty_${'0'.repeat(26)}`, purposes: [PURPOSE], recipients: ['x'] }), { status: 422, body: { code: 'unknown_party' } })
  t.match(await desk.send('POST', 'consents', { party, purposes: [PURPOSE], recipients: ['x'], expires_at: '2020-01-01T00:00:00Z' }), { status: 400, body: { code: 'invalid_time' } })
})

t.test('the same consent and the same identity, sent again or fifty times at once, are one', async (t) => {
  const party = await desk.party('buyer')
  const consents = await Promise.all(Array.from({ length: 20 }, async () => await desk.consent(party)))
  t.equal(new Set(consents).size, 1)
  t.not(await desk.consent(party, { cross_border: true }), consents[0])
  const identities = await Promise.all(Array.from({ length: 50 }, async () => (await desk.made('POST', 'identities', { ...LI, consent: consents[0] })).id))
  t.equal(new Set(identities).size, 1)
  t.match(await desk.send('POST', 'identities', { ...LI, phone: '+8613800138001', consent: consents[0] }), { status: 409, body: { code: 'identity_exists' } })
  t.match(await desk.send('POST', 'identities', { ...LI, id: { type: 'cn_id', number: cardNumber(5) }, consent: consents[0] }), { status: 201 }, 'another document is another identity')
})

t.test('what is no identity is refused with a pointer, never repeated, and never kept', async (t) => {
  const consent = await desk.consent(await desk.party('buyer'))
  const cases: ReadonlyArray<readonly [more: object, code: string, pointer: string]> = [
    [{ id: { type: 'kr_rrn', number: '900101-1234567' } }, 'prohibited_identifier', '/id/number'],
    [{ id: { type: 'passport', number: '9001011234567', country: 'KR' } }, 'prohibited_identifier', '/id/number'],
    [{ id: { type: 'cn_id', number: '110101199003070012' } }, 'id_checksum', '/id/number'],
    [{ id: { type: 'passport', number: 'E12345678' } }, 'invalid_identity', '/id/country'],
    [{ id: { ...LI.id, valid_until: '2031-02-30' } }, 'invalid_identity', '/id/valid_until'],
    [{ id: { type: 'library_card', number: 'E12345678' } }, 'invalid_request', '/id/type'],
    [{ names: [{ script: 'Hani', full: '李示\u200b范' }] }, 'invalid_identity', '/names/0/full'],
    [{ names: [{ script: 'Latn', full: '李示范' }] }, 'invalid_identity', '/names/0/script'],
    [{ names: [{ script: 'Hans', full: '李示范' }, { script: 'Hant', full: '李示範' }] }, 'invalid_identity', '/names/1'],
    [{ phone: '12345' }, 'invalid_identity', '/phone'],
    [{ postcodes: ['100010', '?'] }, 'invalid_identity', '/postcodes/1'],
    [{ evidence: [{ method: 'bank_card', provider: 'x', verified_at: '2026-02-30T00:00:00Z' }] }, 'invalid_time', '/evidence/0/verified_at']
  ]
  for (const [more, code, pointer] of cases) {
    const answer = await desk.send('POST', 'identities', { ...LI, ...more, consent })
    t.match(answer.body, { code, errors: [{ pointer, code }] })
    for (const sent of ['900101', '9001011234567', 'E12345678', '李示']) t.notOk(answer.text.includes(sent), `${code} does not repeat ${sent}`)
  }
  const { rows } = await sql`select from identities i join consents c on c.tenant_id = i.tenant_id and c.id = i.consent_id where c.id = ${internalId('con', consent)}`.execute(read)
  t.equal(rows.length, 0)
})

t.test('data that was moved between rows or fields is not read, but noticed', async (t) => {
  const [one, other] = [await desk.identity(), await desk.identity({ ...LI, phone: '+8613800138009' })]
  const readPhone = async (): Promise<unknown> => await readIdentityFields(read, api.keyring, desk.tenantId, inside(one), ['phone'])
  const trade = await desk.granted(one)
  const swaps: readonly string[] = [
    `update identity_secrets set fields = jsonb_set(fields, '{phone}', (select fields -> 'phone' from identity_secrets where identity_id = '${inside(other)}')) where identity_id = '${inside(one)}'`,
    `update identity_secrets set fields = jsonb_set(fields, '{phone}', fields -> 'id_number') where identity_id = '${inside(one)}'`,
    `update identity_secrets set fields = jsonb_set(fields, '{phone,version}', '2') where identity_id = '${inside(one)}'`,
    `update identity_secrets s set wrapped_key = o.wrapped_key from identity_secrets o where s.identity_id = '${inside(one)}' and o.identity_id = '${inside(other)}'`,
    `update identity_secrets s set wrapped_key = o.wrapped_key, fields = o.fields, tags = o.tags from identity_secrets o where s.identity_id = '${inside(one)}' and o.identity_id = '${inside(other)}'`
  ]
  for (const swap of swaps) {
    await vandal.query(`create table kept as select * from identity_secrets where identity_id = '${inside(one)}'`)
    await vandal.query(swap)
    await t.rejects(readPhone(), swap)
    t.match(await desk.send('GET', `identities/${one}`), { status: 500, body: { code: 'internal' } })
    await vandal.query(`update identity_secrets s set wrapped_key = k.wrapped_key, fields = k.fields, tags = k.tags from kept k where s.identity_id = '${inside(one)}'`)
    await vandal.query('drop table kept')
  }
  t.match((await desk.ask(trade, TRUE_OF_LI)).body, { verdict: 'match' })
  await vandal.query(`update identity_secrets s set tags = o.tags from identity_secrets o where s.identity_id = '${inside(one)}' and o.identity_id = '${inside(other)}'`)
  t.match((await desk.ask(trade, { ...TRUE_OF_LI, postcode: '100010' })).body, { verdict: 'no_match' }, 'tags of another row say nothing')
})

t.test('a trade names its customs parties, anew until it is declared, and the same again changes nothing', async (t) => {
  const [li, hong] = [await desk.identity(), await desk.identity(HONG)]
  const trade = await desk.trade()
  const path = `trades/${trade}/customs-parties`
  t.match(await desk.send('PUT', path, { payer: li, orderer: li }), { status: 200, body: { payer: li, orderer: li, consignee: li, version: 1 } })
  t.match(await desk.send('PUT', path, { payer: li, orderer: li }), { status: 200, body: { version: 1 } })
  t.match(await desk.send('PUT', path, { payer: li, orderer: li, consignee: hong }), { status: 200, body: { consignee: hong, version: 2 } })
  t.match(await desk.send('PUT', path, { payer: li, orderer: li.replace('idn_0', 'idn_1') }), { status: 422, body: { code: 'unknown_identity', errors: [{ pointer: '/orderer' }] } })
  t.match(await desk.send('PUT', path, { payer: li, orderer: li }, theirs.keys.marketplace), { status: 404 })
  t.match(await desk.send('PUT', path, { payer: li, orderer: li }, theirs.keys.broker), { status: 403 })
  await sql`update trade_customs set declared_at = now() where trade_id = ${internalId('trd', trade)}`.execute(read)
  t.match(await desk.send('PUT', path, { payer: li, orderer: li }), { status: 409, body: { code: 'frozen_after_declaration' } })
  t.match(await desk.send('PUT', path, { payer: li, orderer: li, consignee: hong }), { status: 200, body: { version: 2 } }, 'what it names already it may name')
})

t.test('a grant needs the consent of everybody it is about, to this purpose, recipient and country', async (t) => {
  const broker = await desk.keyId('broker')
  const grant = { broker, purpose: PURPOSE, expires_at: '2099-01-01T00:00:00Z' }
  const trade = await desk.trade()
  t.match(await desk.send('POST', `trades/${trade}/grants`, grant), { status: 403, body: { code: 'consent_required' } }, 'nobody is named')
  const party = await desk.party('buyer')
  const consent = await desk.consent(party)
  const li = (await desk.made('POST', 'identities', { ...LI, consent })).id
  await desk.made('PUT', `trades/${trade}/customs-parties`, { payer: li, orderer: li })
  t.match(await desk.send('POST', `trades/${trade}/grants`, { ...grant, purpose: 'marketing' }), { status: 403, body: { code: 'consent_required' } })
  t.match(await desk.send('POST', `trades/${trade}/grants`, { ...grant, cross_border: true }), { status: 403, body: { code: 'consent_required' } })
  t.match(await desk.send('POST', `trades/${trade}/grants`, { ...grant, broker: await desk.keyId('finance') }), { status: 422, body: { code: 'unknown_broker' } })
  t.match(await desk.send('POST', `trades/${trade}/grants`, { ...grant, expires_at: '2020-01-01T00:00:00Z' }), { status: 400, body: { code: 'invalid_time' } })
  t.match(await desk.send('POST', `trades/${trade}/grants`, grant, theirs.keys.marketplace), { status: 404 })
  const all = await Promise.all(Array.from({ length: 10 }, async () => (await desk.made('POST', `trades/${trade}/grants`, grant)).id))
  t.equal(new Set(all).size, 1)
  t.match(await desk.send('POST', `trades/${trade}/grants`, { ...grant, detail: true }), { status: 409, body: { code: 'grant_exists' } })
  t.match((await desk.ask(trade, TRUE_OF_LI)).body, { verdict: 'match' })
  await desk.made('DELETE', `consents/${consent}`)
  t.match((await desk.ask(trade, TRUE_OF_LI)).body, { verdict: 'unavailable' }, 'also what was answered before')
  t.match((await desk.send('DELETE', `trades/${trade}/grants?broker=${broker}`)).body, { data: [{ id: all[0], revoked_at: /^20/ }] })
  t.match(await desk.ask(trade, TRUE_OF_LI), { status: 404 })
  t.match((await desk.send('DELETE', `trades/${trade}/grants`)).body, { data: [] })
})

t.test('where the tenant wants it, nothing is shipped before somebody found a match', async (t) => {
  const settings = async (wanted: boolean): Promise<void> => { await desk.made('PATCH', 'tenant/settings', { identity_before_shipment: wanted }, desk.keys.admin) }
  await settings(true)
  const li = await desk.identity()
  const trade = await desk.granted(li)
  await desk.made('POST', `trades/${trade}/payments`, { amount: '10.00', provider: 'sandbox', provider_ref: trade })
  const before = await desk.made('GET', `trades/${trade}`)
  t.match(before, { holds: [{ kind: 'identity', blocks_shipment: true }], allowed_actions: ['cancel', 'refund'] })
  t.match(await desk.send('POST', `trades/${trade}/shipments`, {}), { status: 409, body: { code: 'shipment_blocked' } })
  t.match((await desk.ask(trade, { ...TRUE_OF_LI, name: 'SHIFAN LI' })).body, { verdict: 'close_match' })
  t.match(await desk.send('POST', `trades/${trade}/shipments`, {}), { status: 409, body: { code: 'shipment_blocked' } })
  t.match((await desk.ask(trade, TRUE_OF_LI)).body, { verdict: 'match' })
  t.match(await desk.made('GET', `trades/${trade}`), { holds: [], allowed_actions: ['ship', 'cancel', 'refund'] })

  const hong = await desk.identity({ ...LI, id: { type: 'cn_id', number: cardNumber(9) } })
  await desk.made('PUT', `trades/${trade}/customs-parties`, { payer: hong, orderer: hong })
  t.match(await desk.send('POST', `trades/${trade}/shipments`, {}), { status: 409, body: { code: 'shipment_blocked' } }, 'other people need a match of their own')
  await desk.made('PUT', `trades/${trade}/customs-parties`, { payer: li, orderer: li })
  t.match((await desk.ask(trade, TRUE_OF_LI)).body, { verdict: 'match' }, 'and the former their old one')
  t.match(await desk.made('POST', `trades/${trade}/shipments`, {}), { state: 'awaiting_confirmation', holds: [] })

  const placed = await desk.granted(li)
  await desk.made('POST', `trades/${placed}/payments`, { amount: '10.00', provider: 'sandbox', provider_ref: placed })
  const { holds: [own] } = await desk.made('POST', `trades/${placed}/holds`, { kind: 'identity' }) as unknown as { holds: ReadonlyArray<{ id: string }> }
  await desk.ask(placed, TRUE_OF_LI)
  t.match(await desk.send('POST', `trades/${placed}/shipments`, {}), { status: 409, body: { code: 'shipment_blocked' } }, 'a hold that staff placed waits for staff')
  t.not((await desk.made('GET', `trades/${placed}`) as unknown as { holds: ReadonlyArray<{ id: string }> }).holds[0]?.id, own?.id)
  await settings(false)
  t.match(await desk.made('GET', `trades/${await desk.granted(li)}`), { holds: [] })
})

t.test('the identities of one person are found within a year, and not when it is over', async (t) => {
  const [one, other, stranger] = [await desk.identity(), await desk.identity(), await desk.identity(HONG)]
  const [{ year }] = (await sql<{ year: number }>`select year from quota_years where tenant_id = ${desk.tenantId}`.execute(read)).rows as [{ year: number }]
  const found = async (id: string): Promise<string[]> => await identitiesOfOnePerson(read, { tenantId: desk.tenantId, identityId: inside(id) }, year)
  t.ok((await found(one)).includes(inside(other)))
  t.notOk((await found(one)).includes(inside(stranger)))
  const owner = { tenantId: theirs.id, identityId: inside(one) }
  t.same(await identitiesOfOnePerson(read, owner, year), [])
  const later = await desk.identity({ ...LI, phone: '+8613800138007' })
  await desk.made('POST', 'test-clock/advance', { by_seconds: 366 * 86_400 })
  t.equal(await forgetQuotaYears(read), 1)
  t.same(await found(one), [])
  await desk.made('PUT', `trades/${await desk.trade()}/customs-parties`, { payer: one, orderer: later })
  const again = await identitiesOfOnePerson(read, { tenantId: desk.tenantId, identityId: inside(one) }, year + 1)
  t.same(again, [inside(one), inside(later)].sort(), 'a trade of the new year indexes whom it names')
})

t.test('without a keyring, and for live tenants with the one that the first start made, identities are refused with what to do', async (t) => {
  const consent = await desk.consent(await desk.party('buyer'))
  const live = await inTransaction(read, async (trx) => {
    const tenantId = await createTenant(trx, { name: 'live', kind: 'live', actor: 'cli' })
    return await createKey(trx, { tenantId, tenantKind: 'live', name: 'm', role: 'marketplace', actor: 'cli' })
  })
  const generated = keyringOf(api.keyring.all(), true)
  for (const [keyring, key, status] of [[null, desk.keys.marketplace, 503], [generated, live.secret, 503], [generated, desk.keys.marketplace, 201]] as const) {
    const app = await buildApp({ ...api.services, keyring })
    const answer = await app.inject({ method: 'POST', url: '/v1/identities', headers: { authorization: `Bearer ${key}` }, payload: { ...HONG, consent } })
    t.equal(answer.statusCode, status)
    if (status === 503) t.match(answer.json(), { code: 'keyring_missing', detail: /IDENTITY_KEYRING/ })
    await app.close()
  }
})
