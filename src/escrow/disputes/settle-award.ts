import { externalId } from '../../kernel/ids.ts'
import type { Books } from '../../journal/operation.ts'
import type { AccountName } from '../../ledger/accounts.ts'
import { giveBack } from '../refunds/give-back.ts'
import { closeByAward } from '../refund-cases/settle-case.ts'
import { draftRelease } from '../release/confirm-lines.ts'
import { draftTakeBack, takeBackAccounts } from '../release/take-back.ts'
import { requireNoHold } from '../steps/hold.ts'
import { confirmationAccounts } from '../trade/accounts.ts'
import { Draft } from '../../journal/draft.ts'
import { sumOf } from '../trade/line-amount.ts'
import { returnCoins } from '../trade/trade-coins.ts'
import { withLines, type Line, type Trade } from '../trade/trade.ts'
import { awardLine } from './award-line.ts'
import type { AwardedLine, ChangedDispute, Dispute } from './dispute.ts'
import { DISPUTES } from './dispute-rows.ts'
import { escalatedCases } from './escalated-cases.ts'
import { appendDisputeEvent, awardedOf } from './tell-dispute.ts'

/** Every account that deciding a dispute may post to, beside those of the refunds that it opens. */
export function settlementAccounts (trade: Trade, dispute: Dispute): AccountName[] {
  const lines = linesOf(trade, dispute)
  return [...confirmationAccounts(trade, lines), ...takeBackAccounts(trade, lines)]
}

/** The lines of a trade that a dispute is about, in the dispute's order. */
export function linesOf (trade: Trade, { lines }: Pick<Dispute, 'lines'>): Line[] {
  return lines.map(({ lineId }) => {
    const line = trade.lines.find(({ id }) => id === lineId)
    if (line === undefined) throw new Error(`trade ${trade.id} has lost line ${lineId}`)
    return line
  })
}

/**
 * Decides a dispute by an award that fits what is contested, in one transaction: what the sellers keep of the frozen money is released, with
 * commission and splits of that; what the buyer gets of the released money is taken back; all that the buyer gets is refunded. A refund case
 * that it was escalated from is closed with it. Saves the dispute; the caller saves the trade. Refuses `release_blocked` where it would release money that a hold blocks.
 */
export function settleAward (books: Books, trade: Trade, dispute: Dispute, { lines: awarded, person }: { readonly lines: readonly AwardedLine[], readonly person: string }): ChangedDispute {
  const draft = new Draft(books)
  let released = trade.released
  const awards = linesOf(trade, dispute).flatMap((line, place) => {
    const [disputed, award] = [dispute.lines[place], awarded[place]]
    if (disputed === undefined || award === undefined) return []
    const { takeBack, given, release } = awardLine(line, disputed, award.buyer, trade)
    const { coins: { funded } } = draftTakeBack(draft, trade, line, takeBack)
    const settled = draftRelease(draft, trade, line, { ...release, line: { ...release.line, coins: { ...release.line.coins, funded } } })
    released += release.cash - takeBack.cash
    return [{ takeBack, given, release, line: settled }]
  })
  if (awards.some(({ release }) => sumOf(release.amount) > 0n)) requireNoHold(trade)
  const divided = {
    ...withLines(trade, awards.map(({ line }) => line)),
    released,
    disputes: trade.disputes.filter(({ id }) => id !== dispute.id)
  }
  const total = (of: (award: typeof awards[number]) => bigint): bigint => awards.reduce((sum, each) => sum + of(each), 0n)
  const returned = returnCoins(draft, divided, { held: total(({ given }) => given.coins), redeemed: total(({ takeBack }) => takeBack.coins) })
  const { buyer, seller } = awardedOf(awarded)
  const facts = { kind: 'trade.award' as const, description: `award in ${externalId('dsp', dispute.id)}`, occurredAt: books.now }
  const { trade: settled, transactions } = giveBack(books, returned, total(({ given, takeBack }) => given.cash + takeBack.cash), facts, draft)
  const [transactionId = null] = transactions
  const decided: Dispute = { ...dispute, state: 'awarded', award: awarded, decidedBy: person, decidedAt: books.now, transactionId }
  books.save(DISPUTES, decided)
  appendDisputeEvent(books, 'dispute.awarded', decided, { buyer, seller })
  const closed = escalatedCases(settled, dispute).reduce((sofar, refundCase) => {
    const { buyer: refunded = 0n } = awarded.find(({ lineId }) => lineId === refundCase.lineId) ?? {}
    return closeByAward(books, sofar, refundCase, refunded, { by: 'platform', key: person })
  }, settled)
  return { trade: closed, transactions, dispute: decided }
}
