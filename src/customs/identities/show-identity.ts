import { externalId } from '../../kernel/ids.ts'
import type { Assurance, EvidenceMethod } from './assurance.ts'
import type { Consent } from './consent.ts'
import type { FieldTexts } from './identity-fields.ts'
import { maskName, maskNumber, maskPhone, maskPostcode } from './mask.ts'
import type { EvidenceText } from './parse-identity.ts'
import type { OpenIdentity } from './read-identity.ts'

/** A consent as callers see it. */
export interface ConsentJson {
  readonly id: string
  readonly party: string
  readonly purposes: readonly string[]
  readonly recipients: readonly string[]
  readonly cross_border: boolean
  readonly given_at: string
  readonly expires_at: string | null
  readonly withdrawn_at: string | null
  readonly live: boolean
}

/** An identity as callers see it: masked, so that they recognise what they know and learn nothing. Of an erased one only ids and times are left. */
export interface IdentityJson {
  readonly id: string
  readonly party: string
  readonly consent: string
  readonly state: 'registered' | 'erasure_deferred' | 'erased'
  readonly assurance: Assurance
  readonly names: ReadonlyArray<{ readonly script: string, readonly masked: string }>
  readonly id_document: { readonly type: string, readonly country: string | null, readonly masked: string } | null
  readonly phone_masked: string | null
  readonly postcodes_masked: readonly string[]
  readonly evidence: ReadonlyArray<{ readonly method: EvidenceMethod, readonly verified_at: string }>
  readonly created_at: string
  readonly erased_at: string | null
}

/** The outside form of a consent. */
export function showConsent ({ id, partyId, purposes, recipients, crossBorder, givenAt, expiresAt, withdrawnAt, isLive }: Consent): ConsentJson {
  return {
    id: externalId('con', id),
    party: externalId('pty', partyId),
    purposes,
    recipients,
    cross_border: crossBorder,
    given_at: givenAt.toISOString(),
    expires_at: expiresAt?.toISOString() ?? null,
    withdrawn_at: withdrawnAt?.toISOString() ?? null,
    live: isLive
  }
}

/** The outside form of an identity. */
export function showIdentity ({ id, partyId, consentId, assurance, createdAt, erasedAt, eraseAt, fields }: OpenIdentity): IdentityJson {
  return {
    id: externalId('idn', id),
    party: externalId('pty', partyId),
    consent: externalId('con', consentId),
    state: erasedAt !== null ? 'erased' : eraseAt !== null ? 'erasure_deferred' : 'registered',
    assurance,
    ...showFields(fields ?? {}),
    created_at: createdAt.toISOString(),
    erased_at: erasedAt?.toISOString() ?? null
  }
}

function showFields (fields: FieldTexts): Pick<IdentityJson, 'names' | 'id_document' | 'phone_masked' | 'postcodes_masked' | 'evidence'> {
  const names = [['Hani', fields.name_hani], ['Hang', fields.name_hang], ['Latn', fields.name_latn]] as const
  // Written by sealFields from what parseIdentity understood.
  const postcodes = JSON.parse(fields.postcodes ?? '[]') as string[]
  const evidence = JSON.parse(fields.evidence ?? '[]') as EvidenceText[]
  return {
    names: names.flatMap(([script, name]) => name === undefined ? [] : [{ script, masked: maskName(name) }]),
    id_document: fields.id_type === undefined || fields.id_number === undefined
      ? null
      : { type: fields.id_type, country: fields.id_country ?? null, masked: maskNumber(fields.id_number) },
    phone_masked: fields.phone === undefined ? null : maskPhone(fields.phone),
    postcodes_masked: postcodes.map(maskPostcode),
    evidence: evidence.map(({ method, verified_at: at }) => ({ method, verified_at: at }))
  }
}
