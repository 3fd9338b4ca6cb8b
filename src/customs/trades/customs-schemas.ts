import { Type as T } from 'typebox'
import { component } from '../../http/components.ts'
import { Exactly, Id, Nullable, Timestamp } from '../../http/schemas.ts'
import { Code } from '../identities/identity-schemas.ts'

/** Whose identities a trade is to name. */
export const PartiesRequest = Exactly({
  payer: Id('idn'),
  orderer: Id('idn'),
  consignee: T.Optional(Id('idn'))
}, { examples: [{ payer: 'idn_01kaj6n8k2f5rvt4r9e8q7m3zd', orderer: 'idn_01kaj6n8k2f5rvt4r9e8q7m3zd' }] })

export const PartiesBody = component('CustomsParties', T.Object({
  trade: Id('trd'),
  payer: Id('idn'),
  orderer: Id('idn'),
  consignee: Id('idn'),
  declared_at: Nullable(Timestamp),
  version: T.Integer({ minimum: 1 })
}, { description: 'Whose identities a trade names for customs: who paid, who ordered, and to whom it goes.' }))

export const PARTIES_EXAMPLE = {
  trade: 'trd_01kaj6n8k2f5rvt4r9e8q7m3zd',
  payer: 'idn_01kaj6n8k2f5rvt4r9e8q7m3zd',
  orderer: 'idn_01kaj6n8k2f5rvt4r9e8q7m3zd',
  consignee: 'idn_01kaj6n8k2f5rvt4r9e8q7m3zd',
  declared_at: null,
  version: 1
}

/** Who is to be let ask about a trade. */
export const GrantRequest = Exactly({
  broker: Id('key'),
  purpose: Code,
  expires_at: Timestamp,
  cross_border: T.Optional(T.Boolean({ description: 'Whether the broker is in another country than the buyer; without it, no.' })),
  detail: T.Optional(T.Boolean({ description: 'Whether a key of the role customs is told which field differs; a broker never is.' }))
}, { examples: [{ broker: 'key_01kaj6n8k2f5rvt4r9e8q7m3zd', purpose: 'customs_clearance', expires_at: '2026-03-01T00:00:00Z' }] })

export const GrantBody = component('Grant', T.Object({
  id: Id('gnt'),
  trade: Id('trd'),
  broker: Id('key'),
  purpose: Code,
  cross_border: T.Boolean(),
  detail: T.Boolean(),
  expires_at: Timestamp,
  created_at: Timestamp,
  revoked_at: Nullable(Timestamp)
}, { description: 'Leave for one key to ask about one trade, for one purpose, until a time.' }))

/** Which grants of a trade to end; without either all of them. */
export const GrantsQuery = Exactly({
  grant: T.Optional(Id('gnt')),
  broker: T.Optional(Id('key'))
})

export const GRANT_EXAMPLE = {
  id: 'gnt_01kaj6n8k2f5rvt4r9e8q7m3zd',
  trade: 'trd_01kaj6n8k2f5rvt4r9e8q7m3zd',
  broker: 'key_01kaj6n8k2f5rvt4r9e8q7m3zd',
  purpose: 'customs_clearance',
  cross_border: false,
  detail: false,
  expires_at: '2026-03-01T00:00:00.000Z',
  created_at: '2026-01-31T08:00:00.000Z',
  revoked_at: null
}
