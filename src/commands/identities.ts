import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config.ts'
import { erasureLogAt, openErasureLog } from '../customs/erasure/erasure-log.ts'
import { listErasures, replayErasures } from '../customs/erasure/replay-erasures.ts'
import { rotateKeys, usedKeys } from '../customs/identities/rotate-keys.ts'
import type { Keyring } from '../customs/keyring/keyring.ts'
import { addKey, keyringPath, LOOK_AGAIN_MS, openKeyring } from '../customs/keyring/open-keyring.ts'
import { externalId } from '../kernel/ids.ts'
import { UsageError, type Command, type OpenStorage, type Values } from './command.ts'
import { withDatabases } from './databases.ts'
import { say, sayJson } from './output.ts'

/** The commands that look after the keys of identities, and after what was erased. */
export const IDENTITY_COMMANDS: Readonly<Record<string, Command>> = {
  'keys list': { arguments: 0, options: [], run: list },
  'keys rotate': { arguments: 0, options: [], run: rotate },
  'erasures list': { arguments: 0, options: [], run: erasures },
  'erasures replay': { arguments: 0, options: ['file'], run: replay }
}

async function list ({ json }: Values, _words: readonly string[], open: OpenStorage, readConfig: () => Config): Promise<number> {
  return await withDatabases(open, async ({ read }) => {
    const keyring = await requireKeyring(readConfig())
    const used = new Map((await usedKeys(read)).map(({ keyId, wraps }) => [keyId, wraps]))
    const held = keyring.all().map(({ id }) => id)
    const keys = [...new Set([...held, ...used.keys()])].map((id) => ({ id, wraps: used.get(id) ?? 0, current: id === held[0], missing: !held.includes(id) }))
    if (json) return sayJson({ data: keys })
    for (const { id, wraps, current, missing } of keys) say(`${id}  wraps ${wraps} data keys${current ? ', and what is new' : missing ? ', and is missing from the keyring' : wraps === 0 ? ', and may be removed' : ''}`)
    return 0
  })
}

/** With a keyring that the first start made, an own key is put in front first, unless a rotation was left half done; another keyring gets its new key from who keeps it. */
async function rotate ({ json }: Values, _words: readonly string[], open: OpenStorage, readConfig: () => Config): Promise<number> {
  return await withDatabases(open, async ({ read }) => {
    const config = readConfig()
    const before = await requireKeyring(config)
    const isHalfDone = (await usedKeys(read)).some(({ keyId }) => keyId !== before.current().id)
    const path = keyringPath(config)
    if (before.isGenerated && path !== null && !isHalfDone) {
      await addKey(path)
      // Whoever serves takes the new key for what is new, before the last of the old is wrapped anew.
      await sleep(2 * LOOK_AGAIN_MS)
    }
    const keyring = await requireKeyring(config)
    const rewrapped = await rotateKeys(read, keyring, (count) => { if (!json && process.stderr.isTTY) process.stderr.write(`\r${count} data keys`) })
    const left = (await usedKeys(read)).filter(({ keyId }) => keyId !== keyring.current().id).reduce((sum, { wraps }) => sum + wraps, 0)
    if (json) sayJson({ current: keyring.current().id, rewrapped, left })
    else say(`${rewrapped} data keys are wrapped by ${keyring.current().id} now${left === 0 ? ', and none by another key' : `; ${left} are not: run this again`}.`)
    return left === 0 ? 0 : 1
  })
}

async function erasures (_values: Values, _words: readonly string[], open: OpenStorage): Promise<number> {
  return await withDatabases(open, async ({ read }) => {
    for (const { tenantId, identityId } of await listErasures(read)) sayJson({ tenant: tenantId, identity: externalId('idn', identityId) })
    return 0
  })
}

async function replay ({ json, file }: Values, _words: readonly string[], open: OpenStorage, readConfig: () => Config): Promise<number> {
  return await withDatabases(open, async ({ read }) => {
    const log = file === undefined ? openErasureLog(readConfig()) : erasureLogAt(file)
    const erased = await replayErasures(read, log)
    return json ? sayJson({ log: log.path, erased }) : say(`${erased} identities that ${log.path} names were in the database, and are erased.`)
  })
}

async function requireKeyring (config: Config): Promise<Keyring> {
  const keyring = await openKeyring(config)
  if (keyring === null) throw new UsageError('there is no keyring: set IDENTITY_KEYRING or IDENTITY_KEYRING_FILE')
  return keyring
}
