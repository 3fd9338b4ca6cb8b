import { sql, type Transaction } from 'kysely'
import type { Database } from '../db/schema.ts'
import type { RowChange, RowKind } from '../journal/row-kind.ts'

/** What left on its way to the buyer. It is told to people and decides nothing. */
export interface Shipment {
  readonly id: string
  readonly tradeId: string
  /** Inside ids of lines, and units of each. */
  readonly lines: ReadonlyArray<{ readonly line: string, readonly quantity: number }>
  readonly carrier: string | null
  readonly trackingNumber: string | null
  readonly occurredAt: Date
  readonly createdAt: Date
}

/** Shipments: written once, together with the trade they belong to, and loaded by no operation. */
export const SHIPMENTS: RowKind<Shipment> = {
  name: 'shipment',
  rank: 50,
  idOf: (shipment) => shipment.id,
  load: loadShipments,
  save: insertShipments
}

async function loadShipments (trx: Transaction<Database>, tenantId: number, ids: readonly string[]): Promise<Shipment[]> {
  const { rows } = await sql<Shipment>`
    select ${shipmentColumns} from shipments where tenant_id = ${tenantId} and id = any(${ids}::uuid[])`.execute(trx)
  return rows
}

/** What a `Shipment` is read from. */
export const shipmentColumns = sql`
  id, trade_id as "tradeId", lines, carrier, tracking_number as "trackingNumber", occurred_at as "occurredAt", created_at as "createdAt"`

async function insertShipments (trx: Transaction<Database>, tenantId: number, changes: ReadonlyArray<RowChange<Shipment>>): Promise<void> {
  const shipments = changes.map(({ after }) => after)
  await sql`
    insert into shipments (tenant_id, id, trade_id, lines, carrier, tracking_number, occurred_at, created_at)
    select ${tenantId}, * from unnest(${shipments.map((shipment) => shipment.id)}::uuid[], ${shipments.map((shipment) => shipment.tradeId)}::uuid[],
      ${shipments.map((shipment) => JSON.stringify(shipment.lines))}::jsonb[], ${shipments.map((shipment) => shipment.carrier)}::text[],
      ${shipments.map((shipment) => shipment.trackingNumber)}::text[],
      ${shipments.map((shipment) => shipment.occurredAt.toISOString())}::timestamptz[],
      ${shipments.map((shipment) => shipment.createdAt.toISOString())}::timestamptz[])`.execute(trx)
}
