import { sql } from 'kysely'
import { sqlCheck, tellId, type Check } from '../../ledger/checks.ts'

interface LeftFinding {
  readonly tenant_id: number
  readonly id: string
  readonly what: string
}

const erased = sqlCheck<LeftFinding>({
  name: 'erased-identities',
  about: 'Of an erased identity nothing is left but ids: no key, no data, nothing to find it by, no receipt that holds; of every other one the key is there.',
  query: sql`
    select i.tenant_id, i.id, case
        when i.erased_at is null then 'its data is gone'
        when s.identity_id is not null then 'it was erased, and its data is there'
        when q.identity_id is not null then 'it was erased, and is found by its quota'
        else 'it was erased, and a receipt about it holds'
      end as what
    from identities i
    left join identity_secrets s on s.tenant_id = i.tenant_id and s.identity_id = i.id
    left join lateral (select identity_id from quota_index where tenant_id = i.tenant_id and identity_id = i.id limit 1) q on true
    left join lateral (select identity_id from receipts where tenant_id = i.tenant_id and identity_id = i.id and revoked_at is null limit 1) r on true
    where (i.erased_at is null) = (s.identity_id is null) or (i.erased_at is not null and (q.identity_id is not null or r.identity_id is not null))`,
  tell: ({ id, what }) => `${tellId('idn', id)}: ${what}`
})

interface ReferenceFinding {
  readonly tenant_id: number
  readonly prefix: 'trd' | 'con' | 'gnt'
  readonly id: string
  readonly what: string
}

const references = sqlCheck<ReferenceFinding>({
  name: 'customs-references',
  about: 'Whoever consented is a buyer, whose identity is kept is who consented, and what is said or granted about a trade is about one that exists.',
  query: sql`
    select o.tenant_id, 'con' as prefix, o.id, 'nobody of that id is a buyer' as what
    from consents o left join parties p on p.tenant_id = o.tenant_id and p.id = o.party_id and p.kind = 'buyer' where p.id is null
    union all
    select i.tenant_id, 'con', i.consent_id, 'an identity stands on it that is another party''s'
    from identities i join consents o on o.tenant_id = i.tenant_id and o.id = i.consent_id where o.party_id <> i.party_id
    union all
    select c.tenant_id, 'trd', c.trade_id, 'it has customs parties, and does not exist'
    from trade_customs c left join trades t on t.tenant_id = c.tenant_id and t.id = c.trade_id where t.id is null
    union all
    select c.tenant_id, 'trd', c.trade_id, 'its hold is to be lifted by a match that there is not'
    from trade_customs c join trades t on t.tenant_id = c.tenant_id and t.id = c.trade_id
    where c.cleared_by is not null and not exists (select from matches m where m.tenant_id = c.tenant_id and m.id = c.cleared_by and m.trade_id = c.trade_id and m.verdict = 'match')
    union all
    select g.tenant_id, 'gnt', g.id, 'its trade names nobody for customs'
    from trade_grants g left join trade_customs c on c.tenant_id = g.tenant_id and c.trade_id = g.trade_id where c.trade_id is null`,
  tell: ({ prefix, id, what }) => `${tellId(prefix, id)}: ${what}`
})

interface ClaimFinding {
  readonly tenant_id: number
  readonly trade_id: string
  readonly counted: bigint
  readonly kept: bigint
}

const claims = sqlCheck<ClaimFinding>({
  name: 'distinct-claims',
  about: 'A trade was asked at most five different claims, and every match about it that says something is one of those that are counted.',
  query: sql`
    with counted as (
      select c.tenant_id, c.trade_id, match.id::uuid as match_id
      from trade_customs c cross join jsonb_array_elements(c.claims) as each (claim) cross join jsonb_each_text(each.claim -> 'matches') as match (key_id, id)
    ), kept as (
      select tenant_id, trade_id, id as match_id from matches where verdict <> 'unavailable'
    )
    select tenant_id, trade_id, count(counted.match_id) as counted, count(kept.match_id) as kept
    from counted full join kept using (tenant_id, trade_id, match_id)
    group by tenant_id, trade_id
    having count(counted.match_id) <> count(kept.match_id)`,
  tell: ({ trade_id: id, counted, kept }) => `${tellId('trd', id)}: ${counted} answers are counted, but ${kept} were given`
})

/** What must hold of identities, and of what trades name them for. */
export const IDENTITY_CHECKS: readonly Check[] = [erased, references, claims]
