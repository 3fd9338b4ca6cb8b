import { externalId } from '../../kernel/ids.ts'
import type { Books } from '../../journal/operation.ts'
import type { AccountName } from '../../ledger/accounts.ts'
import { PAYMENTS } from '../payments/payment-rows.ts'
import type { Refund } from '../refunds/refund.ts'
import { chargebackLoss, clearingOf, escrowOf, suspenseOf } from '../trade/accounts.ts'
import { Draft } from '../../journal/draft.ts'
import type { Trade } from '../trade/trade.ts'
import { saveTrade } from '../trade/trade-operation.ts'
import { sumOfTake, type Takes, type TradeTake } from './chargeback.ts'
import { allocationOf, type Concerned } from './concerned.ts'
import { freeze } from './freeze.ts'
import { takeFromTrade } from './move-trade.ts'
import { planTake } from './plan-take.ts'
import { sumOfRefunds, unsentOf, withdrawRefunds } from './withdraw-refunds.ts'

/** A chargeback whose payment is known. Amount in minor units of `unit`. */
export interface Placing {
  readonly id: string
  readonly provider: string
  readonly unit: string
  readonly amount: bigint
  readonly occurredAt: Date
}

/** Where the money came from, and what that posted beside the given draft. */
export interface Placed {
  readonly takes: Takes
  readonly transactions: ReadonlyArray<string | null>
}

/**
 * Takes the money of a chargeback: what waits of the payment in suspense, what should go back of that, then of each trade up to what the payment
 * put in less what went back, the trade matched last first. The trades freeze. What is beyond all that is our loss.
 * What is no trade's is added to `own`, which the caller posts.
 */
export function placeChargeback (books: Books, { id, provider, unit, amount, occurredAt }: Placing, { payment, trades, refunds }: Concerned, own: Draft): Placed {
  const clearing = clearingOf(provider, unit)
  const suspense = suspenseOf(payment.id, unit)
  const unsent = unsentOf(refunds.filter(({ tradeId }) => tradeId === null))
  let left = amount
  const upTo = (limit: bigint): bigint => {
    const part = left < limit ? left : limit
    left -= part
    return part
  }
  const suspended = upTo(payment.inSuspense)
  const returned = upTo(sumOfRefunds(unsent))
  withdrawRefunds(books, own, unsent, { amount: returned, to: suspense })
  own.add(suspense, clearing, suspended + returned)
  if (suspended + returned > 0n) {
    books.save(PAYMENTS, {
      ...payment,
      inSuspense: payment.inSuspense - suspended,
      returned: payment.returned - returned,
      chargedBack: payment.chargedBack + suspended + returned,
      version: payment.version + 1
    })
  }
  const placed = trades.map((trade) => {
    const ofTrade = unsentOf(refunds.filter(({ tradeId }) => tradeId === trade.id))
    const take = planTake(trade, upTo(roomOf(trade, payment.id, ofTrade)), sumOfRefunds(ofTrade))
    return takeAndFreeze(books, trade, { id, paymentId: payment.id, take, unsent: ofTrade, clearing, occurredAt })
  })
  own.add(chargebackLoss(unit), clearing, left)
  return {
    takes: { suspense: suspended, returned, trades: placed.map(({ take }) => take), loss: left },
    transactions: placed.map(({ transaction }) => transaction)
  }
}

/** What the payment put into the trade, less what left for good or was taken before. */
function roomOf (trade: Trade, paymentId: string, unsent: readonly Refund[]): bigint {
  const { amount, refunded, chargedBack } = allocationOf(trade, paymentId) ?? { amount: 0n, refunded: 0n, chargedBack: 0n }
  return amount - refunded - chargedBack + sumOfRefunds(unsent)
}

interface Taking {
  readonly id: string
  readonly paymentId: string
  readonly take: TradeTake
  readonly unsent: readonly Refund[]
  readonly clearing: AccountName
  readonly occurredAt: Date
}

function takeAndFreeze (books: Books, trade: Trade, { id, paymentId, take, unsent, clearing, occurredAt }: Taking): { readonly take: TradeTake, readonly transaction: string | null } {
  const draft = new Draft(books)
  withdrawRefunds(books, draft, unsent, { amount: take.refunded, to: escrowOf(trade) })
  const taken = takeFromTrade(draft, freeze(books, trade, id), paymentId, take)
  draft.add(escrowOf(trade), clearing, sumOfTake(take))
  const transaction = books.post({ kind: 'trade.chargeback', subject: externalId('trd', trade.id), occurredAt, postings: draft.postings })
  saveTrade(books, trade, taken.trade)
  return { take: taken.take, transaction }
}
