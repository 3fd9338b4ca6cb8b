import type { Books } from '../../journal/operation.ts'
import type { OpenDispute } from '../trade/open-dispute.ts'
import type { Trade } from '../trade/trade.ts'
import { DISPUTES } from './dispute-rows.ts'
import { appendDisputeEvent } from './tell-dispute.ts'

/** Ends the time for evidence in the disputes of a trade for which it is over, and answers the trade, which the caller saves. */
export function closeEvidence (books: Books, trade: Trade): Trade {
  return { ...trade, disputes: trade.disputes.map((open) => open.dueAt === null || open.dueAt > books.now ? open : close(books, open)) }
}

/** Which disputes a sweep finds due is known only when the trade is loaded. */
function close (books: Books, open: OpenDispute): OpenDispute {
  const dispute = books.find(DISPUTES, open.id)
  if (dispute === null) throw new Error(`dispute ${open.id} is missing`)
  const reviewed = { ...dispute, state: 'under_review' as const }
  books.save(DISPUTES, reviewed)
  appendDisputeEvent(books, 'dispute.under_review', reviewed, {}, { evidence: dispute.evidenceCount })
  return { ...open, dueAt: null }
}
