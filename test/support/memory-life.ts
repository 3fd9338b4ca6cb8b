import { REFUNDS } from '../../src/escrow/refunds/refund-rows.ts'
import { showRefund } from '../../src/escrow/refunds/show-refund.ts'
import { RESERVE_SLICES } from '../../src/escrow/reserves/reserve-slices.ts'
import { HOUR_MS } from '../../src/kernel/time.ts'
import type { TenantSettings } from '../../src/tenants/settings.ts'
import { readingOf } from './chargeback-desk.ts'
import type { Command } from './trade-commands.ts'
import { Invariants } from './trade-invariants.ts'
import { batchesOf, runBatch, start } from './trade-life.ts'
import { TradeWorld } from './trade-world.ts'
import { WatchedBooks } from './watched-books.ts'

/**
 * Runs commands on books in memory, where time passes, and after every batch compares all books and trades with the model; answers the books. Notes
 * the changes of trades' states that it saw.
 */
export async function live (all: readonly Command[], settings: TenantSettings, seen = new Set<string>()): Promise<WatchedBooks> {
  const books = new WatchedBooks(seen)
  books.settings = settings
  const world = new TradeWorld({
    run: books.run.bind(books),
    refunds: () => books.rows(REFUNDS).map(showRefund),
    slices: () => books.rows(RESERVE_SLICES),
    reading: ({ provider, providerRef }) => readingOf(books, providerRef, provider)
  }, { now: books.now.getTime(), settings })
  const invariants = new Invariants(books, world)
  await start(world)
  for (const batch of batchesOf(all)) {
    const [first] = batch
    if (first?.kind === 'wait') world.now += (first.size % 16) ** 2 * HOUR_MS
    if (first?.kind === 'mature') world.now = Math.max(world.now, world.purses.nextMaturity() ?? 0)
    books.now = new Date(world.now)
    if (first?.kind === 'wait') continue
    await runBatch(world, batch)
    invariants.check()
  }
  invariants.checkAll()
  return books
}
