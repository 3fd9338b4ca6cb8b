import { sql, type Kysely, type Transaction } from 'kysely'
import { recordAudit, type Actor } from '../../audit/record.ts'
import type { Database } from '../../db/schema.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { tenantNow } from '../../tenants/clock.ts'

/** What becomes of refunds that nobody decides by hand. */
export const REFUND_RULES = ['by_hand', 'succeed', 'fail', 'bounce'] as const

/** How the provider behaves without being told for each case. */
export interface Behaviour {
  /** What it keeps of every payment: a rate, as a decimal string. */
  readonly feeRate: string
  readonly refunds: typeof REFUND_RULES[number]
  /** How long after they became payable it decides refunds; as long again passes before one comes back. Milliseconds. */
  readonly refundAfterMs: number
}

/** The behaviour of a provider that nobody told otherwise. */
export const DEFAULT_BEHAVIOUR: Behaviour = { feeRate: '0.006', refunds: 'by_hand', refundAfterMs: 0 }

/** How the provider of a sandbox behaves. Refuses `sandbox_only` for a live tenant. */
export async function readBehaviour (db: Kysely<Database>, tenantId: number): Promise<Behaviour> {
  const { rows: [row] } = await sql<{ kind: string, feeRate: string | null, refunds: Behaviour['refunds'] | null, refundAfterMs: bigint | null }>`
    select t.kind, p.fee_rate as "feeRate", p.refunds, p.refund_after_ms as "refundAfterMs"
    from tenants t left join sandbox_providers p on p.tenant_id = t.id where t.id = ${tenantId}`.execute(db)
  if (row?.kind !== 'sandbox') throw new Refusal('sandbox_only')
  return row.feeRate === null || row.refunds === null ? DEFAULT_BEHAVIOUR : { feeRate: row.feeRate, refunds: row.refunds, refundAfterMs: Number(row.refundAfterMs) }
}

/**
 * Changes what is named; a rule for refunds holds for those that become payable from now on, by the test clock. Refuses `sandbox_only`.
 * The tenant's row is locked first, so that of two changes at once both count.
 */
export async function changeBehaviour (trx: Transaction<Database>, tenantId: number, { change, actor }: { readonly change: Partial<Behaviour>, readonly actor: Actor }): Promise<Behaviour> {
  const { name } = await trx.selectFrom('tenants').select('name').where('id', '=', tenantId).forNoKeyUpdate().executeTakeFirstOrThrow()
  const before = await readBehaviour(trx, tenantId)
  const after = { ...before, ...change }
  await sql`
    insert into sandbox_providers as p (tenant_id, fee_rate, refunds, refund_after_ms, refunds_from, refunds_attempt_at)
    select ${tenantId}, ${after.feeRate}, ${after.refunds}, ${after.refundAfterMs}, ${tenantNow}, ${tenantNow} from tenant_counters c where c.tenant_id = ${tenantId}
    on conflict (tenant_id) do update set fee_rate = excluded.fee_rate, refunds = excluded.refunds, refund_after_ms = excluded.refund_after_ms,
      refunds_from = case when p.refunds = excluded.refunds then p.refunds_from else excluded.refunds_from end,
      refunds_attempt_at = excluded.refunds_attempt_at`.execute(trx)
  await recordAudit(trx, tenantId, [{
    actor, action: 'sandbox.changed', subject: name, details: { fee_rate: after.feeRate, refunds: after.refunds, refund_after_seconds: after.refundAfterMs / 1000 }
  }])
  return after
}
