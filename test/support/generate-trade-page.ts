/**
 * Writes the parts of `docs/trade.md` that are made from the code's tables. CI runs it and refuses a commit in which the page differs.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../../src/db/package-root.ts'
import { remake } from './trade-page.ts'

const path = join(packageRoot(), 'docs/trade.md')
await writeFile(path, remake(await readFile(path, 'utf8')))
