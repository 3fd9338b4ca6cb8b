import { randomUUID } from 'node:crypto'
import { openBooks, type BenchDatabase } from './bench-database.ts'
import { drive } from './drive.ts'
import { accountId, draw, type Shape } from './shapes.ts'
import type { Variant } from './variant.ts'

/** The batch that the Journal makes of as many operations in flight. */
const BATCH = 1000
const LIMIT_CONNECTIONS = [1, 2]
const SINGLE_CLIENTS = [1, 10, 20, 50, 100]
const UNORDERED_CLIENTS = [20, 100]

/** The limit: batches of transfers by SQL alone, one commit each. */
export async function limitVariants (database: BenchDatabase, shape: Shape): Promise<Variant[]> {
  const tenantId = await openBooks(database, 'limit', shape)
  return LIMIT_CONNECTIONS.map((clients) => ({
    name: `limit.${shape.name}.${clients}`,
    about: `SQL alone, batches of ${BATCH}, ${shape.about}`,
    unit: 'transfers',
    clients,
    run: async (seconds) => await drive({ clients, seconds, step: async () => await postBatch(database, tenantId, shape) })
  }))
}

/** One transaction per transfer, by a function that does all of it in one round trip. */
export async function singleVariants (database: BenchDatabase, shape: Shape): Promise<Variant[]> {
  const tenantId = await openBooks(database, 'single', shape)
  return SINGLE_CLIENTS.map((clients) => ({
    name: `single.${shape.name}.${clients}`,
    about: `one transaction each, ${shape.about}`,
    unit: 'transfers',
    clients,
    run: async (seconds) => await drive({ clients, seconds, step: async () => await postOne(database, { tenantId, shape, sequence: null }) })
  }))
}

/**
 * The same without the counter that every transfer of a tenant waits for: what a ledger could do whose journal has gaps and no order.
 * It stands here for orientation.
 */
export async function unorderedVariants (database: BenchDatabase, shape: Shape): Promise<Variant[]> {
  const tenantId = await openBooks(database, 'unordered', shape)
  const sequence = `bench.numbers_${tenantId}`
  await database.owner.query(`create sequence ${sequence}`)
  return UNORDERED_CLIENTS.map((clients) => ({
    name: `unordered.${shape.name}.${clients}`,
    about: `the same without order, ${shape.about}`,
    unit: 'transfers',
    clients,
    run: async (seconds) => {
      const sample = await drive({ clients, seconds, step: async () => await postOne(database, { tenantId, shape, sequence }) })
      await database.owner.query(`
        update tenant_counters set transaction_seq = last_value, event_seq = last_value, last_recorded_at = bench.time_of(last_value)
        from (select max(seq) as last_value from transactions where tenant_id = $1) written where tenant_id = $1`, [tenantId])
      return sample
    }
  }))
}

async function postBatch ({ owner }: BenchDatabase, tenantId: number, shape: Shape): Promise<number> {
  const { rows: [row] } = await owner.query<{ moved: string }>({
    name: 'batch', text: 'select bench.post_batch($1, $2, $3, $4, $5, $6) as moved', values: [tenantId, BATCH, ...shape.debits, ...shape.credits]
  })
  if (row === undefined || Number(row.moved) < 2) throw new Error('the batch moved nothing')
  return BATCH
}

interface Books {
  readonly tenantId: number
  readonly shape: Shape
  readonly sequence: string | null
}

async function postOne ({ owner }: BenchDatabase, { tenantId, shape, sequence }: Books): Promise<number> {
  const { debit, credit } = draw(shape)
  const { rows: [row] } = await owner.query<{ posted: boolean }>({
    name: 'single',
    text: 'select bench.post_one($1, $2, $3, $4, $5, $6) as posted',
    values: [tenantId, `api:${randomUUID()}`, accountId(debit), accountId(credit), 100, sequence]
  })
  if (row?.posted !== true) throw new Error('the transfer was not posted')
  return 1
}
