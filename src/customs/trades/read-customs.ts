import { sql, type Kysely } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { customsColumns, type TradeCustoms } from './trade-customs.ts'

/** Whose identities a trade names for customs, by its inside id; null where it names none. */
export async function readTradeCustoms (db: Kysely<Database>, tenantId: number, tradeId: string | null): Promise<TradeCustoms | null> {
  const { rows: [row] } = await sql<TradeCustoms>`select ${customsColumns} from trade_customs where tenant_id = ${tenantId} and trade_id = ${tradeId}`.execute(db)
  return row ?? null
}
