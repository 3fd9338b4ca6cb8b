import type { Books, Operation, Origin } from '../../journal/operation.ts'
import { pickUnits, type WantedUnits } from '../trade/pick-units.ts'
import { requireShippable } from './hold.ts'
import { SHIPMENTS } from './shipment-rows.ts'
import type { TradeAnswer } from '../trade/show-trade.ts'
import { openCaseOf, unshippedOf, withLines, type Line, type Trade } from '../trade/trade.ts'
import { appendTradeEvent, type TradeTarget } from '../trade/trade-operation.ts'
import { tradeOperation } from './trade-step.ts'

/** A parcel, or what stands for one. */
export interface NewShipment {
  /** Null means all that is left to ship. */
  readonly lines: readonly WantedUnits[] | null
  readonly carrier: string | null
  readonly trackingNumber: string | null
  /** When it left; the decision's time where that is not told. Deadlines run from the decision all the same. */
  readonly occurredAt: Date | null
}

/**
 * Ships lines of a paid trade, or units of them. Nothing posts; each line's time for confirmation starts (again) now, and never ends
 * earlier than it would have; while a refund case of the line is open, it stands still.
 * Refuses `illegal_in_state`, `shipment_blocked`, `unknown_line`, `quantity_exceeded`.
 */
export function shipTrade (origin: Origin, target: TradeTarget, { lines, carrier, trackingNumber, occurredAt }: NewShipment): Operation<TradeAnswer> {
  return tradeOperation(origin, target, {
    name: 'trade.ship',
    action: 'ship',
    weight: 5 + (lines?.length ?? 10),
    decide (books, trade) {
      requireShippable(trade)
      const picked = pickUnits(trade, lines, unshippedOf)
      const shipped = picked.reduce((sofar, { line, units }) => startTime(books, sofar, { ...line, shipped: line.shipped + units }), trade)
      books.save(SHIPMENTS, {
        id: books.newId(),
        tradeId: trade.id,
        lines: picked.map(({ line, units }) => ({ line: line.id, quantity: units })),
        carrier,
        trackingNumber,
        occurredAt: occurredAt ?? books.now,
        createdAt: books.now
      })
      appendTradeEvent(books, 'trade.shipped', shipped, {})
      return { trade: shipped, transactions: [] }
    }
  })
}

/** While a refund case of the line is open its time stands still, and is kept in the case. */
function startTime ({ now, settings }: Books, trade: Trade, line: Line): Trade {
  const periodMs = settings.auto_confirm_ms[line.fulfilment]
  const paused = openCaseOf(trade, line)
  if (paused === undefined) return withLines(trade, [{ ...line, confirmBy: new Date(Math.max(line.confirmBy?.getTime() ?? 0, now.getTime() + periodMs)) }])
  const kept = { ...paused, remainingMs: Math.max(paused.remainingMs ?? 0, periodMs) }
  return { ...withLines(trade, [line]), refundCases: trade.refundCases.map((each) => each === paused ? kept : each) }
}
