import { Draft } from '../../journal/draft.ts'
import type { Books, Operation, Origin } from '../../journal/operation.ts'
import { closeUnpaid, giveBack } from '../refunds/give-back.ts'
import { refundUnits } from '../trade/line-money.ts'
import { requireRoomForCase } from './beside-cases.ts'
import { pickUnits, type WantedUnits } from '../trade/pick-units.ts'
import type { TradeAnswer } from '../trade/show-trade.ts'
import { illegalInState, refusalOf, tradeState } from '../trade/states.ts'
import { heldAccounts } from '../trade/accounts.ts'
import { returnCoins } from '../trade/trade-coins.ts'
import { unshippedOf, withLines, type Trade } from '../trade/trade.ts'
import { appendTradeEvent, type TradeTarget } from '../trade/trade-operation.ts'
import { tradeOperation } from './trade-step.ts'

export const CANCELLERS = ['buyer', 'seller', 'platform'] as const

/** Who gives up what. Why is not asked: free text would bring personal data into the books. */
export interface NewCancellation {
  /** Null means all that is not shipped. */
  readonly lines: readonly WantedUnits[] | null
  readonly by: typeof CANCELLERS[number]
  /** Whether the seller agrees to the buyer's wish; only the buyer needs that, and only before the time to ship has passed. */
  readonly sellerAgreed?: boolean
  /** When it happened; the decision's time where that is not told. */
  readonly occurredAt: Date | null
}

/**
 * Cancels a trade. Before it is paid: all of it, and what was paid so far goes back. After: the units that are not shipped, by default
 * all of them; their price and their part of the shipping charge go back. By the seller it is his rejection, at any time before shipment.
 * Refuses `illegal_in_state` (also for single lines before payment: the price would change), `seller_agreement_needed`, `unknown_line`,
 * `quantity_exceeded`, and `refund_case_open` where too little would be left for a line's refund case.
 */
export function cancelTrade (origin: Origin, target: TradeTarget, { lines, by, sellerAgreed = false, occurredAt }: NewCancellation): Operation<TradeAnswer> {
  return tradeOperation(origin, target, {
    name: 'trade.cancel',
    action: 'cancel',
    weight: 8 + (lines?.length ?? 10),
    movesCoins: true,
    accounts: heldAccounts,
    decide (books, trade) {
      const facts = { description: `cancelled by the ${by}`, occurredAt: occurredAt ?? books.now }
      if (tradeState(trade) === 'awaiting_payment') {
        if (lines !== null) throw illegalInState(trade, 'Before it is paid a trade is cancelled as a whole.')
        const closed = closeUnpaid(books, trade, facts)
        if (by === 'seller') appendTradeEvent(books, 'trade.rejected', closed.trade, { refunded: closed.trade.refunded }, { by })
        return closed
      }
      if (by === 'buyer' && !sellerAgreed) requireShipmentOverdue(books, trade)
      const steps = pickUnits(trade, lines, unshippedOf).map(({ line, units }) => refundUnits(line, units, trade))
      for (const { line } of steps) requireRoomForCase(trade, line)
      const total = (of: 'cash' | 'coins'): bigint => steps.reduce((sum, step) => sum + step[of], 0n)
      const cash = total('cash')
      const draft = new Draft(books)
      const returned = returnCoins(draft, withLines(trade, steps.map((step) => step.line)), { held: total('coins') })
      const changed = giveBack(books, returned, cash, { ...facts, kind: 'trade.cancellation' }, draft)
      appendTradeEvent(books, by === 'seller' ? 'trade.rejected' : 'trade.cancelled', changed.trade, { refunded: cash }, { by })
      return changed
    }
  })
}

function requireShipmentOverdue (books: Books, trade: Trade): void {
  if (trade.shipBy === null || trade.shipBy <= books.now) return
  throw refusalOf('seller_agreement_needed', trade,
    `The seller has until ${trade.shipBy.toISOString()} to ship; before that the buyer cancels with his agreement only: \`seller_agreed\`.`)
}
