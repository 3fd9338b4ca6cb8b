import type { Books, Need, Operation, Origin, Rows } from '../../journal/operation.ts'
import type { AccountName } from '../../ledger/accounts.ts'
import { catchUp, incomingAccounts, saveStep } from '../groups/follow-group.ts'
import type { TradeAnswer } from '../trade/show-trade.ts'
import { awaitsGroup, requireAllowed, type Action } from '../trade/states.ts'
import type { Trade } from '../trade/trade.ts'
import { answerTrade, requireTrade, type Changed, type TradeTarget } from '../trade/trade-operation.ts'
import { needWalletOf } from '../trade/trade-coins.ts'
import { TRADES } from '../trade/trade-rows.ts'

/** A step on one trade. `Made` is what it makes of the trade, with whatever else its answer tells. */
interface TradeWork<Made extends Changed, Answer> {
  readonly name: string
  /** About how many rows the step writes. */
  readonly weight: number
  /** What it needs of other kinds than trades. */
  readonly needs?: readonly Need[]
  /** That coins of the trade go with its money: its buyer's wallet is needed. Left out, a step that finds it needs the wallet is decided again with it. */
  readonly movesCoins?: true | 'released'
  /** The accounts the step may post to. */
  accounts? (trade: Trade, rows: Rows): readonly AccountName[]
  decide (books: Books, trade: Trade): Made
  /** The trade as it was saved, and all that was posted. */
  answer (saved: Changed, made: Made): Answer
}

interface TradeStep extends Omit<TradeWork<Changed, TradeAnswer>, 'answer'> {
  readonly action: Action
}

/**
 * An operation that an action of the states' table stands for. Refuses `not_found`, `version_mismatch` and `illegal_in_state` before the
 * step decides; answers the trade as the step leaves it. A member of a group follows its group's decision before the step sees it.
 */
export function tradeOperation (origin: Origin, target: TradeTarget, { action, ...step }: TradeStep): Operation<TradeAnswer> {
  return workOnTrade(origin, target, {
    ...step,
    decide (books, trade) {
      requireAllowed(trade, action)
      return step.decide(books, trade)
    },
    answer: ({ trade, transactions }) => answerTrade(trade, transactions)
  })
}

/**
 * An operation on a trade that the step itself allows or refuses. Refuses `not_found` and `version_mismatch`. A member of a group follows its group's
 * decision before the step sees it; a trade that the step leaves as it was is not saved.
 */
export function workOnTrade<Made extends Changed, Answer> (origin: Origin, { tradeId, expectedVersion }: TradeTarget, work: TradeWork<Made, Answer>): Operation<Answer> {
  const ids = tradeId === null ? [] : [tradeId]
  return {
    ...origin,
    name: work.name,
    lane: 'request',
    weight: work.weight,
    needs: [
      ...work.needs ?? [], { kind: TRADES, ids: () => ids }, ...work.movesCoins === undefined ? [] : [needWalletOf((rows) => tradeId === null ? null : rows.find(TRADES, tradeId), work.movesCoins)]
    ].sort((one, other) => one.kind.rank - other.kind.rank),
    accounts (rows) {
      const trade = tradeId === null ? null : rows.find(TRADES, tradeId)
      if (trade === null) return []
      const own = work.accounts?.(trade, rows) ?? []
      return awaitsGroup(trade) ? [...own, ...incomingAccounts(trade)] : own
    },
    decide (books) {
      const followed = catchUp(books, requireTrade(books, { tradeId, expectedVersion }))
      const made = work.decide(books, followed.trade)
      const { trade, transactions } = made.trade === followed.trade ? made : saveStep(books, followed.trade, made)
      return work.answer({ trade, transactions: [...followed.transactions, ...transactions] }, made)
    }
  }
}
