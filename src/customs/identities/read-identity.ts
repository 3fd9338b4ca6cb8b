import { sql, type Kysely } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { Refusal } from '../../kernel/refusals.ts'
import type { Keyring } from '../keyring/keyring.ts'
import type { Assurance } from './assurance.ts'
import { IDENTITY_FIELDS, openDataKey, openFields, type FieldTexts, type IdentityField, type SecretRow } from './identity-fields.ts'

/** What is known of an identity, with its fields open; null where it was erased. */
export interface OpenIdentity {
  readonly id: string
  readonly partyId: string
  readonly consentId: string
  readonly assurance: Assurance
  readonly createdAt: Date
  readonly erasedAt: Date | null
  readonly eraseBasis: string | null
  readonly eraseAt: Date | null
  readonly fields: FieldTexts | null
}

type IdentityRow = Omit<OpenIdentity, 'fields'> & { readonly [name in keyof SecretRow]: SecretRow[name] | null }

/**
 * The named fields of an identity, for use inside of the service: what they hold leaves it only masked, or to whom the law names. Refuses `not_found` where the tenant has none of that
 * id (null when the text was none), and `identity_erased`.
 */
export async function readIdentityFields<Field extends IdentityField> (
  db: Kysely<Database>, keyring: Keyring, tenantId: number, identityId: string | null, wanted: readonly Field[]
): Promise<Partial<Record<Field, string>>> {
  const row = await readRow(db, tenantId, identityId)
  const opened = open(keyring, tenantId, row, wanted)
  if (opened === null) throw new Refusal('identity_erased')
  return opened
}

/** An identity by its inside id (null when the text was none), with all its fields. Refuses `not_found`. */
export async function readIdentity (db: Kysely<Database>, keyring: Keyring, tenantId: number, identityId: string | null): Promise<OpenIdentity> {
  const row = await readRow(db, tenantId, identityId)
  const { keyId, wrappedKey, fields, ...identity } = row
  return { ...identity, fields: open(keyring, tenantId, row, IDENTITY_FIELDS) }
}

async function readRow (db: Kysely<Database>, tenantId: number, identityId: string | null): Promise<IdentityRow> {
  const { rows: [row] } = await sql<IdentityRow>`
    select i.id, i.party_id as "partyId", i.consent_id as "consentId", i.assurance, i.created_at as "createdAt", i.erased_at as "erasedAt",
      i.erase_basis as "eraseBasis", i.erase_at as "eraseAt", s.key_id as "keyId", s.wrapped_key as "wrappedKey", s.fields
    from identities i left join identity_secrets s on s.tenant_id = i.tenant_id and s.identity_id = i.id
    where i.tenant_id = ${tenantId} and i.id = ${identityId}`.execute(db)
  if (row === undefined) throw new Refusal('not_found')
  return row
}

function open<Field extends IdentityField> (
  keyring: Keyring, tenantId: number, { id, keyId, wrappedKey, fields }: IdentityRow, wanted: readonly Field[]
): Partial<Record<Field, string>> | null {
  if (keyId === null || wrappedKey === null || fields === null) return null
  const owner = { tenantId, identityId: id }
  return openFields(openDataKey(keyring, owner, { keyId, wrappedKey }), owner, fields, wanted)
}
