import { openBooks, openOwnerPool } from '../bench-database.ts'
import { drive } from '../drive.ts'
import type { Comparison, Group, Stage, Variant } from '../group.ts'
import { transferOperation } from '../play/transfer-operation.ts'
import { catchUpCounter, postBatch, postOne, type PlainBooks } from '../sql/plain-sql.ts'
import { SHAPES, type Shape } from '../sql/shapes.ts'

const IN_FLIGHT = [1, 64, 1000]
/** The batch that the Journal makes of as many operations in flight. */
const BATCH = 1000
const LIMIT_CONNECTIONS = [1, 2]
const SINGLE_CLIENTS = [10, 20, 50, 100]
const UNORDERED_CLIENTS = [20, 100]
const CONNECTIONS_MAX = 100

/** Transfers by the Journal beside the limit, which is SQL alone in batches, and beside one transaction each. */
export const transfers: Group = {
  name: 'transfers',
  about: 'transfers by the Journal in process, by SQL alone in batches, and by one transaction each',
  async open (stage) {
    const pool = openOwnerPool(stage.database.ownerUrl, CONNECTIONS_MAX)
    const variants: Variant[] = []
    for (const shape of SHAPES) {
      variants.push(...limitVariants(await books(stage, pool, shape, 'limit')), ...await journalVariants(stage, shape),
        ...singleVariants(await books(stage, pool, shape, 'single')))
      if (shape.name === 'spread') variants.push(...await unorderedVariants(await books(stage, pool, shape, 'unordered')))
    }
    return { variants, comparisons: SHAPES.flatMap(comparisonsOf), close: async () => { await pool.end() } }
  }
}

async function books ({ database }: Stage, pool: PlainBooks['pool'], shape: Shape, name: string): Promise<PlainBooks> {
  return { pool, shape, tenantId: await openBooks(database, name, shape) }
}

function limitVariants (target: PlainBooks): Variant[] {
  return LIMIT_CONNECTIONS.map((clients) => ({
    name: `limit.${target.shape.name}.${clients}`,
    about: `SQL alone, batches of ${BATCH}, ${target.shape.about}`,
    unit: 'transfers',
    clients,
    run: async (seconds) => await drive({ clients, seconds, step: async () => await postBatch(target, BATCH) })
  }))
}

/** Our own way: each transfer is an operation of the Journal, with an event. */
async function journalVariants ({ database, journal }: Stage, shape: Shape): Promise<Variant[]> {
  const tenantId = await openBooks(database, 'journal', shape)
  return IN_FLIGHT.map((clients) => ({
    name: `journal.${shape.name}.${clients}`,
    about: `the Journal, in process, ${shape.about}`,
    unit: 'transfers',
    clients,
    run: async (seconds) => await drive({
      clients,
      seconds,
      step: async () => {
        await journal.submit(transferOperation(tenantId, shape))
        return 1
      }
    })
  }))
}

/** One transaction per transfer, by a function that does all of it in one round trip. */
function singleVariants (target: PlainBooks): Variant[] {
  return SINGLE_CLIENTS.map((clients) => ({
    name: `single.${target.shape.name}.${clients}`,
    about: `one transaction each, ${target.shape.about}`,
    unit: 'transfers',
    clients,
    run: async (seconds) => await drive({ clients, seconds, step: async () => await postOne(target, null) })
  }))
}

/**
 * The same without the counter that every transfer of a tenant waits for: what a ledger could do whose journal has gaps and no order.
 * It stands here for orientation.
 */
async function unorderedVariants (target: PlainBooks): Promise<Variant[]> {
  const sequence = `bench.numbers_${target.tenantId}`
  await target.pool.query(`create sequence ${sequence}`)
  return UNORDERED_CLIENTS.map((clients) => ({
    name: `unordered.${target.shape.name}.${clients}`,
    about: `the same without order, ${target.shape.about}`,
    unit: 'transfers',
    clients,
    run: async (seconds) => {
      const sample = await drive({ clients, seconds, step: async () => await postOne(target, sequence) })
      await catchUpCounter(target)
      return sample
    }
  }))
}

function comparisonsOf ({ name, about }: Shape): Comparison[] {
  const rate = { of: 'rate_per_second', ours: [`journal.${name}.1000`] } as const
  const compared: Comparison[] = [
    { ...rate, name: `journal/limit ${name}`, about: `the Journal beside SQL alone, ${about}`, theirs: namesOf('limit', name, LIMIT_CONNECTIONS), aim: { least: 0.5 } },
    { ...rate, name: `journal/single ${name}`, about: `the Journal beside the best of one transaction each, ${about}`, theirs: namesOf('single', name, SINGLE_CLIENTS), aim: { least: 5 } }
  ]
  if (name !== 'spread') return compared
  const unordered = { name: 'journal/unordered spread', about: `the Journal beside one transaction each without order, ${about}`, aim: null }
  return [...compared, { ...rate, ...unordered, theirs: namesOf('unordered', name, UNORDERED_CLIENTS) }]
}

function namesOf (kind: string, shape: string, clients: readonly number[]): string[] {
  return clients.map((count) => `${kind}.${shape}.${count}`)
}
