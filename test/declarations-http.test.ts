import { DOMParser } from '@xmldom/xmldom'
import { sql } from 'kysely'
import { parse } from 'csv-parse/sync'
import t from 'tap'
import { pino } from 'pino'
import { buildApp } from '../src/app.ts'
import { createKey } from '../src/auth/keys.ts'
import { writeCeb412 } from '../src/customs/declarations/answers/ceb412.ts'
import { SANDBOX_SENDER } from '../src/customs/declarations/sandbox/sandbox-port.ts'
import { openDatabases } from '../src/db/pools.ts'
import { inTransaction } from '../src/db/transaction.ts'
import { Journal } from '../src/journal/journal.ts'
import { externalId } from '../src/kernel/ids.ts'
import { runVerify } from '../src/reports/verify.ts'
import { createTenant } from '../src/tenants/tenants.ts'
import { openApi, type Answer } from './support/api.ts'
import { DeclarationShop, SENTINEL } from './support/declaration-shop.ts'

const api = await openApi()
const { id: tenantId, keys } = await api.newTenant('shop')
const shop = await DeclarationShop.open(api, keys)
// What another process would be.
const others = openDatabases({ url: api.database.url })
const log = pino({ level: 'silent' })
const superuser = openDatabases({ url: api.database.superuserUrl }).read
const otherJournal = new Journal({ db: others.journal, log })
const otherApp = await buildApp({ ...api.services, databases: others, journal: otherJournal })

t.setTimeout(180_000)
t.teardown(async () => {
  await otherApp.close()
  await otherJournal.stop(5000)
  await others.close()
  await superuser.destroy()
  await api.close()
})

async function declaration (id: string): Promise<Answer> {
  return await shop.get(`declarations/${id}`)
}

function messageOf ({ body }: Answer): { readonly number: number, readonly guid: string, readonly type: string, readonly amount: string, readonly sent_at: string | null } {
  return body['message'] as ReturnType<typeof messageOf>
}

const XML = { 'content-type': 'application/xml' }

/** Customs' answer to the newest message of a declaration. */
function answerTo (made: Answer, code: string, at = new Date()): string {
  return writeCeb412({ guid: messageOf(made).guid, payCode: SANDBOX_SENDER.payCode, payTransactionId: String(made.body['pay_transaction_id']), code, at }, '019aa46a-a262-7972-bd13-1875e8e9a1f3')
}

t.test('a declaration from its making until customs has taken it in', async (t) => {
  const trade = await shop.paid()
  const wish = shop.wish(trade, { request_id: 'FIRST' })
  t.match(await shop.post('declarations?dry_run=true', wish), { status: 200, body: { dry_run: true, state: 'draft', amount: '100.00', would_post: [] } })
  t.match((await shop.get('declarations?request_ids=FIRST')).body, { data: [] }, 'a dry run leaves nothing')
  const made = await shop.post('declarations', wish)
  t.match(made, { status: 201, body: { state: 'draft', amount: '100.00', customs: 'GUANGZHOU_ZS', platform_code: '4401961234', order_no: trade.body['external_ref'], pay_transaction_id: `P-${String(trade.body['external_ref'])}` } })
  t.match(await shop.post('declarations', wish), { status: 201, body: made.body }, 'the same request is the same declaration')
  t.match(await shop.post('declarations', { ...wish, customs: 'NINGBO' }), { status: 409, body: { code: 'declaration_known', errors: [{ pointer: '/request_id' }] } })
  t.match(await api.call('PUT', `/v1/trades/${trade.body.id}/customs-parties`, { key: keys.marketplace, body: { payer: shop.identity, orderer: shop.identity } }), { status: 200, body: { declared_at: /Z$/ } })
  const other = await DeclarationShop.open(api, keys, { type: 'passport', number: 'E12345678' })
  t.match(await api.call('PUT', `/v1/trades/${trade.body.id}/customs-parties`, { key: keys.marketplace, body: { payer: other.identity, orderer: shop.identity } }), { status: 409, body: { code: 'frozen_after_declaration' } })
  await shop.wait({ by_seconds: 1 })
  t.match(await declaration(made.body.id), { body: { state: 'submitted', message: { sent_at: /Z$/ } } })
  await shop.wait({ by_seconds: 61 })
  t.match((await declaration(made.body.id)).body, { state: 'at_port', raw_code: '2' })
  await shop.wait({ by_seconds: 600 })
  const accepted = await declaration(made.body.id)
  t.match(accepted.body, { state: 'accepted', raw_code: '120', held_by_customs: true, answers: [{ code: '2' }, { code: '3' }, { code: '120', state: 'accepted' }], messages: [{ number: 1 }] })
  const types = (await shop.get('events?limit=100')).body.data.map(({ type }) => type).filter((type) => type.startsWith('declaration.'))
  t.strictSame(types, ['declaration.created', 'declaration.submitted', 'declaration.at_port', 'declaration.at_port', 'declaration.accepted'])
  t.match((await shop.get('declarations?request_ids=FIRST,UNKNOWN')).body.data, [{ id: made.body.id, state: 'accepted' }])
  t.match((await shop.get(`declarations?trade=${trade.body.id}&state=accepted`)).body.data, { length: 1 })
  t.match((await shop.get('declarations?state=rejected')).body.data, { length: 0 })
})

t.test('the voucher names who paid: to whom it may, with a row in the audit trail, and nowhere else', async (t) => {
  const made = await shop.declare(await shop.paid())
  const path = `declarations/${made.body.id}/voucher.xml`
  for (const key of [keys.marketplace, keys.finance, keys.admin, keys.broker, keys.auditor, keys.arbitrator]) t.match(await shop.get(path, key), { status: 403 })
  const before = (await shop.get('audit?action=voucher.read', keys.admin)).body.data.length
  const voucher = await shop.get(path, keys.customs)
  t.match(voucher, { status: 200, headers: { 'content-type': 'application/xml; charset=utf-8', 'cache-control': 'no-store' } })
  const document = new DOMParser().parseFromString(voucher.text, 'text/xml')
  const textAt = (name: string): string | null => document.getElementsByTagName(`ceb:${name}`)[0]?.textContent ?? null
  t.strictSame(['guid', 'appType', 'payCode', 'orderNo', 'payerIdType', 'payerIdNumber', 'payerName', 'telephone', 'amountPaid', 'currency'].map(textAt), [
    messageOf(made).guid, '1', SANDBOX_SENDER.payCode, made.body['order_no'], '1', SENTINEL.idNumber, SENTINEL.name, SENTINEL.phone, '100.00', '142'
  ])
  t.equal((await shop.get(path, keys.customs)).text, voucher.text, 'written anew, and the same')
  const { data } = (await shop.get('audit?action=voucher.read', keys.admin)).body
  t.equal(data.length, before + 2)
  t.match(data[0], { subject: made.body.id, details: { trade: made.body['trade'], payer: shop.identity, message: 1, guid: messageOf(made).guid } })
  const passport = await DeclarationShop.open(api, keys, { type: 'passport', number: 'E12345678' })
  const abroad = await passport.declare(await passport.paid())
  t.match((await shop.get(`declarations/${abroad.body.id}/voucher.xml`, keys.customs)).text, '<ceb:payerIdType>2<')
})

t.test('what customs answers comes in as it is sent, and hostile XML does not', async (t) => {
  const made = await shop.declare(await shop.paid())
  const path = `declarations/${made.body.id}/receipts`
  const said = new Date()
  t.match(await shop.post(path, answerTo(made, '3', said), XML), { status: 403 }, 'the marketplace does not speak for customs')
  const officer = { ...XML, key: keys.customs }
  t.match(await shop.post(path, answerTo(made, '3', said), officer), { status: 201, body: { id: made.body.id, state: 'at_port', raw_code: '3' } })
  t.match(await shop.post(path, answerTo(made, '3', said), officer), { status: 201, body: { state: 'at_port' } }, 'the same again')
  t.match(await shop.post(path, answerTo(made, '2', new Date(said.getTime() - 1)), officer), { status: 409, body: { code: 'stale', current_state: 'at_port' } })
  t.match(await shop.post(path, answerTo(made, '100', new Date(said.getTime() + 1)), { ...officer, 'content-type': 'text/xml' }), { status: 201, body: { state: 'rejected', raw_code: '100' } })
  for (const [what, body, code] of [
    ['entities', `<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>${answerTo(made, '120').replace('<ceb:returnInfo></ceb:returnInfo>', '<ceb:returnInfo>&f;</ceb:returnInfo>')}`, 'invalid_xml'],
    ['depth', '<a>'.repeat(1000) + '</a>'.repeat(1000), 'invalid_xml'],
    ['attributes that come twice', answerTo(made, '120').replace('version="1.0" xmlns', 'version="1.0" version="1.0" xmlns'), 'invalid_xml'],
    ['another declaration', answerTo(await shop.declare(await shop.paid()), '120'), 'invalid_receipt'],
    ['another payment company', answerTo(made, '120').replace(SANDBOX_SENDER.payCode, 'SANDBOX002'), 'invalid_receipt'],
    ['an unknown code', answerTo(made, '7', new Date(said.getTime() + 2)), 'invalid_receipt']
  ] as const) t.match(await shop.post(path, body, officer), { body: { code } }, what)
  t.match(await shop.post(path, 'x'.repeat(300_000), officer), { status: 413, body: { code: 'body_too_large' } })
  t.match(await shop.post(path, 'x'.repeat(70_000), officer), { status: 400, body: { code: 'invalid_xml' } })
  t.match(await shop.post(path, { code: '120' }, { key: keys.customs }), { status: 400 }, 'JSON is no answer of China')
  t.match(await shop.post(path, answerTo(made, '120'), { ...officer, 'content-type': 'text/plain' }), { status: 415 })
  t.match(await shop.post('declarations', '<a/>', XML), { status: 415 }, 'no other route takes XML')
  t.match((await declaration(made.body.id)).body, { state: 'rejected', answers: { length: 2 } })
})

t.test('a push at 4:59 is refused, and at 5:00 it is not', async (t) => {
  const made = await shop.declare(await shop.paid())
  const madeAt = Date.parse(String((made.body['message'] as { made_at: string }).made_at))
  const path = `declarations/${made.body.id}/pushes`
  await shop.wait({ to: new Date(madeAt + 298_000).toISOString() })
  t.match(await shop.post(path), { status: 409, body: { code: 'too_soon' } })
  t.match(await shop.post(path, { platform_name: 'Other' }), { status: 409, body: { code: 'immutable_field', errors: [{ pointer: '/platform_name' }] } })
  t.match(await shop.post(path, { color: 'red' }), { status: 400 })
  await shop.wait({ to: new Date(madeAt + 300_000).toISOString() })
  t.match(await shop.post(path, { amount: '90.00', customs: 'NINGBO', merchant_code: '3302', sub_order: `S-${made.body.id}` }), { status: 201, body: { amount: '90.00', customs: 'NINGBO', merchant_code: '3302', sub_order: `S-${made.body.id}`, message: { number: 2 } } })
})

t.test('a customs that cannot be reached is tried again, one that rejects is heard, and a message is taken once', async (t) => {
  const plan = async (body: object): Promise<Answer> => await api.call('PATCH', '/v1/sandbox/customs', { key: keys.marketplace, body })
  t.match(await plan({ failures: 2, answers: [{ code: '100', after_seconds: 30 }, { code: '2', after_seconds: 10, report_after_seconds: 60 }] }), { status: 200, body: { failures: 2 } })
  const made = await shop.declare(await shop.paid())
  await shop.wait({ by_seconds: 3 })
  t.match((await declaration(made.body.id)).body, { state: 'draft', message: { sent_at: null } }, 'it could not be reached')
  await shop.wait({ by_seconds: 20 })
  t.match((await declaration(made.body.id)).body, { state: 'submitted' }, 'the third time it could')
  await shop.wait({ by_seconds: 120 })
  t.match((await declaration(made.body.id)).body, { state: 'rejected', raw_code: '100', answers: [{ code: '100' }] }, 'what was said before and heard after changes nothing')
  const { body: { data } } = await shop.get(`sandbox/customs/answers?declaration=${made.body.id}`)
  t.match(data, [{ reported: true }, { reported: true }])
  const { rows: [message] } = await sql<{ tries: number }>`select tries from sandbox_customs_messages where declaration_id in (select id from declarations where request_id = ${String(made.body['request_id'])})`.execute(api.databases.read)
  t.equal(message?.tries, 3)

  await plan({ failures: 0, answers: [] })
  const silent = await shop.declare(await shop.paid())
  await shop.wait({ by_seconds: 3600 })
  t.match((await declaration(silent.body.id)).body, { state: 'submitted' })
  t.match(await shop.post('sandbox/customs/answers', { declaration: silent.body.id, code: '-7' }), { status: 201, body: { code: '-7', reported: true } })
  t.match((await declaration(silent.body.id)).body, { state: 'exception', raw_code: '-7' })
  t.match(await shop.post('sandbox/customs/answers', { declaration: silent.body.id, code: '120', after_seconds: 60 }), { status: 201, body: { reported: false } })
  await shop.wait({ by_seconds: 61 })
  t.match((await declaration(silent.body.id)).body, { state: 'accepted', held_by_customs: true })
  t.match(await shop.get('sandbox/customs', keys.finance), { body: { failures: 0, answers: [] } })
  t.match((await shop.get('audit?action=sandbox.customs_changed', keys.admin)).body.data, { length: 2 })
  await plan({ answers: [{ code: '2', after_seconds: 60 }, { code: '120', after_seconds: 600 }] })
})

t.test('what goes back lowers what is declared at once, and customs is told by a message', async (t) => {
  const trade = await shop.paid()
  const made = await shop.declare(trade)
  await shop.wait({ by_seconds: 700 })
  t.match((await declaration(made.body.id)).body, { state: 'accepted' })
  await shop.cancel(trade, 4)
  t.match((await declaration(made.body.id)).body, { amount: '60.00', message: { number: 1, amount: '100.00' } })
  await shop.wait({ by_seconds: 2 })
  const lowered = await declaration(made.body.id)
  t.match(lowered.body, { amount: '60.00', state: 'submitted', message: { number: 2, type: 'change', amount: '60.00', sent_at: /Z$/ } })
  t.match((await shop.get(`declarations/${made.body.id}/voucher.xml`, keys.customs)).text, /<ceb:appType>2<.*<ceb:amountPaid>60\.00</s)
  t.match(await shop.post(`declarations/${made.body.id}/pushes`, { amount: '60.01' }), { status: 409, body: { code: 'too_soon' } })
  await shop.wait({ by_seconds: 700 })
  t.match(await shop.post(`declarations/${made.body.id}/pushes`, { amount: '60.01' }), { status: 422, body: { code: 'amount_exceeds_payment' } })
  await shop.cancel(trade, 6)
  await shop.wait({ by_seconds: 700 })
  t.match((await declaration(made.body.id)).body, { amount: '0.00', state: 'accepted', held_by_customs: false, message: { type: 'delete', amount: '60.00' } })
})

t.test('a hundred splits at once, through two processes and amid refunds: never more than is left', async (t) => {
  const trade = await shop.paid(20)
  const apps = [api.app, otherApp]
  const [split, cancel] = await Promise.all([
    Promise.all(Array.from({ length: 100 }, async (_, index) => {
      const parts = [{ request_id: `C-${index}-A`, sub_order: `C-${index}-A`, amount: '2.00' }, { request_id: `C-${index}-B`, sub_order: `C-${index}-B`, amount: '1.00' }]
      const response = await (apps[index % 2] ?? api.app).inject({
        method: 'POST',
        url: `/v1/trades/${trade.body.id}/declaration-splits`,
        headers: { authorization: `Bearer ${keys.marketplace}`, 'idempotency-key': `split-${index}` },
        payload: { customs: 'GUANGZHOU_ZS', merchant_code: '4401961234', merchant_name: 'Example Store (made up)', parts }
      })
      return response.statusCode
    })),
    Promise.all(Array.from({ length: 8 }, async () => (await shop.cancel(trade, 1)).status))
  ])
  t.strictSame([...new Set(split)].sort(), [201, 409, 422].filter((status) => split.includes(status)), 'each is declared or clearly refused')
  t.ok(split.includes(201))
  t.strictSame([...new Set(cancel)], [201])
  const { rows: [sums] } = await sql<{ declared: bigint, kept: bigint, parts: number }>`
    select declared_amount(declared) as declared, paid - refunded - charged_back as kept, jsonb_array_length(declared) as parts from trades
    where tenant_id = ${tenantId} and external_ref = ${String(trade.body['external_ref'])}`.execute(api.databases.read)
  t.ok(sums !== undefined && sums.declared <= sums.kept, `${sums?.declared} of ${sums?.kept}`)
  t.equal(sums?.parts, split.filter((status) => status === 201).length * 2, 'all or none')
  t.ok((sums?.kept ?? 0n) - (sums?.declared ?? 0n) < 300n || sums?.parts === 100, 'and not one less than would fit')
  t.match(await shop.post(`trades/${trade.body.id}/declaration-splits`, {
    customs: 'GUANGZHOU_ZS', merchant_code: '4401961234', merchant_name: 'Example Store', parts: [{ request_id: 'Z-1', sub_order: 'Z-1', amount: '1.00' }, { request_id: 'Z-2', sub_order: 'Z-2', amount: '500.00' }]
  }), { body: { code: /amount_exceeds_payment|too_many_declarations/ } })
  t.match((await shop.get('declarations?request_ids=Z-1,Z-2')).body.data, { length: 0 })
})

t.test('an identity is kept as long as customs is to be told of it, and then nothing of it can be told any more', async (t) => {
  const leaving = await DeclarationShop.open(api, keys, { type: 'passport', number: 'L1234567' })
  const trade = await leaving.paid()
  const made = await leaving.declare(trade)
  await leaving.wait({ by_seconds: 700 })
  t.match((await leaving.cancel(trade, 10)).body, { state: 'closed_refunded' })
  await leaving.wait({ by_seconds: 1 })
  t.match((await declaration(made.body.id)).body, { state: 'submitted', message: { type: 'delete' } })
  t.match((await leaving.post(`identities/${leaving.identity}/erasure`)).body, { status: 'deferred', legal_basis: 'open_trade' })
  await leaving.wait({ by_seconds: 700 })
  t.match((await declaration(made.body.id)).body, { state: 'accepted', held_by_customs: false })
  t.match((await leaving.post(`identities/${leaving.identity}/erasure`)).body, { status: 'erased' })
  t.match(await leaving.get(`declarations/${made.body.id}/voucher.xml`, keys.customs), { status: 409, body: { code: 'identity_erased' } })
  t.match((await leaving.get(`identities/${leaving.identity}/quota`)).body, { used: '0.00' })
})

t.test('Korea is told of its own way, and has no voucher', async (t) => {
  const korean = await DeclarationShop.open(api, keys, { type: 'kr_pccc', number: 'P123456789012' })
  const trade = await korean.paid(10, 'KRW')
  const made = await korean.declare(trade, { jurisdiction: 'KR', customs: 'ICN' })
  t.match(made, { status: 201, body: { jurisdiction: 'KR', amount: '100', currency: 'KRW' } })
  t.match(await korean.get(`declarations/${made.body.id}/voucher.xml`, keys.customs), { status: 409, body: { code: 'no_voucher' } })
  await korean.wait({ by_seconds: 700 })
  t.match((await declaration(made.body.id)).body, { state: 'accepted', raw_code: 'accepted' })
  const receipt = { guid: messageOf(made).guid, payment_no: made.body['pay_transaction_id'], code: 'returned', at: new Date(Date.now() + 3600_000).toISOString() }
  t.match(await korean.post(`declarations/${made.body.id}/receipts`, { ...receipt, code: 'lost' }, { key: keys.customs }), { status: 400 })
  t.match(await korean.post(`declarations/${made.body.id}/receipts`, '<a/>', { ...XML, key: keys.customs }), { status: 422, body: { code: 'invalid_receipt' } })
  t.match(await shop.declare(await shop.paid(), { jurisdiction: 'KR' }), { status: 422, body: { code: 'not_declarable', detail: /consignee_code/ } }, 'a Chinese card is none to Korea')
  t.match(await shop.declare(await korean.paid(10, 'KRW')), { status: 422, body: { code: 'not_declarable' } }, 'China is told of yuan')
})

t.test('strangers find nothing, and live tenants need a way to customs', async (t) => {
  const made = await shop.declare(await shop.paid())
  const stranger = await api.newTenant('stranger')
  for (const [path, key] of [['', 'marketplace'], ['/voucher.xml', 'customs']] as const) {
    t.match(await shop.get(`declarations/${made.body.id}${path}`, stranger.keys[key]), { status: 404, body: { code: 'not_found' } })
  }
  t.match(await shop.post(`declarations/${made.body.id}/pushes`, {}, { key: stranger.keys.marketplace }), { status: 404 })
  t.match(await shop.post(`declarations/${made.body.id}/receipts`, answerTo(made, '120'), { ...XML, key: stranger.keys.customs }), { status: 404 })
  t.match(await shop.post('declarations', shop.wish({ ...made, body: { ...made.body, id: String(made.body['trade']) } }), { key: stranger.keys.marketplace }), { status: 422, body: { code: 'unknown_trade' } })
  t.match(await shop.post(`trades/${String(made.body['trade'])}/declaration-splits`, {
    customs: 'GUANGZHOU_ZS', merchant_code: '1', merchant_name: 'M', parts: [{ request_id: 'A', sub_order: 'A', amount: '1.00' }]
  }, { key: stranger.keys.marketplace }), { status: 404 })
  t.match((await shop.get('declarations', stranger.keys.marketplace)).body.data, { length: 0 })
  t.match(await shop.get(`identities/${shop.identity}/quota`, stranger.keys.marketplace), { status: 404 })

  const live = await inTransaction(api.databases.read, async (trx) => await createTenant(trx, { name: 'live', kind: 'live', actor: 'cli' }))
  const liveKeys = { ...keys }
  await inTransaction(api.databases.read, async (trx) => {
    for (const role of ['marketplace', 'customs'] as const) liveKeys[role] = (await createKey(trx, { tenantId: live, tenantKind: 'live', name: role, role, actor: 'cli' })).secret
  })
  const real = await DeclarationShop.open(api, liveKeys)
  t.match(await real.declare(await real.paid()), { status: 409, body: { code: 'no_customs_transport', detail: /CN/ } })
  for (const [method, path, body] of [['GET', 'sandbox/customs'], ['PATCH', 'sandbox/customs', { failures: 1 }], ['GET', 'sandbox/customs/answers'], ['POST', 'sandbox/customs/answers', { declaration: made.body.id, code: '120' }]] as const) {
    t.match(await api.call(method, `/v1/${path}`, { key: liveKeys.marketplace, ...body === undefined ? {} : { body } }), { status: 403, body: { code: 'sandbox_only' } })
  }
})

t.test('a broker sees the declarations of trades that he may ask about, and finds no others', async (t) => {
  const [granted, hidden] = [await shop.declare(await shop.paid()), await shop.declare(await shop.paid())]
  const seen = async (path: string): Promise<Answer> => await shop.get(path, keys.broker)
  const missing = await seen('declarations/dcl_01kaj6n8k2f5rvt4r9e8q7m3zp')
  const bare = ({ status, body: { request_id: requestId, instance, ...body } }: Answer): object => ({ status, body })
  t.strictSame(bare(await seen(`declarations/${granted.body.id}`)), bare(missing))
  t.match((await seen('declarations')).body.data, { length: 0 })
  const { rows: [broker] } = await sql<{ id: string }>`select id from api_keys where tenant_id = ${tenantId} and role = 'broker'`.execute(api.databases.read)
  const trade = String(granted.body['trade'])
  const grant = await shop.post(`trades/${trade}/grants`, { broker: externalId('key', broker?.id ?? ''), purpose: 'customs_clearance', cross_border: true, expires_at: new Date(Date.now() + 86_400_000).toISOString() })
  t.equal(grant.status, 201, grant.text)
  t.match(await seen(`declarations/${granted.body.id}`), { status: 200, body: { id: granted.body.id, order_no: granted.body['order_no'] } })
  t.match((await seen('declarations')).body.data, [{ id: granted.body.id }])
  t.match((await seen(`declarations?request_ids=${String(hidden.body['request_id'])}`)).body.data, { length: 0 })
  t.strictSame(bare(await seen(`declarations/${hidden.body.id}`)), bare(missing))
  for (const [method, path] of [['GET', 'voucher.xml'], ['POST', 'pushes'], ['POST', 'receipts']] as const) {
    t.match(await api.call(method, `/v1/declarations/${granted.body.id}/${path}`, { key: keys.broker, ...method === 'POST' ? { body: {} } : {} }), { status: 403 }, path)
  }
  await api.call('DELETE', `/v1/trades/${trade}/grants`, { key: keys.marketplace })
  t.strictSame(bare(await seen(`declarations/${granted.body.id}`)), bare(missing), 'the grant is over')
})

t.test('the quota of a person counts all his identities with the same document, and nothing that came back', async (t) => {
  const quota = async (of: DeclarationShop, year = ''): Promise<unknown> => (await of.get(`identities/${of.identity}/quota${year}`)).body
  const [one, other] = [await DeclarationShop.open(api, keys, { type: 'passport', number: 'Q1234567' }), await DeclarationShop.open(api, keys, { type: 'passport', number: 'Q1234567' })]
  t.match(await quota(one), { identity: one.identity, currency: 'CNY', limit: '26000.00', order_limit: '5000.00', used: '0.00', remaining: '26000.00', declarations: 0, basis: 'tenant_observed' })
  const trade = await one.paid()
  await one.declare(trade)
  const second = await other.declare(await other.paid(5))
  t.match(await quota(one), { used: '150.00', remaining: '25850.00', declarations: 2 })
  await one.cancel(trade, 3)
  t.match(await quota(other), { used: '120.00', declarations: 2 })
  await shop.wait({ by_seconds: 1 })
  await shop.post('sandbox/customs/answers', { declaration: second.body.id, code: '100' })
  t.match(await quota(one), { used: '70.00', declarations: 1 }, 'what was sent back is not used')
  t.match(await quota(one, '?year=2020'), { year: 2020, used: '0.00', declarations: 0 })
  t.match(await one.get(`identities/${one.identity}/quota?year=1999`), { status: 400 })
})

t.test('the report tells of every declaration, as it stands and as it stood, in JSON and CSV', async (t) => {
  const from = String(((await shop.get('test-clock')).body as unknown as { now: string }).now)
  await shop.wait({ by_seconds: 1 })
  const trade = await shop.paid()
  const made = await shop.declare(trade, { request_id: 'REPORTED' })
  await shop.wait({ by_seconds: 5 })
  const early = String(((await shop.get('test-clock')).body as unknown as { now: string }).now)
  await shop.wait({ by_seconds: 700 })
  await shop.cancel(trade, 5)
  await shop.wait({ by_seconds: 5 })
  const report = await shop.get(`reports/customs-declarations?from=${from}`, keys.finance)
  t.match(report, { status: 200, body: { from, timezone: 'UTC', totals: { declarations: 1 }, row_count: 1, control_total: [{ unit: 'CNY', debits: '50.00', credits: '0.00' }], has_more: false } })
  t.match(report.body['declarations'], [{ id: made.body.id, request_id: 'REPORTED', paid: '100.00', declared: '50.00', state: 'submitted', message: 2, message_type: 'change', raw_code: null }])
  const then = await shop.get(`reports/customs-declarations?from=${from}&as_of=${early}`, keys.finance)
  t.match(then.body['declarations'], [{ declared: '100.00', state: 'submitted', message: 1, sent_at: /Z$/ }])
  const csv = await shop.get(`reports/customs-declarations?from=${from}&format=csv`, keys.finance)
  t.match(csv, { status: 200, headers: { 'content-type': /^text\/csv/ } })
  const rows = parse(csv.text, { bom: true, relax_column_count: true })
  t.equal(rows.length > 3, true)
  t.equal(rows[0]?.[1], 'request_id')
  t.equal(rows[1]?.[1], 'REPORTED')
  t.match(await shop.get('reports/customs-declarations', keys.marketplace), { status: 403 })
  const all = (await shop.get('reports/customs-declarations?limit=1000', keys.finance)).body
  const first = await shop.get('reports/customs-declarations?limit=2', keys.finance)
  t.match(first.body, { has_more: true, row_count: 2 })
  const next = await shop.get(`reports/customs-declarations?limit=2&starting_after=${String(first.body.next_cursor)}`, keys.finance)
  t.strictSame([...first.body['declarations'] as object[], ...next.body['declarations'] as object[]], (all['declarations'] as object[]).slice(0, 4))
  t.match(await shop.get(`reports/customs-declarations?format=csv&starting_after=${String(first.body.next_cursor)}`, keys.finance), { status: 400 })
})

t.test('nothing of who paid is in the log, in an answer that is kept, or in the database', async (t) => {
  const words = [SENTINEL.name, SENTINEL.idNumber, SENTINEL.phone, SENTINEL.phone.slice(3)]
  for (const word of words) t.notOk(api.logged.some((line) => line.includes(word)), 'the log')
  const { rows: tables } = await sql<{ name: string }>`select tablename as name from pg_tables where schemaname = 'public'`.execute(api.databases.read)
  t.ok(tables.length > 40)
  for (const { name } of tables) {
    const { rows: [found] } = await sql<{ count: number }>`
      select count(*)::int as count from ${sql.table(name)} as kept where ${sql.join(words.map((word) => sql`kept::text like ${`%${word}%`}`), sql` or `)}`.execute(superuser)
    t.equal(found?.count, 0, name)
  }
})

t.test('the books are clean after all of it', async (t) => {
  t.strictSame((await runVerify(api.databases.report)).checks.flatMap(({ findings }) => findings), [])
})
