import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

const CIPHER = 'aes-256-gcm'
const KEY_BYTES = 32
/** What HKDF ends its first block with; a key has no more than one. */
const FIRST_BLOCK = Buffer.from([1])
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** What every derived key is for; no key serves two purposes. */
export type Label = 'wrap data keys' | 'seal fields' | `tag ${string}` | 'tell claims apart' | 'receipt nonces' | 'index quota' | 'sign receipts'

/** 32 new random bytes. */
export function newDataKey (): Buffer {
  return randomBytes(KEY_BYTES)
}

/**
 * The key for one purpose, derived from another one: HKDF with SHA-256 (RFC 5869). Its first step makes a key out of what is not one, and is left out, as section 3.3 allows: all keys here are 32 random bytes.
 */
export function keyFor (label: Label, key: Uint8Array): Buffer {
  return createHmac('sha256', key).update(`holdfast ${label}`).update(FIRST_BLOCK).digest()
}

/** Bytes that only who has the key can read, and that only open for the same `about`: what they are and where they belong. */
export function seal (key: Uint8Array, plain: Uint8Array, about: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(about))
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** What was sealed. Throws where a byte of it, the key or `about` is another one. */
export function unseal (key: Uint8Array, sealed: Uint8Array, about: string): Buffer {
  const end = sealed.length - TAG_BYTES
  if (end < NONCE_BYTES) throw new Error('what was sealed is too short')
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES }).setAAD(Buffer.from(about)).setAuthTag(sealed.subarray(end))
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, end)), decipher.final()])
}

/** HMAC with SHA-256 of some parts, each with its length in front, so that no two lists of parts look the same. */
export function mac (key: Uint8Array, ...parts: ReadonlyArray<string | Uint8Array>): Buffer {
  const hmac = createHmac('sha256', key)
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    hmac.update(length).update(bytes)
  }
  return hmac.digest()
}

/** Whether two values are the same, in a time that does not tell where they differ. */
export function isSame (one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}
