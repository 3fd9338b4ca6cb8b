import { sql, type Transaction } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { newId } from '../../kernel/ids.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { tenantNow } from '../../tenants/clock.ts'
import type { Keyring } from '../keyring/keyring.ts'
import { newDataKey } from '../keyring/seal.ts'
import { wrapKey } from '../keyring/wrap.ts'
import { readConsent } from './consent.ts'
import { aboutIdentity, openDataKey, openFields, IDENTITY_FIELDS, sealFields, type FieldTexts, type SecretRow } from './identity-fields.ts'
import { hasTag, idText, makeTags, TagKeys, type Tag } from './identity-tags.ts'
import type { NewIdentity } from './parse-identity.ts'
import { indexForQuota } from './quota-index.ts'

/** Who registers whose identity by which consent. */
export interface Registration {
  /** Inside ids; null for a text that was none, or for none at all. */
  readonly consentId: string | null
  readonly partyId: string | null
  readonly identity: NewIdentity
  readonly keyId: string
}

/**
 * Keeps a verified identity and answers its inside id. Registering the very same again answers the one that is there. Refuses `consent_required` without a live consent of
 * that buyer, and `identity_exists` where he has the document with other facts.
 */
export async function registerIdentity (trx: Transaction<Database>, keyring: Keyring, tenantId: number, { consentId, partyId, identity, keyId }: Registration): Promise<string> {
  // One registration of a consent at a time: two that are the same must become one identity.
  await sql`select from consents where tenant_id = ${tenantId} and id = ${consentId} for no key update`.execute(trx)
  const consent = await readConsent(trx, tenantId, consentId)
  if (consent?.isLive !== true || (partyId !== null && consent.partyId !== partyId)) throw new Refusal('consent_required')
  await sql`select pg_advisory_xact_lock(hashtextextended(${`identity ${tenantId} ${consent.partyId}`}, 0))`.execute(trx)
  const texts = fieldsOf(identity)
  const same = await findDocument(trx, keyring, { tenantId, partyId: consent.partyId }, identity, texts)
  if (same !== null) return same
  const owner = { tenantId, identityId: newId() }
  const dataKey = newDataKey()
  const { keyId: wrapping, wrapped } = wrapKey(keyring, dataKey, aboutIdentity(owner))
  await sql`
    insert into identities (tenant_id, id, party_id, consent_id, assurance, created_by, created_at)
    select ${tenantId}, ${owner.identityId}, ${consent.partyId}, ${consentId}, ${identity.assurance}, ${keyId}, ${tenantNow}
    from tenant_counters c where c.tenant_id = ${tenantId}`.execute(trx)
  await sql`
    insert into identity_secrets (tenant_id, identity_id, key_id, wrapped_key, fields, tags)
    values (${tenantId}, ${owner.identityId}, ${wrapping}, ${wrapped}, ${JSON.stringify(sealFields(dataKey, owner, texts))}::jsonb, ${JSON.stringify(makeTags(dataKey, identity))}::jsonb)`.execute(trx)
  await indexForQuota(trx, keyring, owner, idText(identity.id))
  return owner.identityId
}

interface KnownRow extends SecretRow {
  readonly id: string
  readonly tags: readonly Tag[]
}

/** The buyer's identity with the same document, where all its other facts are the same, too. */
async function findDocument (
  trx: Transaction<Database>, keyring: Keyring, { tenantId, partyId }: { readonly tenantId: number, readonly partyId: string }, identity: NewIdentity, texts: FieldTexts
): Promise<string | null> {
  const { rows } = await sql<KnownRow>`
    select i.id, s.key_id as "keyId", s.wrapped_key as "wrappedKey", s.fields, s.tags
    from identities i join identity_secrets s on s.tenant_id = i.tenant_id and s.identity_id = i.id
    where i.tenant_id = ${tenantId} and i.party_id = ${partyId}`.execute(trx)
  for (const row of rows) {
    const owner = { tenantId, identityId: row.id }
    const dataKey = openDataKey(keyring, owner, row)
    if (!hasTag(new TagKeys(dataKey), row.tags, 'id', idText(identity.id))) continue
    const known = openFields(dataKey, owner, row.fields, IDENTITY_FIELDS)
    if (IDENTITY_FIELDS.every((field) => known[field] === texts[field])) return row.id
    throw new Refusal('identity_exists')
  }
  return null
}

function fieldsOf ({ names, id, validUntil, phone, postcodes, evidence }: NewIdentity): FieldTexts {
  return {
    ...Object.fromEntries(names.map(({ script, shown }) => [`name_${script.toLowerCase()}`, shown])),
    id_type: id.type,
    id_number: id.number,
    ...id.country === null ? {} : { id_country: id.country },
    ...validUntil === null ? {} : { id_valid_until: validUntil },
    ...phone === null ? {} : { phone },
    ...postcodes.length === 0 ? {} : { postcodes: JSON.stringify(postcodes) },
    evidence: JSON.stringify(evidence)
  }
}
