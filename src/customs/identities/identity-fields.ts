import type { Keyring } from '../keyring/keyring.ts'
import { keyFor, seal, unseal } from '../keyring/seal.ts'
import { unwrapKey } from '../keyring/wrap.ts'

/** What is sealed of an identity, each field by itself: names in the scripts they are known in, the document, and how to reach its holder. */
export const IDENTITY_FIELDS = [
  'name_hani', 'name_hang', 'name_latn', 'id_type', 'id_number', 'id_country', 'id_valid_until', 'phone', 'postcodes', 'evidence'
] as const
export type IdentityField = typeof IDENTITY_FIELDS[number]

/** The fields of an identity as texts: `postcodes` and `evidence` are JSON. What it has not is missing. */
export type FieldTexts = Readonly<Partial<Record<IdentityField, string>>>

/** Fields as the database keeps them. */
export type SealedFields = Readonly<Partial<Record<IdentityField, { readonly version: number, readonly sealed: string }>>>

/** Whose fields they are. */
export interface FieldOwner {
  readonly tenantId: number
  readonly identityId: string
}

/** A row of identity_secrets, as it opens an identity's fields. */
export interface SecretRow {
  readonly keyId: string
  readonly wrappedKey: Buffer
  readonly fields: SealedFields
}

const FIRST_VERSION = 1

/** Seals every field that there is under the identity's data key. */
export function sealFields (dataKey: Uint8Array, owner: FieldOwner, texts: FieldTexts): SealedFields {
  const key = keyFor('seal fields', dataKey)
  const sealed = IDENTITY_FIELDS.flatMap((field) => {
    const text = texts[field]
    if (text === undefined) return []
    return [[field, { version: FIRST_VERSION, sealed: seal(key, Buffer.from(text), aboutField(owner, field, FIRST_VERSION)).toString('base64') }]]
  })
  return Object.fromEntries(sealed) as SealedFields
}

/** Opens the named fields. Throws where one was sealed for another identity, another field or another version, or was changed. */
export function openFields<Field extends IdentityField> (dataKey: Uint8Array, owner: FieldOwner, fields: SealedFields, wanted: readonly Field[]): Partial<Record<Field, string>> {
  const key = keyFor('seal fields', dataKey)
  const opened: Partial<Record<Field, string>> = {}
  for (const field of wanted) {
    const kept = fields[field]
    if (kept !== undefined) opened[field] = unseal(key, Buffer.from(kept.sealed, 'base64'), aboutField(owner, field, kept.version)).toString()
  }
  return opened
}

/** The data key of an identity. */
export function openDataKey (keyring: Keyring, owner: FieldOwner, { keyId, wrappedKey }: Pick<SecretRow, 'keyId' | 'wrappedKey'>): Buffer {
  return unwrapKey(keyring, { keyId, wrapped: wrappedKey }, aboutIdentity(owner))
}

/** What a data key is wrapped for. */
export function aboutIdentity ({ tenantId, identityId }: FieldOwner): string {
  return `${tenantId}|${identityId}`
}

function aboutField (owner: FieldOwner, field: IdentityField, version: number): string {
  return `${aboutIdentity(owner)}|${field}|${version}`
}
