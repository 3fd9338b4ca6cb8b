import { Type as T } from 'typebox'
import { component } from '../../http/components.ts'
import { Exactly, Id, Nullable, Reference, Timestamp } from '../../http/schemas.ts'
import { NAME_LENGTH_MAX } from '../forms/name.ts'
import { ASSURANCES, EVIDENCE_METHODS, type EvidenceMethod } from './assurance.ts'
import { KNOWN_SCRIPTS } from './parse-identity.ts'

const CODES_MAX = 20

/** A purpose or a kind of recipient: a code of the tenant's own. */
export const Code = T.String({ pattern: '^[a-z][a-z0-9_.-]{0,63}$', description: 'A code of small letters, digits and _ . -, such as customs_clearance.', examples: ['customs_clearance'] })

const Codes = T.Array(Code, { minItems: 1, maxItems: CODES_MAX })
const Country = T.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1, two letters.', examples: ['CN'] })
const Sha256 = T.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 in hexadecimal.' })

/** A consent to record. */
export const ConsentRequest = Exactly({
  party: Id('pty'),
  purposes: T.Array(Code, { minItems: 1, maxItems: CODES_MAX, description: 'What for; a grant names one of them.' }),
  recipients: T.Array(Code, { minItems: 1, maxItems: CODES_MAX, description: 'To whom: `customs_broker` for those who ask, and others that the buyer was told of.' }),
  cross_border: T.Optional(T.Boolean({ description: 'Whether they may be in another country; without it, no.' })),
  given_at: T.Optional(Timestamp),
  expires_at: T.Optional(Timestamp)
})

export const ConsentBody = component('Consent', T.Object({
  id: Id('con'),
  party: Id('pty'),
  purposes: Codes,
  recipients: Codes,
  cross_border: T.Boolean(),
  given_at: Timestamp,
  expires_at: Nullable(Timestamp),
  withdrawn_at: Nullable(Timestamp),
  live: T.Boolean({ description: 'Whether it is neither withdrawn nor expired.' })
}))

const EvidenceRequest = Exactly({
  method: T.Enum(Object.keys(EVIDENCE_METHODS) as EvidenceMethod[], { type: 'string', description: 'How it was verified: it decides how sure the identity is.' }),
  provider: Reference,
  ref: T.Optional(Reference),
  verified_at: Timestamp,
  sha256: T.Optional(Sha256)
})

/** An identity to register. */
export const IdentityRequest = Exactly({
  party: T.Optional(Id('pty')),
  consent: T.Optional(Id('con')),
  names: T.Array(Exactly({
    script: T.Enum([...KNOWN_SCRIPTS], { type: 'string', description: 'ISO 15924; Hans and Hant count as Hani.' }),
    full: T.String({ minLength: 1, maxLength: NAME_LENGTH_MAX })
  }), { minItems: 1, maxItems: 3, description: 'The name in each script it is known in.' }),
  id: Exactly({
    type: T.String({ minLength: 1, maxLength: 40, description: 'cn_id (a Chinese resident identity card), kr_pccc (a Korean personal customs code) or passport.', examples: ['cn_id'] }),
    number: T.String({ minLength: 1, maxLength: 60 }),
    country: T.Optional(Country),
    valid_until: T.Optional(Nullable(T.String({ maxLength: 10, description: 'The last day of the document.', examples: ['2031-07-19'] })))
  }),
  phone: T.Optional(Nullable(T.String({ minLength: 1, maxLength: 40 }))),
  postcodes: T.Optional(T.Array(T.String({ minLength: 1, maxLength: 20 }), { maxItems: 10 })),
  evidence: T.Array(EvidenceRequest, { minItems: 1, maxItems: 10 })
})

export const IdentityBody = component('Identity', T.Object({
  id: Id('idn'),
  party: Id('pty'),
  consent: Id('con'),
  state: T.Enum(['registered', 'erasure_deferred', 'erased'], { type: 'string' }),
  assurance: T.Enum([...ASSURANCES], { type: 'string', description: 'How sure it is that the identity is its holder\'s.' }),
  names: T.Array(T.Object({ script: T.String(), masked: T.String() })),
  id_document: Nullable(T.Object({ type: T.String(), country: Nullable(Country), masked: T.String() })),
  phone_masked: Nullable(T.String()),
  postcodes_masked: T.Array(T.String()),
  evidence: T.Array(T.Object({ method: T.String(), verified_at: Timestamp })),
  created_at: Timestamp,
  erased_at: Nullable(Timestamp)
}, { description: 'An identity, masked: who knows it recognises it, and nobody learns it.' }))
