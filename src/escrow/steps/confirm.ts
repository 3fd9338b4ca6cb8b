import type { Operation, Origin } from '../../journal/operation.ts'
import { internalId } from '../../kernel/ids.ts'
import { confirmationAccounts } from '../trade/accounts.ts'
import { chooseQuotes, NO_QUOTES } from '../exchange/choose-quotes.ts'
import { tellQuotes } from '../exchange/draft-exchange.ts'
import { FX_QUOTES } from '../exchange/fx-quote-rows.ts'
import { confirmLines } from '../release/confirm-lines.ts'
import { requireNoCase } from './beside-cases.ts'
import { requireNoHold } from './hold.ts'
import { pickUnits, type WantedUnits } from '../trade/pick-units.ts'
import type { TradeAnswer } from '../trade/show-trade.ts'
import { namedLines, refuseAt } from '../trade/named-lines.ts'
import { isConditioned } from '../trade/release-conditions.ts'
import { awaitedOf } from '../trade/states.ts'
import { unconfirmedOf, unshippedOf, type Trade } from '../trade/trade.ts'
import type { TradeTarget } from '../trade/trade-operation.ts'
import { tradeOperation } from './trade-step.ts'

/** What a buyer confirms. */
export interface NewConfirmation {
  /** Null means all that is shipped, but for lines with an open refund case. */
  readonly lines: readonly WantedUnits[] | null
  /** When he did; the decision's time where that is not told. */
  readonly occurredAt: Date | null
  /** Outside ids of the quotes by which sellers are paid in other currencies; null pays everybody in the trade's, as silence does. */
  readonly quotes?: readonly string[] | null
}

/**
 * Confirms shipped lines, or units of them, and releases their money; a line with release conditions only as a whole, and its money when
 * they are met.
 * Refuses `illegal_in_state`, `release_blocked`, `refund_case_open`, `unknown_line`, `partial_confirmation`, `quantity_exceeded`,
 * and what {@link chooseQuotes} refuses. A line with release conditions needs no quote: what somebody else completes has none either.
 */
export function confirmTrade (origin: Origin, target: TradeTarget, { lines, occurredAt, quotes: named = [] }: NewConfirmation): Operation<TradeAnswer> {
  return tradeOperation(origin, target, {
    name: 'trade.confirm',
    action: 'confirm',
    weight: 5 + 5 * (lines?.length ?? 5),
    movesCoins: 'released',
    needs: [{ kind: FX_QUOTES, ids: () => (named ?? []).flatMap((id) => internalId('fxq', id) ?? []) }],
    accounts (trade) {
      if (lines === null) return confirmationAccounts(trade, trade.lines)
      const ids = new Set(lines.map(({ line }) => internalId('lin', line)))
      return confirmationAccounts(trade, trade.lines.filter((line) => ids.has(line.id)))
    },
    decide (books, trade) {
      requireNoHold(trade)
      requireNoCase(trade, lines)
      requireWholeLines(trade, lines ?? [])
      const picked = pickUnits(trade, lines, (line) => awaitedOf(trade, line))
      const released = picked.flatMap(({ line }) => isConditioned(line) ? [] : [line])
      const quotes = named === null ? NO_QUOTES : chooseQuotes(books, trade, released, named)
      return confirmLines(books, trade, picked, { description: tellQuotes(quotes.values()), occurredAt: occurredAt ?? books.now, by: 'buyer', quotes })
    }
  })
}

/** Refuses `partial_confirmation` of a line with release conditions while not all of it is shipped, or of some of its units. */
function requireWholeLines (trade: Trade, wanted: readonly WantedUnits[]): void {
  for (const { line, wanted: { quantity }, pointer } of namedLines(trade, wanted)) {
    const isPart = unshippedOf(line) > 0 || (quantity !== undefined && quantity < unconfirmedOf(line))
    if (isConditioned(line) && isPart) throw refuseAt('partial_confirmation', `${pointer}/quantity`)
  }
}
