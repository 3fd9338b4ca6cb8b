import { createHash, randomBytes } from 'node:crypto'
import type { TenantKind } from '../tenants/tenants.ts'

const FORM = /^hf_(?:sandbox|live)_[A-Za-z0-9_-]{43}$/
const SECRET_BYTES = 32
const HINT_LENGTH = 4

/** A new secret text, random and long. */
export function newSecret (tenantKind: TenantKind): string {
  return `hf_${tenantKind}_${randomBytes(SECRET_BYTES).toString('base64url')}`
}

/** What is shown of a secret later on: its last four characters. */
export function hintOf (secret: string): string {
  return secret.slice(-HINT_LENGTH)
}

/** Whether a text could be a secret at all, so that other texts cost no look into the database. */
export function looksLikeSecret (text: string): boolean {
  return FORM.test(text)
}

/**
 * What is kept of a secret. It is random and long: nobody can guess what hashes to this, so a slow hash would protect nothing
 * and cost every request.
 */
export function hashOf (secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
