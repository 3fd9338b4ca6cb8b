import { externalId } from '../../kernel/ids.ts'
import { unitOf } from '../../kernel/units.ts'
import type { Books, Operation, Origin } from '../../journal/operation.ts'
import { disputeAbout } from '../trade/disputed.ts'
import { namedLines, refuseAt } from '../trade/named-lines.ts'
import type { TradeAnswer } from '../trade/show-trade.ts'
import { refusalOf, requireAllowed } from '../trade/states.ts'
import { openCaseOf, withLines, type Trade } from '../trade/trade.ts'
import { answerTrade, requireTrade, saveTrade, type TradeTarget } from '../trade/trade-operation.ts'
import { TRADES } from '../trade/trade-rows.ts'
import type { Disputant, Dispute, DisputeReason } from './dispute.ts'
import { DISPUTES } from './dispute-rows.ts'
import { disputedPart, freeze, type WantedDispute } from './freeze.ts'
import { appendDisputeEvent, amountOf } from './tell-dispute.ts'

/** Who disputes what, and why; `person` is the inside id of the acting key. */
export interface NewDispute {
  readonly by: Disputant
  readonly person: string
  readonly reason: DisputeReason
  readonly lines: readonly WantedDispute[]
}

/** The trade as the dispute left it, and which dispute that is. */
export interface DisputedTradeAnswer extends TradeAnswer {
  readonly dispute: string
}

/**
 * Opens a dispute about lines of a trade: what is held of it is frozen, and the rest of the trade goes on. Nothing posts.
 * Refuses what {@link openDispute} refuses, `not_found`, `version_mismatch` and `illegal_in_state`.
 */
export function disputeTrade (origin: Origin, target: TradeTarget, dispute: NewDispute): Operation<DisputedTradeAnswer> {
  const ids = target.tradeId === null ? [] : [target.tradeId]
  return {
    ...origin,
    name: 'trade.dispute',
    lane: 'request',
    weight: 6 + dispute.lines.length,
    needs: [{ kind: TRADES, ids: () => ids }],
    decide (books) {
      const trade = requireTrade(books, target)
      requireAllowed(trade, 'dispute')
      const opened = openDispute(books, trade, dispute)
      const saved = saveTrade(books, trade, opened.trade)
      return { ...answerTrade(saved, []), dispute: externalId('dsp', opened.dispute.id) }
    }
  }
}

/**
 * Freezes what is in dispute, and answers the trade, which the caller saves, with the dispute. Refuses `after_sale_ended` once the window of a
 * completed trade is over, `unknown_line`, `line_disputed` for a line that is in dispute already, `refund_case_open`, and what {@link disputedPart} refuses.
 */
export function openDispute (books: Books, trade: Trade, { by, person, reason, lines }: NewDispute): { readonly trade: Trade, readonly dispute: Dispute } {
  requireWithinAfterSale(books, trade)
  const parts = namedLines(trade, lines).map((named) => {
    const other = disputeAbout(trade, named.line)
    if (other !== undefined) throw refuseAt('line_disputed', `${named.pointer}/line`, `It is in dispute: ${externalId('dsp', other.id)}.`)
    if (openCaseOf(trade, named.line) !== undefined) throw refuseAt('refund_case_open', `${named.pointer}/line`, `A refund case of line "${named.line.ref}" is open: what it is about is not disputed beside it.`)
    return { line: named.line, part: disputedPart(named, unitOf(trade.currency), books.now) }
  })
  // However they are named, lines are worked on in the trade's order: it decides whose money comes first.
  parts.sort((one, other) => trade.lines.indexOf(one.line) - trade.lines.indexOf(other.line))
  const dispute: Dispute = {
    id: books.newId(),
    tradeId: trade.id,
    state: 'open',
    openedBy: by,
    openedKey: person,
    reason,
    unit: trade.currency,
    lines: parts.map(({ part }) => part),
    openedAt: books.now,
    evidenceBy: new Date(books.now.getTime() + books.settings.dispute_evidence_ms),
    evidenceCount: 0,
    proposal: null,
    award: null,
    decidedBy: null,
    decidedAt: null,
    transactionId: null
  }
  books.save(DISPUTES, dispute)
  appendDisputeEvent(books, 'dispute.opened', dispute, { amount: amountOf(dispute) }, { by, reason })
  const frozen = withLines(trade, parts.map(({ line, part }) => freeze(line, part)))
  return { trade: { ...frozen, disputes: [...trade.disputes, { id: dispute.id, dueAt: dispute.evidenceBy, lines: dispute.lines }] }, dispute }
}

function requireWithinAfterSale (books: Books, trade: Trade): void {
  if (trade.afterSaleEndedAt === null && (trade.afterSaleBy === null || trade.afterSaleBy > books.now)) return
  throw refusalOf('after_sale_ended', trade, `It ended at ${(trade.afterSaleEndedAt ?? trade.afterSaleBy ?? books.now).toISOString()}.`)
}
