import type { Books, Need, Operation, Origin } from '../../journal/operation.ts'
import type { AccountName } from '../../ledger/accounts.ts'
import { catchUp, saveStep } from '../groups/follow-group.ts'
import { escrowOf } from '../trade/accounts.ts'
import type { TradeAnswer } from '../trade/show-trade.ts'
import { awaitsGroup, requireAllowed, type Action } from '../trade/states.ts'
import type { Trade } from '../trade/trade.ts'
import { answerTrade, requireTrade, type Changed, type TradeTarget } from '../trade/trade-operation.ts'
import { TRADES } from '../trade/trade-rows.ts'

interface TradeStep {
  readonly name: string
  readonly action: Action
  /** About how many rows the step writes. */
  readonly weight: number
  /** What it needs of kinds that come before trades. */
  readonly needs?: readonly Need[]
  /** The accounts the step may post to. */
  accounts? (trade: Trade): readonly AccountName[]
  decide (books: Books, trade: Trade): Changed
}

/**
 * An operation that an action of the states' table stands for. Refuses `not_found`, `version_mismatch` and `illegal_in_state` before the
 * step decides; answers the trade as the step leaves it. A member of a group follows its group's decision before the step sees it.
 */
export function tradeOperation (origin: Origin, { tradeId, expectedVersion }: TradeTarget, step: TradeStep): Operation<TradeAnswer> {
  const ids = tradeId === null ? [] : [tradeId]
  return {
    ...origin,
    name: step.name,
    lane: 'request',
    weight: step.weight,
    needs: [...step.needs ?? [], { kind: TRADES, ids: () => ids }],
    accounts (rows) {
      const trade = tradeId === null ? null : rows.find(TRADES, tradeId)
      if (trade === null) return []
      const own = step.accounts?.(trade) ?? []
      return awaitsGroup(trade) ? [...own, escrowOf(trade)] : own
    },
    decide (books) {
      const followed = catchUp(books, requireTrade(books, { tradeId, expectedVersion }))
      requireAllowed(followed.trade, step.action)
      const { trade, transactions } = saveStep(books, followed.trade, step.decide(books, followed.trade))
      return answerTrade(trade, [...followed.transactions, ...transactions])
    }
  }
}
