import { sql } from 'kysely'
import type { BatchTransaction } from '../../db/transaction.ts'
import { idArray, unnest, type Columns } from '../../db/unnest.ts'
import type { RowChange, RowKind } from '../../journal/row-kind.ts'

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

async function loadShipments (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<Shipment[]> {
  const { rows } = await sql<Shipment>`
    select ${shipmentColumns} from shipments where tenant_id = ${tenantId} and id = any(${idArray(ids)}::uuid[])`.execute(trx)
  return rows
}

/** What a `Shipment` is read from. */
export const shipmentColumns = sql`
  id, trade_id as "tradeId", lines, carrier, tracking_number as "trackingNumber", occurred_at as "occurredAt", created_at as "createdAt"`

async function insertShipments (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<Shipment>>): Promise<void> {
  await sql`
    insert into shipments (tenant_id, id, trade_id, lines, carrier, tracking_number, occurred_at, created_at)
    select ${tenantId}, s.* from ${unnest('s', changes.map(({ after }) => after), COLUMNS)}`.execute(trx)
}

const COLUMNS: Columns<Shipment> = {
  id: ['uuid', ({ id }) => id],
  trade_id: ['uuid', ({ tradeId }) => tradeId],
  lines: ['jsonb', ({ lines }) => JSON.stringify(lines)],
  carrier: ['text', ({ carrier }) => carrier],
  tracking_number: ['text', ({ trackingNumber }) => trackingNumber],
  occurred_at: ['timestamptz', ({ occurredAt }) => occurredAt],
  created_at: ['timestamptz', ({ createdAt }) => createdAt]
}
