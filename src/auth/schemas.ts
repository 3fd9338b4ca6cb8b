import { Type as T } from 'typebox'
import { component } from '../http/components.ts'
import { ROLES } from '../kernel/principal.ts'
import { Exactly, Id, Nullable, Page, PageQuery, Timestamp } from '../http/schemas.ts'
import { OVERLAP_SECONDS_DEFAULT, OVERLAP_SECONDS_MAX } from './keys.ts'
import { KEY_STATES } from './read-keys.ts'

const RoleName = component('Role', T.Enum([...ROLES], {
  type: 'string',
  description: 'What a key may do: `admin` manages keys and settings, `marketplace` runs trades, `finance` reads the books, `customs` answers for identities, `arbitrator` decides disputes, `attester` testifies what release conditions ask for and reaches nothing else.'
}))

const KeySecret = component('KeySecret', T.Object({
  hint: T.String({ description: 'The last four characters of the secret.' }),
  created_at: Timestamp,
  retires_at: T.Union([Timestamp, T.Null()], { description: 'When a rotation ends it; null for the newest.' }),
  last_used_at: T.Union([Timestamp, T.Null()], { description: 'To the minute.' })
}))

const KeyStateName = component('ApiKeyState', T.Enum([...KEY_STATES], {
  type: 'string',
  description: 'Whether the key works: `active` and `expiring` do, and what is `expiring` ends within 30 days; `expired` and `revoked` do not.'
}))

const keyProperties = {
  id: Id('key'),
  name: T.String(),
  role: RoleName,
  state: KeyStateName,
  hint: T.String({ description: 'The last four characters of the newest secret.' }),
  created_at: Timestamp,
  expires_at: Nullable(Timestamp),
  revoked_at: Nullable(Timestamp),
  last_used_at: T.Union([Timestamp, T.Null()], { description: 'When any of its secrets was last used, to the minute.' }),
  secrets: T.Array(KeySecret, { description: 'What the key can be sent as, newest first: its secret and, for a while after a rotation, the former one.' })
}

export const ApiKeyBody = component('ApiKey', T.Object(keyProperties))

export const NewApiKeyBody = component('NewApiKey', T.Object({
  ...keyProperties,
  key: T.String({ description: 'The key itself. It is shown this once and cannot be shown again.' })
}))

export const ApiKeyQuery = PageQuery({ state: T.Optional(KeyStateName) })

export const ApiKeyPage = Page('ApiKeyPage', ApiKeyBody)

export const ApiKeyRequest = Exactly({
  name: T.String({ minLength: 1, maxLength: 100, description: 'What the key is for, so that people can tell their keys apart.' }),
  role: RoleName,
  expires_at: T.Optional(Timestamp)
}, { examples: [{ name: 'shop backend', role: 'marketplace', expires_at: '2027-01-31T00:00:00Z' }] })

export const RotationRequest = Exactly({
  overlap_seconds: T.Optional(T.Integer({
    minimum: 0,
    maximum: OVERLAP_SECONDS_MAX,
    description: `How long the former secret goes on working, 0 to end it at once, at most 30 days; ${OVERLAP_SECONDS_DEFAULT} where nothing is said.`
  }))
}, { examples: [{ overlap_seconds: OVERLAP_SECONDS_DEFAULT }] })

export const API_KEY_EXAMPLE = {
  id: 'key_01kaj6n8k2f5rvt4r9e8q7m3zd',
  name: 'shop backend',
  role: 'marketplace',
  state: 'active',
  hint: 'x7Qe',
  created_at: '2026-01-31T08:00:00.000Z',
  expires_at: '2027-01-31T00:00:00.000Z',
  revoked_at: null,
  last_used_at: null,
  secrets: [{ hint: 'x7Qe', created_at: '2026-01-31T08:00:00.000Z', retires_at: null, last_used_at: null }]
}

/** The same key after a rotation. */
export const ROTATED_KEY_EXAMPLE = {
  ...API_KEY_EXAMPLE,
  hint: 'p2Wk',
  last_used_at: '2026-06-30T07:59:00.000Z',
  secrets: [
    { hint: 'p2Wk', created_at: '2026-06-30T08:00:00.000Z', retires_at: null, last_used_at: null },
    { hint: 'x7Qe', created_at: '2026-01-31T08:00:00.000Z', retires_at: '2026-07-01T08:00:00.000Z', last_used_at: '2026-06-30T07:59:00.000Z' }
  ]
}
