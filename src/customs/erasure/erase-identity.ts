import { sql, type Kysely, type Transaction } from 'kysely'
import { recordAudit, type Actor } from '../../audit/record.ts'
import type { Database } from '../../db/schema.ts'
import { inTransaction } from '../../db/transaction.ts'
import { externalId } from '../../kernel/ids.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { tenantNow } from '../../tenants/clock.ts'
import { readTenant } from '../../tenants/tenants.ts'
import type { FieldOwner } from '../identities/identity-fields.ts'
import type { ErasureLog } from './erasure-log.ts'
import { reasonToKeep } from './reasons-to-keep.ts'

/** What became of a request to erase an identity. */
export interface ErasureJson {
  readonly identity: string
  readonly status: 'erased' | 'deferred'
  readonly legal_basis: string | null
  readonly erase_at: string | null
  readonly erased_at: string | null
}

interface ErasureState {
  readonly erasedAt: Date | null
  readonly eraseBasis: string | null
  readonly eraseAt: Date | null
}

/**
 * Erases an identity, or puts that off where the law wants it kept: then it is done by itself at the time that is told, or put off again. Asking again changes nothing. `identityId` is null for a text that was none.
 * Refuses `not_found`.
 */
export async function requestErasure (trx: Transaction<Database>, log: ErasureLog, { tenantId, identityId }: { readonly tenantId: number, readonly identityId: string | null }, actor: Actor): Promise<ErasureJson> {
  const known = await lockIdentity(trx, tenantId, identityId)
  if (known === null || identityId === null) throw new Refusal('not_found')
  const owner = { tenantId, identityId }
  if (known.erasedAt !== null) return show(owner, known)
  const { settings } = await readTenant(trx, tenantId)
  const reason = await reasonToKeep(trx, owner, settings.identity_retention_days)
  if (reason !== null) {
    await sql`update identities set erase_basis = ${reason.basis}, erase_at = ${reason.until} where tenant_id = ${tenantId} and id = ${identityId}`.execute(trx)
    const isNew = known.eraseBasis !== reason.basis || known.eraseAt?.getTime() !== reason.until.getTime()
    const details = { legal_basis: reason.basis, until: reason.until.toISOString() }
    if (isNew) await recordAudit(trx, tenantId, [{ actor, action: 'identity.erasure_deferred', subject: externalId('idn', identityId), details }])
    return show(owner, { erasedAt: null, eraseBasis: reason.basis, eraseAt: reason.until })
  }
  await log.append([owner])
  await erase(trx, owner, { actor, details: { was_deferred: known.eraseAt !== null } })
  return show(owner, await lockIdentity(trx, tenantId, identityId) ?? known)
}

/**
 * Deletes all that was kept of somebody, whatever else: the key of his data, the data, what it was compared by, and what finds him among others; receipts about him are revoked. What stays are ids.
 * Call it with the identity's row locked.
 */
export async function erase (trx: Transaction<Database>, { tenantId, identityId }: FieldOwner, { actor, details }: { readonly actor: Actor, readonly details: Readonly<Record<string, unknown>> }): Promise<void> {
  await sql`delete from identity_secrets where tenant_id = ${tenantId} and identity_id = ${identityId}`.execute(trx)
  await sql`delete from quota_index where tenant_id = ${tenantId} and identity_id = ${identityId}`.execute(trx)
  await sql`update receipts set revoked_at = now() where tenant_id = ${tenantId} and identity_id = ${identityId} and revoked_at is null`.execute(trx)
  await sql`
    update identities i set erased_at = ${tenantNow}, erase_basis = null, erase_at = null from tenant_counters c
    where c.tenant_id = ${tenantId} and i.tenant_id = ${tenantId} and i.id = ${identityId}`.execute(trx)
  await recordAudit(trx, tenantId, [{ actor, action: 'identity.erased', subject: externalId('idn', identityId), details }])
}

const DUE_MAX = 100

/** Erases what was put off and is due, of all tenants; what the law still wants kept is put off again. Answers how many it looked at. */
export async function eraseDue (db: Kysely<Database>, log: ErasureLog): Promise<number> {
  const { rows } = await sql<FieldOwner>`
    select i.tenant_id as "tenantId", i.id as "identityId" from identities i join tenant_counters c on c.tenant_id = i.tenant_id
    where i.erased_at is null and i.erase_at <= ${tenantNow} order by i.erase_at limit ${DUE_MAX}`.execute(db)
  for (const owner of rows) await inTransaction(db, async (trx) => await requestErasure(trx, log, owner, 'service'))
  return rows.length
}

/** Locks an identity's row and reads how far it is erased; null where there is none. */
export async function lockIdentity (trx: Transaction<Database>, tenantId: number, identityId: string | null): Promise<ErasureState | null> {
  const { rows: [row] } = await sql<ErasureState>`
    select erased_at as "erasedAt", erase_basis as "eraseBasis", erase_at as "eraseAt" from identities where tenant_id = ${tenantId} and id = ${identityId} for no key update`.execute(trx)
  return row ?? null
}

function show ({ identityId }: FieldOwner, { erasedAt, eraseBasis, eraseAt }: ErasureState): ErasureJson {
  return {
    identity: externalId('idn', identityId),
    status: erasedAt === null ? 'deferred' : 'erased',
    legal_basis: eraseBasis,
    erase_at: eraseAt?.toISOString() ?? null,
    erased_at: erasedAt?.toISOString() ?? null
  }
}
