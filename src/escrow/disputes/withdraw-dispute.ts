import { externalId } from '../../kernel/ids.ts'
import { Refusal } from '../../kernel/refusals.ts'
import type { Books, Operation, Origin } from '../../journal/operation.ts'
import { giveBack } from '../refunds/give-back.ts'
import { draftRelease } from '../release/confirm-lines.ts'
import { requireNoHold } from '../steps/hold.ts'
import { Draft } from '../trade/draft.ts'
import { plus, sumOf } from '../trade/line-amount.ts'
import { releaseAmount } from '../trade/line-money.ts'
import { saveTrade, type Changed } from '../trade/trade-operation.ts'
import { openOf, openUnitsOf, withLines, type Trade } from '../trade/trade.ts'
import type { Disputant, Dispute } from './dispute.ts'
import { DISPUTES } from './dispute-rows.ts'
import { findDispute, needsOf, requireUndecided, type DisputeTarget } from './find-dispute.ts'
import { thaw } from './freeze.ts'
import { linesOf, settlementAccounts } from './settle-award.ts'
import { answerDispute, type DisputeAnswer } from './show-dispute.ts'
import { appendDisputeEvent } from './tell-dispute.ts'

/** Who gives a dispute up; `person` is the inside id of the acting key. */
export interface Withdrawal extends DisputeTarget {
  readonly by: Disputant
  readonly person: string
}

/**
 * Gives a dispute up: what was frozen is free, and silence waits on for its units. Refuses `not_found`, `dispute_decided`, `not_the_opener`, and
 * `release_blocked` where money would be released that a hold blocks.
 */
export function withdrawDispute (origin: Origin, withdrawal: Withdrawal): Operation<DisputeAnswer> {
  return {
    ...origin,
    name: 'dispute.withdraw',
    lane: 'request',
    weight: 20,
    needs: needsOf(withdrawal),
    accounts (rows) {
      const found = findDispute(rows, withdrawal)
      return found === null ? [] : settlementAccounts(found.trade, found.dispute)
    },
    decide (books) {
      const { dispute, trade } = requireUndecided(books, withdrawal)
      if (dispute.openedBy !== withdrawal.by) throw new Refusal('not_the_opener', `The ${dispute.openedBy} opened it.`)
      const { trade: freed, transactions: [transactionId = null] } = liftFreeze(books, trade, dispute)
      const withdrawn: Dispute = { ...dispute, state: 'withdrawn', decidedBy: withdrawal.person, decidedAt: books.now, transactionId }
      books.save(DISPUTES, withdrawn)
      appendDisputeEvent(books, 'dispute.withdrawn', withdrawn, {}, { by: withdrawal.by })
      saveTrade(books, trade, freed)
      return answerDispute(withdrawn)
    }
  }
}

/**
 * The trade without the dispute. Free money whose units were all settled meanwhile has nobody who would confirm it: it is
 * released where any of them was confirmed, and goes back where all were.
 */
function liftFreeze (books: Books, trade: Trade, dispute: Dispute): Changed {
  const draft = new Draft(books)
  let [released, back] = [0n, 0n]
  const lines = linesOf(trade, dispute).flatMap((line, place) => {
    const disputed = dispute.lines[place]
    if (disputed === undefined) return []
    const free = thaw(line, disputed, books.now)
    const open = openOf(free)
    if (openUnitsOf(free) > 0 || sumOf(open) === 0n) return [free]
    if (free.confirmed === 0) {
      back += sumOf(open)
      return [{ ...free, refundedAmount: plus(free.refundedAmount, open) }]
    }
    const step = releaseAmount(free, open, trade.feeBase)
    draftRelease(draft, trade, line, step)
    released += sumOf(open)
    return [step.line]
  })
  if (released > 0n) requireNoHold(trade)
  const freed = { ...withLines(trade, lines), released: trade.released + released, disputes: trade.disputes.filter(({ id }) => id !== dispute.id) }
  const facts = { kind: 'trade.dispute_withdrawal' as const, description: `withdrawal of ${externalId('dsp', dispute.id)}`, occurredAt: books.now }
  return giveBack(books, freed, back, facts, draft)
}
