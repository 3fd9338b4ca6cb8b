import { Type as T } from 'typebox'
import { component } from '../../http/components.ts'
import { Id, Nullable, Timestamp } from '../../http/schemas.ts'

export const ReceiptBody = component('Receipt', T.Object({
  jti: Id('rcp'),
  match: Id('mat'),
  receipt: T.String({ description: 'A JWS in its compact form, signed with Ed25519 (`EdDSA`).' }),
  nonce: T.String({ description: 'What opens `claim_commitment`, in base64url: hand it to customs together with the claim, and to nobody else.' }),
  issued_at: Timestamp,
  expires_at: Timestamp
}))

export const ReceiptStatusBody = component('ReceiptStatus', T.Object({
  jti: Id('rcp'),
  status: T.Enum(['valid', 'expired', 'revoked'], { type: 'string' }),
  expires_at: Timestamp,
  revoked_at: Nullable(Timestamp)
}))

export const KeySetBody = component('JsonWebKeySet', T.Object({
  keys: T.Array(T.Object({ kty: T.String(), crv: T.String(), x: T.String(), kid: T.String(), alg: T.String(), use: T.String() }))
}, { description: 'RFC 7517.' }))

export const RECEIPT_EXAMPLE = {
  jti: 'rcp_01kaj6n8k2f5rvt4r9e8q7m3zd',
  match: 'mat_01kaj6n8k2f5rvt4r9e8q7m3zd',
  receipt: 'eyJhbGciOiJFZERTQSIsInR5cCI6InJlY2VpcHQrand0Iiwia2lkIjoi…',
  nonce: 'kQ1xq3mYcQb3s1yR9r0cXhU2mJ0mHn0cQm1m0o1m8cA',
  issued_at: '2026-01-31T08:00:00.000Z',
  expires_at: '2026-05-01T08:00:00.000Z'
}

export const RECEIPT_STATUS_EXAMPLE = { jti: RECEIPT_EXAMPLE.jti, status: 'valid', expires_at: RECEIPT_EXAMPLE.expires_at, revoked_at: null }

export const KEY_SET_EXAMPLE = {
  keys: [{ kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', kid: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k', alg: 'EdDSA', use: 'sig' }]
}
