import type { Draft } from '../journal/draft.ts'
import { externalId } from '../kernel/ids.ts'
import { proportion } from '../kernel/money.ts'
import { DAY_MS } from '../kernel/time.ts'
import type { AccountName } from '../ledger/accounts.ts'
import { coinExpense, coinLiability, coinsHeld, coinSources, walletAccounts, type CoinTrade } from './coin-accounts.ts'
import { movedLots, recordMoves } from './coin-moves.ts'
import { expiryOf, type CoinTerms } from './programme.ts'
import { tellCoins } from './tell-coins.ts'
import { availableIn, clawBackFromLots, coversClawBack, returnToLots, takeFromLots, type TakenLot, type Wallet } from './wallet.ts'
import { saveWallet, walletOf } from './wallet-rows.ts'

/** Drafts that a trade takes coins of its buyer, and answers of which lots. Requires that his wallet has them; saves it. */
export function draftHold (draft: Draft, trade: CoinTrade, coins: bigint): readonly TakenLot[] {
  const { wallet, taken } = takeFromLots(walletToSpend(draft.books, trade, coins), coins)
  const { available } = walletAccounts(trade.buyerId, trade.coinTerms)
  draft.add(available, coinsHeld(trade.id, trade.coinTerms), coins)
  recordMoves(draft, available, 'available', taken.map((lot) => ({ id: lot.id, coins: -lot.coins })))
  saveWallet(draft.books, wallet)
  tellCoins(draft.books, trade, 'coins.held', coins)
  return taken
}

/** Drafts that coins of a trade are redeemed: the seller gets what they are worth, and nobody owes that any more. */
export function draftRedemption (draft: Draft, { id, coinTerms }: CoinTrade, seller: AccountName, coins: bigint): void {
  draft.add(coinLiability(coinTerms), seller, coins * coinTerms.coinValue)
  draft.add(coinsHeld(id, coinTerms), coinSources(coinTerms).redeemed, coins)
}

/** Coins of a trade that go back: how many, out of what it holds or of what was redeemed; and how many it still holds after that, where they were redeemed. */
export interface TradeReturn {
  readonly coins: bigint
  readonly from: 'held' | 'redeemed'
  readonly stillHeld: bigint
}

/** Drafts that coins which a trade took go back to their wallet. Answers its lots after it; saves the wallet. */
export function draftReturn (draft: Draft, trade: CoinTrade, lots: readonly TakenLot[], { coins, from, stillHeld }: TradeReturn): readonly TakenLot[] {
  if (coins === 0n) return lots
  const { books } = draft
  const { coinTerms, buyerId, id } = trade
  const wallet = walletOf(books, buyerId, coinTerms.currency, `trade:${id}`)
  const { available } = walletAccounts(buyerId, coinTerms)
  const returned = returnToLots(wallet, lots, {
    coins, stillHeld, now: books.now, lifeDays: coinTerms.returnLifeDays, newId: () => books.newId(), sourceId: externalId('trd', id)
  })
  const source = from === 'held' ? coinsHeld(id, coinTerms) : coinSources(coinTerms).redeemed
  draft.add(source, available, coins)
  recordMoves(draft, available, 'available', movedLots(wallet, returned.wallet, 'available'))
  saveWallet(books, returned.wallet)
  tellCoins(books, trade, 'coins.returned', coins)
  return returned.lots
}

/** A line that earns coins, or earns fewer: its inside id, and who pays for them. */
export interface EarningLine {
  readonly lineId: string
  /** The seller, by inside id, with his account; null where the platform pays. */
  readonly funder: { readonly id: string, readonly available: AccountName } | null
}

/** Coins that a release of a line earns: how many, on how much cash (minor units), and whether its trade was completed before, so that their window begins now. */
export interface Earning {
  readonly coins: bigint
  readonly cash: bigint
  readonly isCompleted: boolean
}

/**
 * Drafts that a line earns coins: first they settle what the buyer owes, which costs nobody anything; the rest is pending and paid for. Answers
 * how many were paid for. Saves the wallet.
 */
export function draftEarning (draft: Draft, trade: CoinTrade, { lineId, funder }: EarningLine, { coins, cash, isCompleted }: Earning): bigint {
  if (coins === 0n) return 0n
  const { books } = draft
  const { coinTerms, buyerId, id } = trade
  const accounts = walletAccounts(buyerId, coinTerms)
  const { issuance } = coinSources(coinTerms)
  const debt = draft.balance(accounts.owed)
  const repaid = debt < coins ? debt : coins
  draft.add(issuance, accounts.owed, repaid)
  const funded = coins - repaid
  if (funded > 0n) {
    draft.add(issuance, accounts.pending, funded)
    draft.add(funder?.available ?? coinExpense(coinTerms.currency), coinLiability(coinTerms), funded * coinTerms.coinValue)
    const wallet = walletOf(books, buyerId, coinTerms.currency)
    const lotId = books.newId()
    recordMoves(draft, accounts.pending, 'pending', [{ id: lotId, coins: funded }])
    saveWallet(books, {
      ...wallet,
      lots: [...wallet.lots, {
        id: lotId, originId: lotId, source: 'earned', sourceId: externalId('lin', lineId), tradeId: id, funderId: funder?.id ?? null, issued: funded, earnedOn: proportion(cash, funded, coins), pending: funded, available: 0n,
        maturesAt: isCompleted ? windowEnd(books, coinTerms) : null, expiresAt: expiryOf(coinTerms.expiry, books.now), warnedDays: null, createdAt: books.now
      }]
    })
  }
  tellCoins(books, trade, 'coins.earned', coins, { line: externalId('lin', lineId), repaid: repaid.toString() })
  return funded
}

/**
 * Drafts that a line no longer earns coins: pending ones, then available ones are gone, and who paid for them gets that back; what was spent
 * already the buyer owes, and no money moves. Of `funded` coins of the line somebody paid for; answers for how many he did after it. What is taken beyond
 * what he paid for had settled a debt when it was earned: that comes back to the platform. Saves the wallet.
 */
export function draftClawBack (draft: Draft, trade: CoinTrade, { lineId, funder }: EarningLine, { coins, funded, earned }: { readonly coins: bigint, readonly funded: bigint, readonly earned: bigint }): bigint {
  if (coins === 0n) return funded
  const { books } = draft
  const { coinTerms, buyerId, id } = trade
  const accounts = walletAccounts(buyerId, coinTerms)
  const { issuance } = coinSources(coinTerms)
  const source = externalId('lin', lineId)
  const own = walletOf(books, buyerId, coinTerms.currency, `trade:${id}`)
  const before = coversClawBack(own, source, coins) ? own : walletOf(books, buyerId, coinTerms.currency, 'all')
  const { wallet, pending, available, owed } = clawBackFromLots(before, source, coins)
  draft.add(accounts.pending, issuance, pending)
  recordMoves(draft, accounts.pending, 'pending', movedLots(before, wallet, 'pending'))
  draft.add(accounts.available, issuance, available)
  recordMoves(draft, accounts.available, 'available', movedLots(before, wallet, 'available'))
  draft.add(accounts.owed, issuance, owed)
  const taken = pending + available
  const back = taken < funded ? taken : funded
  draft.add(coinLiability(coinTerms), funder?.available ?? coinExpense(coinTerms.currency), back * coinTerms.coinValue)
  draft.add(coinLiability(coinTerms), coinExpense(coinTerms.currency), (taken - back) * coinTerms.coinValue)
  saveWallet(books, wallet)
  tellCoins(books, trade, 'coins.clawed_back', coins, { line: externalId('lin', lineId), owed: owed.toString() })
  const [left, limit] = [funded - back, earned - coins]
  return left < limit ? left : limit
}

/** Begins the window of coins that a trade earned: it is completed. `earnedBefore` says that it did so in an earlier step, too. Saves the wallet. */
export function startWindow (books: Draft['books'], trade: CoinTrade, earnedBefore: boolean): void {
  const wallet = walletOf(books, trade.buyerId, trade.coinTerms.currency, earnedBefore ? `trade:${trade.id}` : null)
  const maturesAt = windowEnd(books, trade.coinTerms)
  const waits = wallet.lots.some((lot) => lot.tradeId === trade.id && lot.pending > 0n && lot.maturesAt === null)
  if (!waits) return
  saveWallet(books, { ...wallet, lots: wallet.lots.map((lot) => lot.tradeId === trade.id && lot.pending > 0n && lot.maturesAt === null ? { ...lot, maturesAt } : lot) })
}

/** The wallet of a trade's buyer with lots enough to take so many coins, as far as he has them. */
export function walletToSpend (books: Draft['books'], { buyerId, coinTerms }: CoinTrade, coins: bigint): Wallet {
  const wallet = walletOf(books, buyerId, coinTerms.currency, 'soonest')
  return availableIn(wallet) >= coins ? wallet : walletOf(books, buyerId, coinTerms.currency, 'all')
}

function windowEnd ({ now, settings }: Draft['books'], { afterSaleDays }: CoinTerms): Date {
  return new Date(now.getTime() + (afterSaleDays === null ? settings.after_sale_ms : afterSaleDays * DAY_MS))
}
