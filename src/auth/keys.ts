import { sql, type Transaction } from 'kysely'
import { recordAudit, type Actor } from '../audit/record.ts'
import type { Database } from '../db/schema.ts'
import { externalId, newId } from '../kernel/ids.ts'
import type { Role } from '../kernel/principal.ts'
import { Refusal } from '../kernel/refusals.ts'
import { DAY_MS, SECOND_MS } from '../kernel/time.ts'
import type { TenantKind } from '../tenants/tenants.ts'
import { readKey, type ApiKey } from './read-keys.ts'
import { hashOf, hintOf, newSecret } from './secrets.ts'

/** How long a former secret goes on where its rotation does not say. */
export const OVERLAP_SECONDS_DEFAULT = DAY_MS / SECOND_MS
export const OVERLAP_SECONDS_MAX = 30 * OVERLAP_SECONDS_DEFAULT

/** A key with a new secret, which is kept nowhere and cannot be shown again. */
export interface IssuedKey {
  readonly apiKey: ApiKey
  readonly secret: string
}

/** Makes a key. Refuses `invalid_time` for an expiry that has passed by the database's clock. */
export async function createKey (trx: Transaction<Database>, { tenantId, tenantKind, name, role, expiresAt = null, actor }: {
  readonly tenantId: number, readonly tenantKind: TenantKind, readonly name: string, readonly role: Role, readonly expiresAt?: Date | null, readonly actor: Actor
}): Promise<IssuedKey> {
  const id = newId()
  const { numAffectedRows: made } = await sql`
    insert into api_keys (tenant_id, id, name, role, expires_at)
    select ${tenantId}, ${id}, ${name}, ${role}, ${expiresAt}::timestamptz
    where ${expiresAt}::timestamptz is null or ${expiresAt}::timestamptz > clock_timestamp()`.execute(trx)
  if (made !== 1n) {
    const detail = 'The key would have expired already.'
    throw new Refusal('invalid_time', detail, { errors: [{ pointer: '/expires_at', code: 'invalid_time', detail }] })
  }
  const secret = await addSecret(trx, tenantId, id, tenantKind)
  const details = { role, expires_at: expiresAt?.toISOString() ?? null }
  await recordAudit(trx, tenantId, [{ actor, action: 'key.created', subject: externalId('key', id), details }])
  return { apiKey: await readKey(trx, tenantId, id), secret }
}

/**
 * Gives a key a new secret; every former one goes on for `overlapSeconds` (0 to 30 days, 0 ends it at once) and then retires.
 * Both speak for the same key. Refuses `not_found`, `key_ended` for a revoked or expired key, and `key_rotating` while a former
 * secret still goes on, unless this rotation ends it at once: a key never has more than two secrets.
 */
export async function rotateKey (trx: Transaction<Database>, { tenantId, tenantKind, id, overlapSeconds = OVERLAP_SECONDS_DEFAULT, actor }: {
  readonly tenantId: number, readonly tenantKind: TenantKind, readonly id: string, readonly overlapSeconds?: number | undefined, readonly actor: Actor
}): Promise<IssuedKey> {
  await lockKey(trx, tenantId, id)
  const { state, secrets: [, former] } = await readKey(trx, tenantId, id)
  if (state === 'revoked' || state === 'expired') throw new Refusal('key_ended', `This key ${state === 'revoked' ? 'was revoked' : 'has expired'}. Make another one.`)
  if (former !== undefined && overlapSeconds > 0) {
    throw new Refusal('key_rotating', `The secret that ends in ${former.hint} goes on until ${former.retiresAt?.toISOString() ?? 'further notice'}. Rotate after that, or at once with an overlap of 0.`)
  }
  await sql`
    update api_key_secrets
    set retires_at = least(retires_at, clock_timestamp() + ${overlapSeconds} * interval '1 second')
    where tenant_id = ${tenantId} and key_id = ${id} and (retires_at is null or retires_at > clock_timestamp())`.execute(trx)
  const secret = await addSecret(trx, tenantId, id, tenantKind)
  await recordAudit(trx, tenantId, [{ actor, action: 'key.rotated', subject: externalId('key', id), details: { overlap_seconds: overlapSeconds } }])
  return { apiKey: await readKey(trx, tenantId, id), secret }
}

/** Revokes a key with all its secrets for good, and answers it; one that was revoked before stays as it is. Refuses `not_found`. */
export async function revokeKey (trx: Transaction<Database>, { tenantId, id, actor }: { readonly tenantId: number, readonly id: string, readonly actor: Actor }): Promise<ApiKey> {
  const { numUpdatedRows: revoked } = await trx.updateTable('api_keys')
    .set({ revoked_at: sql<Date>`clock_timestamp()` })
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  if (revoked > 0n) await recordAudit(trx, tenantId, [{ actor, action: 'key.revoked', subject: externalId('key', id), details: {} }])
  return await readKey(trx, tenantId, id)
}

/** Two rotations of one key come one after the other, and the second sees what the first did. */
async function lockKey (trx: Transaction<Database>, tenantId: number, id: string): Promise<void> {
  await sql`select from api_keys where tenant_id = ${tenantId} and id = ${id} for no key update`.execute(trx)
}

async function addSecret (trx: Transaction<Database>, tenantId: number, id: string, tenantKind: TenantKind): Promise<string> {
  const secret = newSecret(tenantKind)
  await sql`
    insert into api_key_secrets (tenant_id, key_id, number, hash, hint)
    select ${tenantId}, ${id}, coalesce(max(number), 0) + 1, ${hashOf(secret)}, ${hintOf(secret)}
    from api_key_secrets where tenant_id = ${tenantId} and key_id = ${id}`.execute(trx)
  return secret
}
