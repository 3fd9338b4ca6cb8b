import { Type as T } from 'typebox'
import { component } from '../../http/components.ts'
import { Id, Nullable, Timestamp } from '../../http/schemas.ts'
import { LEGAL_BASES } from './reasons-to-keep.ts'

export const ErasureBody = component('Erasure', T.Object({
  identity: Id('idn'),
  status: T.Enum(['erased', 'deferred'], { type: 'string' }),
  legal_basis: Nullable(T.Enum([...LEGAL_BASES], { type: 'string', description: 'Why it is put off: a trade that names it is not over, or the tenant\'s time of record keeping is not.' })),
  erase_at: Nullable(Timestamp),
  erased_at: Nullable(Timestamp)
}))

export const ERASURE_EXAMPLE = {
  identity: 'idn_01kaj6n8k2f5rvt4r9e8q7m3zd', status: 'erased', legal_basis: null, erase_at: null, erased_at: '2026-02-01T08:00:00.000Z'
}

export const DEFERRED_EXAMPLE = {
  identity: 'idn_01kaj6n8k2f5rvt4r9e8q7m3zd', status: 'deferred', legal_basis: 'open_trade', erase_at: '2026-03-01T08:00:00.000Z', erased_at: null
}
