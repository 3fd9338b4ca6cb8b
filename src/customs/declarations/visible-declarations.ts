import { sql, type RawBuilder } from 'kysely'
import type { Principal } from '../../kernel/principal.ts'
import { tenantNow } from '../../tenants/clock.ts'

/**
 * Which declarations a key sees, as a condition on `declarations`: the tenant's own staff all of them, a broker those of trades that he was let ask about and still is. What
 * he may not see answers like what does not exist.
 */
export function visibleTo ({ tenantId, keyId, role }: Principal): RawBuilder<unknown> {
  if (role !== 'broker') return sql`true`
  return sql`exists (
    select from trade_grants g join tenant_counters c on c.tenant_id = g.tenant_id
    where g.tenant_id = ${tenantId} and g.trade_id = declarations.trade_id and g.key_id = ${keyId} and g.revoked_at is null and g.expires_at > ${tenantNow})`
}
