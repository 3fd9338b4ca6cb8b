import type { Kysely } from 'kysely'
import type { Database } from '../../../db/schema.ts'
import { sandboxPort } from '../sandbox/sandbox-port.ts'
import type { CustomsPorts, LivePorts } from './port.ts'

/**
 * The ways to customs. Sandboxes have an imitation of each. Live tenants have those that are given here: none is built in, because the codes, the key that
 * signs and the line to customs are the operator's own.
 */
export function openPorts (db: Kysely<Database>, live: LivePorts = {}): CustomsPorts {
  const sandbox = { CN: sandboxPort(db, 'CN'), KR: sandboxPort(db, 'KR') }
  return { portOf: (tenantKind, jurisdiction) => tenantKind === 'sandbox' ? sandbox[jurisdiction] : live[jurisdiction] ?? null }
}
