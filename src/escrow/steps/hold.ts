import { Refusal } from '../../kernel/refusals.ts'
import { externalId } from '../../kernel/ids.ts'
import type { Books, Operation, Origin } from '../../journal/operation.ts'
import type { TradeAnswer } from '../trade/show-trade.ts'
import { refusalOf } from '../trade/states.ts'
import { isShipmentBlocked, type Hold, type StaffHoldKind, type Trade } from '../trade/trade.ts'
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
      return { trade: withHold(books, trade, kind).trade, transactions: [] }
    }
  })
}

/**
 * A trade with a new hold, of which its event tells. Where the tenant wants to know who people are before anything is shipped, a hold of the kind `identity` blocks that as well.
 * Refuses `too_many_holds`.
 */
export function withHold (books: Books, trade: Trade, kind: StaffHoldKind): { readonly trade: Trade, readonly holdId: string } {
  if (trade.holds.length >= HOLDS_MAX) throw new Refusal('too_many_holds', `A trade has at most ${HOLDS_MAX} holds.`)
  const hold = { id: books.newId(), kind, placedAt: books.now, blocksShipment: kind === 'identity' && books.settings.identity_before_shipment }
  const held = { ...trade, holds: [...trade.holds, hold] }
  appendTradeEvent(books, 'trade.hold_placed', held, {}, { hold: externalId('hld', hold.id), kind })
  return { trade: held, holdId: hold.id }
}

/** A trade without one of its holds, of which its event tells. */
export function withoutHold (books: Books, trade: Trade, hold: Hold): Trade {
  const freed = { ...trade, holds: trade.holds.filter((each) => each !== hold) }
  appendTradeEvent(books, 'trade.hold_lifted', freed, {}, { hold: externalId('hld', hold.id), kind: hold.kind })
  return freed
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
      return { trade: withoutHold(books, trade, hold), transactions: [] }
    }
  })
}

/** Refuses `release_blocked`, naming the holds, while a trade has any. */
export function requireNoHold (trade: Trade): void {
  if (trade.holds.length === 0) return
  const names = trade.holds.map(({ id, kind }) => `${externalId('hld', id)} (${kind})`).join(', ')
  throw refusalOf('release_blocked', trade, `Its money is released when these holds are lifted: ${names}.`)
}

/** Refuses `shipment_blocked`, naming the holds, while one keeps the trade from being shipped. */
export function requireShippable (trade: Trade): void {
  if (!isShipmentBlocked(trade)) return
  const names = trade.holds.flatMap(({ id, kind, blocksShipment }) => blocksShipment ? [`${externalId('hld', id)} (${kind})`] : []).join(', ')
  throw refusalOf('shipment_blocked', trade, `It is shipped when these holds are lifted: ${names}. A match about its customs parties lifts the one that waits for it.`)
}
