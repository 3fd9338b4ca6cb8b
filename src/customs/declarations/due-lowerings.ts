import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Books, Operation } from '../../journal/operation.ts'
import { externalId } from '../../kernel/ids.ts'
import { formatAmount } from '../../kernel/money.ts'
import { unitOf } from '../../kernel/units.ts'
import { workOnTrade } from '../../escrow/steps/trade-step.ts'
import type { Trade } from '../../escrow/trade/trade.ts'
import type { Changed } from '../../escrow/trade/trade-operation.ts'
import { TRADES } from '../../escrow/trade/trade-rows.ts'
import { tenantNow } from '../../tenants/clock.ts'
import type { DueWork } from '../../timers/due-work.ts'
import { newestOf, type Declaration } from './declaration.ts'
import { DECLARATIONS } from './declaration-rows.ts'
import { lowerDeclaration } from './next-message.ts'
import { appendDeclarationEvent } from './tell-declaration.ts'

interface DueLowering {
  readonly tenantId: number
  readonly tradeId: string
  /** Also of what version of the trade it was found: a lowering that comes after it is another one. */
  readonly version: number
}

const OVERDUE_COUNTED_MAX = 1_000

/** The trades of which customs was told more than they have left: what is declared was lowered with the money, and customs is told by a message of its own. */
export const DUE_LOWERINGS: DueWork<DueLowering> = {
  name: 'lowered declarations',
  async find (db, limit, tenantId) {
    const { rows } = await sql<DueLowering>`
      select c.tenant_id as "tenantId", due.id as "tradeId", due.version
      from tenant_counters c cross join lateral (
        select id, version, declared_lowered_at, row_number() over (order by declared_lowered_at, id) as turn
        from trades where tenant_id = c.tenant_id and declared_lowered_at <= ${tenantNow}
        order by declared_lowered_at, id limit ${limit}
      ) due
      where ${tenantId === undefined ? sql`true` : sql`c.tenant_id = ${tenantId}`}
      order by due.turn, due.declared_lowered_at limit ${limit}`.execute(db)
    return rows
  },
  async overdue (db) {
    const { rows: [row] } = await sql<{ count: number, oldestSeconds: number }>`
      select count(*)::int as count, coalesce(extract(epoch from max(${tenantNow} - due.declared_lowered_at)), 0)::float8 as "oldestSeconds"
      from tenant_counters c cross join lateral (
        select declared_lowered_at from trades where tenant_id = c.tenant_id and declared_lowered_at <= ${tenantNow}
        order by declared_lowered_at limit ${OVERDUE_COUNTED_MAX}
      ) due`.execute(db)
    return row ?? { count: 0, oldestSeconds: 0 }
  },
  async next (db, tenantId) {
    const { rows: [row] } = await sql<{ next: Date }>`
      select declared_lowered_at as next from trades where tenant_id = ${tenantId} and declared_lowered_at is not null order by declared_lowered_at limit 1`.execute(db)
    return row?.next ?? null
  },
  keyOf: ({ tenantId, tradeId, version }) => `${tenantId} ${externalId('trd', tradeId)} ${version}`,
  operation: lowerDeclared,
  async postpone (db, { tenantId, tradeId, version }, delayMs) {
    const { numAffectedRows = 0n } = await sql`
      update trades t set declared_lowered_at = ${tenantNow} + make_interval(secs => ${delayMs / 1000}::float8)
      from tenant_counters c
      where c.tenant_id = ${tenantId} and t.tenant_id = ${tenantId} and t.id = ${tradeId} and t.version = ${version} and t.declared_lowered_at is not null`.execute(db)
    return numAffectedRows > 0n
  }
}

/** Gives every declaration of a trade that tells more than its part by now a message that tells less. */
export function lowerDeclared ({ tenantId, tradeId, version }: DueLowering): Operation<unknown> {
  const key = `timer:lowered:${externalId('trd', tradeId)}:${version}`
  const origin = { tenantId, key, fingerprint: createHash('sha256').update(key).digest() }
  const operation = workOnTrade<Changed, object>(origin, { tradeId, expectedVersion: null }, {
    name: 'customs.lower',
    weight: 6,
    needs: [{ kind: DECLARATIONS, ids: (rows) => rows.find(TRADES, tradeId)?.declared.map(({ id }) => id) ?? [] }],
    decide: (books, trade) => trade.declaredLoweredAt === null ? { trade, transactions: [] } : lowerAll(books, trade),
    answer: () => ({})
  })
  return { ...operation, lane: 'due' }
}

function lowerAll (books: Books, trade: Trade): Changed {
  for (const { id, amount } of trade.declared) {
    const declaration = books.find(DECLARATIONS, id)
    if (declaration === null) throw new Error(`declaration ${id} of a trade is missing`)
    if (toldOf(declaration) === amount) continue
    const lowered = lowerDeclaration(books, declaration, amount)
    books.save(DECLARATIONS, lowered)
    appendDeclarationEvent(books, 'declaration.lowered', lowered, amount, { from: formatAmount(toldOf(declaration), unitOf(declaration.currency)) })
  }
  return { trade: { ...trade, declaredLoweredAt: null }, transactions: [] }
}

/** What customs is told of a declaration by its newest message, minor units: nothing where that takes it back. */
function toldOf (declaration: Declaration): bigint {
  const { type, amount } = newestOf(declaration)
  return type === 'delete' ? 0n : amount
}
