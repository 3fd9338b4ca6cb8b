import { Type as T } from 'typebox'
import { component } from '../http/components.ts'
import { Exactly, Id, Page, PageQuery, Reference, Timestamp } from '../http/schemas.ts'
import { PARTY_KINDS } from './party.ts'

const Kind = T.Enum([...PARTY_KINDS], {
  type: 'string',
  description: 'A buyer pays, a seller delivers, a partner takes a share of what a seller gets.'
})

/** A party to make. */
export const PartyRequest = Exactly({
  kind: Kind,
  external_ref: Reference,
  name: T.String({ minLength: 1, maxLength: 200, description: 'A name for people to read. It is shown to nobody outside of this tenant.' })
}, { examples: [{ kind: 'seller', external_ref: 'S-1', name: 'Tea House' }] })

export const PartyBody = component('Party', T.Object({
  id: Id('pty'),
  kind: Kind,
  external_ref: Reference,
  name: T.String(),
  created_at: Timestamp
}))

export const PartyPage = Page('PartyPage', PartyBody)

export const PartyQuery = PageQuery({
  kind: T.Optional(Kind),
  external_ref: T.Optional(Reference)
})

export const PARTY_EXAMPLE = {
  id: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zd',
  kind: 'seller',
  external_ref: 'S-1',
  name: 'Tea House',
  created_at: '2026-01-31T08:00:00.000Z'
}
