import { sql } from 'kysely'
import { sqlCheck, tellId, type Check } from '../../ledger/checks.ts'

interface ChainFinding {
  readonly tenant_id: number
  readonly seq: bigint
  readonly what: string
}

const chain = sqlCheck<ChainFinding>({
  name: 'lookup-chain',
  about: 'The trail of lookups of each tenant is numbered 1, 2, 3 and so on, at growing times; the hash of every entry is over the entry and the hash before it, and the chain ends where its end is kept.',
  query: sql`
    select tenant_id, seq, what
    from (
      select l.tenant_id, l.seq, case
          when l.seq <> lag(l.seq, 1, 0::bigint) over trail + 1 then 'the entry before it is missing'
          when l.recorded_at <= lag(l.recorded_at, 1, '-infinity') over trail then 'it is no later than the entry before it'
          when l.hash <> lookup_hash(lag(l.hash, 1, decode(repeat('00', 32), 'hex')) over trail, l) then 'it is not what its hash was made of, or the entry before it is not'
        end as what
      from lookups l
      window trail as (partition by l.tenant_id order by l.seq)
      union all
      select t.id, coalesce(h.seq, 0), case
          when h.seq is null then 'the end of the chain is missing'
          when h.seq <> coalesce(last.seq, 0) then 'the chain ends at entry ' || coalesce(last.seq, 0)
          else 'the last hash is not the one that the end of the chain keeps'
        end
      from tenants t
      left join lookup_heads h on h.tenant_id = t.id
      left join lateral (select seq, hash from lookups where tenant_id = t.id order by seq desc limit 1) last on true
      where (h.seq is null and last.seq is not null) or h.seq <> coalesce(last.seq, 0) or (last.hash is not null and last.hash <> h.hash)
    ) found
    where what is not null`,
  tell: ({ seq, what }) => `trail of lookups, entry ${seq}: ${what}`
})

interface UnseenFinding {
  readonly tenant_id: number
  readonly id: string
  readonly verdict: string
  readonly recorded: string | null
}

const seen = sqlCheck<UnseenFinding>({
  name: 'lookup-matches',
  about: 'Every match is in the trail of lookups, with the same trade, key and verdict, and no entry tells of a match that there is not.',
  query: sql`
    select m.tenant_id, m.id, m.verdict, l.verdict as recorded
    from matches m
    left join lateral (
      select verdict from lookups where tenant_id = m.tenant_id and trade_id = m.trade_id and match_id = m.id and key_id = m.key_id
      order by verdict <> m.verdict desc limit 1
    ) l on true
    where l.verdict is distinct from m.verdict
    union all
    select l.tenant_id, l.match_id, 'missing', l.verdict
    from lookups l left join matches m on m.tenant_id = l.tenant_id and m.id = l.match_id
    where l.match_id is not null and m.id is null`,
  tell: ({ id, verdict, recorded }) => `${tellId('mat', id)}: ${verdict}, and the trail of lookups tells ${recorded ?? 'nothing of it'}`
})

/** What must hold of the trail of lookups. */
export const LOOKUP_CHECKS: readonly Check[] = [chain, seen]
