import { sql } from 'kysely'
import type { BatchTransaction } from '../../db/transaction.ts'
import type { Books, Need } from '../../journal/operation.ts'
import type { RowKind } from '../../journal/row-kind.ts'
import { Refusal } from '../../kernel/refusals.ts'
import type { TenantKind } from '../../tenants/tenants.ts'
import { DEFAULT_BEHAVIOUR, type Behaviour } from './behaviour.ts'

/** The imitated provider of a tenant, which only a sandbox has. */
export interface Provider extends Behaviour {
  readonly tenantKind: TenantKind
}

const THE_PROVIDER = 'provider'

const PROVIDERS: RowKind<Provider> = {
  name: 'sandbox provider',
  rank: 5,
  idOf: () => THE_PROVIDER,
  load: loadProvider,
  save: () => Promise.reject(new Error('no operation changes how the provider behaves'))
}

/** What an operation names that has the provider do something. */
export const PROVIDER_NEEDS: readonly Need[] = [{ kind: PROVIDERS, ids: () => [THE_PROVIDER] }]

/** The provider of the tenant that the books are of. Refuses `sandbox_only` where that is live. */
export function requireProvider (books: Books): Provider {
  const provider = books.find(PROVIDERS, THE_PROVIDER)
  if (provider?.tenantKind !== 'sandbox') throw new Refusal('sandbox_only')
  return provider
}

async function loadProvider (trx: BatchTransaction, tenantId: number): Promise<Provider[]> {
  const { rows } = await sql<{ tenantKind: TenantKind, feeRate: string | null, refunds: Behaviour['refunds'] | null, refundAfterMs: bigint | null }>`
    select t.kind as "tenantKind", p.fee_rate as "feeRate", p.refunds, p.refund_after_ms as "refundAfterMs"
    from tenants t left join sandbox_providers p on p.tenant_id = t.id where t.id = ${tenantId}`.execute(trx)
  return rows.map(({ tenantKind, feeRate, refunds, refundAfterMs }) => ({
    tenantKind,
    ...feeRate === null || refunds === null ? DEFAULT_BEHAVIOUR : { feeRate, refunds, refundAfterMs: Number(refundAfterMs) }
  }))
}
