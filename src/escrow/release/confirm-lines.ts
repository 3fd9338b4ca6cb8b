import { externalId } from '../../kernel/ids.ts'
import type { Books } from '../../journal/operation.ts'
import { commissionIncome, escrowOf, partyAccounts } from '../trade/accounts.ts'
import { NO_QUOTES, otherCurrencyOf, type ChosenQuotes } from '../exchange/choose-quotes.ts'
import { draftExchange, draftRestored } from '../exchange/draft-exchange.ts'
import { draftReserve } from '../reserves/keep-back.ts'
import { Draft } from '../../journal/draft.ts'
import type { Exchange } from '../trade/exchange.ts'
import { sumOf } from '../trade/line-amount.ts'
import { confirmUnits, sumOfShares, type ShareStep } from '../trade/line-money.ts'
import type { PickedUnits } from '../trade/pick-units.ts'
import { earnCoins, redeemCoins } from '../trade/trade-coins.ts'
import { isConditioned } from '../trade/release-conditions.ts'
import { unconfirmedOf, withLines, type Line, type Trade } from '../trade/trade.ts'
import { appendTradeEvent, type Changed } from '../trade/trade-operation.ts'
import { meetFact, settleLine } from './met-facts.ts'
import { netDebt } from './net-debt.ts'

/** What is told of a release: why, when it happened, and by which quotes sellers are paid in other currencies. */
export interface ReleaseFacts {
  readonly description: string
  readonly occurredAt: Date
  readonly quotes?: ChosenQuotes
}

/**
 * Confirms shipped units and releases their money, in one transaction that explains itself line by line: escrow, and the value of coins, to the seller,
 * from him the commission and each partner's split, and coins earned where he pays for them, from both what they owe us, and from him what is kept back for a time. Of a line with
 * release conditions the confirmation is recorded as one of them, and releases what it completes.
 * A seller who is paid in another currency gets that, where a quote for it is named; without one he gets the trade's.
 * The caller has named {@link confirmationAccounts} of these lines and made sure that the units are shipped and unconfirmed.
 */
export function confirmLines (
  books: Books, trade: Trade, picked: readonly PickedUnits[], { by, ...facts }: ReleaseFacts & { readonly by: 'buyer' | 'silence' }
): Changed {
  const steps = picked.map(({ line, units }) => {
    if (!isConditioned(line)) return confirmUnits(line, units, trade)
    const fact = by === 'buyer' ? 'buyer_confirmed' as const : 'confirmed' as const
    return settleLine(meetFact(books, trade, line, { fact, milestone: null, by, evidence: null }), trade)
  })
  return postRelease(books, trade, steps, { ...facts, kind: 'trade.confirmation', event: 'trade.confirmed' })
}

interface Release extends ReleaseFacts {
  readonly kind: 'trade.confirmation' | 'trade.release'
  readonly event: 'trade.confirmed' | 'trade.released'
}

/** Posts releases of lines' money in one transaction, and tells of it. A line of which nothing waits any more has no time to confirm. */
export function postRelease (books: Books, trade: Trade, steps: readonly ShareStep[], { event, quotes = NO_QUOTES, ...facts }: Release): Changed {
  const draft = new Draft(books)
  let released = trade.released
  const lines = steps.map((step) => {
    const after = draftRelease(draft, trade, step.line, step, { quotes })
    released += step.cash
    return unconfirmedOf(after) > 0 ? after : { ...after, confirmBy: null }
  })
  const confirmed = { ...withLines(trade, lines), released }
  const transaction = books.post({ subject: externalId('trd', trade.id), ...facts, postings: draft.postings })
  appendTradeEvent(books, event, confirmed, { released: released - trade.released })
  return { trade: confirmed, transactions: [transaction] }
}

/** How a seller who is paid in another currency gets that: all by a quote, or again what had been exchanged and was taken back, at its own rates. */
export interface Exchanging {
  readonly quotes?: ChosenQuotes
  /** The latest exchange first. */
  readonly restored?: readonly Exchange[]
}

/**
 * Drafts what a release of a line's money posts, in the order in which it explains itself, and answers the line after it. What the seller owes is
 * netted in the trade's currency before anything is exchanged, and in his own after it; never across.
 */
export function draftRelease (draft: Draft, trade: Trade, line: Line, step: ShareStep, { quotes = NO_QUOTES, restored = [] }: Exchanging = {}): Line {
  const seller = partyAccounts(line.sellerId, 'seller', trade.currency)
  draft.add(escrowOf(trade), seller.available, step.cash)
  redeemCoins(draft, trade, line, step)
  draft.add(seller.available, commissionIncome(trade.currency), step.commission)
  const partners = line.splits.map((split) => partyAccounts(split.partnerId, 'partner', trade.currency))
  partners.forEach((partner, index) => { draft.add(seller.available, partner.available, step.splits[index] ?? 0n) })
  const earning = earnCoins(draft, trade, step.line, step)
  const paidOff = netDebt(draft, seller)
  for (const partner of partners) netDebt(draft, partner)
  const net = sumOf(step.amount) - sumOfShares(step.commission, step.splits) - earning.paid
  const other = otherCurrencyOf(trade, line)
  const quote = quotes.get(other ?? '')
  const exchanged = quote === undefined ? draftRestored(draft, earning.line, restored, net - paidOff) : draftExchange(draft, earning.line, quote, net - paidOff)
  const stays = quote === undefined ? net - restored.reduce((sum, each) => sum + each.net, 0n) : 0n
  draftReserve(draft, { trade, line, unit: trade.currency, net: stays })
  if (other === null || exchanged.paid === 0n) return exchanged.line
  netDebt(draft, partyAccounts(line.sellerId, 'seller', other))
  draftReserve(draft, { trade, line, unit: other, net: exchanged.paid })
  return exchanged.line
}
