import { coinAccounts, returnAccounts, type CoinTrade } from '../../coins/coin-accounts.ts'
import { externalId } from '../../kernel/ids.ts'
import type { AccountName, NamedAccounts } from '../../ledger/accounts.ts'
import type { Line, Trade } from './trade.ts'

/** The money of one trade. */
export function escrowOf (trade: Trade): AccountName {
  return { class: 'escrow', owner: externalId('trd', trade.id), unit: trade.currency }
}

/** The same, named by who knows the trade's id and not its currency. */
export function escrowOfId (tradeId: string): NamedAccounts {
  return { class: 'escrow', owner: externalId('trd', tradeId), unit: null }
}

/** The money at a payment provider; of all currencies where `unit` is null. */
export function clearingOf <Unit extends string | null> (provider: string, unit: Unit): NamedAccounts & { readonly unit: Unit } {
  return { class: 'provider_clearing', owner: provider, unit }
}

/** The part of a payment that fits no trade yet. */
export function suspenseOf (paymentId: string, unit: string): AccountName {
  return { class: 'suspense', owner: externalId('pay', paymentId), unit }
}

/** A refund that has not left yet. */
export function refundPayableOf (refundId: string, unit: string): AccountName {
  return { class: 'refund_payable', owner: externalId('rfd', refundId), unit }
}

/** What a provider or bank took of ours, and we know not why. */
export function unidentifiedOf (providerOrBank: string, unit: string): AccountName {
  return { class: 'unidentified_debits', owner: providerOrBank, unit }
}

/** What was found missing or too much. */
export function reconDifference (unit: string): AccountName {
  return { class: 'recon_difference', owner: '', unit }
}

/** What chargebacks cost us. */
export function chargebackLoss (unit: string): AccountName {
  return { class: 'chargeback_loss', owner: '', unit }
}

/** What commission earned. */
export function commissionIncome (unit: string): AccountName {
  return { class: 'commission_income', owner: '', unit }
}

/** What a party can be paid out, and what it owes us. */
export function partyAccounts (partyId: string, role: 'seller' | 'partner', unit: string): { available: AccountName, owed: AccountName } {
  const owner = externalId('pty', partyId)
  return { available: { class: `${role}_available`, owner, unit }, owed: { class: 'party_receivable', owner, unit } }
}

/** What is kept back of a seller's money for a time, to recover refunds from. */
export function reserveOf (sellerId: string, unit: string): AccountName {
  return { class: 'seller_reserve', owner: externalId('pty', sellerId), unit }
}

/** What we hold of a currency against others, by exchanging for sellers. */
export function fxPosition (unit: string): AccountName {
  return { class: 'fx_position', owner: '', unit }
}

/** Every account of a line's seller that may be posted to when something of it is exchanged, or taken back, besides those in the trade's currency. */
export function exchangeAccounts (trade: Trade, { sellerId, sellerTerms: { payoutCurrency } }: Line): AccountName[] {
  if (payoutCurrency === null || payoutCurrency === trade.currency) return []
  return [fxPosition(trade.currency), fxPosition(payoutCurrency), ...Object.values(partyAccounts(sellerId, 'seller', payoutCurrency)), reserveOf(sellerId, payoutCurrency)]
}

/** Every account that confirming those lines of a trade may post to. */
export function confirmationAccounts (trade: Trade, lines: readonly Line[]): AccountName[] {
  const sellers = new Set(lines.map((line) => line.sellerId))
  const partners = new Set(lines.flatMap((line) => line.splits.map((split) => split.partnerId)))
  const parties = [
    ...[...sellers].map((id) => partyAccounts(id, 'seller', trade.currency)),
    ...[...partners].map((id) => partyAccounts(id, 'partner', trade.currency))
  ]
  const reserves = lines.flatMap(({ sellerId, sellerTerms }) => sellerTerms.reserve === null ? [] : [reserveOf(sellerId, trade.currency)])
  return [escrowOf(trade), commissionIncome(trade.currency), ...parties.flatMap(({ available, owed }) => [available, owed]), ...reserves, ...lines.flatMap((line) => exchangeAccounts(trade, line)), ...sharedCoinAccounts(trade)]
}

/** The accounts that what a trade holds may go back through: its escrow, and where it took coins, those. */
export function heldAccounts (trade: Trade): AccountName[] {
  const coinTrade = coinTradeOf(trade)
  return [escrowOf(trade), ...coinTrade === null || trade.coins?.lots.length === 0 ? [] : returnAccounts(coinTrade)]
}

/** The accounts that coins of a trade may move through when its money is released or taken back, but for the sellers'. */
export function sharedCoinAccounts (trade: Trade): AccountName[] {
  const coinTrade = coinTradeOf(trade)
  return coinTrade === null ? [] : coinAccounts(coinTrade)
}

/** A trade as its programme's coins know it; null where its currency had no programme. */
export function coinTradeOf ({ id, buyerId, coins }: Trade): CoinTrade | null {
  return coins === null ? null : { id, buyerId, coinTerms: coins.terms }
}
