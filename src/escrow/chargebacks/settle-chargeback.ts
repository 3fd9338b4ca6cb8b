import { externalId } from '../../kernel/ids.ts'
import type { Books } from '../../journal/operation.ts'
import { PAYMENTS } from '../payments/payment-rows.ts'
import { chargebackLoss, clearingOf, escrowOf, reconDifference, suspenseOf, unidentifiedOf } from '../trade/accounts.ts'
import { Draft } from '../../journal/draft.ts'
import type { Trade } from '../trade/trade.ts'
import { saveTrade, type Changed } from '../trade/trade-operation.ts'
import { TRADES } from '../trade/trade-rows.ts'
import { isOpened, sumOfTake, type Chargeback, type OpenedChargeback, type Takes, type TradeTake } from './chargeback.ts'
import { postOwn } from './chargeback-steps.ts'
import { requirePayment } from './concerned.ts'
import { thaw } from './freeze.ts'
import { giveToTrade } from './move-trade.ts'
import { owe } from './withdraw-refunds.ts'

interface Settlement {
  /** Takes what is no trade's; it is posted with the outcome. */
  readonly own: Draft
  readonly occurredAt: Date
}

/**
 * What the outcome of a chargeback does: won, all that was taken goes back to where it was; lost, the trades go on with what is left of them.
 * Answers what that posted.
 */
export function settle (books: Books, chargeback: Chargeback, { own, occurredAt }: Settlement): Array<string | null> {
  const ofTrades = settleTrades(books, chargeback, { own, occurredAt })
  return [...ofTrades, postOwn(books, chargeback, { kind: 'chargeback.outcome', own, occurredAt })]
}

function settleTrades (books: Books, chargeback: Chargeback, { own, occurredAt }: Settlement): Array<string | null> {
  if (!isOpened(chargeback)) return []
  const { id, provider, unit, paymentId, takes } = chargeback
  if (paymentId !== null && takes !== null) {
    const settling = { id, provider, unit, paymentId, takes, occurredAt }
    return chargeback.outcome === 'won' ? settleWon(books, settling, own) : settleLost(books, settling)
  }
  // Without a payment nothing was frozen; what is lost stays in unidentified_debits until the payment is found, or finance settles it.
  if (chargeback.outcome === 'won') draftFound(own, chargeback)
  return []
}

/**
 * Drafts that money which lay in `unidentified_debits` is accounted for: as if the provider had given it back. What somebody settled by hand meanwhile is
 * a difference.
 */
export function draftFound (own: Draft, { provider, unit, amount }: Pick<OpenedChargeback, 'provider' | 'unit' | 'amount'>): void {
  const there = own.balance(unidentifiedOf(provider, unit))
  const found = there < amount ? there : amount
  own.add(clearingOf(provider, unit), unidentifiedOf(provider, unit), found)
  own.add(clearingOf(provider, unit), reconDifference(unit), amount - found)
}

/** A chargeback whose outcome is known, and where its money was taken. */
interface Settling {
  readonly id: string
  readonly provider: string
  readonly unit: string
  readonly paymentId: string
  readonly takes: Takes
  readonly occurredAt: Date
}

/** The money stays gone: the trades go on with what is left of them. Answers what that posted. */
function settleLost (books: Books, { id, takes, occurredAt }: Settling): Array<string | null> {
  return takes.trades.flatMap((take) => {
    const trade = requireTaken(books, take)
    const { trade: thawed, transactions } = thaw(books, trade, { id, occurredAt })
    saveTrade(books, trade, thawed)
    return transactions
  })
}

/**
 * The provider gave the money back: all of it goes where it came from, and what should have gone back to the buyer is payable again.
 * What is no trade's is added to `own`, which the caller posts. Answers what the trades posted.
 */
function settleWon (books: Books, settling: Settling, own: Draft): Array<string | null> {
  const { provider, unit, paymentId, takes } = settling
  const clearing = clearingOf(provider, unit)
  const ofPayment = takes.suspense + takes.returned
  if (ofPayment > 0n) {
    const payment = requirePayment(books, paymentId)
    books.save(PAYMENTS, {
      ...payment,
      inSuspense: payment.inSuspense + takes.suspense,
      returned: payment.returned + takes.returned,
      chargedBack: payment.chargedBack - ofPayment,
      version: payment.version + 1
    })
    own.add(clearing, suspenseOf(paymentId, unit), ofPayment)
    owe(books, own, { paymentId, tradeId: null, unit }, { amount: takes.returned, from: suspenseOf(paymentId, unit) })
  }
  own.add(clearing, chargebackLoss(unit), takes.loss)
  return takes.trades.flatMap((take) => {
    const trade = requireTaken(books, take)
    const { trade: restored, transactions } = restore(books, trade, settling, take)
    saveTrade(books, trade, restored)
    return transactions
  })
}

function restore (books: Books, trade: Trade, { id, provider, unit, paymentId, occurredAt }: Settling, take: TradeTake): Changed {
  const draft = new Draft(books)
  draft.add(clearingOf(provider, unit), escrowOf(trade), sumOfTake(take))
  const given = giveToTrade(draft, trade, paymentId, take)
  owe(books, draft, { paymentId, tradeId: trade.id, unit }, { amount: take.refunded, from: escrowOf(trade) })
  const transaction = books.post({ kind: 'trade.chargeback_won', subject: externalId('trd', trade.id), occurredAt, postings: draft.postings })
  const { trade: thawed, transactions } = thaw(books, given, { id, occurredAt })
  return { trade: thawed, transactions: [transaction, ...transactions] }
}

function requireTaken (books: Books, { tradeId }: TradeTake): Trade {
  const trade = books.find(TRADES, tradeId)
  if (trade === null) throw new Error(`trade ${tradeId} of a chargeback is missing`)
  return trade
}
