import type { Keyring, WrappingKey } from './keyring.ts'
import { keyFor, seal, unseal } from './seal.ts'

/** A data key as the database keeps it, and which key of the keyring opens it. */
export interface Wrapped {
  readonly keyId: string
  readonly wrapped: Buffer
}

/** Wraps a data key with the keyring's current key; `about` says whose it is, and is needed to unwrap it. */
export function wrapKey (keyring: Keyring, dataKey: Uint8Array, about: string): Wrapped {
  const wrapping = keyring.current()
  return { keyId: wrapping.id, wrapped: seal(wrappingKeyOf(wrapping), dataKey, aboutWrapped(about, wrapping)) }
}

/** A data key that was wrapped. Throws for another one's, and where the keyring lacks the key. */
export function unwrapKey (keyring: Keyring, { keyId, wrapped }: Wrapped, about: string): Buffer {
  const wrapping = keyring.keyOf(keyId)
  return unseal(wrappingKeyOf(wrapping), wrapped, aboutWrapped(about, wrapping))
}

/** Deriving takes longer than unwrapping, and there are few keys. */
const derived = new WeakMap<WrappingKey, Buffer>()

function wrappingKeyOf (wrapping: WrappingKey): Buffer {
  const known = derived.get(wrapping)
  if (known !== undefined) return known
  const key = keyFor('wrap data keys', wrapping.secret)
  derived.set(wrapping, key)
  return key
}

function aboutWrapped (about: string, { id }: WrappingKey): string {
  return `${about}|${id}`
}
