import type { Books } from '../../journal/operation.ts'
import { awaitsSilence, isConditioned, isReleaseDue } from './release-conditions.ts'
import { openCaseOf, withLines, type Line, type Trade } from './trade.ts'

/**
 * Keeps the times of lines with release conditions, whatever step changed them: silence counts from the moment on at which the whole line is
 * shipped, as long as its terms wait for it, and stands still while a refund case is open; and what met conditions release, but something blocks, is due from now on.
 */
export function keepConditions (books: Books, trade: Trade): Trade {
  const kept = trade.lines.flatMap((line) => isConditioned(line) ? keepLine(books, trade, line) : [])
  return kept.length === 0 ? trade : withLines(trade, kept)
}

function keepLine (books: Books, trade: Trade, line: Line): Line[] {
  const confirmBy = awaitsSilence(line) && openCaseOf(trade, line) === undefined ? line.confirmBy ?? new Date(books.now.getTime() + books.settings.auto_confirm_ms[line.fulfilment]) : null
  const releaseBy = isReleaseDue(line) ? line.releaseBy ?? books.now : null
  return confirmBy === line.confirmBy && releaseBy === line.releaseBy ? [] : [{ ...line, confirmBy, releaseBy }]
}
