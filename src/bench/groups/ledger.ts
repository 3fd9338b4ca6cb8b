import { execFile } from 'node:child_process'
import { statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { promisify } from 'node:util'
import { Journal } from '../../journal/journal.ts'
import { externalId } from '../../kernel/ids.ts'
import { LOG, openBenchDatabase, openBooks, type BenchDatabase } from '../bench-database.ts'
import { drive } from '../drive.ts'
import type { Comparison, Fact, Group, Stage, Variant } from '../group.ts'
import { openMarket, type Market } from '../play/market.ts'
import { MixedSteps } from '../play/mixed-steps.ts'
import { transferOperation } from '../play/transfer-operation.ts'
import { prefill, PREFILL_BYTES_EACH, PREFILL_BYTES_SPARE } from '../sql/prefill.ts'
import { accountId, HOT, SPREAD, type Shape } from '../sql/shapes.ts'

/** A small cache, so that large books do not fit it. */
const SETTINGS = { shared_buffers: '128MB' }
const STEPS_IN_FLIGHT = 64
const TRANSFERS: ReadonlyArray<readonly [shape: Shape, clients: number]> = [[HOT, 1], [HOT, 1000], [SPREAD, 1], [SPREAD, 64], [SPREAD, 1000]]
const PAGE = 100
/** Larger books take minutes to verify, and their past is made by the same pattern. */
const VERIFIED_MAX = 2_000_000
/** So many transfers are posted before anything is measured, on new books too: four times to each account. */
const SETTLING_TRANSFERS = 20_000
const STOP_GRACE_MS = 10_000

/** The same work on new books and on books with so many transfers, each on a server of its own; and pages of a long account. */
export function ledger (sizes: readonly number[]): Group {
  return {
    name: 'ledger',
    about: `the same work on new books and on books of ${sizes.map(inWords).join(' and ')} transfers, shared_buffers ${SETTINGS.shared_buffers}`,
    async open (stage) {
      const opened: Books[] = []
      const close = async (): Promise<void> => {
        for (const books of opened) await books.close()
      }
      try {
        await requireDisk(sizes)
        for (const size of [0, ...sizes]) opened.push(await openBooksOf(stage, size))
      } catch (error) {
        await close()
        throw error
      }
      return {
        // The same work on small and on large books in turn.
        variants: [
          ...TRANSFERS.flatMap(([shape, clients]) => opened.map((books) => transferVariant(books, shape, clients))),
          ...opened.map(stepsVariant),
          ...opened.filter(({ size }) => size > 0).flatMap(pageVariants)
        ],
        comparisons: sizes.flatMap(comparisonsOf),
        facts: () => opened.flatMap(({ facts }) => facts),
        databases: opened.filter(({ size }) => size <= VERIFIED_MAX).map(({ database }) => database),
        close
      }
    }
  }
}

/** Books of a size, with a Journal and a service on them. */
interface Books {
  readonly size: number
  readonly about: string
  readonly database: BenchDatabase
  readonly journal: Journal
  readonly market: Market
  /** Entries of the account that has most. */
  readonly entries: number
  readonly facts: readonly Fact[]
  readonly close: () => Promise<void>
}

async function openBooksOf ({ tell, goOn }: Stage, size: number): Promise<Books> {
  const database = await openBenchDatabase(null, SETTINGS)
  const journal = new Journal({ db: database.databases.journal, log: LOG })
  try {
    const tenantId = await openBooks(database, 'ledger', SPREAD)
    const startedAt = performance.now()
    if (size > 0) {
      await prefill(database.owner, { tenantId, transfers: size, tell, goOn })
      // What lies in the system's memory is on disk before anything is measured.
      await promisify(execFile)('sync')
    }
    const seconds = (performance.now() - startedAt) / 1000
    tell(`settling: ${inWords(SETTLING_TRANSFERS)} transfers on ${size === 0 ? 'new books' : `books of ${inWords(size)}`}`)
    await settle(journal, tenantId)
    const market = await openMarket({ database, journal }, { tenantId, role: 'finance' })
    const { rows: [found] } = await database.owner.query<{ entries: string, bytes: string }>(
      'select version as entries, pg_database_size(current_database()) as bytes from accounts where tenant_id = $1 and id = $2', [tenantId, accountId(1)])
    return {
      size,
      about: size === 0 ? 'new books' : `books of ${inWords(size)}`,
      database,
      journal,
      market,
      entries: Number(found?.entries),
      facts: size === 0
        ? []
        : [
            { name: `seconds to prefill ${inWords(size)} transfers`, value: seconds },
            { name: 'bytes of that database', value: Number(found?.bytes) },
            { name: 'entries of the account whose pages are read', value: Number(found?.entries) }
          ],
      close: async () => {
        await market.close()
        await journal.stop(STOP_GRACE_MS)
        await database.close()
      }
    }
  } catch (error) {
    await database.close()
    throw error
  }
}

/**
 * Brings books to where they are most of the time. After a checkpoint the first change of each page puts the whole page into PostgreSQL's log, and
 * filling books ends with one: what is measured in its first seconds is dearer than the quarter of an hour until the next.
 */
async function settle (journal: Journal, tenantId: number): Promise<void> {
  let left = SETTLING_TRANSFERS
  await Promise.all(Array.from({ length: 1000 }, async () => {
    while (left-- > 0) await journal.submit(transferOperation(tenantId, SPREAD))
  }))
}

function transferVariant ({ size, about, database, journal, market }: Books, shape: Shape, clients: number): Variant {
  return {
    name: `ledger.${size}.${shape.name}.${clients}`,
    about: `transfers ${shape.about}, ${about}`,
    unit: 'transfers',
    clients,
    owner: database.owner,
    run: async (seconds) => await drive({
      clients,
      seconds,
      step: async () => {
        await journal.submit(transferOperation(market.tenantId, shape))
        return 1
      }
    })
  }
}

function stepsVariant ({ size, about, database, market: { inProcess, cast } }: Books): Variant {
  const mixed = new MixedSteps({ steps: inProcess, preparing: inProcess, cast, clients: STEPS_IN_FLIGHT })
  return {
    name: `ledger.${size}.steps.${STEPS_IN_FLIGHT}`,
    about: `payment, shipment, confirmation, ${about}`,
    unit: 'operations',
    clients: STEPS_IN_FLIGHT,
    owner: database.owner,
    prepare: async (seconds) => { await mixed.prepare(seconds) },
    run: async (seconds) => mixed.learn(await drive({ clients: STEPS_IN_FLIGHT, seconds, step: async (client) => await mixed.next(client) }))
  }
}

function pageVariants ({ size, database, market: { caller }, entries }: Books): Variant[] {
  const account = externalId('acc', accountId(1))
  const statement = `/v1/reports/account-statement?account=${account}&limit=${PAGE}`
  const reads = {
    'entries-first': `/v1/accounts/${account}/entries?limit=${PAGE}`,
    'entries-middle': `/v1/accounts/${account}/entries?limit=${PAGE}&starting_after=${Math.floor(entries / 2)}`,
    'entries-last': `/v1/accounts/${account}/entries?limit=${PAGE}&order=desc`,
    'statement-first': statement,
    'statement-middle': `${statement}&after_version=${Math.floor(entries / 2)}`,
    'statement-last': `${statement}&after_version=${Math.max(entries - PAGE, 0)}`,
    'trial-balance': '/v1/reports/trial-balance'
  }
  return Object.entries(reads).map(([name, path]) => ({
    name: `ledger.${size}.${name}.1`,
    about: `${name.replace('-', ', ')}, over HTTP, books of ${inWords(size)}`,
    unit: 'pages',
    clients: 1,
    owner: database.owner,
    run: async (seconds) => await drive({
      clients: 1,
      seconds,
      step: async () => {
        await caller.get(path)
        return 1
      }
    })
  }))
}

function comparisonsOf (size: number): Comparison[] {
  const works = [...TRANSFERS.map(([shape, clients]) => ({ work: `${shape.name}.${clients}`, about: `transfers ${shape.about}, ${clients} in flight` })),
    { work: `steps.${STEPS_IN_FLIGHT}`, about: `payment, shipment, confirmation, ${STEPS_IN_FLIGHT} in flight` }]
  return works.map(({ work, about }) => ({
    name: `${size} transfers ${work}`,
    about: `${about}: books of ${inWords(size)} beside new ones`,
    of: 'rate_per_second',
    ours: [`ledger.${size}.${work}`],
    theirs: [`ledger.0.${work}`],
    aim: { least: 0.8, most: 1.2 }
  }))
}

async function requireDisk (sizes: readonly number[]): Promise<void> {
  const needed = sizes.reduce((sum, size) => sum + size * PREFILL_BYTES_EACH + PREFILL_BYTES_SPARE, 0)
  const { bavail, bsize } = await statfs(tmpdir())
  const gigabytes = (bytes: number): string => `${Math.ceil(bytes / 1e9)} GB`
  if (bavail * bsize < needed) throw new Error(`books of that size need about ${gigabytes(needed)}, and ${tmpdir()} has ${gigabytes(bavail * bsize)} free`)
}

function inWords (count: number): string {
  return count.toLocaleString('en-US')
}
