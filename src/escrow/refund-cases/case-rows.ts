import { sql } from 'kysely'
import type { BatchTransaction } from '../../db/transaction.ts'
import { idArray, unnest, type Columns } from '../../db/unnest.ts'
import type { RowChange, RowKind } from '../../journal/row-kind.ts'
import type { RefundCase } from '../trade/refund-case.ts'
import { readSteps, storeSteps, type StoredStep } from '../trade/store-cases.ts'

/** A case with what it belongs to, as it is kept for ever. */
export interface CaseRow extends Omit<RefundCase, 'remainingMs'> {
  readonly tradeId: string
  readonly sellerId: string
  readonly unit: string
  /** What was given back, minor units. */
  readonly refunded: bigint
  readonly closedAt: Date | null
}

/**
 * All refund cases. An open one is decided from its trade, under whose lock it is written; only who asks for one that its trade does not have
 * (any more) loads it from here.
 */
export const REFUND_CASES: RowKind<CaseRow> = {
  name: 'refund case',
  rank: 70,
  idOf: (row) => row.id,
  load: loadCases,
  save: saveCases
}

/** A row as the database has it. */
export interface StoredCaseRow extends Omit<CaseRow, 'steps'> {
  readonly steps: readonly StoredStep[]
}

/** What a `StoredCaseRow` is read from. */
export const caseColumns = sql`
  id, trade_id as "tradeId", line_id as "lineId", seller_id as "sellerId", unit, kind, state, reason, quantity, asked, amount, refunded,
  opened_at as "openedAt", due_at as "dueAt", closed_at as "closedAt", carrier, tracking_number as "trackingNumber", steps`

/** The case of a row. */
export function caseOf (row: StoredCaseRow): CaseRow {
  return { ...row, steps: readSteps(row.steps) }
}

async function loadCases (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<CaseRow[]> {
  const { rows } = await sql<StoredCaseRow>`
    select ${caseColumns} from refund_cases where tenant_id = ${tenantId} and id = any(${idArray(ids)}::uuid[])`.execute(trx)
  return rows.map(caseOf)
}

async function saveCases (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<CaseRow>>): Promise<void> {
  await sql`
    insert into refund_cases (tenant_id, ${sql.raw(Object.keys(COLUMNS).join(', '))})
    select ${tenantId}, c.* from ${unnest('c', changes.map(({ after }) => after), COLUMNS)}
    on conflict (tenant_id, id) do update set state = excluded.state, amount = excluded.amount, refunded = excluded.refunded, due_at = excluded.due_at,
      closed_at = excluded.closed_at, carrier = excluded.carrier, tracking_number = excluded.tracking_number, steps = excluded.steps`.execute(trx)
}

const COLUMNS: Columns<CaseRow> = {
  id: ['uuid', ({ id }) => id],
  trade_id: ['uuid', ({ tradeId }) => tradeId],
  line_id: ['uuid', ({ lineId }) => lineId],
  seller_id: ['uuid', ({ sellerId }) => sellerId],
  unit: ['text', ({ unit }) => unit],
  kind: ['text', ({ kind }) => kind],
  state: ['text', ({ state }) => state],
  reason: ['text', ({ reason }) => reason],
  quantity: ['integer', ({ quantity }) => quantity],
  asked: ['bigint', ({ asked }) => asked],
  amount: ['bigint', ({ amount }) => amount],
  refunded: ['bigint', ({ refunded }) => refunded],
  opened_at: ['timestamptz', ({ openedAt }) => openedAt],
  due_at: ['timestamptz', ({ dueAt }) => dueAt],
  closed_at: ['timestamptz', ({ closedAt }) => closedAt],
  carrier: ['text', ({ carrier }) => carrier],
  tracking_number: ['text', ({ trackingNumber }) => trackingNumber],
  steps: ['jsonb', ({ steps }) => JSON.stringify(storeSteps(steps))]
}
