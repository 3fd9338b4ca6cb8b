import { sql, type Kysely, type Transaction } from 'kysely'
import { recordAudit, type Actor } from '../../audit/record.ts'
import type { Database } from '../../db/schema.ts'
import { externalId, newId } from '../../kernel/ids.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { tenantNow } from '../../tenants/clock.ts'
import { refuseField } from '../forms/refuse-field.ts'

/** The kind of recipient that a broker is; keys of other roles are the tenant's own staff. */
export const BROKER_RECIPIENT = 'customs_broker'

/** Leave for one key to ask about one trade. Ids are inside ids. */
export interface Grant {
  readonly id: string
  readonly tradeId: string
  readonly keyId: string
  readonly purpose: string
  readonly crossBorder: boolean
  readonly detail: boolean
  readonly expiresAt: Date
  readonly createdAt: Date
  readonly revokedAt: Date | null
  readonly isLive: boolean
}

/** Who lets whom ask about what; ids are inside ids, null for a text that was none. */
export interface NewGrant {
  readonly tradeId: string | null
  readonly brokerId: string | null
  readonly purpose: string
  readonly crossBorder: boolean
  readonly detail: boolean
  readonly expiresAt: Date
  readonly keyId: string
  readonly actor: Actor
}

const columns = sql`
  g.id, g.trade_id as "tradeId", g.key_id as "keyId", g.purpose, g.cross_border as "crossBorder", g.detail, g.expires_at as "expiresAt", g.created_at as "createdAt",
  g.revoked_at as "revokedAt", g.revoked_at is null and g.expires_at > ${tenantNow} as "isLive"`

/**
 * Lets a key ask about a trade, for one purpose until a time, and answers the grant; the very same that holds already is that one. Refuses `not_found`, `unknown_broker`, `invalid_time` for a time that has passed,
 * `consent_required` unless everybody whom the trade names consented to it, and `grant_exists` where the key has the grant on other terms.
 */
export async function grantLookups (trx: Transaction<Database>, tenantId: number, grant: NewGrant): Promise<Grant> {
  const { tradeId, brokerId, purpose, crossBorder, detail, expiresAt } = grant
  const { rows: [trade] } = await sql`select from trades where tenant_id = ${tenantId} and id = ${tradeId}`.execute(trx)
  if (trade === undefined) throw new Refusal('not_found')
  const recipient = await recipientOf(trx, tenantId, brokerId)
  await requireConsents(trx, tenantId, { tradeId, purpose, recipient, crossBorder })
  // Two grants at once come one after the other.
  await sql`select from trade_customs where tenant_id = ${tenantId} and trade_id = ${tradeId} for no key update`.execute(trx)
  const known = (await readGrants(trx, tenantId, tradeId)).find(({ keyId, purpose: known, revokedAt }) => keyId === brokerId && known === purpose && revokedAt === null)
  if (known?.isLive === true) {
    if (known.crossBorder !== crossBorder || known.detail !== detail || known.expiresAt.getTime() !== expiresAt.getTime()) throw new Refusal('grant_exists')
    return known
  }
  if (known !== undefined) await sql`update trade_grants set revoked_at = expires_at where tenant_id = ${tenantId} and id = ${known.id}`.execute(trx)
  const id = newId()
  await sql`
    insert into trade_grants (tenant_id, id, trade_id, key_id, purpose, cross_border, detail, expires_at, created_by)
    values (${tenantId}, ${id}, ${tradeId}, ${brokerId}, ${purpose}, ${crossBorder}, ${detail}, ${expiresAt}, ${grant.keyId})`.execute(trx)
  const made = (await readGrants(trx, tenantId, tradeId)).find((each) => each.id === id)
  if (made?.isLive !== true) throw refuseField('invalid_time', '/expires_at', 'The grant would have ended already.')
  const details = { trade: externalId('trd', made.tradeId), broker: externalId('key', made.keyId), purpose, expires_at: expiresAt.toISOString(), detail }
  await recordAudit(trx, tenantId, [{ actor: grant.actor, action: 'grant.created', subject: externalId('gnt', id), details }])
  return made
}

/** Which grants of a trade to end: those of one key, one alone, or all of them. */
export interface WantedGrants {
  readonly tradeId: string | null
  readonly grantId: string | null | undefined
  readonly brokerId: string | null | undefined
}

/** Ends grants of a trade, and answers those that it ended. Refuses `not_found` where there is no such trade. */
export async function revokeGrants (trx: Transaction<Database>, tenantId: number, { tradeId, grantId, brokerId }: WantedGrants, actor: Actor): Promise<Grant[]> {
  const { rows: [trade] } = await sql`select from trades where tenant_id = ${tenantId} and id = ${tradeId}`.execute(trx)
  if (trade === undefined) throw new Refusal('not_found')
  const { rows } = await sql<{ id: string }>`
    update trade_grants g set revoked_at = ${tenantNow} from tenant_counters c
    where c.tenant_id = ${tenantId} and g.tenant_id = ${tenantId} and g.trade_id = ${tradeId} and g.revoked_at is null
      and ${grantId === undefined ? sql`true` : sql`g.id = ${grantId}`} and ${brokerId === undefined ? sql`true` : sql`g.key_id = ${brokerId}`}
    returning g.id`.execute(trx)
  const revoked = new Set(rows.map(({ id }) => id))
  await recordAudit(trx, tenantId, [...revoked].sort().map((id) => ({ actor, action: 'grant.revoked', subject: externalId('gnt', id), details: {} })))
  return (await readGrants(trx, tenantId, tradeId)).filter(({ id }) => revoked.has(id))
}

async function readGrants (db: Kysely<Database>, tenantId: number, tradeId: string | null): Promise<Grant[]> {
  const { rows } = await sql<Grant>`
    select ${columns} from trade_grants g join tenant_counters c on c.tenant_id = g.tenant_id where g.tenant_id = ${tenantId} and g.trade_id = ${tradeId} order by g.id`.execute(db)
  return rows
}

/** The kind of recipient that a key's holder is; null for the tenant's own staff. */
async function recipientOf (db: Kysely<Database>, tenantId: number, keyId: string | null): Promise<string | null> {
  const { rows: [key] } = await sql<{ role: string }>`
    select role from api_keys where tenant_id = ${tenantId} and id = ${keyId} and role in ('broker', 'customs') and revoked_at is null and coalesce(expires_at > now(), true)`.execute(db)
  if (key === undefined) throw refuseField('unknown_broker', '/broker')
  return key.role === 'broker' ? BROKER_RECIPIENT : null
}

interface Use {
  readonly tradeId: string | null
  readonly purpose: string
  readonly recipient: string | null
  readonly crossBorder: boolean
}

async function requireConsents (db: Kysely<Database>, tenantId: number, { tradeId, purpose, recipient, crossBorder }: Use): Promise<void> {
  const { rows: [row] } = await sql<{ isCovered: boolean }>`
    select bool_and(o.withdrawn_at is null and coalesce(o.expires_at > ${tenantNow}, true) and ${purpose} = any(o.purposes)
      and (${recipient}::text is null or ${recipient} = any(o.recipients)) and (o.cross_border or not ${crossBorder})) as "isCovered"
    from tenant_counters c
    join trade_customs t on t.tenant_id = c.tenant_id and t.trade_id = ${tradeId}
    join identities i on i.tenant_id = c.tenant_id and i.id in (t.payer_id, t.orderer_id, t.consignee_id)
    join consents o on o.tenant_id = c.tenant_id and o.id = i.consent_id
    where c.tenant_id = ${tenantId}`.execute(db)
  if (row?.isCovered !== true) throw new Refusal('consent_required', 'Everybody whom the trade names for customs must have consented to this purpose and this kind of recipient; name them first.')
}
