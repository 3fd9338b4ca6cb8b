/**
 * Which lots of a wallet a step looks at, because a wallet may have thousands: the `soonest` to expire, to be spent; those that are `due`; those that a trade earned or
 * took, by its inside id; or `all` that are not used up. A step that only adds lots looks at none.
 */
export type WalletPart = 'soonest' | 'due' | 'all' | `trade:${string}`

/** A wallet by its buyer (inside id) and the currency of its programme; with the lots that are asked for. */
export interface WalletName {
  readonly buyerId: string
  readonly currency: string
  /** Null for none. */
  readonly part: WalletPart | null
}

/** What names a wallet, or a part of it. */
export function walletId (buyerId: string, currency: string, part: WalletPart | null = null): string {
  return part === null ? `${buyerId}/${currency}` : `${buyerId}/${currency}/${part}`
}

/** What an id of {@link walletId} names. */
export function readWalletId (id: string): WalletName {
  const [buyerId = '', currency = '', part = null] = id.split('/')
  // Made by walletId.
  return { buyerId, currency, part: part as WalletPart | null }
}
