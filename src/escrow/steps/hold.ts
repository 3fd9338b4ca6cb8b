import { Refusal } from '../../kernel/refusals.ts'
import { externalId } from '../../kernel/ids.ts'
import type { Operation, Origin } from '../../journal/operation.ts'
import type { TradeAnswer } from '../trade/show-trade.ts'
import { refusalOf } from '../trade/states.ts'
import type { StaffHoldKind, Trade } from '../trade/trade.ts'
import { appendTradeEvent, type TradeTarget } from '../trade/trade-operation.ts'
import { tradeOperation } from './trade-step.ts'

const HOLDS_MAX = 20

/**
 * Blocks the release of a trade's money until this hold, and every other, is lifted. Nothing posts; what is not shipped can still be cancelled.
 * Refuses `illegal_in_state` once the trade is over, `too_many_holds`.
 */
export function placeHold (origin: Origin, target: TradeTarget, kind: StaffHoldKind): Operation<TradeAnswer> {
  return tradeOperation(origin, target, {
    name: 'trade.hold',
    action: 'hold',
    weight: 4,
    decide (books, trade) {
      if (trade.holds.length >= HOLDS_MAX) throw new Refusal('too_many_holds', `A trade has at most ${HOLDS_MAX} holds.`)
      const hold = { id: books.newId(), kind, placedAt: books.now }
      const held = { ...trade, holds: [...trade.holds, hold] }
      appendTradeEvent(books, 'trade.hold_placed', held, {}, { hold: externalId('hld', hold.id), kind })
      return { trade: held, transactions: [] }
    }
  })
}

/**
 * Lifts one hold, by its inside id (null when the text was none). When it was the last one, lines whose time is over are confirmed by the
 * next sweep. Refuses `not_found` for a hold that the trade does not have (any more), `chargeback_open` for one that a chargeback lifts.
 */
export function liftHold (origin: Origin, target: TradeTarget, holdId: string | null): Operation<TradeAnswer> {
  return tradeOperation(origin, target, {
    name: 'trade.lift',
    action: 'lift',
    weight: 4,
    decide (books, trade) {
      const hold = trade.holds.find(({ id }) => id === holdId)
      if (hold === undefined) throw new Refusal('not_found')
      if (hold.kind === 'chargeback') throw refusalOf('chargeback_open', trade, 'This hold ends with the outcome of its chargeback.')
      const freed = { ...trade, holds: trade.holds.filter((each) => each !== hold) }
      appendTradeEvent(books, 'trade.hold_lifted', freed, {}, { hold: externalId('hld', hold.id), kind: hold.kind })
      return { trade: freed, transactions: [] }
    }
  })
}

/** Refuses `release_blocked`, naming the holds, while a trade has any. */
export function requireNoHold (trade: Trade): void {
  if (trade.holds.length === 0) return
  const names = trade.holds.map(({ id, kind }) => `${externalId('hld', id)} (${kind})`).join(', ')
  throw refusalOf('release_blocked', trade, `Its money is released when these holds are lifted: ${names}.`)
}
