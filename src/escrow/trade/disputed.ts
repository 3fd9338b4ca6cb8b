import { NOTHING, plus, sumOf, type LineAmount } from './line-amount.ts'
import { evenPart } from './line-money.ts'
import type { DisputedLine, OpenDispute } from './open-dispute.ts'
import { openCaseOf, openUnitsOf, unconfirmedOf, type Line, type Trade } from './trade.ts'

/** Both parts of what is in dispute of a line, minor units. */
export function contestedOf ({ frozen, released }: Pick<DisputedLine, 'frozen' | 'released'>): bigint {
  return sumOf(plus(frozen, released))
}

/** What of a line's money could be frozen: what is open for the units that are shipped and wait for confirmation. */
export function freezableOf (line: Line): LineAmount {
  return openUnitsOf(line) === 0 ? NOTHING : evenPart(line, unconfirmedOf(line))
}

/** The open dispute about a line, if there is one. */
export function disputeAbout (trade: Trade, line: Line): OpenDispute | undefined {
  return trade.disputes.find(({ lines }) => lines.some(({ lineId }) => lineId === line.id))
}

/**
 * Whether anything of a trade can be brought into dispute: money for shipped goods that is held, or was released, of a line that has neither a dispute
 * nor a refund case.
 */
export function isDisputable (trade: Trade): boolean {
  return trade.lines.some((line) => disputeAbout(trade, line) === undefined && openCaseOf(trade, line) === undefined && contestedOf({ frozen: freezableOf(line), released: line.releasedAmount }) > 0n)
}
