import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { externalId } from '../../kernel/ids.ts'
import type { Operation } from '../../journal/operation.ts'
import { withoutHold } from '../../escrow/steps/hold.ts'
import { saveTrade } from '../../escrow/trade/trade-operation.ts'
import { TRADES } from '../../escrow/trade/trade-rows.ts'
import { tenantNow } from '../../tenants/clock.ts'
import type { DueWork } from '../../timers/due-work.ts'
import { TRADE_CUSTOMS } from './trade-customs.ts'

/** A match that a hold waited for. */
export interface FoundMatch {
  readonly tenantId: number
  readonly tradeId: string
  readonly matchId: string
  /** Of the customs side of the trade, as the match found it. */
  readonly version: number
}

/**
 * Lifts the hold that waited for a match, in the next batch of the Journal. Where the trade names other people by then, the match says nothing about them and the hold stays; where staff lifted it before, nothing is
 * left to do.
 */
export function liftAfterMatch ({ tenantId, tradeId, matchId, version }: FoundMatch): Operation<{ readonly lifted: boolean }> {
  // People may be named who had been named before, and whose match is an old one.
  const key = `match:${matchId}:${version}`
  return {
    tenantId,
    key,
    fingerprint: createHash('sha256').update(key).digest(),
    name: 'trade.lift_after_match',
    lane: 'due',
    weight: 4,
    needs: [{ kind: TRADES, ids: () => [tradeId] }, { kind: TRADE_CUSTOMS, ids: () => [tradeId] }],
    decide (books) {
      const trade = books.find(TRADES, tradeId)
      const customs = books.find(TRADE_CUSTOMS, tradeId)
      if (trade === null || customs === null || customs.clearedBy !== matchId) return { lifted: false }
      const hold = trade.holds.find(({ id }) => id === customs.holdId)
      if (hold !== undefined) saveTrade(books, trade, withoutHold(books, trade, hold))
      books.save(TRADE_CUSTOMS, { ...customs, holdId: null, clearedBy: null, version: customs.version + 1 })
      return { lifted: hold !== undefined }
    }
  }
}

const OVERDUE_COUNTED_MAX = 1_000

/** Holds whose match was found, and that were not lifted in the same moment: the process ended in between. One of the few queries over all tenants. */
export const DUE_LIFTS: DueWork<FoundMatch> = {
  name: 'identity-holds',
  async find (db, limit, tenantId) {
    const { rows } = await sql<FoundMatch>`
      select c.tenant_id as "tenantId", due.trade_id as "tradeId", due.cleared_by as "matchId", due.version
      from tenant_counters c cross join lateral (
        select trade_id, cleared_by, version, lift_at, row_number() over (order by lift_at) as turn
        from trade_customs where tenant_id = c.tenant_id and lift_at <= ${tenantNow}
        order by lift_at limit ${limit}
      ) due
      where ${tenantId === undefined ? sql`true` : sql`c.tenant_id = ${tenantId}`}
      order by due.turn, due.lift_at limit ${limit}`.execute(db)
    return rows
  },
  async overdue (db) {
    const { rows: [row] } = await sql<{ count: number, oldestSeconds: number }>`
      select count(*)::int as count, coalesce(extract(epoch from max(${tenantNow} - due.lift_at)), 0)::float8 as "oldestSeconds"
      from tenant_counters c cross join lateral (
        select lift_at from trade_customs where tenant_id = c.tenant_id and lift_at <= ${tenantNow} order by lift_at limit ${OVERDUE_COUNTED_MAX}
      ) due`.execute(db)
    return row ?? { count: 0, oldestSeconds: 0 }
  },
  async next (db, tenantId) {
    const { rows: [row] } = await sql<{ next: Date }>`
      select lift_at as next from trade_customs where tenant_id = ${tenantId} and lift_at is not null order by lift_at limit 1`.execute(db)
    return row?.next ?? null
  },
  keyOf: ({ tenantId, matchId }) => `${tenantId} ${externalId('mat', matchId)}`,
  operation: liftAfterMatch,
  async postpone (db, { tenantId, tradeId, matchId }, delayMs) {
    const { numAffectedRows = 0n } = await sql`
      update trade_customs t set lift_at = ${tenantNow} + make_interval(secs => ${delayMs / 1000}::float8)
      from tenant_counters c where c.tenant_id = ${tenantId} and t.tenant_id = ${tenantId} and t.trade_id = ${tradeId} and t.cleared_by = ${matchId}`.execute(db)
    return numAffectedRows > 0n
  }
}
