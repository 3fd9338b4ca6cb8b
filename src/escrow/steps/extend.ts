import { DAY_MS } from '../../kernel/time.ts'
import type { Books, Operation, Origin } from '../../journal/operation.ts'
import { namedLines } from '../trade/named-lines.ts'
import type { TradeAnswer } from '../trade/show-trade.ts'
import { refusalOf } from '../trade/states.ts'
import { openCaseOf, withLines, type Line, type Trade } from '../trade/trade.ts'
import { appendTradeEvent, type TradeTarget } from '../trade/trade-operation.ts'
import { tradeOperation } from './trade-step.ts'

/** By how many days a seller may extend. Source: Taobao's rules for confirming receipt. */
export const SELLER_EXTENSION_DAYS = [3, 5, 7, 10] as const

/** More time to confirm: the buyer's own, once for each line and by the tenant's setting, or a number of days that the seller gives. */
export type NewExtension = { readonly lines: ReadonlyArray<{ readonly line: string }> | null } & (
  | { readonly by: 'buyer' }
  | { readonly by: 'seller', readonly days: typeof SELLER_EXTENSION_DAYS[number] }
)

/**
 * Extends the time in which lines are confirmed by silence: of the named lines, or of all for which it can be. A time that has ended is
 * not extended, whether or not the timer has come yet.
 * Refuses `illegal_in_state`, `unknown_line`, `extension_unavailable`.
 */
export function extendTrade (origin: Origin, target: TradeTarget, extension: NewExtension): Operation<TradeAnswer> {
  return tradeOperation(origin, target, {
    name: 'trade.extend',
    action: 'extend',
    weight: 4 + (extension.lines?.length ?? 5),
    decide (books, trade) {
      const wanted = extension.lines === null ? trade.lines : namedLines(trade, extension.lines).map(({ line }) => line)
      const judged = wanted.map((line) => ({ line, obstacle: obstacleTo(books, trade, line, extension) }))
      const free = judged.filter(({ obstacle }) => obstacle === null).map(({ line }) => line)
      // Of named lines all or none are extended. Where no line can be, one that waits for confirmation says why.
      if (free.length === 0 || (extension.lines !== null && free.length < judged.length)) {
        const first = judged.find(({ line, obstacle }) => obstacle !== null && line.confirmBy !== null) ?? judged.find(({ obstacle }) => obstacle !== null)
        throw refusalOf('extension_unavailable', trade, first?.obstacle ?? '')
      }
      const extended = withLines(trade, free.map((line) => extend(line, books, extension)))
      appendTradeEvent(books, 'trade.confirmation_extended', extended, {}, { by: extension.by, lines: free.length })
      return { trade: extended, transactions: [] }
    }
  })
}

/** Why a line's time cannot be extended; null when it can. */
function obstacleTo (books: Books, trade: Trade, line: Line, { by }: NewExtension): string | null {
  const { ref, confirmBy, confirmExtended } = line
  if (openCaseOf(trade, line) !== undefined) return `The time to confirm line "${ref}" stands still while a refund case of it is open.`
  if (confirmBy === null) return `Of line "${ref}" nothing waits for confirmation.`
  if (confirmBy <= books.now) return `The time to confirm line "${ref}" ended at ${confirmBy.toISOString()}.`
  if (by === 'seller') return null
  if (confirmExtended) return `The buyer has extended line "${ref}" before; he does that once.`
  const from = new Date(confirmBy.getTime() - books.settings.buyer_extension_window_ms)
  return from > books.now ? `The buyer can extend line "${ref}" from ${from.toISOString()} on.` : null
}

function extend (line: Line, { settings }: Books, extension: NewExtension): Line {
  const moreMs = extension.by === 'buyer' ? settings.buyer_extension_ms : extension.days * DAY_MS
  return {
    ...line,
    confirmBy: line.confirmBy === null ? null : new Date(line.confirmBy.getTime() + moreMs),
    confirmExtended: line.confirmExtended || extension.by === 'buyer'
  }
}
