import type { Kysely } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { readTenant } from '../../tenants/tenants.ts'
import { requireKeyring, type Keyring } from './keyring.ts'

/** Which tenants of a keyring's database are sandboxes, as far as was asked: the kind of a tenant never changes. */
const sandboxes = new WeakMap<Keyring, Set<number>>()

/** The keyring as a tenant may use it. Refuses `keyring_missing` where there is none, and for a live tenant where the first start made it. */
export async function keyringFor (db: Kysely<Database>, keyring: Keyring | null, tenantId: number): Promise<Keyring> {
  if (keyring?.isGenerated !== true) return requireKeyring(keyring, 'live')
  const known = sandboxes.get(keyring) ?? new Set()
  if (known.has(tenantId)) return keyring
  const { kind } = await readTenant(db, tenantId)
  const usable = requireKeyring(keyring, kind)
  sandboxes.set(keyring, known.add(tenantId))
  return usable
}
