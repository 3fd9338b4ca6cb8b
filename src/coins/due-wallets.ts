import { sql } from 'kysely'
import { tenantNow } from '../tenants/clock.ts'
import { externalId } from '../kernel/ids.ts'
import type { DueWork } from '../timers/due-work.ts'
import { meetWalletDeadline, type DueWallet } from './meet-wallet-deadline.ts'

const OVERDUE_COUNTED_MAX = 1_000

/** Wallets of which coins mature, expire, or soon will. One of the few queries over all tenants; it goes about it as that for overdue trades does. */
export const DUE_WALLETS: DueWork<DueWallet> = {
  name: 'coin wallets',
  async find (db, limit, tenantId) {
    const { rows } = await sql<DueWallet>`
      select c.tenant_id as "tenantId", due.buyer_id as "buyerId", due.currency, due.next_deadline_at as deadline, due.version
      from tenant_counters c cross join lateral (
        select buyer_id, currency, next_deadline_at, version, next_attempt_at, row_number() over (order by next_attempt_at) as turn
        from coin_wallets where tenant_id = c.tenant_id and next_attempt_at <= ${tenantNow}
        order by next_attempt_at limit ${limit}
      ) due
      where ${tenantId === undefined ? sql`true` : sql`c.tenant_id = ${tenantId}`}
      order by due.turn, due.next_attempt_at limit ${limit}`.execute(db)
    return rows
  },
  async overdue (db) {
    const { rows: [row] } = await sql<{ count: number, oldestSeconds: number }>`
      select count(*)::int as count, coalesce(extract(epoch from max(${tenantNow} - due.next_deadline_at)), 0)::float8 as "oldestSeconds"
      from tenant_counters c cross join lateral (
        select next_deadline_at from coin_wallets
        where tenant_id = c.tenant_id and next_attempt_at <= ${tenantNow} + interval '1 hour'
        order by next_attempt_at limit ${OVERDUE_COUNTED_MAX}
      ) due
      where due.next_deadline_at <= ${tenantNow}`.execute(db)
    return row ?? { count: 0, oldestSeconds: 0 }
  },
  async next (db, tenantId) {
    const { rows: [row] } = await sql<{ next: Date }>`
      select next_attempt_at as next from coin_wallets where tenant_id = ${tenantId} and next_attempt_at is not null order by next_attempt_at limit 1`.execute(db)
    return row?.next ?? null
  },
  keyOf: ({ tenantId, buyerId, currency }) => `${tenantId} ${externalId('pty', buyerId)} ${currency}`,
  operation: meetWalletDeadline,
  async postpone (db, { tenantId, buyerId, currency, version }, delayMs) {
    const { numAffectedRows = 0n } = await sql`
      update coin_wallets set next_attempt_at = ${tenantNow} + make_interval(secs => ${delayMs / 1000}::float8)
      from tenant_counters c
      where c.tenant_id = ${tenantId} and coin_wallets.tenant_id = ${tenantId} and buyer_id = ${buyerId} and currency = ${currency} and version = ${version}
        and next_attempt_at is not null`.execute(db)
    return numAffectedRows > 0n
  }
}
