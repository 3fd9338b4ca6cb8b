import { externalId } from '../../kernel/ids.ts'
import type { Grant } from './grant.ts'

/** A grant as callers see it. */
export interface GrantJson {
  readonly id: string
  readonly trade: string
  readonly broker: string
  readonly purpose: string
  readonly cross_border: boolean
  readonly detail: boolean
  readonly expires_at: string
  readonly created_at: string
  readonly revoked_at: string | null
}

/** The outside form of a grant. */
export function showGrant ({ id, tradeId, keyId, purpose, crossBorder, detail, expiresAt, createdAt, revokedAt }: Grant): GrantJson {
  return {
    id: externalId('gnt', id),
    trade: externalId('trd', tradeId),
    broker: externalId('key', keyId),
    purpose,
    cross_border: crossBorder,
    detail,
    expires_at: expiresAt.toISOString(),
    created_at: createdAt.toISOString(),
    revoked_at: revokedAt?.toISOString() ?? null
  }
}
