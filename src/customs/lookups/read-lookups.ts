import { sql, type Kysely } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { externalId } from '../../kernel/ids.ts'
import { toPage, type Page } from '../../kernel/page.ts'
import { Refusal } from '../../kernel/refusals.ts'

/** An entry of the trail of lookups, as callers see it. */
export interface LookupJson {
  readonly seq: number
  readonly at: string
  readonly broker: string
  readonly trade: string
  readonly identity: string | null
  readonly party: string | null
  readonly match: string | null
  readonly role: string
  readonly jurisdiction: string
  readonly purpose: string
  readonly verdict: string
  readonly repeated: boolean
  readonly hash: string
}

interface LookupRow {
  readonly seq: bigint
  readonly keyId: string
  readonly tradeId: string
  readonly identityId: string | null
  readonly partyId: string | null
  readonly matchId: string | null
  readonly role: string
  readonly jurisdiction: string
  readonly purpose: string
  readonly verdict: string
  readonly repeated: boolean
  readonly recordedAt: Date
  readonly hash: Buffer
}

/** Which entries are wanted: those that match all that is named. Inside ids; null for a text that was none, which finds nothing. */
export interface LookupFilter {
  readonly keyId?: string | null | undefined
  readonly tradeId?: string | null | undefined
  readonly partyId?: string | null | undefined
  readonly verdict?: string | undefined
}

interface PagePlace {
  readonly limit: number
  /** The number of the last entry of the page before. */
  readonly before: bigint | null
}

/** A page of a tenant's trail of lookups, newest first. */
export async function listLookups (db: Kysely<Database>, tenantId: number, { keyId, tradeId, partyId, verdict }: LookupFilter, { limit, before }: PagePlace): Promise<Page<LookupJson>> {
  const conditions = [sql`tenant_id = ${tenantId}`]
  if (keyId !== undefined) conditions.push(sql`key_id = ${keyId}`)
  if (tradeId !== undefined) conditions.push(sql`trade_id = ${tradeId}`)
  if (partyId !== undefined) conditions.push(sql`party_id = ${partyId}`)
  if (verdict !== undefined) conditions.push(sql`verdict = ${verdict}`)
  if (before !== null) conditions.push(sql`seq < ${before}`)
  const { rows } = await sql<LookupRow>`
    select seq, key_id as "keyId", trade_id as "tradeId", identity_id as "identityId", party_id as "partyId", match_id as "matchId", role, jurisdiction, purpose, verdict, repeated,
      recorded_at as "recordedAt", hash
    from lookups where ${sql.join(conditions, sql` and `)} order by seq desc limit ${limit + 1}`.execute(db)
  return toPage(rows, limit, ({ seq }) => String(seq), show)
}

/** A page of who asked about a buyer, newest first. Refuses `not_found` where the tenant has no such party. */
export async function listLookupsOf (db: Kysely<Database>, tenantId: number, partyId: string | null, place: PagePlace): Promise<Page<LookupJson>> {
  const { rows: [party] } = await sql`select from parties where tenant_id = ${tenantId} and id = ${partyId}`.execute(db)
  if (party === undefined) throw new Refusal('not_found')
  return await listLookups(db, tenantId, { partyId }, place)
}

function show ({ seq, keyId, tradeId, identityId, partyId, matchId, role, jurisdiction, purpose, verdict, repeated, recordedAt, hash }: LookupRow): LookupJson {
  return {
    seq: Number(seq),
    at: recordedAt.toISOString(),
    broker: externalId('key', keyId),
    trade: externalId('trd', tradeId),
    identity: identityId === null ? null : externalId('idn', identityId),
    party: partyId === null ? null : externalId('pty', partyId),
    match: matchId === null ? null : externalId('mat', matchId),
    role,
    jurisdiction,
    purpose,
    verdict,
    repeated,
    hash: hash.toString('hex')
  }
}
