import { SignJWT } from 'jose'
import { sql, type Transaction } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { externalId, newId } from '../../kernel/ids.ts'
import { formatAmount } from '../../kernel/money.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { DAY_MS, SECOND_MS } from '../../kernel/time.ts'
import { unitOf } from '../../kernel/units.ts'
import type { Keyring } from '../keyring/keyring.ts'
import { openDataKey } from '../identities/identity-fields.ts'
import { nonceOf } from '../matches/answer-questions.ts'
import { NORMALISER, type Verdict } from '../matches/verdict.ts'
import { signingKeyOf, type SigningKey } from './signing-key.ts'

/** How long customs may rely on a receipt. */
export const RECEIPT_DAYS = 90

const FINAL: readonly Verdict[] = ['match', 'close_match', 'no_match']

/** A receipt as its broker gets it: he keeps `nonce`, and hands it to customs together with the claim. */
export interface ReceiptJson {
  readonly jti: string
  readonly match: string
  readonly receipt: string
  readonly nonce: string
  readonly issued_at: string
  readonly expires_at: string
}

/** Which match, of whom: inside ids, null for a text that was none. */
export interface WantedReceipt {
  readonly matchId: string | null
  readonly keyId: string
  readonly issuer: string
}

/**
 * The receipt of a match, for the key that asked for it: the one that there is while it holds, or a new one. Refuses `not_found`, `verdict_not_final` for a verdict that says nothing, and `identity_erased` where nothing is left
 * that could be certified.
 */
export async function issueReceipt (trx: Transaction<Database>, keyring: Keyring, tenantId: number, { matchId, keyId, issuer }: WantedReceipt): Promise<ReceiptJson> {
  // Two requests for one receipt come one after the other.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`receipt ${tenantId} ${matchId}`}, 0))`.execute(trx)
  // An erasure that comes now waits, and revokes what this signs.
  await sql`select from identities where tenant_id = ${tenantId} and id = (select identity_id from matches where tenant_id = ${tenantId} and id = ${matchId} and key_id = ${keyId}) for share`.execute(trx)
  const match = await readMatch(trx, tenantId, matchId, keyId)
  if (match === null) throw new Refusal('not_found')
  if (!FINAL.includes(match.verdict) || match.identityId === null || match.commitment === null) throw new Refusal('verdict_not_final')
  if (match.keyringId === null || match.wrappedKey === null) throw new Refusal('identity_erased')
  const dataKey = openDataKey(keyring, { tenantId, identityId: match.identityId }, { keyId: match.keyringId, wrappedKey: match.wrappedKey })
  const receipt = await readReceipt(trx, tenantId, match.id) ?? await signReceipt(trx, tenantId, { match, commitment: match.commitment, issuer, signing: signingKeyOf(keyring.current()) })
  return {
    jti: externalId('rcp', receipt.id),
    match: externalId('mat', match.id),
    receipt: receipt.jws,
    nonce: nonceOf(dataKey, match.id).toString('base64url'),
    issued_at: receipt.issuedAt.toISOString(),
    expires_at: receipt.expiresAt.toISOString()
  }
}

interface MatchRow {
  readonly id: string
  readonly tradeId: string
  readonly keyId: string
  readonly identityId: string | null
  readonly role: string
  readonly jurisdiction: string
  readonly verdict: Verdict
  readonly checked: readonly string[]
  readonly assurance: string
  readonly commitment: Buffer | null
  readonly policy: string
  readonly keyringId: string | null
  readonly wrappedKey: Buffer | null
  readonly paid: bigint
  readonly currency: string
  readonly payments: readonly string[]
}

interface Receipt {
  readonly id: string
  readonly jws: string
  readonly issuedAt: Date
  readonly expiresAt: Date
}

async function readMatch (trx: Transaction<Database>, tenantId: number, matchId: string | null, keyId: string): Promise<MatchRow | null> {
  const { rows: [row] } = await sql<MatchRow>`
    select m.id, m.trade_id as "tradeId", m.key_id as "keyId", m.identity_id as "identityId", m.role, m.jurisdiction, m.verdict, m.fields_checked as checked, m.assurance, m.commitment, m.policy,
      s.key_id as "keyringId", s.wrapped_key as "wrappedKey", t.paid, t.currency,
      array(select payment_id::text from payment_allocations where tenant_id = m.tenant_id and trade_id = m.trade_id order by position) as payments
    from matches m
    join trades t on t.tenant_id = m.tenant_id and t.id = m.trade_id
    left join identity_secrets s on s.tenant_id = m.tenant_id and s.identity_id = m.identity_id
    where m.tenant_id = ${tenantId} and m.id = ${matchId} and m.key_id = ${keyId}`.execute(trx)
  return row ?? null
}

async function readReceipt (trx: Transaction<Database>, tenantId: number, matchId: string): Promise<Receipt | null> {
  const { rows: [row] } = await sql<Receipt>`
    select id, jws, issued_at as "issuedAt", expires_at as "expiresAt" from receipts
    where tenant_id = ${tenantId} and match_id = ${matchId} and revoked_at is null and expires_at > now() order by id desc limit 1`.execute(trx)
  return row ?? null
}

interface Draft {
  readonly match: MatchRow
  readonly commitment: Buffer
  readonly issuer: string
  readonly signing: SigningKey
}

/** Signs what is known of the match and nothing of the person: customs time is real time, whatever a test clock says. */
async function signReceipt (trx: Transaction<Database>, tenantId: number, { match, commitment, issuer, signing: { secret, jwk } }: Draft): Promise<Receipt> {
  const id = newId()
  const issuedAt = new Date(Math.floor(Date.now() / SECOND_MS) * SECOND_MS)
  const expiresAt = new Date(issuedAt.getTime() + RECEIPT_DAYS * DAY_MS)
  const payments = match.payments.map((payment) => externalId('pay', payment))
  const jws = await new SignJWT({
    trade: externalId('trd', match.tradeId),
    payment: payments.length > 1 ? payments : payments[0] ?? null,
    amount: formatAmount(match.paid, unitOf(match.currency)),
    currency: match.currency,
    role: match.role,
    jurisdiction: match.jurisdiction,
    verdict: match.verdict,
    fields_checked: match.checked,
    assurance: match.assurance,
    policy_version: match.policy,
    normaliser_version: NORMALISER,
    claim_commitment: commitment.toString('base64url')
  })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'receipt+jwt', kid: jwk.kid })
    .setJti(externalId('rcp', id))
    .setIssuer(issuer)
    .setAudience(externalId('key', match.keyId))
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .sign(secret)
  await sql`insert into receipt_keys (tenant_id, kid, x) values (${tenantId}, ${jwk.kid}, ${jwk.x}) on conflict do nothing`.execute(trx)
  await sql`
    insert into receipts (tenant_id, id, match_id, key_id, identity_id, kid, jws, issued_at, expires_at)
    values (${tenantId}, ${id}, ${match.id}, ${match.keyId}, ${match.identityId}, ${jwk.kid}, ${jws}, ${issuedAt}, ${expiresAt})`.execute(trx)
  return { id, jws, issuedAt, expiresAt }
}
