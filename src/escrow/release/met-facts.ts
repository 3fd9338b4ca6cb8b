import type { Books } from '../../journal/operation.ts'
import { externalId } from '../../kernel/ids.ts'
import type { SharingTerms } from '../trade/coin-shares.ts'
import { NOTHING } from '../trade/line-amount.ts'
import { releaseAmount, type ShareStep } from '../trade/line-money.ts'
import { dueOf, isAllMet, isReleaseDue } from '../trade/release-conditions.ts'
import type { MetFact } from '../trade/release-terms.ts'
import { unconfirmedOf, type Line, type Trade } from '../trade/trade.ts'
import { appendTradeEvent } from '../trade/trade-operation.ts'

/** Records that a fact of a line is met, and tells of it. What that releases is the caller's to settle. */
export function meetFact (books: Books, trade: Trade, line: Line, met: Omit<MetFact, 'at'>): Line {
  appendTradeEvent(books, 'trade.condition_met', trade, {}, {
    line: externalId('lin', line.id), fact: met.fact, milestone: met.milestone, by: met.by, evidence_sha256: met.evidence
  })
  return { ...line, met: [...line.met, { ...met, at: books.now }] }
}

/** What the met milestones of a line release now, if anything; when the last of them is met, all that waits is confirmed with it. */
export function settleLine (line: Line, terms: SharingTerms): ShareStep {
  if (!isReleaseDue(line)) return { line, amount: NOTHING, cash: 0n, coins: 0n, earned: 0n, commission: 0n, splits: [], returned: [] }
  const settled = isAllMet(line) ? { ...line, confirmed: line.confirmed + unconfirmedOf(line) } : line
  return releaseAmount(settled, dueOf(line), terms)
}
