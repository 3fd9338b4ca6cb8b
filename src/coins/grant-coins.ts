import type { Draft } from '../journal/draft.ts'
import type { AccountName } from '../ledger/accounts.ts'
import { coinExpense, coinLiability, coinSources, walletAccounts } from './coin-accounts.ts'
import { recordMoves } from './coin-moves.ts'
import { expiryOf, type Programme } from './programme.ts'
import { saveWallet, walletOf } from './wallet-rows.ts'

/** Coins that are given to a buyer (inside id), and who pays for them. */
export interface CoinGrant {
  readonly buyerId: string
  readonly coins: bigint
  /** The outside id of the campaign. */
  readonly sourceId: string
  /** What its caller calls the grant. */
  readonly ref?: string
  /** The seller whose budget pays, by inside id, with that budget; null where the platform pays. */
  readonly funder: { readonly id: string, readonly budget: AccountName } | null
}

/** Every account that granting coins of a programme to a buyer may post to, but for a budget. */
export function grantAccounts (buyerId: string, programme: Programme): AccountName[] {
  return [walletAccounts(buyerId, programme).available, coinSources(programme).issuance, coinLiability(programme), coinExpense(programme.currency)]
}

/** Drafts that coins are given to a buyer: they are available at once, and what they are worth is paid for. Answers the inside id of their lot; saves the wallet. */
export function draftGrant (draft: Draft, programme: Programme, { buyerId, coins, sourceId, ref, funder }: CoinGrant): string {
  const { books } = draft
  draft.add(funder?.budget ?? coinExpense(programme.currency), coinLiability(programme), coins * programme.coinValue)
  const { available } = walletAccounts(buyerId, programme)
  draft.add(coinSources(programme).issuance, available, coins)
  const wallet = walletOf(books, buyerId, programme.currency)
  const id = books.newId()
  recordMoves(draft, available, 'available', [{ id, coins }])
  saveWallet(books, {
    ...wallet,
    lots: [...wallet.lots, {
      id, originId: id, source: 'granted', sourceId, tradeId: null, funderId: funder?.id ?? null, issued: coins, earnedOn: null, pending: 0n, available: coins,
      maturesAt: null, expiresAt: expiryOf(programme.terms.expiry, books.now), warnedDays: null, createdAt: books.now,
      ...ref === undefined ? {} : { grantRef: ref }
    }]
  })
  return id
}
