import type { Books } from '../../journal/operation.ts'
import { isReleaseDue } from '../trade/release-conditions.ts'
import type { Trade } from '../trade/trade.ts'
import type { Changed } from '../trade/trade-operation.ts'
import { postRelease, type ReleaseFacts } from './confirm-lines.ts'
import { settleLine } from './met-facts.ts'

/**
 * Releases what met milestones of a trade's lines have due, in one transaction; nothing where nothing is due.
 * The caller has named the confirmation accounts of those lines, and made sure that nothing blocks the release.
 */
export function releaseMet (books: Books, trade: Trade, facts: ReleaseFacts): Changed {
  const due = trade.lines.filter(isReleaseDue)
  if (due.length === 0) return { trade, transactions: [] }
  return postRelease(books, trade, due.map((line) => settleLine(line, trade)), { ...facts, kind: 'trade.release', event: 'trade.released' })
}
