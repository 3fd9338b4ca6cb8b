import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { readConfig } from '../src/config.ts'
import { keyringOf, parseKeyring, requireKeyring } from '../src/customs/keyring/keyring.ts'
import { addKey, keyringPath, LOOK_AGAIN_MS, openKeyring } from '../src/customs/keyring/open-keyring.ts'
import { keyFor, mac, newDataKey, seal, unseal } from '../src/customs/keyring/seal.ts'
import { unwrapKey, wrapKey } from '../src/customs/keyring/wrap.ts'
import { openFields, sealFields } from '../src/customs/identities/identity-fields.ts'
import { makeTags } from '../src/customs/identities/identity-tags.ts'
import { erasureLogAt } from '../src/customs/erasure/erasure-log.ts'

const folder = await mkdtemp(join(tmpdir(), 'holdfast-keyring-'))
t.teardown(async () => { await rm(folder, { recursive: true }) })

const base64 = (): string => randomBytes(32).toString('base64')
const OWNER = { tenantId: 1, identityId: '0191d6a0-0000-7000-8000-000000000001' }
const NEIGHBOUR = { ...OWNER, identityId: '0191d6a0-0000-7000-8000-000000000002' }

function messageOf (act: () => unknown): string {
  try {
    return String(act())
  } catch (error) {
    return String(error)
  }
}

t.test('what was sealed opens with the same key for the same thing, and otherwise not at all', async (t) => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), fc.string(), fc.nat(), (plain, about, other, place) => {
    const key = newDataKey()
    const sealed = seal(key, plain, about)
    const refused = (open: () => unknown): boolean => {
      try {
        open()
        return false
      } catch {
        return true
      }
    }
    const changed = Buffer.from(sealed)
    changed.writeUInt8(changed.readUInt8(place % sealed.length) ^ 1, place % sealed.length)
    return unseal(key, sealed, about).equals(plain) && refused(() => unseal(newDataKey(), sealed, about)) && refused(() => unseal(key, changed, about)) &&
      refused(() => unseal(key, sealed.subarray(0, -1), about)) && (about === other || refused(() => unseal(key, sealed, other)))
  }))
  t.notSame(seal(newDataKey(), Buffer.from('x'), ''), seal(newDataKey(), Buffer.from('x'), ''))
})

t.test('every purpose has a key of its own, and no two lists of parts have one mac', async (t) => {
  const key = newDataKey()
  const keys = ['wrap data keys', 'seal fields', 'tag id', 'tag phone', 'tell claims apart', 'receipt nonces', 'index quota', 'sign receipts'] as const
  t.equal(new Set(keys.map((label) => keyFor(label, key).toString('hex'))).size, keys.length)
  t.notSame(mac(key, 'ab', 'c'), mac(key, 'a', 'bc'))
  t.notSame(mac(key, 'ab'), mac(key, 'ab', ''))
})

t.test('a field moved to another field, identity, tenant or version does not open', async (t) => {
  const dataKey = newDataKey()
  const fields = sealFields(dataKey, OWNER, { phone: '+8613800138000', name_hani: '李示范' })
  t.same(openFields(dataKey, OWNER, fields, ['phone', 'name_hani', 'name_latn']), { phone: '+8613800138000', name_hani: '李示范' })
  const { phone, name_hani: name } = fields
  if (phone === undefined || name === undefined) throw new Error('two fields were sealed')
  t.throws(() => openFields(dataKey, OWNER, { phone: name }, ['phone']))
  t.throws(() => openFields(dataKey, NEIGHBOUR, fields, ['phone']))
  t.throws(() => openFields(dataKey, { ...OWNER, tenantId: 2 }, fields, ['phone']))
  t.throws(() => openFields(dataKey, OWNER, { phone: { ...phone, version: 2 } }, ['phone']))
  t.throws(() => openFields(newDataKey(), OWNER, fields, ['phone']))
})

t.test('a wrapped key opens for its owner alone, with the key that wrapped it', async (t) => {
  const [one, two] = [{ id: 'one', secret: randomBytes(32) }, { id: 'two', secret: randomBytes(32) }]
  const dataKey = newDataKey()
  const wrapped = wrapKey(keyringOf([one]), dataKey, 'owner')
  t.same(unwrapKey(keyringOf([two, one]), wrapped, 'owner'), dataKey)
  t.throws(() => unwrapKey(keyringOf([one]), wrapped, 'another'))
  t.throws(() => unwrapKey(keyringOf([two]), wrapped, 'owner'), /the keyring has no key named one/)
  t.throws(() => unwrapKey(keyringOf([{ ...two, id: 'one' }]), wrapped, 'owner'))
})

t.test('tags of the same facts under two keys, or twice under one, have nothing in common', async (t) => {
  const facts = { names: [{ script: 'Hani' as const, shown: '李', normal: '李' }], id: { type: 'passport' as const, country: 'CN', number: 'E1' }, phone: null, postcodes: [] }
  const dataKey = newDataKey()
  const tags = [...makeTags(dataKey, facts), ...makeTags(dataKey, facts), ...makeTags(newDataKey(), facts)]
  t.equal(new Set(tags.map(({ tag }) => tag)).size, tags.length)
})

t.test('a keyring is a list of names and keys', async (t) => {
  const [one, two] = [base64(), base64()]
  t.same(parseKeyring(`a:${one},b:${two}`).map(({ id, secret }) => [id, secret.toString('base64')]), [['a', one], ['b', two]])
  for (const text of ['', 'a', `a:${one.slice(1)}`, `A:${one}`, `a:${one},a:${two}`, `a:${one};b:${two}`]) {
    t.throws(() => parseKeyring(text), /keyring/)
    if (text !== '') t.notOk(messageOf(() => parseKeyring(text)).includes(one.slice(1)), 'no key is repeated')
  }
  t.throws(() => readConfig({ IDENTITY_KEYRING: 'a:short' }), /^IDENTITY_KEYRING is not usable/)
  t.throws(() => readConfig({ IDENTITY_KEYRING: `a:${one}`, IDENTITY_KEYRING_FILE: '/x' }), /both set/)
})

t.test('with the embedded database a keyring is made, once, that only its owner can read', async (t) => {
  const source = { identityKeyring: null, identityKeyringFile: null, databaseUrl: null, dataDir: join(folder, 'data') }
  const [first, second] = await Promise.all([openKeyring(source), openKeyring(source)])
  t.equal(first?.current().id, second?.current().id)
  t.equal(first?.isGenerated, true)
  const path = keyringPath(source) ?? ''
  t.equal((await stat(path)).mode & 0o777, 0o600)
  const { id } = await addKey(path)
  t.equal((await stat(path)).mode & 0o777, 0o600)
  t.equal(first?.keyOf(id).id, id, 'a key that another process added is found at once')
  await sleep(LOOK_AGAIN_MS)
  t.equal(second?.current().id, id, 'and soon wraps what is new')
  t.same(second?.all().map((key) => key.id), [id, (await openKeyring(source))?.all()[1]?.id])
})

t.test('a keyring of the operator\'s is used as it is, and with a database of one\'s own there is none without it', async (t) => {
  const path = join(folder, 'own')
  await writeFile(path, `# for identities\nnew:${base64()}\nold:${base64()}\n`)
  const own = await openKeyring({ identityKeyring: null, identityKeyringFile: path, databaseUrl: 'postgres://x', dataDir: folder })
  t.same([own?.isGenerated, own?.all().map(({ id }) => id)], [false, ['new', 'old']])
  t.same((await openKeyring({ identityKeyring: `a:${base64()}`, identityKeyringFile: null, databaseUrl: null, dataDir: folder }))?.current().id, 'a')
  t.equal(await openKeyring({ identityKeyring: null, identityKeyringFile: null, databaseUrl: 'postgres://x', dataDir: folder }), null)
  await t.rejects(openKeyring({ identityKeyring: null, identityKeyringFile: join(folder, 'missing'), databaseUrl: null, dataDir: folder }), /missing cannot be used: ENOENT/)
  await writeFile(path, 'nonsense')
  await utimes(path, 1, 1)
  await t.rejects(openKeyring({ identityKeyring: null, identityKeyringFile: path, databaseUrl: null, dataDir: folder }), /cannot be used: a keyring is a list/)
})

t.test('a live tenant refuses the keyring that the first start made, and says what to do', async (t) => {
  const keys = [{ id: 'a', secret: randomBytes(32) }]
  t.throws(() => requireKeyring(null, 'sandbox'), { code: 'keyring_missing', message: /set IDENTITY_KEYRING/ })
  t.throws(() => requireKeyring(keyringOf(keys, true), 'live'), { code: 'keyring_missing', message: /set IDENTITY_KEYRING/ })
  t.equal(requireKeyring(keyringOf(keys, true), 'sandbox').isGenerated, true)
  t.equal(requireKeyring(keyringOf(keys), 'live').isGenerated, false)
})

t.test('the log of erasures holds ids alone, leaves out what a loss of power cut off, and refuses what it does not understand', async (t) => {
  const log = erasureLogAt(join(folder, 'erasures.log'))
  t.same(await log.read(), [])
  await log.append([OWNER])
  await log.append([NEIGHBOUR])
  t.same(await log.read(), [OWNER, NEIGHBOUR])
  t.equal((await stat(log.path)).mode & 0o777, 0o600)
  const text = await readFile(log.path, 'utf8')
  t.match(text, /^(\{"tenant":1,"identity":"idn_[0-9a-z]{26}"\}\n){2}$/)
  await writeFile(log.path, text.slice(0, -5))
  t.same(await log.read(), [OWNER])
  await writeFile(log.path, `${text}{"tenant":1}\n`)
  await t.rejects(log.read(), /line 3 of the log of erasures/)
})
