/** Coins of a line. What was taken for it and neither redeemed nor returned is held. */
export interface LineCoins {
  readonly taken: bigint
  /** Less what was given back after that. */
  readonly redeemed: bigint
  readonly returned: bigint
  /** What the line earned, less what was clawed back; and for how many of these somebody paid. */
  readonly earned: bigint
  readonly funded: bigint
}

export const NO_COINS: LineCoins = { taken: 0n, redeemed: 0n, returned: 0n, earned: 0n, funded: 0n }

/** The coins of a line that are held. */
export function heldCoinsOf ({ taken, redeemed, returned }: LineCoins): bigint {
  return taken - redeemed - returned
}
