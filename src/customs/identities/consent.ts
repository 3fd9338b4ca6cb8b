import { sql, type Kysely, type Transaction } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { newId } from '../../kernel/ids.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { tenantNow } from '../../tenants/clock.ts'
import { refuseField } from '../forms/refuse-field.ts'

/** What a buyer agreed to: which purposes, which kinds of recipients, and whether they may be in another country. */
export interface Consent {
  readonly id: string
  readonly partyId: string
  readonly purposes: readonly string[]
  readonly recipients: readonly string[]
  readonly crossBorder: boolean
  readonly givenAt: Date
  readonly expiresAt: Date | null
  readonly withdrawnAt: Date | null
  /** Whether it holds at this moment of the tenant's clock. */
  readonly isLive: boolean
}

/** A consent to record; `keyId` is who does. */
export interface NewConsent {
  readonly partyId: string | null
  readonly purposes: readonly string[]
  readonly recipients: readonly string[]
  readonly crossBorder: boolean
  /** The moment of the request where that is not told. */
  readonly givenAt: Date | null
  readonly expiresAt: Date | null
  readonly keyId: string
}

/** What a `Consent` is read from: a row of consents, and as `c` the tenant's counter. */
export const consentColumns = sql`
  o.id, o.party_id as "partyId", o.purposes, o.recipients, o.cross_border as "crossBorder", o.given_at as "givenAt", o.expires_at as "expiresAt",
  o.withdrawn_at as "withdrawnAt", o.withdrawn_at is null and coalesce(o.expires_at > ${tenantNow}, true) as "isLive"`

/**
 * Records what a buyer agreed to, and answers it; the very same that holds already is that one. Refuses `unknown_party`, `wrong_party_kind` for whoever is no buyer,
 * and `invalid_time` for a consent that would have ended already.
 */
export async function giveConsent (trx: Transaction<Database>, tenantId: number, consent: NewConsent): Promise<Consent> {
  await lockBuyer(trx, tenantId, consent.partyId)
  const purposes = [...new Set(consent.purposes)].sort()
  const recipients = [...new Set(consent.recipients)].sort()
  const { rows: [same] } = await sql<Consent>`
    select ${consentColumns} from consents o join tenant_counters c on c.tenant_id = o.tenant_id
    where o.tenant_id = ${tenantId} and o.party_id = ${consent.partyId} and o.withdrawn_at is null and coalesce(o.expires_at > ${tenantNow}, true)
      and o.purposes = ${purposes}::text[] and o.recipients = ${recipients}::text[] and o.cross_border = ${consent.crossBorder}
      and o.expires_at is not distinct from ${consent.expiresAt}::timestamptz and (${consent.givenAt}::timestamptz is null or o.given_at = ${consent.givenAt})
    order by o.id desc limit 1`.execute(trx)
  if (same !== undefined) return same
  const id = newId()
  await sql`
    insert into consents (tenant_id, id, party_id, purposes, recipients, cross_border, given_at, expires_at, created_by)
    select ${tenantId}, ${id}, ${consent.partyId}, ${purposes}::text[], ${recipients}::text[], ${consent.crossBorder},
      coalesce(${consent.givenAt}::timestamptz, ${tenantNow}), ${consent.expiresAt}, ${consent.keyId}
    from tenant_counters c where c.tenant_id = ${tenantId}`.execute(trx)
  const given = await readConsent(trx, tenantId, id)
  if (given?.isLive !== true) throw refuseField('invalid_time', '/expires_at', 'The consent would have ended already.')
  return given
}

/** Withdraws a consent from now on, and answers it; one that was withdrawn before stays as it is. Refuses `not_found`. */
export async function withdrawConsent (trx: Transaction<Database>, tenantId: number, id: string | null): Promise<Consent> {
  await sql`
    update consents o set withdrawn_at = ${tenantNow} from tenant_counters c
    where c.tenant_id = o.tenant_id and o.tenant_id = ${tenantId} and o.id = ${id} and o.withdrawn_at is null`.execute(trx)
  const consent = await readConsent(trx, tenantId, id)
  if (consent === null) throw new Refusal('not_found')
  return consent
}

/** A consent by its inside id, or null. */
export async function readConsent (db: Kysely<Database>, tenantId: number, id: string | null): Promise<Consent | null> {
  const { rows: [row] } = await sql<Consent>`
    select ${consentColumns} from consents o join tenant_counters c on c.tenant_id = o.tenant_id where o.tenant_id = ${tenantId} and o.id = ${id}`.execute(db)
  return row ?? null
}

/** Whatever is done for a buyer's identity is done for one buyer at a time. */
async function lockBuyer (trx: Transaction<Database>, tenantId: number, partyId: string | null): Promise<void> {
  const { rows: [party] } = await sql<{ kind: string }>`select kind from parties where tenant_id = ${tenantId} and id = ${partyId}`.execute(trx)
  if (party === undefined) throw refuseField('unknown_party', '/party')
  if (party.kind !== 'buyer') throw refuseField('wrong_party_kind', '/party', `Buyers consent, and this is a ${party.kind}.`)
  await sql`select pg_advisory_xact_lock(hashtextextended(${`consent ${tenantId} ${partyId}`}, 0))`.execute(trx)
}
