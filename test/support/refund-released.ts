import { giveBack } from '../../src/escrow/refunds/give-back.ts'
import { draftTakeBack, takeBackAccounts } from '../../src/escrow/release/take-back.ts'
import { Draft } from '../../src/journal/draft.ts'
import { goodsFirst, plus, sumOf } from '../../src/escrow/trade/line-amount.ts'
import { takeBack } from '../../src/escrow/trade/line-money.ts'
import { saveTrade } from '../../src/escrow/trade/trade-operation.ts'
import { TRADES } from '../../src/escrow/trade/trade-rows.ts'
import { withLines } from '../../src/escrow/trade/trade.ts'
import type { Operation, Origin } from '../../src/journal/operation.ts'

/** Refunds a part of what a line (by its place) has released, or all of it: the rules alone, whoever may call for that. Minor units. */
export function refundReleased (
  origin: Origin, { tradeId, place = 0, amount }: { readonly tradeId: string, readonly place?: number, readonly amount: bigint | null }
): Operation<{ refunded: string }> {
  return {
    ...origin,
    name: 'test.refund_released',
    lane: 'request',
    weight: 20,
    needs: [{ kind: TRADES, ids: () => [tradeId] }],
    accounts (rows) {
      const trade = rows.find(TRADES, tradeId)
      return trade === null ? [] : takeBackAccounts(trade, trade.lines)
    },
    decide (books) {
      const trade = books.find(TRADES, tradeId)
      const line = trade?.lines[place]
      if (trade === null || line === undefined) throw new Error('no such line')
      const taken = goodsFirst(amount ?? sumOf(line.releasedAmount), line.releasedAmount)
      const step = takeBack(line, taken, trade)
      const draft = new Draft(books)
      draftTakeBack(draft, trade, line, step)
      const after = withLines({ ...trade, released: trade.released - sumOf(taken) }, [{ ...step.line, refundedAmount: plus(line.refundedAmount, taken) }])
      saveTrade(books, trade, giveBack(books, after, sumOf(taken), { kind: 'trade.refund', description: '', occurredAt: books.now }, draft).trade)
      return { refunded: String(sumOf(taken)) }
    }
  }
}
