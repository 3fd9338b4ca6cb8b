import { sql, type Kysely } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { idArray } from '../../db/unnest.ts'
import { externalId } from '../../kernel/ids.ts'
import { formatAmount } from '../../kernel/money.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { unitOf } from '../../kernel/units.ts'
import { identitiesOfOnePerson, quotaYear } from '../identities/quota-index.ts'

/** What a person may bring into China in a year, and in one order, in fen. Source: the Ministry of Finance's notice of 2018 on retail imports (财关税〔2018〕49号). */
const YEAR_LIMIT = 2_600_000n
const ORDER_LIMIT = 500_000n

/** How much of a person's yearly quota is used, as far as this tenant sees. */
export interface QuotaJson {
  readonly identity: string
  readonly year: number
  readonly currency: 'CNY'
  readonly limit: string
  readonly order_limit: string
  readonly used: string
  readonly remaining: string
  readonly declarations: number
  readonly basis: 'tenant_observed'
}

/**
 * What of a person's orders was declared to China's customs in a year of China (null: the current one) and not sent back, whichever of his identities it was declared for. An identity by its inside
 * id, null when the text was none. Refuses `not_found`.
 */
export async function readQuota (db: Kysely<Database>, tenantId: number, identityId: string | null, wantedYear: number | null): Promise<QuotaJson> {
  const { rows: [known] } = await sql<{ id: string, year: number }>`
    select i.id, ${quotaYear} as year from identities i join tenant_counters c on c.tenant_id = i.tenant_id where i.tenant_id = ${tenantId} and i.id = ${identityId}`.execute(db)
  if (known === undefined) throw new Refusal('not_found')
  const year = wantedYear ?? known.year
  const ids = new Set([known.id, ...await identitiesOfOnePerson(db, { tenantId, identityId: known.id }, year)])
  const { rows: [sum] } = await sql<{ used: string, declarations: number }>`
    select coalesce(sum((part.declared ->> 'amount')::bigint), 0)::text as used, count(*)::int as declarations
    from declarations d
    join trades t on t.tenant_id = d.tenant_id and t.id = d.trade_id
    cross join lateral jsonb_array_elements(t.declared) as part (declared)
    where d.tenant_id = ${tenantId} and d.orderer_id = any(${idArray([...ids])}::uuid[]) and d.jurisdiction = 'CN'
      and extract(year from d.created_at at time zone 'Asia/Shanghai') = ${year}
      and (d.is_held or d.state in ('draft', 'submitted', 'at_port', 'accepted')) and part.declared ->> 'id' = d.id::text`.execute(db)
  const used = BigInt(sum?.used ?? '0')
  const money = (minor: bigint): string => formatAmount(minor, unitOf('CNY'))
  return {
    identity: externalId('idn', known.id),
    year,
    currency: 'CNY',
    limit: money(YEAR_LIMIT),
    order_limit: money(ORDER_LIMIT),
    used: money(used),
    remaining: money(used < YEAR_LIMIT ? YEAR_LIMIT - used : 0n),
    declarations: sum?.declarations ?? 0,
    basis: 'tenant_observed'
  }
}
