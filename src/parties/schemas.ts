import { Type as T } from 'typebox'
import { component } from '../http/components.ts'
import { Currency, Exactly, Id, Nullable, Page, PageQuery, Rate, Reference, Timestamp } from '../http/schemas.ts'
import { PARTY_KINDS } from './party.ts'
import { RESERVE_DAYS_MAX } from './seller-terms.ts'

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

const RESERVE = {
  rate: Rate,
  days: T.Integer({ minimum: 1, maximum: RESERVE_DAYS_MAX, description: 'How long each part waits.', examples: [30] })
}

/** What is kept back of a seller's releases. */
export const ReserveBody = component('ReserveTerms', T.Object(RESERVE, { description: 'The part of a seller\'s net that waits in reserve after each release.' }))

const COINS = {
  accepts: 'Whether buyers may pay a part of his prices with coins.',
  funds: 'Whether he pays for the coins that are earned in his shop; else the platform does.'
}

/** Terms to change; what is left out stays. */
export const TermsRequest = Exactly({
  reserve: T.Optional(Nullable(Exactly(RESERVE))),
  payout_currency: T.Optional(Nullable(Currency)),
  accepts_coins: T.Optional(T.Boolean({ description: COINS.accepts })),
  funds_coins: T.Optional(T.Boolean({ description: COINS.funds }))
}, { minProperties: 1, examples: [{ reserve: { rate: '0.10', days: 30 } }, { reserve: null }, { payout_currency: 'USD' }, { accepts_coins: true }] })

export const PartyBody = component('Party', T.Object({
  id: Id('pty'),
  kind: Kind,
  external_ref: Reference,
  name: T.String(),
  terms: Nullable(T.Object({ reserve: Nullable(ReserveBody), payout_currency: Nullable(Currency), accepts_coins: T.Boolean({ description: COINS.accepts }), funds_coins: T.Boolean({ description: COINS.funds }) }, { description: 'How a seller gets his money; null for buyers and partners.' })),
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
  terms: { reserve: null, payout_currency: null, accepts_coins: false, funds_coins: false },
  created_at: '2026-01-31T08:00:00.000Z'
}

/** A seller of whose releases a part waits in reserve. */
export const RESERVED_PARTY_EXAMPLE = { ...PARTY_EXAMPLE, terms: { reserve: { rate: '0.10', days: 30 }, payout_currency: null, accepts_coins: false, funds_coins: false } }
