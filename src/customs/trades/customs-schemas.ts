import { Type as T } from 'typebox'
import { component } from '../../http/components.ts'
import { Exactly, Id, Nullable, Timestamp } from '../../http/schemas.ts'

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
