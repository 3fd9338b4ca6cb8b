import { Refusal } from '../../kernel/refusals.ts'

/** A key that wraps data keys; it is never in the database. */
export interface WrappingKey {
  readonly id: string
  /** 32 random bytes. */
  readonly secret: Buffer
}

/** The keys that wrap data keys: one wraps what is new, the others only unwrap what they wrapped. */
export interface Keyring {
  /** Whether the service made it for itself: good enough to try everything out, and for no real person. */
  readonly isGenerated: boolean
  readonly current: () => WrappingKey
  /** The key of that id. Throws where the keyring has none such: what it wrapped cannot be read. */
  readonly keyOf: (id: string) => WrappingKey
  readonly all: () => readonly WrappingKey[]
}

const SECRET_BYTES = 32
const ENTRY = /^([a-z0-9][a-z0-9._-]{0,39}):([A-Za-z0-9+/]{43}=)$/

/** The keys of a keyring's text, the first one wraps. Throws, without repeating the text, for another form or a name that comes twice. */
export function parseKeyring (text: string): WrappingKey[] {
  const keys = text.trim().split(',').map((entry): WrappingKey => {
    const [, id, secret] = ENTRY.exec(entry.trim()) ?? []
    if (id === undefined || secret === undefined) throw new Error('a keyring is a list of name:key with commas between them; each key is 32 random bytes in base64')
    return { id, secret: Buffer.from(secret, 'base64') }
  })
  if (new Set(keys.map(({ id }) => id)).size < keys.length) throw new Error('a keyring names no key twice')
  if (keys.some(({ secret }) => secret.length !== SECRET_BYTES)) throw new Error(`a key of a keyring is ${SECRET_BYTES} bytes`)
  return keys
}

/** A keyring of those keys that never changes. */
export function keyringOf (keys: readonly WrappingKey[], isGenerated = false): Keyring {
  return keyringFrom(() => keys, isGenerated)
}

/** A keyring whose keys are asked for each time; `again` says that a key was missing and they should be read anew. */
export function keyringFrom (read: (again: boolean) => readonly WrappingKey[], isGenerated: boolean): Keyring {
  return {
    isGenerated,
    all: () => read(false),
    current () {
      const [first] = read(false)
      if (first === undefined) throw new Error('the keyring is empty')
      return first
    },
    keyOf (id) {
      const key = read(false).find((one) => one.id === id) ?? read(true).find((one) => one.id === id)
      if (key === undefined) throw new Error(`the keyring has no key named ${id}, which identities are kept under: give it back to the keyring`)
      return key
    }
  }
}

/** The keyring, where there is one that may be used for a tenant of that kind. Refuses `keyring_missing`. */
export function requireKeyring (keyring: Keyring | null, kind: 'sandbox' | 'live'): Keyring {
  if (keyring === null) throw new Refusal('keyring_missing', 'Identities are kept under keys that are not in the database: set IDENTITY_KEYRING or IDENTITY_KEYRING_FILE, and start again.')
  if (kind === 'live' && keyring.isGenerated) throw new Refusal('keyring_missing', 'A live tenant needs a keyring of its operator: set IDENTITY_KEYRING or IDENTITY_KEYRING_FILE, and start again. The one that the first start made is for sandboxes.')
  return keyring
}
