import { createKey, OVERLAP_SECONDS_DEFAULT, OVERLAP_SECONDS_MAX, revokeKey, rotateKey, type IssuedKey } from '../auth/keys.ts'
import { listKeys, showKey, tenantOfKey, type ApiKey } from '../auth/read-keys.ts'
import { inTransaction } from '../db/transaction.ts'
import { externalId, internalId } from '../kernel/ids.ts'
import { ROLES } from '../kernel/principal.ts'
import { parseTime } from '../kernel/time.ts'
import { readTenant, type Tenant } from '../tenants/tenants.ts'
import { UsageError, type Command, type OpenStorage, type Values } from './command.ts'
import { PAGE_ROWS, readAll, tenantOf, withDatabases } from './databases.ts'
import { say, sayJson } from './output.ts'

/** The commands that make, list, rotate and revoke keys. */
export const KEY_COMMANDS: Readonly<Record<string, Command>> = {
  'key create': { arguments: 0, options: ['tenant', 'role', 'name', 'expires-at'], run: create },
  'key list': { arguments: 0, options: ['tenant'], run: list },
  'key rotate': { arguments: 1, options: ['overlap'], run: rotate },
  'key revoke': { arguments: 1, options: [], run: revoke }
}

async function create (values: Values, _words: readonly string[], open: OpenStorage): Promise<number> {
  const { name, json } = values
  const role = ROLES.find((known) => known === values.role)
  if (name === undefined || name.length < 1 || name.length > 100) throw new UsageError('say what the key is for: --name TEXT, 1 to 100 characters')
  if (role === undefined) throw new UsageError(`name a role: --role ${ROLES.join(' | ')}`)
  const expiry = values['expires-at']
  return await withDatabases(open, async ({ read }) => {
    const tenant = await tenantOf(read, values)
    const expiresAt = expiry === undefined ? null : parseTime(expiry, '/expires_at')
    const { apiKey, secret } = await inTransaction(read, async (trx) =>
      await createKey(trx, { tenantId: tenant.id, tenantKind: tenant.kind, name, role, expiresAt, actor: 'cli' }))
    return sayIssued(tenant, { apiKey, secret }, json)
  })
}

async function list (values: Values, _words: readonly string[], open: OpenStorage): Promise<number> {
  return await withDatabases(open, async ({ read }) => {
    const { id } = await tenantOf(read, values)
    const keys = await readAll<ApiKey>(async (last) => await listKeys(read, id, { limit: PAGE_ROWS, before: last?.id ?? null }))
    if (values.json) return sayJson({ data: keys.map(showKey) })
    for (const { id, state, role, hint, expires_at: ends, last_used_at: used, name } of keys.map(showKey)) {
      say(`${id}  ${state.padEnd(8)}  ${role.padEnd(11)}  …${hint}  ends ${ends ?? 'never'}, last used ${used ?? 'never'}  ${name}`)
    }
    return 0
  })
}

async function rotate ({ overlap, json }: Values, [text = '']: readonly string[], open: OpenStorage): Promise<number> {
  const id = keyIdOf(text)
  const overlapSeconds = overlap === undefined ? OVERLAP_SECONDS_DEFAULT : Number(overlap)
  if (!/^\d{1,7}$/.test(overlap ?? '0') || overlapSeconds > OVERLAP_SECONDS_MAX) throw new UsageError(`--overlap takes seconds, 0 to ${OVERLAP_SECONDS_MAX}`)
  return await withDatabases(open, async ({ read }) => {
    const tenant = await readTenant(read, await tenantOfKey(read, id))
    const issued = await inTransaction(read, async (trx) => await rotateKey(trx, { tenantId: tenant.id, tenantKind: tenant.kind, id, overlapSeconds, actor: 'cli' }))
    return sayIssued(tenant, issued, json)
  })
}

async function revoke ({ json }: Values, [text = '']: readonly string[], open: OpenStorage): Promise<number> {
  const id = keyIdOf(text)
  return await withDatabases(open, async ({ read }) => {
    const { revokedAt } = await inTransaction(read, async (trx) => await revokeKey(trx, { tenantId: await tenantOfKey(trx, id), id, actor: 'cli' }))
    return json ? sayJson({ id: text, revoked_at: revokedAt?.toISOString() }) : say(`Revoked ${text}; every process refuses it within seconds.`)
  })
}

function sayIssued (tenant: Tenant, { apiKey, secret }: IssuedKey, json: boolean): 0 {
  const id = externalId('key', apiKey.id)
  const { role, name } = apiKey
  return json ? sayJson({ id, tenant: tenant.name, role, name, key: secret }) : say(`${secret}\nThis is ${id}. It cannot be shown again: keep it where secrets are kept.`)
}

function keyIdOf (text: string): string {
  const id = internalId('key', text)
  if (id === null) throw new UsageError(`"${text}" is no id of a key; it looks like key_01…`)
  return id
}
