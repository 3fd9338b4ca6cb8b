import { sql, type Kysely } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { DAY_MS } from '../../kernel/time.ts'
import { tenantNow } from '../../tenants/clock.ts'
import type { FieldOwner } from '../identities/identity-fields.ts'

/**
 * Why an identity is kept although its erasure was asked for. `open_trade`: a contract is not fulfilled that it is needed for (PIPL article 13 (2), GDPR article 17 (3) with 6 (1) (b)).
 * `record_keeping`: the law that the tenant's setting `identity_retention_days` stands for.
 */
export const LEGAL_BASES = ['open_trade', 'record_keeping'] as const

/** A reason, and until when it holds; of a trade whose end nobody knows, when to look again. */
export interface ReasonToKeep {
  readonly basis: typeof LEGAL_BASES[number]
  readonly until: Date
}

const LOOK_AGAIN_MS = 30 * DAY_MS

interface TradesRow {
  readonly now: Date
  readonly openCount: bigint
  readonly openUntil: Date | null
  readonly lastAt: Date | null
}

/** The reason to keep an identity, or null where it may go. */
export async function reasonToKeep (db: Kysely<Database>, { tenantId, identityId }: FieldOwner, retentionDays: number): Promise<ReasonToKeep | null> {
  const { rows: [row] } = await sql<TradesRow>`
    select ${tenantNow} as now, count(*) filter (where d.is_open) as "openCount", max(d.after_sale_by) filter (where d.is_open) as "openUntil", max(d.last_at) as "lastAt"
    from tenant_counters c
    left join trade_customs t on t.tenant_id = c.tenant_id and ${identityId} in (t.payer_id, t.orderer_id, t.consignee_id)
    left join lateral (
      -- A declaration that customs has not decided, or is to be sent, is about him: what takes it back names him, too.
      select not (starts_with(state, 'closed_') or (state = 'completed' and after_sale_ended_at is not null)) or exists (
          select from declarations where tenant_id = t.tenant_id and trade_id = t.trade_id and (next_attempt_at is not null or state in ('submitted', 'at_port'))
        ) as is_open, after_sale_by, greatest(created_at, after_sale_ended_at) as last_at
      from trades where tenant_id = t.tenant_id and id = t.trade_id
    ) d on true
    where c.tenant_id = ${tenantId}
    group by c.clock_ahead_ms`.execute(db)
  if (row === undefined) throw new Error(`tenant ${tenantId} has no counter`)
  const { now, openCount, openUntil, lastAt } = row
  if (openCount > 0n) return { basis: 'open_trade', until: openUntil !== null && openUntil > now ? openUntil : new Date(now.getTime() + LOOK_AGAIN_MS) }
  const keptUntil = lastAt === null ? null : new Date(lastAt.getTime() + retentionDays * DAY_MS)
  return keptUntil !== null && keptUntil > now ? { basis: 'record_keeping', until: keptUntil } : null
}
