import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import type { WrappingKey } from '../keyring/keyring.ts'
import { keyFor } from '../keyring/seal.ts'

/** A public key as a JWK has it. */
export interface PublicJwk {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  readonly x: string
  readonly kid: string
  readonly alg: 'EdDSA'
  readonly use: 'sig'
}

/** A key that signs receipts. */
export interface SigningKey {
  readonly secret: KeyObject
  readonly jwk: PublicJwk
}

/** What stands before the 32 bytes of a private key of Ed25519 in PKCS #8. Source: RFC 8410, section 7. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

const derived = new WeakMap<WrappingKey, SigningKey>()

/** The signing key that belongs to a key of the keyring: derived from it, so that it is kept nowhere and rotates together with it. */
export function signingKeyOf (wrapping: WrappingKey): SigningKey {
  const known = derived.get(wrapping)
  if (known !== undefined) return known
  const secret = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, keyFor('sign receipts', wrapping.secret)]), format: 'der', type: 'pkcs8' })
  const { x } = createPublicKey(secret).export({ format: 'jwk' })
  if (x === undefined) throw new Error('a public key of Ed25519 has an x')
  const made = { secret, jwk: jwkOf(x) }
  derived.set(wrapping, made)
  return made
}

/** A public key with its name, the thumbprint of RFC 7638. */
export function jwkOf (x: string): PublicJwk {
  const kid = createHash('sha256').update(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x })).digest('base64url')
  return { kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig' }
}
