import type { Books, Need, Rows } from '../journal/operation.ts'
import type { RowKind } from '../journal/row-kind.ts'
import { loadWallets } from './load-wallets.ts'
import { saveWallets } from './save-wallets.ts'
import { walletId, type WalletPart } from './wallet-names.ts'
import type { Wallet } from './wallet.ts'

/** Wallets with their lots, as many of them as are asked for: locked, read and written as one. Locked after the trades that lead to them. */
export const WALLETS: RowKind<Wallet> = {
  name: 'coin wallet',
  rank: 35,
  idOf: ({ buyerId, currency }) => walletId(buyerId, currency),
  load: loadWallets,
  save: saveWallets
}

/** A wallet that an operation works on, and which lots of it. */
export interface NeededWallet {
  readonly buyerId: string
  readonly currency: string
  readonly parts?: readonly WalletPart[]
}

/** That an operation works on a wallet: whose is told by the rows. */
export function needWallet (nameOf: (rows: Rows) => NeededWallet | null): Need {
  return {
    kind: WALLETS,
    ids (rows) {
      const name = nameOf(rows)
      if (name === null) return []
      const { buyerId, currency, parts = [] } = name
      return [walletId(buyerId, currency), ...parts.map((part) => walletId(buyerId, currency, part))]
    }
  }
}

/**
 * The wallet of a buyer, empty where he never had a coin; with the lots of that part, at least, and of others that were asked for. The operation has named it and the part, or is decided
 * again with them.
 */
export function walletOf (books: Books, buyerId: string, currency: string, part: WalletPart | null = null): Wallet {
  const wallet = books.find(WALLETS, walletId(buyerId, currency)) ?? { buyerId, currency, lots: [], createdAt: books.now, version: 0 }
  // A part is no row: that it may be looked up means that it was read.
  if (part !== null && wallet.readUpTo !== undefined) books.find(WALLETS, walletId(buyerId, currency, part))
  return wallet
}

/** Saves a changed wallet as its next version. */
export function saveWallet (books: Books, wallet: Wallet): void {
  books.save(WALLETS, { ...wallet, version: wallet.version + 1 })
}
