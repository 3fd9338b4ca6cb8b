import { externalId } from '../../kernel/ids.ts'
import { unitOf } from '../../kernel/units.ts'
import type { Books, Operation, Origin } from '../../journal/operation.ts'
import { disputeAbout } from '../trade/disputed.ts'
import { namedLines, refuseAt } from '../trade/named-lines.ts'
import type { TradeAnswer } from '../trade/show-trade.ts'
import { refusalOf, requireAllowed } from '../trade/states.ts'
import type { DisputedLine } from '../trade/open-dispute.ts'
import { openCaseOf, withLines, type Line, type Trade } from '../trade/trade.ts'
import { answerTrade, type Changed, type TradeTarget } from '../trade/trade-operation.ts'
import { workOnTrade } from '../steps/trade-step.ts'
import type { ChangedDispute, Disputant, Dispute, DisputeReason } from './dispute.ts'
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
 * Refuses `not_found`, `version_mismatch`, `illegal_in_state`, and what {@link openDispute} refuses.
 */
export function disputeTrade (origin: Origin, target: TradeTarget, dispute: NewDispute): Operation<DisputedTradeAnswer> {
  return workOnTrade(origin, target, {
    name: 'trade.dispute',
    weight: 6 + dispute.lines.length,
    decide (books, trade) {
      requireAllowed(trade, 'dispute')
      return openDispute(books, trade, dispute)
    },
    answer: answerDisputed
  })
}

/** What opening a dispute answers. */
export function answerDisputed ({ trade, transactions }: Changed, { dispute }: ChangedDispute): DisputedTradeAnswer {
  return { ...answerTrade(trade, transactions), dispute: externalId('dsp', dispute.id) }
}

/**
 * Refuses `after_sale_ended` once the window of a completed trade is over, `unknown_line`, `line_disputed` for a line that is in dispute already,
 * `refund_case_open`, and what {@link disputedPart} refuses.
 */
function openDispute (books: Books, trade: Trade, { lines, ...opening }: NewDispute): ChangedDispute {
  requireWithinAfterSale(books, trade)
  const parts = namedLines(trade, lines).map((named) => {
    const other = disputeAbout(trade, named.line)
    if (other !== undefined) throw refuseAt('line_disputed', `${named.pointer}/line`, `It is in dispute: ${externalId('dsp', other.id)}.`)
    if (openCaseOf(trade, named.line) !== undefined) throw refuseAt('refund_case_open', `${named.pointer}/line`, `A refund case of line "${named.line.ref}" is open: what it is about is not disputed beside it.`)
    return { line: named.line, part: disputedPart(named, unitOf(trade.currency), books.now) }
  })
  return startDispute(books, trade, opening, parts)
}

/** A line, and what of it comes into dispute. */
export interface ContestedLine {
  readonly line: Line
  readonly part: DisputedLine
}

/** Freezes what of lines comes into dispute, and answers the trade, which the caller saves, with the dispute. */
export function startDispute (books: Books, trade: Trade, { by, person, reason }: Omit<NewDispute, 'lines'>, contested: readonly ContestedLine[]): ChangedDispute {
  // However they are named, lines are worked on in the trade's order: it decides whose money comes first.
  const parts = contested.toSorted((one, other) => trade.lines.indexOf(one.line) - trade.lines.indexOf(other.line))
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
  return { trade: { ...frozen, disputes: [...trade.disputes, { id: dispute.id, dueAt: dispute.evidenceBy, lines: dispute.lines }] }, transactions: [], dispute }
}

function requireWithinAfterSale (books: Books, trade: Trade): void {
  if (trade.afterSaleEndedAt === null && (trade.afterSaleBy === null || trade.afterSaleBy > books.now)) return
  throw refusalOf('after_sale_ended', trade, `It ended at ${(trade.afterSaleEndedAt ?? trade.afterSaleBy ?? books.now).toISOString()}.`)
}
