import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { accountId, draw, type Shape } from './shapes.ts'

/** Where transfers are posted by SQL alone. */
export interface PlainBooks {
  readonly pool: pg.Pool
  readonly tenantId: number
  readonly shape: Shape
}

/** Posts `count` transfers by one statement and its commit, and answers how many. */
export async function postBatch ({ pool, tenantId, shape }: PlainBooks, count: number): Promise<number> {
  const { rows: [row] } = await pool.query<{ moved: string }>({
    name: 'batch', text: 'select bench.post_batch($1, $2, $3, $4, $5, $6) as moved', values: [tenantId, count, ...shape.debits, ...shape.credits]
  })
  if (row === undefined || Number(row.moved) < 2) throw new Error('the batch moved nothing')
  return count
}

/** Posts one transfer in one round trip and its commit. Its numbers are those of a sequence where one is given, else of the tenant's counter. */
export async function postOne ({ pool, tenantId, shape }: PlainBooks, sequence: string | null): Promise<number> {
  const { debit, credit } = draw(shape)
  const { rows: [row] } = await pool.query<{ posted: boolean }>({
    name: 'single',
    text: 'select bench.post_one($1, $2, $3, $4, $5, $6) as posted',
    values: [tenantId, `api:${randomUUID()}`, accountId(debit), accountId(credit), 100, sequence]
  })
  if (row?.posted !== true) throw new Error('the transfer was not posted')
  return 1
}

/** Brings the tenant's counter to where a sequence that stood in for it has come. */
export async function catchUpCounter ({ pool, tenantId }: PlainBooks): Promise<void> {
  await pool.query(`
    update tenant_counters set transaction_seq = last_value, event_seq = last_value, last_recorded_at = bench.time_of(last_value)
    from (select max(seq) as last_value from transactions where tenant_id = $1) written where tenant_id = $1`, [tenantId])
}
