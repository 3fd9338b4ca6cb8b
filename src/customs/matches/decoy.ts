import { newDataKey } from '../keyring/seal.ts'
import type { Keyring } from '../keyring/keyring.ts'
import { wrapKey } from '../keyring/wrap.ts'
import { aboutIdentity, sealFields, type FieldOwner, type SecretRow } from '../identities/identity-fields.ts'
import { makeTags, type Tag } from '../identities/identity-tags.ts'

/** Nobody: no tenant has this number, and no identity this id. */
export const DECOY_OWNER: FieldOwner = { tenantId: 0, identityId: '00000000-0000-0000-0000-000000000000' }

type Secret = SecretRow & { readonly tags: readonly Tag[] }

const made = new WeakMap<Keyring, Secret>()

/** What is compared with where there is nobody to compare with: as much work as a real identity, and as little to be found. */
export function decoyOf (keyring: Keyring): Secret {
  const known = made.get(keyring)
  if (known?.keyId === keyring.current().id) return known
  const dataKey = newDataKey()
  const { keyId, wrapped } = wrapKey(keyring, dataKey, aboutIdentity(DECOY_OWNER))
  const secret: Secret = {
    keyId,
    wrappedKey: wrapped,
    fields: sealFields(dataKey, DECOY_OWNER, { id_valid_until: '9999-12-31' }),
    tags: makeTags(dataKey, {
      names: [{ script: 'Hani', shown: '', normal: '-' }, { script: 'Latn', shown: '', normal: '-' }],
      id: { type: 'cn_id', country: 'CN', number: '-' },
      phone: '-',
      postcodes: ['-']
    })
  }
  made.set(keyring, secret)
  return secret
}
