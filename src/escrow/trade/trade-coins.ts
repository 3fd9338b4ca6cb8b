import { draftClawBack, draftEarning, draftRedemption, draftReturn, type EarningLine } from '../../coins/move-coins.ts'
import { needWallet } from '../../coins/wallet-rows.ts'
import type { Draft } from '../../journal/draft.ts'
import type { Need, Rows } from '../../journal/operation.ts'
import { coinTradeOf, partyAccounts } from './accounts.ts'
import { heldCoinsOf } from './line-coins.ts'
import type { ShareStep } from './line-money.ts'
import { withLines, type Line, type Trade } from './trade.ts'

/**
 * That an operation moves coins of a trade: its buyer's wallet, where the trade has a programme, with the lots that the trade took or earned. Where coins are only
 * `released`, none comes back to those it took.
 */
export function needWalletOf (tradeOf: (rows: Rows) => Trade | null, moves: true | 'released' = true): Need {
  return needWallet((rows) => {
    const trade = tradeOf(rows)
    if (trade === null || trade.coins === null) return null
    const looksAtLots = hasEarned(trade) || (moves !== 'released' && trade.coins.lots.length > 0)
    return { buyerId: trade.buyerId, currency: trade.currency, parts: looksAtLots ? [`trade:${trade.id}`] : [] }
  })
}

/** Whether lines of a trade have earned coins that somebody paid for. */
export function hasEarned ({ lines }: Trade): boolean {
  return lines.some(({ coins: { funded } }) => funded > 0n)
}

/** Drafts that coins of a trade go back to its buyer, out of what is held and of what was redeemed. Its lines are as they are after that. Answers the trade after it. */
export function returnCoins (draft: Draft, trade: Trade, { held, redeemed = 0n }: { readonly held: bigint, readonly redeemed?: bigint }): Trade {
  const coinTrade = coinTradeOf(trade)
  if (coinTrade === null || trade.coins === null || held + redeemed === 0n) return trade
  const lots = draftReturn(draft, coinTrade, trade.coins.lots, { coins: held, from: 'held', stillHeld: 0n })
  return { ...trade, coins: { ...trade.coins, lots: draftReturn(draft, coinTrade, lots, { coins: redeemed, from: 'redeemed', stillHeld: heldCoins(trade) }) } }
}

/** Drafts that all coins a trade holds go back to its buyer. Answers the trade after it. */
export function returnAllCoins (draft: Draft, trade: Trade): Trade {
  const held = heldCoins(trade)
  const emptied = trade.lines.filter((line) => heldCoinsOf(line.coins) > 0n).map((line) => ({ ...line, coins: { ...line.coins, returned: line.coins.taken - line.coins.redeemed } }))
  return returnCoins(draft, withLines(trade, emptied), { held })
}

/** Drafts that the coins of a release are redeemed: their value is the seller's. */
export function redeemCoins (draft: Draft, trade: Trade, line: Line, { coins }: Pick<ShareStep, 'coins'>): void {
  const coinTrade = coinTradeOf(trade)
  if (coinTrade !== null && coins > 0n) draftRedemption(draft, coinTrade, partyAccounts(line.sellerId, 'seller', trade.currency).available, coins)
}

/** Drafts what a release earns its buyer, and what that costs its seller or us. Answers the line after it, and what the seller paid, minor units. */
export function earnCoins (draft: Draft, trade: Trade, line: Line, { earned, cash }: Pick<ShareStep, 'earned' | 'cash'>): { readonly line: Line, readonly paid: bigint } {
  const coinTrade = coinTradeOf(trade)
  if (coinTrade === null || earned === 0n) return { line, paid: 0n }
  const earning = earningOf(trade, line)
  const funded = draftEarning(draft, coinTrade, earning, { coins: earned, cash, isCompleted: trade.afterSaleBy !== null || trade.afterSaleEndedAt !== null })
  return {
    line: { ...line, coins: { ...line.coins, funded: line.coins.funded + funded } },
    paid: earning.funder === null ? 0n : funded * coinTrade.coinTerms.coinValue
  }
}

/** Drafts that a line no longer earns coins. `before` is the line before that; answers `line` after it. */
export function clawBackCoins (draft: Draft, trade: Trade, before: Line, { line, earned }: Pick<ShareStep, 'line' | 'earned'>): Line {
  const coinTrade = coinTradeOf(trade)
  if (coinTrade === null || earned === 0n) return line
  const funded = draftClawBack(draft, coinTrade, earningOf(trade, line), { coins: earned, funded: before.coins.funded, earned: before.coins.earned })
  return { ...line, coins: { ...line.coins, funded } }
}

function heldCoins ({ lines }: Trade): bigint {
  return lines.reduce((sum, line) => sum + heldCoinsOf(line.coins), 0n)
}

function earningOf (trade: Trade, line: Line): EarningLine {
  const { sellerId, sellerTerms: { fundsCoins } } = line
  return { lineId: line.id, funder: fundsCoins ? { id: sellerId, available: partyAccounts(sellerId, 'seller', trade.currency).available } : null }
}
