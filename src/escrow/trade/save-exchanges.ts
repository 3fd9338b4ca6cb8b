import { sql } from 'kysely'
import type { BatchTransaction } from '../../db/transaction.ts'
import { sendFor, unnest, type Columns } from '../../db/unnest.ts'
import type { RowChange } from '../../journal/row-kind.ts'
import type { Exchange } from './exchange.ts'
import { storeExchange } from './exchange-rows.ts'
import type { Trade } from './trade.ts'

/** What a line has exchanged, with the line's place in its trade, from 1. */
interface PlacedExchanges {
  readonly tradeId: string
  readonly position: number
  readonly exchanges: readonly Exchange[]
}

const COLUMNS: Columns<PlacedExchanges> = {
  trade_id: ['uuid', ({ tradeId }) => tradeId],
  position: ['smallint', ({ position }) => position],
  exchanges: ['jsonb', ({ exchanges }) => exchanges.length === 0 ? null : JSON.stringify(exchanges.map(storeExchange))]
}

/** Writes what lines exchanged, or took back of it; a batch without any of that sends nothing. Fails when a line is missing. */
export async function saveExchanges (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<Trade>>): Promise<void> {
  const changed = changes.flatMap(({ before, after }) => after.lines.flatMap((line, index): PlacedExchanges[] => {
    const known = before?.lines[index]?.exchanges ?? []
    const isSame = line.exchanges === known || (line.exchanges.length === 0 && known.length === 0)
    return isSame ? [] : [{ tradeId: after.id, position: index + 1, exchanges: line.exchanges }]
  }))
  await sendFor(changed, async (part) => await sql`
    with changed as (
      update trade_lines l set exchanges = c.exchanges
      from ${unnest('c', part, COLUMNS)}
      where l.tenant_id = ${tenantId} and l.trade_id = c.trade_id and l.position = c.position
      returning 1
    )
    select demand(count(*) = ${part.length}, 'a line with new exchanges is missing') from changed`.execute(trx))
}
