import { sql } from 'kysely'
import type { BatchTransaction } from '../../db/transaction.ts'
import { unnest, type Columns } from '../../db/unnest.ts'

/** A question about somebody that was answered, or refused because its trade is locked; inside ids. */
export interface Lookup {
  readonly keyId: string
  readonly tradeId: string
  readonly identityId: string | null
  readonly partyId: string | null
  readonly matchId: string | null
  readonly role: string
  readonly jurisdiction: string
  readonly purpose: string
  readonly verdict: string
  readonly isRepeated: boolean
}

/**
 * Adds lookups to the tenant's chain, in the transaction that answers them, so that no answer leaves without its entry. Holds the end of the chain until the transaction ends: whoever looks something up
 * in the same tenant waits, so this comes after every other lock. Fails where the end of the chain is missing.
 */
export async function recordLookups (trx: BatchTransaction, tenantId: number, lookups: readonly Lookup[]): Promise<void> {
  if (lookups.length === 0) return
  await sql`
    with recursive head as (
      select seq, hash, recorded_at from lookup_heads where tenant_id = ${tenantId} for no key update
    ), entry as materialized (
      select a.ordinal, row(${tenantId}::integer, head.seq + a.ordinal, a.key_id, a.trade_id, a.identity_id, a.party_id, a.match_id, a.role, a.jurisdiction, a.purpose, a.verdict, a.repeated,
        greatest(clock_timestamp(), head.recorded_at) + a.ordinal * interval '1 microsecond', ''::bytea)::lookups as entry
      from head, ${unnest('a', lookups, COLUMNS, 'ordinal')}
    ), chain as (
      select 0::bigint as ordinal, hash, null::lookups as entry from head
      union all
      select e.ordinal, lookup_hash(c.hash, e.entry), e.entry from chain c join entry e on e.ordinal = c.ordinal + 1
    ), added as (
      insert into lookups (tenant_id, seq, key_id, trade_id, identity_id, party_id, match_id, role, jurisdiction, purpose, verdict, repeated, recorded_at, hash)
      select (entry).tenant_id, (entry).seq, (entry).key_id, (entry).trade_id, (entry).identity_id, (entry).party_id, (entry).match_id, (entry).role, (entry).jurisdiction, (entry).purpose,
        (entry).verdict, (entry).repeated, (entry).recorded_at, hash
      from chain where ordinal > 0
      returning seq
    ), moved as (
      update lookup_heads h set seq = (last.entry).seq, hash = last.hash, recorded_at = (last.entry).recorded_at
      from (select entry, hash from chain order by ordinal desc limit 1) last
      where h.tenant_id = ${tenantId}
      returning 1
    )
    select demand((select count(*) from added) = ${lookups.length} and (select count(*) from moved) = 1, 'the chain of lookups has no end')`.execute(trx)
}

const COLUMNS: Columns<Lookup> = {
  key_id: ['uuid', ({ keyId }) => keyId],
  trade_id: ['uuid', ({ tradeId }) => tradeId],
  identity_id: ['uuid', ({ identityId }) => identityId],
  party_id: ['uuid', ({ partyId }) => partyId],
  match_id: ['uuid', ({ matchId }) => matchId],
  role: ['text', ({ role }) => role],
  jurisdiction: ['text', ({ jurisdiction }) => jurisdiction],
  purpose: ['text', ({ purpose }) => purpose],
  verdict: ['text', ({ verdict }) => verdict],
  repeated: ['boolean', ({ isRepeated }) => isRepeated]
}
