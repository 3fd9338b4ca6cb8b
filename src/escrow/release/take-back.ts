import type { AccountName } from '../../ledger/accounts.ts'
import { commissionIncome, escrowOf, exchangeAccounts, fxPosition, partyAccounts, reserveOf, sharedCoinAccounts } from '../trade/accounts.ts'
import { coinLiability } from '../../coins/coin-accounts.ts'
import type { Draft } from '../../journal/draft.ts'
import type { ShareStep } from '../trade/line-money.ts'
import { clawBackCoins } from '../trade/trade-coins.ts'
import type { Line, Trade } from '../trade/trade.ts'
import { netDebt } from './net-debt.ts'

/**
 * Drafts what taking released money of a line back posts: each partner and we give the seller what their shares do not cover any more, he
 * gives the cash of it to the trade's escrow, and the value of its coins to what we owe for coins; coins that it had earned are clawed back first, for that may bring him something. What was exchanged for him he gives in his currency, and it goes back through our position at the rate of
 * then, so that the buyer gets what he paid. What a partner lacks he owes; what the seller lacks comes from his reserve, and then he owes.
 * Rounded shares may come to more than he gives: then that pays what he owes, and so does what coins that are clawed back bring him.
 * Answers the line after it; that the coins go back is the caller's, by `returnCoins`. Nothing here is ever refused for lack of funds. The caller has named {@link takeBackAccounts}.
 */
export function draftTakeBack (draft: Draft, trade: Trade, line: Line, step: ShareStep): Line {
  const { cash, coins, commission, splits, returned } = step
  const seller = partyAccounts(line.sellerId, 'seller', trade.currency)
  line.splits.forEach(({ partnerId }, index) => {
    const partner = partyAccounts(partnerId, 'partner', trade.currency)
    draftFrom(draft, [partner.available], { owed: partner.owed, to: seller.available, amount: splits[index] ?? 0n })
  })
  draft.add(commissionIncome(trade.currency), seller.available, commission)
  for (const { from, to, net, paid } of returned) {
    const { available, owed } = partyAccounts(line.sellerId, 'seller', to)
    draftFrom(draft, [available, reserveOf(line.sellerId, to)], { owed, to: fxPosition(to), amount: paid })
    draft.add(fxPosition(from), seller.available, net)
  }
  const after = clawBackCoins(draft, trade, line, step)
  const sources = [seller.available, reserveOf(line.sellerId, trade.currency)]
  draftFrom(draft, sources, { owed: seller.owed, to: escrowOf(trade), amount: cash })
  if (trade.coins !== null) draftFrom(draft, sources, { owed: seller.owed, to: coinLiability(trade.coins.terms), amount: coins * trade.coins.terms.coinValue })
  netDebt(draft, seller)
  return after
}

/** Every account that taking money of those lines back may post to. */
export function takeBackAccounts (trade: Trade, lines: readonly Line[]): AccountName[] {
  const sellers = [...new Set(lines.map((line) => line.sellerId))]
  const partners = [...new Set(lines.flatMap((line) => line.splits.map((split) => split.partnerId)))]
  return [
    escrowOf(trade),
    commissionIncome(trade.currency),
    ...sellers.flatMap((id) => [...Object.values(partyAccounts(id, 'seller', trade.currency)), reserveOf(id, trade.currency)]),
    ...partners.flatMap((id) => Object.values(partyAccounts(id, 'partner', trade.currency))),
    ...lines.flatMap((line) => exchangeAccounts(trade, line)),
    ...sharedCoinAccounts(trade)
  ]
}

/** Takes an amount from the accounts in their order, each as far as it reaches; the rest is owed. */
function draftFrom (
  draft: Draft, sources: readonly AccountName[], { owed, to, amount }: { readonly owed: AccountName, readonly to: AccountName, readonly amount: bigint }
): void {
  let left = amount
  for (const source of sources) {
    const means = draft.balance(source)
    const part = means < left ? means : left
    draft.add(source, to, part)
    left -= part
  }
  draft.add(owed, to, left)
}
