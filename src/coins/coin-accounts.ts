import { externalId } from '../kernel/ids.ts'
import type { AccountName } from '../ledger/accounts.ts'
import type { CoinTerms, Programme } from './programme.ts'

type Coin = Pick<Programme, 'id' | 'currency' | 'unit'>

/** What coins can still be spent for, in money. */
export function coinLiability ({ id, currency }: Coin): AccountName {
  return { class: 'coin_liability', owner: externalId('cpr', id), unit: currency }
}

/** What coins cost us. */
export function coinExpense (currency: string): AccountName {
  return { class: 'coin_expense', owner: '', unit: currency }
}

/** What was earned by coins that nobody spent. */
export function coinBreakageIncome (currency: string): AccountName {
  return { class: 'coin_breakage_income', owner: '', unit: currency }
}

/** Where the coins of a programme come from, and where they end. */
export function coinSources ({ id, unit }: Coin): { issuance: AccountName, redeemed: AccountName, expired: AccountName } {
  const owner = externalId('cpr', id)
  return {
    issuance: { class: 'coin_issuance', owner, unit },
    redeemed: { class: 'coins_redeemed', owner, unit },
    expired: { class: 'coins_expired', owner, unit }
  }
}

/** The coins of a buyer, and those he owes. */
export function walletAccounts (buyerId: string, { unit }: Pick<Coin, 'unit'>): { pending: AccountName, available: AccountName, owed: AccountName } {
  const owner = externalId('pty', buyerId)
  return { pending: { class: 'coins_pending', owner, unit }, available: { class: 'coins_available', owner, unit }, owed: { class: 'coins_owed', owner, unit } }
}

/** The coins that a trade took and neither redeemed nor gave back. */
export function coinsHeld (tradeId: string, { unit }: Pick<Coin, 'unit'>): AccountName {
  return { class: 'coins_held', owner: externalId('trd', tradeId), unit }
}

/** A trade as far as coins are concerned: whose, and by the terms of which programme. Ids are inside ids. */
export interface CoinTrade {
  readonly id: string
  readonly buyerId: string
  readonly coinTerms: CoinTerms
}

/** Every account of a trade that taking coins back to their wallet may post to. */
export function returnAccounts ({ id, buyerId, coinTerms }: CoinTrade): AccountName[] {
  return [coinsHeld(id, coinTerms), walletAccounts(buyerId, coinTerms).available]
}

/** Every account that coins may move through when a trade's money is released or taken back, but for the seller's. */
export function coinAccounts (trade: CoinTrade): AccountName[] {
  const { coinTerms } = trade
  const { pending, owed } = walletAccounts(trade.buyerId, coinTerms)
  const { issuance, redeemed } = coinSources(coinTerms)
  return [...returnAccounts(trade), pending, owed, issuance, redeemed, coinLiability(coinTerms), coinExpense(coinTerms.currency)]
}
