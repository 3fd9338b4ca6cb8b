/** A consent, and an identity, in the API description. The person is made up. */
export const CONSENT_REQUEST_EXAMPLE = {
  party: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zd', purposes: ['customs_clearance'], recipients: ['customs_broker'], cross_border: true
}

export const CONSENT_EXAMPLE = {
  id: 'con_01kaj6n8k2f5rvt4r9e8q7m3zd',
  ...CONSENT_REQUEST_EXAMPLE,
  given_at: '2026-01-31T08:00:00.000Z',
  expires_at: null,
  withdrawn_at: null,
  live: true
}

export const IDENTITY_REQUEST_EXAMPLE = {
  consent: 'con_01kaj6n8k2f5rvt4r9e8q7m3zd',
  names: [{ script: 'Hani', full: '样本人' }, { script: 'Latn', full: 'Yangben Ren' }],
  id: { type: 'cn_id', number: '110101199003070011', country: 'CN', valid_until: '2031-07-19' },
  phone: '+8613800138000',
  postcodes: ['100010'],
  evidence: [{ method: 'government_database', provider: 'sample-verifier', ref: 'V-1', verified_at: '2026-01-30T08:00:00Z' }]
}

export const IDENTITY_EXAMPLE = {
  id: 'idn_01kaj6n8k2f5rvt4r9e8q7m3zd',
  party: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zd',
  consent: 'con_01kaj6n8k2f5rvt4r9e8q7m3zd',
  state: 'registered',
  assurance: 'high',
  names: [{ script: 'Hani', masked: '样**' }, { script: 'Latn', masked: 'Y****** ***' }],
  id_document: { type: 'cn_id', country: 'CN', masked: '1****************1' },
  phone_masked: '+86*********00',
  postcodes_masked: ['1*****'],
  evidence: [{ method: 'government_database', verified_at: '2026-01-30T08:00:00Z' }],
  created_at: '2026-01-31T08:00:00.000Z',
  erased_at: null
}
