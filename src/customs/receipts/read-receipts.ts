import { sql, type Kysely } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { externalId } from '../../kernel/ids.ts'
import { Refusal } from '../../kernel/refusals.ts'
import type { Keyring } from '../keyring/keyring.ts'
import { jwkOf, signingKeyOf, type PublicJwk } from './signing-key.ts'

/** Whether a receipt may be relied on. */
export interface ReceiptStatusJson {
  readonly jti: string
  readonly status: 'valid' | 'expired' | 'revoked'
  readonly expires_at: string
  readonly revoked_at: string | null
}

interface StatusRow {
  readonly id: string
  readonly expiresAt: Date
  readonly revokedAt: Date | null
  readonly isExpired: boolean
}

/** Whether the receipt of that inside id (null when the text was none) may be relied on, whosever it is. Refuses `not_found`. */
export async function readStatus (db: Kysely<Database>, id: string | null): Promise<ReceiptStatusJson> {
  const { rows: [row] } = await sql<StatusRow>`
    select id, expires_at as "expiresAt", revoked_at as "revokedAt", expires_at <= now() as "isExpired" from receipts where id = ${id}`.execute(db)
  if (row === undefined) throw new Refusal('not_found')
  return {
    jti: externalId('rcp', row.id),
    status: row.revokedAt !== null ? 'revoked' : row.isExpired ? 'expired' : 'valid',
    expires_at: row.expiresAt.toISOString(),
    revoked_at: row.revokedAt?.toISOString() ?? null
  }
}

/** The public keys of everybody who may have signed a receipt that somebody still checks: those of the keyring, the newest first, and those that it had. */
export async function readPublicKeys (db: Kysely<Database>, keyring: Keyring | null): Promise<PublicJwk[]> {
  const own = (keyring?.all() ?? []).map((key) => signingKeyOf(key).jwk)
  const { rows } = await sql<{ x: string }>`select x from receipt_keys group by x order by max(created_at) desc`.execute(db)
  const former = rows.map(({ x }) => jwkOf(x)).filter(({ kid }) => !own.some((key) => key.kid === kid))
  return [...own, ...former]
}
