import t from 'tap'
import { readIdentityFields } from '../src/customs/identities/read-identity.ts'
import { internalId } from '../src/kernel/ids.ts'
import { openApi, type Answer } from './support/api.ts'

const api = await openApi()
const { id: tenantId, keys } = await api.newTenant('ours')
const theirs = await api.newTenant('theirs')
const { marketplace } = keys

t.teardown(async () => { await api.close() })

async function send (method: string, path: string, body?: object, key = marketplace): Promise<Answer> {
  return await api.call(method, `/v1/${path}`, { key, ...body === undefined ? {} : { body } })
}

let count = 0

async function buyer (): Promise<string> {
  return (await send('POST', 'parties', { kind: 'buyer', external_ref: `B-${++count}`, name: 'B' })).body.id
}

async function consent (party: string): Promise<string> {
  return (await send('POST', 'consents', { party, purposes: ['customs_clearance'], recipients: ['customs_broker'], cross_border: true })).body.id
}

const LI = {
  names: [{ script: 'Hans', full: '李示范' }, { script: 'Latn', full: 'Li Shifan' }],
  id: { type: 'cn_id', number: '11010119900307001１', country: 'CN', valid_until: '2031-07-19' },
  phone: '138 0013 8000',
  postcodes: ['100010'],
  evidence: [{ method: 'government_database', provider: 'sample', ref: 'V-1', verified_at: '2026-01-30T08:00:00Z', sha256: 'ab'.repeat(32) }]
}

t.test('an identity is kept sealed, answered masked, and read by the service itself', async (t) => {
  const party = await buyer()
  const { status, body } = await send('POST', 'identities', { ...LI, consent: await consent(party) })
  t.equal(status, 201)
  t.match(body, {
    party, state: 'registered', assurance: 'high', names: [{ script: 'Hani', masked: '李**' }, { script: 'Latn', masked: 'L* ******' }],
    id_document: { type: 'cn_id', country: 'CN', masked: '1****************1' }, phone_masked: '+86*********00', postcodes_masked: ['1*****']
  })
  t.match(await send('GET', `identities/${body.id}`), { status: 200, body })
  t.match(await send('GET', `identities/${body.id}`, undefined, theirs.keys.marketplace), { status: 404 })
  const fields = await readIdentityFields(api.databases.read, api.keyring, tenantId, internalId('idn', body.id), ['name_hani', 'id_number', 'phone', 'name_hang'])
  t.same(fields, { name_hani: '李示范', id_number: '110101199003070011', phone: '+8613800138000' })
})

t.test('a trade names its customs parties, and the same again changes nothing', async (t) => {
  const party = await buyer()
  const { body: { id } } = await send('POST', 'identities', { ...LI, consent: await consent(party) })
  const seller = (await send('POST', 'parties', { kind: 'seller', external_ref: `S-${++count}`, name: 'S' })).body.id
  const trade = await send('POST', 'trades', {
    external_ref: 'T-1', buyer: party, currency: 'CNY', lines: [{ ref: '1', seller, quantity: 1, unit_price: '10', fulfilment: 'express' }]
  })
  const path = `trades/${trade.body.id}/customs-parties`
  t.match(await send('PUT', path, { payer: id, orderer: id }), { status: 200, body: { payer: id, orderer: id, consignee: id, version: 1 } })
  t.match(await send('PUT', path, { payer: id, orderer: id }), { status: 200, body: { version: 1 } })
  t.match(await send('PUT', path, { payer: id, orderer: party.replace('pty', 'idn') }), { status: 422, body: { code: 'unknown_identity', errors: [{ pointer: '/orderer' }] } })
  t.match(await send('PUT', path, { payer: id, orderer: id }, theirs.keys.marketplace), { status: 404 })
})
