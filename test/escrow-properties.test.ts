import fc from 'fast-check'
import t from 'tap'
import { HOUR_MS } from '../src/kernel/time.ts'
import { DEFAULT_SETTINGS, type TenantSettings } from '../src/tenants/settings.ts'
import { MemoryBooks } from './support/memory-books.ts'
import { commands, type Command } from './support/trade-commands.ts'
import { Invariants } from './support/trade-invariants.ts'
import { batchesOf, runBatch } from './support/trade-life.ts'
import { TradeWorld } from './support/trade-world.ts'

const RUNS = 1000
const TIMEOUT_MS = 280_000

t.setTimeout(TIMEOUT_MS)

/** Runs commands on maps, and after every batch compares all books and trades with the model. */
async function live (all: readonly Command[], settings: TenantSettings = DEFAULT_SETTINGS): Promise<void> {
  const books = new MemoryBooks()
  books.settings = settings
  const world = new TradeWorld(books, { now: books.now.getTime(), settings })
  const invariants = new Invariants(books, world)
  await world.start()
  for (const batch of batchesOf(all)) {
    const [first] = batch
    if (first?.kind === 'wait') {
      world.now += (first.size % 16) ** 2 * HOUR_MS
      books.now = new Date(world.now)
      continue
    }
    await runBatch(world, batch)
    invariants.check()
  }
}

t.test(`${RUNS} lives of trades leave books that agree with the model after every step`, async (t) => {
  await fc.assert(fc.asyncProperty(commands, fc.constantFrom('price' as const, 'price_and_shipping' as const), async (all, feeBase) => {
    await live(all, { ...DEFAULT_SETTINGS, fee_base: feeBase })
  }), { numRuns: RUNS })
  t.pass('no counter-example')
})
