import { sql, type Kysely } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { externalId } from '../../kernel/ids.ts'
import { toPage, type Page } from '../../kernel/page.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { readTrades } from '../trade/load-trades.ts'
import { shipmentColumns, type Shipment } from './shipment-rows.ts'
import { tradeClaim } from '../trade/trade-rows.ts'
import { showTrade, type TradeJson } from '../trade/show-trade.ts'
import type { TradeState } from '../trade/states.ts'

/** Which trades are wanted; ids are inside ids. */
export interface TradeFilter {
  readonly state: TradeState | undefined
  readonly sellerId: string | null
  readonly buyerId: string | null
  readonly externalRef: string | undefined
}

/** How much of a list is wanted: `before` is the inside id of the last item of the page before. */
interface PagePlace {
  readonly limit: number
  readonly before: string | null
}

/** A shipment as callers see it. */
export interface ShipmentJson {
  readonly id: string
  readonly lines: ReadonlyArray<{ readonly line: string, readonly quantity: number }>
  readonly carrier: string | null
  readonly tracking_number: string | null
  readonly occurred_at: string
  readonly created_at: string
}

/** One trade by its inside id (null when the text was none). Refuses `not_found` when the tenant has none of that id. */
export async function readTrade (db: Kysely<Database>, tenantId: number, id: string | null): Promise<TradeJson> {
  const [trade] = await readTrades(db, tenantId, sql`id = ${id}`)
  if (trade === undefined) throw new Refusal('not_found')
  return showTrade(trade)
}

/** A page of a tenant's trades, newest first. */
export async function listTrades (
  db: Kysely<Database>, tenantId: number, { state, sellerId, buyerId, externalRef }: TradeFilter, { limit, before }: PagePlace
): Promise<Page<TradeJson>> {
  const conditions = [sql`true`]
  if (state !== undefined) conditions.push(sql`state = ${state}`)
  if (buyerId !== null) conditions.push(sql`buyer_id = ${buyerId}`)
  if (sellerId !== null) conditions.push(sql`id in (select trade_id from trade_lines where tenant_id = ${tenantId} and seller_id = ${sellerId})`)
  if (externalRef !== undefined) {
    const { kind, key } = tradeClaim(externalRef)
    conditions.push(sql`id in (select holder from claims where tenant_id = ${tenantId} and kind = ${kind} and key = ${key})`)
  }
  if (before !== null) conditions.push(sql`id < ${before}`)
  const trades = await readTrades(db, tenantId, sql`${sql.join(conditions, sql` and `)} order by id desc limit ${limit + 1}`)
  return toPage(trades, limit, (trade) => externalId('trd', trade.id), showTrade)
}

/** A page of a trade's shipments, oldest first; `after` is the inside id of the last one of the page before. Refuses `not_found`. */
export async function listShipments (
  db: Kysely<Database>, tenantId: number, tradeId: string | null, { limit, after }: { readonly limit: number, readonly after: string | null }
): Promise<Page<ShipmentJson>> {
  const { rows } = await sql<Shipment>`
    select ${shipmentColumns} from shipments
    where tenant_id = ${tenantId} and trade_id = ${tradeId} and (${after}::uuid is null or id > ${after})
    order by id limit ${limit + 1}`.execute(db)
  if (rows.length === 0) await readTrade(db, tenantId, tradeId)
  return toPage(rows, limit, (shipment) => externalId('shp', shipment.id), showShipment)
}

function showShipment (shipment: Shipment): ShipmentJson {
  return {
    id: externalId('shp', shipment.id),
    lines: shipment.lines.map(({ line, quantity }) => ({ line: externalId('lin', line), quantity })),
    carrier: shipment.carrier,
    tracking_number: shipment.trackingNumber,
    occurred_at: shipment.occurredAt.toISOString(),
    created_at: shipment.createdAt.toISOString()
  }
}
