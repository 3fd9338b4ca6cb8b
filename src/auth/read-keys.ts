import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { Database } from '../db/schema.ts'
import { externalId } from '../kernel/ids.ts'
import type { Role } from '../kernel/principal.ts'
import { Refusal } from '../kernel/refusals.ts'

/** `expiring` keys still work, and end within thirty days. */
export const KEY_STATES = ['active', 'expiring', 'expired', 'revoked'] as const
export type KeyState = (typeof KEY_STATES)[number]

const EXPIRING_DAYS = 30

/** An API key as people see it: everything but its secrets. */
export interface ApiKey {
  /** The inside id. */
  readonly id: string
  readonly name: string
  readonly role: Role
  /** By the database's clock. */
  readonly state: KeyState
  readonly createdAt: Date
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
  /** When any of its secrets was last used, also one that has retired; to the minute. */
  readonly lastUsedAt: Date | null
  /** Those that have not retired, newest first: at most two, and always one that does not retire. */
  readonly secrets: readonly KeySecret[]
}

/** What is kept of a secret, without its hash. */
export interface KeySecret {
  /** The last four characters. */
  readonly hint: string
  readonly createdAt: Date
  /** When a rotation ends it; null for the one that no rotation replaced. */
  readonly retiresAt: Date | null
  /** To the minute. */
  readonly lastUsedAt: Date | null
}

/** The keys of a tenant in any of the states, newest first, after the one of that inside id: at most `limit`. */
export async function listKeys (
  db: Kysely<Database>, tenantId: number, { state, limit, before }: { readonly state?: KeyState | undefined, readonly limit: number, readonly before: string | null }
): Promise<ApiKey[]> {
  return await readKeys(db, tenantId, sql`(${before}::uuid is null or id < ${before}) and (${state ?? null}::text is null or state = ${state ?? null})`, limit)
}

/** One key of a tenant. Refuses `not_found`. */
export async function readKey (db: Kysely<Database>, tenantId: number, id: string): Promise<ApiKey> {
  const [key] = await readKeys(db, tenantId, sql`id = ${id}`, 1)
  if (key === undefined) throw new Refusal('not_found')
  return key
}

/** A key as it is answered and printed. */
export function showKey ({ id, name, role, state, createdAt, expiresAt, revokedAt, lastUsedAt, secrets }: ApiKey) {
  return {
    id: externalId('key', id),
    name,
    role,
    state,
    hint: secrets[0]?.hint ?? '',
    created_at: createdAt.toISOString(),
    expires_at: expiresAt?.toISOString() ?? null,
    revoked_at: revokedAt?.toISOString() ?? null,
    last_used_at: lastUsedAt?.toISOString() ?? null,
    secrets: secrets.map(({ hint, createdAt, retiresAt, lastUsedAt }) => ({
      hint, created_at: createdAt.toISOString(), retires_at: retiresAt?.toISOString() ?? null, last_used_at: lastUsedAt?.toISOString() ?? null
    }))
  }
}

/** The tenant whose key has that id. For administration only: a request names its tenant by the key it comes with. Refuses `not_found`. */
export async function tenantOfKey (db: Kysely<Database>, id: string): Promise<number> {
  const row = await db.selectFrom('api_keys').select('tenant_id').where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw new Refusal('not_found', 'There is no key of that id.')
  return row.tenant_id
}

async function readKeys (db: Kysely<Database>, tenantId: number, condition: RawBuilder<unknown>, limit: number): Promise<ApiKey[]> {
  const { rows } = await sql<Omit<ApiKey, 'secrets'>>`
    select id, name, role, state, created_at as "createdAt", expires_at as "expiresAt", revoked_at as "revokedAt",
      (select max(last_used_at) from api_key_secrets where tenant_id = ${tenantId} and key_id = k.id) as "lastUsedAt"
    from (
      select *, case
        when revoked_at is not null then 'revoked'
        when expires_at <= clock_timestamp() then 'expired'
        when expires_at <= clock_timestamp() + ${EXPIRING_DAYS} * interval '1 day' then 'expiring'
        else 'active' end as state
      from api_keys where tenant_id = ${tenantId}
    ) k
    where ${condition}
    order by id desc
    limit ${limit}`.execute(db)
  const secrets = await readSecrets(db, tenantId, rows.map(({ id }) => id))
  return rows.map((row) => ({ ...row, secrets: secrets.get(row.id) ?? [] }))
}

async function readSecrets (db: Kysely<Database>, tenantId: number, ids: readonly string[]): Promise<Map<string, KeySecret[]>> {
  const { rows } = await sql<KeySecret & { id: string }>`
    select key_id as id, hint, created_at as "createdAt", retires_at as "retiresAt", last_used_at as "lastUsedAt"
    from api_key_secrets
    where tenant_id = ${tenantId} and key_id = any(${ids}::uuid[]) and (retires_at is null or retires_at > clock_timestamp())
    order by number desc`.execute(db)
  const byKey = new Map<string, KeySecret[]>()
  for (const { id, ...secret } of rows) byKey.set(id, [...byKey.get(id) ?? [], secret])
  return byKey
}
