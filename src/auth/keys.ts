import { createHash, randomBytes } from 'node:crypto'
import { sql, type Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import type { Role } from '../kernel/principal.ts'
import { newId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusals.ts'
import type { TenantKind } from '../tenants/tenants.ts'

const FORM = /^hf_(?:sandbox|live)_[A-Za-z0-9_-]{43}$/
const SECRET_BYTES = 32
const HINT_LENGTH = 4

/** An API key as people see it: everything but the key. */
export interface ApiKey {
  /** The inside id. */
  readonly id: string
  readonly name: string
  readonly role: Role
  /** The last four characters. */
  readonly hint: string
  readonly createdAt: Date
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
  /** To the minute. */
  readonly lastUsedAt: Date | null
}

/**
 * Makes a key and answers it together with its secret text, which is kept nowhere and cannot be shown again.
 * Refuses `invalid_time` for an expiry that has passed by the database's clock.
 */
export async function createKey (db: Kysely<Database>, { tenantId, tenantKind, name, role, expiresAt = null }: {
  readonly tenantId: number, readonly tenantKind: TenantKind, readonly name: string, readonly role: Role, readonly expiresAt?: Date | null
}): Promise<{ readonly apiKey: ApiKey, readonly secret: string }> {
  const secret = `hf_${tenantKind}_${randomBytes(SECRET_BYTES).toString('base64url')}`
  const { rows: [row] } = await sql<KeyRow>`
    insert into api_keys (tenant_id, id, hash, hint, name, role, expires_at)
    select ${tenantId}, ${newId()}, ${hashOf(secret)}, ${secret.slice(-HINT_LENGTH)}, ${name}, ${role}, ${expiresAt}::timestamptz
    where ${expiresAt}::timestamptz is null or ${expiresAt}::timestamptz > clock_timestamp()
    returning *`.execute(db)
  if (row === undefined) {
    const detail = 'The key would have expired already.'
    throw new Refusal('invalid_time', detail, { errors: [{ pointer: '/expires_at', code: 'invalid_time', detail }] })
  }
  return { apiKey: toApiKey(row), secret }
}

/** The keys of a tenant, newest first, after the one of that inside id; one more than `limit`, which tells whether there is more. */
export async function listKeys (db: Kysely<Database>, tenantId: number, { limit, before }: { readonly limit: number, readonly before: string | null }): Promise<ApiKey[]> {
  let query = db.selectFrom('api_keys').selectAll().where('tenant_id', '=', tenantId).orderBy('id', 'desc').limit(limit + 1)
  if (before !== null) query = query.where('id', '<', before)
  return (await query.execute()).map(toApiKey)
}

/** Revokes a key for good, and answers it; one that was revoked before stays as it is. Refuses `not_found`. */
export async function revokeKey (db: Kysely<Database>, tenantId: number, id: string): Promise<ApiKey> {
  const row = await db.updateTable('api_keys')
    .set({ revoked_at: sql<Date>`coalesce(revoked_at, clock_timestamp())` })
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  if (row === undefined) throw new Refusal('not_found')
  return toApiKey(row)
}

/** The tenant whose key has that id. For administration only: a request names its tenant by the key it comes with. Refuses `not_found`. */
export async function tenantOfKey (db: Kysely<Database>, id: string): Promise<number> {
  const row = await db.selectFrom('api_keys').select('tenant_id').where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw new Refusal('not_found', 'There is no key of that id.')
  return row.tenant_id
}

/** Whether a text could be a key at all, so that other texts cost no look into the database. */
export function looksLikeKey (text: string): boolean {
  return FORM.test(text)
}

/**
 * What is kept of a key. It is random and long: nobody can guess what hashes to this, so a slow hash would protect nothing
 * and cost every request.
 */
export function hashOf (secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

interface KeyRow {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly hint: string
  readonly created_at: Date
  readonly expires_at: Date | null
  readonly revoked_at: Date | null
  readonly last_used_at: Date | null
}

function toApiKey (row: KeyRow): ApiKey {
  return {
    id: row.id,
    name: row.name,
    // A check of the table allows no other.
    role: row.role as Role,
    hint: row.hint,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at
  }
}
