import { sql, type Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import type { Principal, Role } from '../kernel/principal.ts'
import { hashOf, looksLikeSecret } from './secrets.ts'

/** How long a secret whose key was revoked or expired, or that has retired, may go on being accepted by a process that has just seen it. */
const FRESH_MS = 3_000
const ENTRIES_MAX = 10_000

interface Entry {
  readonly readAt: number
  readonly principal: Promise<Principal | null>
}

/**
 * Finds whose key a text is. Looks into the database at most once in three seconds for each key, however many requests come with it,
 * and notes the use of that secret there, to the minute.
 */
export class KeyCache {
  readonly #db: Kysely<Database>
  readonly #entries = new Map<string, Entry>()

  constructor (db: Kysely<Database>) {
    this.#db = db
  }

  /** Who the key speaks for, or null when there is no such key, or it was revoked, or it has expired by the database's clock. Waits for `beforeAsking` where the key was not good before. */
  async find (secret: string, beforeAsking: () => Promise<void> = async () => {}): Promise<Principal | null> {
    if (!looksLikeSecret(secret)) return null
    const hash = hashOf(secret)
    const name = hash.toString('base64')
    if (!this.#entries.has(name)) await beforeAsking()
    const known = this.#entries.get(name)
    if (known !== undefined && performance.now() - known.readAt < FRESH_MS) return await known.principal
    const principal = readPrincipal(this.#db, hash)
    this.#entries.delete(name)
    this.#entries.set(name, { readAt: performance.now(), principal })
    if (this.#entries.size > ENTRIES_MAX) this.#forgetOldest()
    try {
      const found = await principal
      if (found === null) this.#entries.delete(name)
      return found
    } catch (error) {
      this.#entries.delete(name)
      throw error
    }
  }

  #forgetOldest (): void {
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#entries.delete(oldest)
  }
}

async function readPrincipal (db: Kysely<Database>, hash: Buffer): Promise<Principal | null> {
  const { rows: [row] } = await sql<{ tenant_id: number, id: string, number: number, role: Role, used_long_ago: boolean }>`
    select k.tenant_id, k.id, s.number, k.role, coalesce(s.last_used_at < clock_timestamp() - interval '1 minute', true) as used_long_ago
    from api_key_secrets s
    join api_keys k on k.tenant_id = s.tenant_id and k.id = s.key_id
    where s.hash = ${hash} and k.revoked_at is null
      and (s.retires_at is null or s.retires_at > clock_timestamp())
      and (k.expires_at is null or k.expires_at > clock_timestamp())`.execute(db)
  if (row === undefined) return null
  if (row.used_long_ago) {
    await sql`update api_key_secrets set last_used_at = clock_timestamp() where tenant_id = ${row.tenant_id} and key_id = ${row.id} and number = ${row.number}`.execute(db)
  }
  return { tenantId: row.tenant_id, keyId: row.id, role: row.role }
}
