import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { buildApp } from '../src/app.ts'
import { parseIdentity, type IdentityText } from '../src/customs/identities/parse-identity.ts'
import { registerIdentity } from '../src/customs/identities/register-identity.ts'
import { rotateKeys, usedKeys } from '../src/customs/identities/rotate-keys.ts'
import { addKey, openKeyring } from '../src/customs/keyring/open-keyring.ts'
import { packageRoot } from '../src/db/package-root.ts'
import { inTransaction } from '../src/db/transaction.ts'
import { internalId } from '../src/kernel/ids.ts'
import { callerOf, openApi } from './support/api.ts'
import { cardNumber, CustomsDesk, LI, PURPOSE, TRUE_OF_LI } from './support/customs-desk.ts'

const api = await openApi()
const folder = await mkdtemp(join(tmpdir(), 'holdfast-rotation-'))
const path = join(folder, 'identity-keyring')
const keyring = await openKeyring({ identityKeyring: null, identityKeyringFile: null, databaseUrl: null, dataDir: folder })
if (keyring === null) throw new Error('an embedded installation has a keyring')
const app = await buildApp({ ...api.services, keyring })
const { read } = api.databases
const tenant = await api.newTenant('ours')
const desk = new CustomsDesk({ ...api, app, call: callerOf(app) }, tenant)

t.teardown(async () => {
  await app.close()
  await api.close()
  await rm(folder, { recursive: true })
})

async function cli (...words: readonly string[]): Promise<{ readonly stdout: string }> {
  return await promisify(execFile)(process.execPath, [join(packageRoot(), 'dist/src/cli.js'), ...words], { env: { ...process.env, DATABASE_URL: api.database.url, IDENTITY_KEYRING_FILE: path } })
}

const IDENTITIES = 450
const consentId = internalId('con', await desk.consent(await desk.party('buyer')))
const keyId = internalId('key', await desk.keyId('marketplace')) ?? ''
for (let serial = 0; serial < IDENTITIES; serial += 1) {
  const identity = parseIdentity({ ...LI, id: { type: 'cn_id', number: cardNumber(serial) } } as unknown as IdentityText)
  await inTransaction(read, async (trx) => await registerIdentity(trx, keyring, desk.tenantId, { consentId, partyId: null, identity, keyId }))
}

t.test('a rotation that was interrupted goes on where it was, and adds no other key', async (t) => {
  const { id } = await addKey(path)
  const both = await openKeyring({ identityKeyring: null, identityKeyringFile: path, databaseUrl: null, dataDir: folder })
  if (both === null) throw new Error('the keyring is there')
  const interruption = new Error('interrupted')
  await t.rejects(rotateKeys(read, both, () => { throw interruption }), interruption)
  const half = await usedKeys(read)
  t.ok(half.find(({ keyId }) => keyId === id)?.wraps === 200, 'a chunk is done')
  t.equal(half.length, 2)
  const { stdout } = await cli('keys', 'rotate', '--json')
  t.match(JSON.parse(stdout), { current: id, rewrapped: IDENTITIES + 1 - 200, left: 0 })
  t.match(JSON.parse((await cli('keys', 'list', '--json')).stdout), { data: [{ id, wraps: IDENTITIES + 1, current: true }, { wraps: 0, current: false, missing: false }] })
})

t.test('keys are rotated while fifty brokers ask and buyers register, and nobody notices', async (t) => {
  const trades: string[] = []
  for (let index = 0; index < 10; index += 1) trades.push(await desk.granted(await desk.identity({ ...LI, phone: `+861380013810${index}` })))
  const ending = new AbortController()
  const isOver = (): boolean => ending.signal.aborted
  const rotated = cli('keys', 'rotate', '--json').finally(() => { ending.abort() })
  const verdicts = new Set<string>()
  let asked = 0
  const ask = async (worker: number): Promise<void> => {
    for (let turn = 0; !isOver() || turn < 3; turn += 1) {
      const role = (['payer', 'orderer', 'consignee'] as const)[turn % 3]
      const { body } = await desk.ask(trades[worker % trades.length] ?? '', TRUE_OF_LI, { role, purpose: PURPOSE })
      verdicts.add(String((body as unknown as { verdict: string }).verdict))
      asked += 1
    }
  }
  const register = async (): Promise<void> => {
    for (let serial = 0; !isOver() || serial < 3; serial += 1) verdicts.add(await desk.identity({ ...LI, id: { type: 'cn_id', number: cardNumber(1_000 + serial) } }).then(() => 'match'))
  }
  await Promise.all([...Array.from({ length: 50 }, async (_, worker) => { await ask(worker) }), register()])
  t.match(JSON.parse((await rotated).stdout), { left: 0 })
  t.same([...verdicts], ['match'])
  t.ok(asked >= 150, `${asked} questions`)
  const { stdout } = await cli('keys', 'list')
  t.match(stdout, /and what is new\n.*wraps 0 data keys, and may be removed\n/s)
  t.equal((await usedKeys(read)).length, 1)
})
