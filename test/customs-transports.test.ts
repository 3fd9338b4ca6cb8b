import { setTimeout as sleep } from 'node:timers/promises'
import { Writable } from 'node:stream'
import t from 'tap'
import { dueMessages } from '../src/customs/declarations/transports/due-messages.ts'
import { handOver, type HandoverServices } from '../src/customs/declarations/transports/hand-over.ts'
import { openPorts } from '../src/customs/declarations/transports/open-ports.ts'
import type { CustomsPort, Handover } from '../src/customs/declarations/transports/port.ts'
import { readCeb411 } from '../src/customs/declarations/voucher/read-ceb411.ts'
import { inTransaction } from '../src/db/transaction.ts'
import { createKey } from '../src/auth/keys.ts'
import { createLog } from '../src/http/log.ts'
import { buildApp } from '../src/app.ts'
import { createTenant } from '../src/tenants/tenants.ts'
import { startSweeper } from '../src/timers/sweeper.ts'
import { sweepDue } from '../src/timers/sweep-due.ts'
import { openApi, type Answer } from './support/api.ts'
import { DeclarationShop, SENTINEL } from './support/declaration-shop.ts'
import { until } from './support/until.ts'

const api = await openApi()
const db = api.databases.read
const { journal } = api.services
const logged: string[] = []
const log = createLog('debug', new Writable({
  write (line: Buffer, _encoding, done) {
    logged.push(line.toString())
    done()
  }
}))

// A live tenant, whose operator set up a way to China's customs.
const SENDER = { payCode: '31222699S7', payName: 'Example Payments (made up)', copCode: '31222699S8', copName: 'Example Payments (made up)', dxpMode: 'DXP', dxpId: 'DXPEXAMPLE0000001' }
const handed: Handover[] = []
let send: CustomsPort['send'] = async (handover) => { handed.push(handover) }
const port: CustomsPort = { sender: SENDER, send: async (handover) => { await send(handover) } }
const live = await inTransaction(db, async (trx) => await createTenant(trx, { name: 'live', kind: 'live', actor: 'cli' }))
const keys = { ...(await api.newTenant('sandbox')).keys }
await inTransaction(db, async (trx) => {
  for (const role of ['marketplace', 'customs'] as const) keys[role] = (await createKey(trx, { tenantId: live, tenantKind: 'live', name: role, role, actor: 'cli' })).secret
})
const app = await buildApp({ ...api.services, livePorts: { CN: port } })
const shop = await DeclarationShop.open({
  ...api,
  call: async (method, url, call = {}) => {
    const response = await app.inject({
      method: method as 'GET',
      url,
      headers: { authorization: `Bearer ${call.key ?? ''}`, 'idempotency-key': String(Math.random()), ...call.body === undefined ? {} : { 'content-type': 'application/json' }, ...call.headers },
      ...call.body === undefined ? {} : { payload: JSON.stringify(call.body) }
    })
    return { status: response.statusCode, headers: response.headers, text: response.body, body: response.json() }
  }
}, keys)

const services: HandoverServices = { db, keyring: api.keyring, ports: openPorts(db, { CN: port }) }
const work = dueMessages(async (message) => { await handOver(services, message, 200) })
const failures = new Map<string, number>()

t.setTimeout(60_000)
t.teardown(async () => {
  await app.close()
  await api.close()
})

t.test('a port gets each message once, written for whom it sends, with what it needs beside', async (t) => {
  const made = await shop.declare(await shop.paid())
  t.equal(made.status, 201, made.text)
  await sweepDue(db, work, { journal, log, failures })
  t.match(handed, [{ tenantId: live, guid: String((made.body['message'] as { guid: string }).guid).toLowerCase(), customs: 'GUANGZHOU_ZS', merchantCode: '4401961234' }])
  const { head, transfer, flaws } = readCeb411(handed[0]?.document ?? '')
  t.strictSame(flaws, [])
  const texts = Object.fromEntries([...head, ...transfer].map(({ name, text }) => [name, text]))
  t.match(texts, { payCode: SENDER.payCode, copCode: SENDER.copCode, dxpId: SENDER.dxpId, payerName: SENTINEL.name, payerIdNumber: SENTINEL.idNumber })
  t.match((await shop.get(`declarations/${made.body.id}`)).body, { state: 'submitted' })
  await sweepDue(db, work, { journal, log, failures })
  t.equal(handed.length, 1)
  t.match((await shop.declare(await shop.paid(), { jurisdiction: 'KR' })).body, { code: 'no_customs_transport' }, 'there is a way to China only')
})

t.test('a port that fails, or does not end, gets the same message again, and what it threw tells nobody who paid', async (t) => {
  const made = await shop.declare(await shop.paid())
  handed.length = 0
  const guids: string[] = []
  send = async ({ guid, document }) => {
    guids.push(guid)
    throw new Error('the line is down', { cause: new Error(document.slice(0, 0)) })
  }
  await sweepDue(db, work, { journal, log, failures })
  t.match((await shop.get(`declarations/${made.body.id}`)).body, { state: 'draft', message: { sent_at: null } })
  await sweepDue(db, work, { journal, log, failures })
  t.equal(guids.length, 1, 'it steps back')
  send = async ({ guid }) => {
    guids.push(guid)
    await sleep(60_000, undefined, { ref: false })
  }
  await due(made)
  const startedAt = performance.now()
  await sweepDue(db, work, { journal, log, failures })
  t.ok(performance.now() - startedAt < 5_000, 'nobody waits for it')
  send = async (handover) => {
    guids.push(handover.guid)
    handed.push(handover)
  }
  await due(made)
  await sweepDue(db, work, { journal, log, failures })
  t.match((await shop.get(`declarations/${made.body.id}`)).body, { state: 'submitted', message: { number: 1 } })
  t.equal(guids.length, 3)
  t.equal(new Set(guids).size, 1, 'customs knows it for the same')
  t.ok(logged.some((line) => line.includes('the line is down')))
  for (const word of [SENTINEL.name, SENTINEL.idNumber, SENTINEL.phone]) t.notOk(logged.some((line) => line.includes(word)))
})

t.test('a customs that hangs keeps no other due work waiting', async (t) => {
  const made = await shop.declare(await shop.paid())
  let isAsked = false
  send = async () => {
    isAsked = true
    await sleep(60_000, undefined, { ref: false })
  }
  const slow = dueMessages(async (message) => { await handOver(services, message, 3_000) })
  const counted = { sweeps: 0 }
  const counting = { ...work, name: 'other work', find: async () => { counted.sweeps += 1; return [] } }
  const sweepers = [startSweeper({ db, journal, log, intervalMs: 5, work: [slow], turn: 'outgoing' }), startSweeper({ db, journal, log, intervalMs: 5, work: [counting] })]
  await until(() => isAsked)
  const before = counted.sweeps
  await until(() => counted.sweeps > before + 10)
  t.ok(counted.sweeps > before + 10, 'the books are swept')
  t.match((await shop.get(`declarations/${made.body.id}`)).body, { state: 'draft' }, 'and it still hangs')
  await Promise.all(sweepers.map(async (sweeper) => { await sweeper.stop() }))
})

/** Makes a message due that stepped back. */
async function due (made: Answer): Promise<void> {
  await db.updateTable('declarations').set({ next_attempt_at: new Date(0) }).where('tenant_id', '=', live).where('request_id', '=', String(made.body['request_id'])).execute()
}
