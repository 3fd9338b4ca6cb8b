import { Type as T } from 'typebox'
import { component } from '../http/components.ts'
import { ROLES } from '../kernel/principal.ts'
import { Exactly, Id, Nullable, Page, Timestamp } from '../http/schemas.ts'

const RoleName = component('Role', T.Enum([...ROLES], {
  type: 'string',
  description: 'What a key may do: `admin` manages keys and settings, `marketplace` runs trades, `finance` reads the books, `customs` answers for identities.'
}))

const keyProperties = {
  id: Id('key'),
  name: T.String(),
  role: RoleName,
  hint: T.String({ description: 'The last four characters of the key.' }),
  created_at: Timestamp,
  expires_at: Nullable(Timestamp),
  revoked_at: Nullable(Timestamp),
  last_used_at: T.Union([Timestamp, T.Null()], { description: 'To the minute.' })
}

export const ApiKeyBody = component('ApiKey', T.Object(keyProperties))

export const NewApiKeyBody = component('NewApiKey', T.Object({
  ...keyProperties,
  key: T.String({ description: 'The key itself. It is shown this once and cannot be shown again.' })
}))

export const ApiKeyPage = Page('ApiKeyPage', ApiKeyBody)

export const ApiKeyRequest = Exactly({
  name: T.String({ minLength: 1, maxLength: 100, description: 'What the key is for, so that people can tell their keys apart.' }),
  role: RoleName,
  expires_at: T.Optional(Timestamp)
}, { examples: [{ name: 'shop backend', role: 'marketplace', expires_at: '2027-01-31T00:00:00Z' }] })

export const API_KEY_EXAMPLE = {
  id: 'key_01kaj6n8k2f5rvt4r9e8q7m3zd',
  name: 'shop backend',
  role: 'marketplace',
  hint: 'x7Qe',
  created_at: '2026-01-31T08:00:00.000Z',
  expires_at: '2027-01-31T00:00:00.000Z',
  revoked_at: null,
  last_used_at: null
}
