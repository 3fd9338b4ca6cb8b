import { externalId } from '../../kernel/ids.ts'
import { Refusal } from '../../kernel/refusals.ts'
import type { Books, Operation, Origin } from '../../journal/operation.ts'
import { actOnCases } from '../refund-cases/settle-case.ts'
import { giveBack } from '../refunds/give-back.ts'
import { draftRelease } from '../release/confirm-lines.ts'
import { requireNoHold } from '../steps/hold.ts'
import { workOnTrade } from '../steps/trade-step.ts'
import { Draft } from '../../journal/draft.ts'
import { sumOf } from '../trade/line-amount.ts'
import { releaseAmount, returnHeld } from '../trade/line-money.ts'
import { returnCoins } from '../trade/trade-coins.ts'
import type { Changed } from '../trade/trade-operation.ts'
import { openOf, openUnitsOf, withLines, type Trade } from '../trade/trade.ts'
import type { Disputant, Dispute } from './dispute.ts'
import { DISPUTES } from './dispute-rows.ts'
import { escalatedCases } from './escalated-cases.ts'
import { onDispute, requireUndecided, type DisputeTarget } from './find-dispute.ts'
import { thaw } from './freeze.ts'
import { linesOf } from './settle-award.ts'
import type { DisputeAnswer } from './show-dispute.ts'
import { appendDisputeEvent } from './tell-dispute.ts'

/** Who gives a dispute up; `person` is the inside id of the acting key. */
export interface Withdrawal extends DisputeTarget {
  readonly by: Disputant
  readonly person: string
}

/**
 * Gives a dispute up: what was frozen is free, and silence waits on for its units; a refund case that it was
 * escalated from is cancelled. Refuses `not_found`, `dispute_decided`, `not_the_opener`, and
 * `release_blocked` where money would be released that a hold blocks.
 */
export function withdrawDispute (origin: Origin, withdrawal: Withdrawal): Operation<DisputeAnswer> {
  return workOnTrade(origin, { tradeId: withdrawal.tradeId, expectedVersion: null }, {
    ...onDispute(withdrawal),
    name: 'dispute.withdraw',
    weight: 20,
    movesCoins: true,
    decide (books, trade) {
      const dispute = requireUndecided(books, trade, withdrawal.disputeId)
      const { by, person } = withdrawal
      if (dispute.openedBy !== by) throw new Refusal('not_the_opener', `The ${dispute.openedBy} opened it.`)
      const freed = liftFreeze(books, trade, dispute)
      const [transactionId = null] = freed.transactions
      const withdrawn: Dispute = { ...dispute, state: 'withdrawn', decidedBy: person, decidedAt: books.now, transactionId }
      books.save(DISPUTES, withdrawn)
      appendDisputeEvent(books, 'dispute.withdrawn', withdrawn, {}, { by })
      const closed = actOnCases(books, freed.trade, escalatedCases(freed.trade, dispute), { action: 'withdraw', by, key: person })
      return { trade: closed.trade, transactions: freed.transactions, dispute: withdrawn }
    }
  })
}

/**
 * The trade without the dispute. Free money whose units were all settled meanwhile has nobody who would confirm it: it is
 * released where any of them was confirmed, and goes back where all were.
 */
function liftFreeze (books: Books, trade: Trade, dispute: Dispute): Changed {
  const draft = new Draft(books)
  let [released, back, coins] = [0n, 0n, 0n]
  const lines = linesOf(trade, dispute).flatMap((line, place) => {
    const disputed = dispute.lines[place]
    if (disputed === undefined) return []
    const free = thaw(line, disputed, books.now)
    const open = openOf(free)
    if (openUnitsOf(free) > 0 || sumOf(open) === 0n) return [free]
    if (free.confirmed === 0) {
      const given = returnHeld(free, open, trade)
      back += given.cash
      coins += given.coins
      return [given.line]
    }
    const step = releaseAmount(free, open, trade)
    released += step.cash
    return [draftRelease(draft, trade, line, step)]
  })
  if (released > 0n) requireNoHold(trade)
  const freed = { ...withLines(trade, lines), released: trade.released + released, disputes: trade.disputes.filter(({ id }) => id !== dispute.id) }
  const facts = { kind: 'trade.dispute_withdrawal' as const, description: `withdrawal of ${externalId('dsp', dispute.id)}`, occurredAt: books.now }
  return giveBack(books, returnCoins(draft, freed, { held: coins }), back, facts, draft)
}
