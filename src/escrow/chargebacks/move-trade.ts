import type { AccountName } from '../../ledger/accounts.ts'
import { draftRelease } from '../release/confirm-lines.ts'
import { draftTakeBack, takeBackAccounts } from '../release/take-back.ts'
import { confirmationAccounts } from '../trade/accounts.ts'
import type { Draft } from '../../journal/draft.ts'
import { minus, plus, sumOf } from '../trade/line-amount.ts'
import { releaseCash, returnHeld, takeBack } from '../trade/line-money.ts'
import { returnCoins } from '../trade/trade-coins.ts'
import { heldCashOf } from '../trade/coin-shares.ts'
import { heldOfLine, unconfirmedOf, unshippedOf, withLines, type Line, type Trade } from '../trade/trade.ts'
import { sumOfTake, type LineTake, type TradeTake } from './chargeback.ts'

/**
 * The trade after a chargeback of one of its payments took that much of it, and what that took in other currencies; drafts what passes from those who
 * share its lines back to its escrow. The caller posts what passes between escrow, refunds and provider.
 */
export function takeFromTrade (draft: Draft, trade: Trade, paymentId: string, take: TradeTake): { readonly trade: Trade, readonly take: TradeTake } {
  const taken = take.lines.flatMap((each) => findLine(trade, each)).map(({ line, part }) => {
    const step = takeBack({ ...line, refundedAmount: minus(line.refundedAmount, part.refunded) }, part.released, trade, 'provider')
    const given = sumOf(part.released) > 0n ? draftTakeBack(draft, trade, line, step) : step.line
    const after = { ...given, chargedBackAmount: plus(line.chargedBackAmount, partSum(part)), frozenAmount: minus(line.frozenAmount, part.frozen) }
    return { line: after, part: { ...part, exchanged: step.returned } }
  })
  return {
    trade: movedBy(withLines(trade, taken.map(({ line }) => line)), paymentId, take, 1n),
    take: { ...take, lines: taken.map(({ part }) => part) }
  }
}

/** The mirror of {@link takeFromTrade}, when the provider gave the money back: drafts what passes from escrow to those who share its lines, at the rates of then. */
export function giveToTrade (draft: Draft, trade: Trade, paymentId: string, take: TradeTake): Trade {
  const lines = take.lines.flatMap((each) => findLine(trade, each)).map(({ line, part }) => {
    const freed = { ...line, chargedBackAmount: minus(line.chargedBackAmount, partSum(part)), frozenAmount: plus(line.frozenAmount, part.frozen) }
    const step = releaseCash(freed, part.released, trade)
    const released = sumOf(part.released) > 0n ? draftRelease(draft, trade, step.line, step, { restored: part.exchanged }) : step.line
    return { ...released, refundedAmount: plus(line.refundedAmount, part.refunded) }
  })
  return movedBy(withLines(trade, lines), paymentId, take, -1n)
}

/**
 * Ends the units of lines of which no cash is held any more because it was charged back: they count as refunded, for nobody will ship or
 * confirm them, and the coins that are left go back to the buyer. Drafts that.
 */
export function endEmptyLines (draft: Draft, trade: Trade): Trade {
  const ended = trade.lines.filter((line) => sumOf(line.chargedBackAmount) > 0n && heldCashOf(trade, line) === 0n).map((line) => {
    const [unshipped, unconfirmed] = [unshippedOf(line), unconfirmedOf(line)]
    const units = { refunded: line.refunded + unshipped + unconfirmed, returned: line.returned + unconfirmed, confirmBy: null, releaseBy: null }
    return returnHeld({ ...line, ...units }, heldOfLine(line), trade)
  })
  return returnCoins(draft, withLines(trade, ended.map(({ line }) => line)), { held: ended.reduce((sum, { coins }) => sum + coins, 0n) })
}

/** Every account that a chargeback of a trade may post to in either direction, but for refunds and the provider. */
export function movedTradeAccounts (trade: Trade): AccountName[] {
  return [...takeBackAccounts(trade, trade.lines), ...confirmationAccounts(trade, trade.lines)]
}

function findLine (trade: Trade, part: LineTake): Array<{ readonly line: Line, readonly part: LineTake }> {
  return trade.lines.filter(({ id }) => id === part.lineId).map((line) => ({ line, part }))
}

function partSum ({ refunded, held, released }: LineTake): Line['chargedBackAmount'] {
  return plus(plus(refunded, held), released)
}

function movedBy (trade: Trade, paymentId: string, take: TradeTake, sign: 1n | -1n): Trade {
  const refunded = sign * take.refunded
  const chargedBack = sign * sumOfTake(take)
  return {
    ...trade,
    refunded: trade.refunded - refunded,
    refundPending: trade.refundPending - refunded,
    released: trade.released - sign * take.released,
    chargedBack: trade.chargedBack + chargedBack,
    allocations: trade.allocations.map((allocation) => allocation.paymentId === paymentId
      ? { ...allocation, refunded: allocation.refunded - refunded, chargedBack: allocation.chargedBack + chargedBack }
      : allocation)
  }
}
