import { randomBytes } from 'node:crypto'
import type { IdNumber } from '../forms/id-number.ts'
import { latinVariants } from '../forms/latin-name.ts'
import type { Name, Script } from '../forms/name.ts'
import { isSame, keyFor, mac } from '../keyring/seal.ts'

/** What can be compared with a claim, and nothing but compared. `like.Latn` is what else a name in Latin letters may look like. */
export type TagField = 'id' | `name.${Script}` | 'like.Latn' | 'phone' | 'postcode'

/** A value that can be recognised, by whoever has the identity's data key; two rows of the same value have nothing in common. */
export interface Tag {
  readonly field: TagField
  readonly salt: string
  readonly tag: string
}

/** What an identity is compared by, all of it in its normal form. */
export interface Comparable {
  readonly names: readonly Name[]
  readonly id: IdNumber
  readonly phone: string | null
  readonly postcodes: readonly string[]
}

const SALT_BYTES = 16

/** The tags of an identity. */
export function makeTags (dataKey: Uint8Array, { names, id, phone, postcodes }: Comparable): Tag[] {
  const keys = new TagKeys(dataKey)
  return [
    makeTag(keys, 'id', idText(id)),
    ...names.flatMap(({ script, normal }) => [
      makeTag(keys, `name.${script}`, normal),
      ...script === 'Latn' ? latinVariants(normal).map((variant) => makeTag(keys, 'like.Latn', variant)) : []
    ]),
    ...phone === null ? [] : [makeTag(keys, 'phone', phone)],
    ...postcodes.map((postcode) => makeTag(keys, 'postcode', postcode))
  ]
}

/** Whether one of the tags of a field is of that value. Looks at all of them, whichever it is. */
export function hasTag (keys: TagKeys, tags: readonly Tag[], field: TagField, value: string): boolean {
  let found = false
  for (const one of tags) {
    if (one.field === field && isSame(mac(keys.of(field), Buffer.from(one.salt, 'base64'), value), Buffer.from(one.tag, 'base64'))) found = true
  }
  return found
}

/** The text by which documents are compared: type, country and number. */
export function idText ({ type, country, number }: IdNumber): string {
  return `${type}|${country ?? ''}|${number}`
}

/** The keys of an identity's tags, one a field, derived when they are needed. */
export class TagKeys {
  readonly #dataKey: Uint8Array
  readonly #keys = new Map<TagField, Buffer>()

  constructor (dataKey: Uint8Array) {
    this.#dataKey = dataKey
  }

  of (field: TagField): Buffer {
    const known = this.#keys.get(field)
    if (known !== undefined) return known
    const key = keyFor(`tag ${field}`, this.#dataKey)
    this.#keys.set(field, key)
    return key
  }
}

function makeTag (keys: TagKeys, field: TagField, value: string): Tag {
  const salt = randomBytes(SALT_BYTES)
  return { field, salt: salt.toString('base64'), tag: mac(keys.of(field), salt, value).toString('base64') }
}
