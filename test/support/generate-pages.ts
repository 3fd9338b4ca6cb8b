/**
 * Writes the parts of pages in `docs` that are made from the code: tables of `docs/trade.md`, the example of `docs/coins.md`. CI runs it and refuses a
 * commit in which a page differs.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../../src/db/package-root.ts'
import { COIN_PARTS } from './coin-page.ts'
import { remake } from './made-page.ts'
import { TRADE_PARTS } from './trade-page.ts'

for (const [page, parts] of [['docs/trade.md', TRADE_PARTS], ['docs/coins.md', COIN_PARTS]] as const) {
  const path = join(packageRoot(), page)
  await writeFile(path, remake(await readFile(path, 'utf8'), parts))
}
