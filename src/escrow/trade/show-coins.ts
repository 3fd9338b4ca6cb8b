import { externalId } from '../../kernel/ids.ts'
import { heldCoinsOf, NO_COINS, type LineCoins } from './line-coins.ts'
import type { Trade } from './trade.ts'

/** Coins as callers see them: whole numbers as texts, because a JSON number cannot be trusted with them. */
export interface CoinCountsJson {
  readonly taken: string
  readonly held: string
  readonly redeemed: string
  readonly returned: string
  readonly earned: string
}

/** The coins of a line. */
export function showCoins (coins: LineCoins): CoinCountsJson {
  const { taken, redeemed, returned, earned } = coins
  return {
    taken: taken.toString(), held: heldCoinsOf(coins).toString(), redeemed: redeemed.toString(), returned: returned.toString(), earned: earned.toString()
  }
}

/** The coins of all lines of a trade, and their programme; null where there was none. */
export function showTradeCoins ({ coins, lines }: Trade): CoinCountsJson & { readonly programme: string, readonly coin: string } | null {
  if (coins === null) return null
  const all = lines.reduce<LineCoins>((sum, line) => ({
    taken: sum.taken + line.coins.taken,
    redeemed: sum.redeemed + line.coins.redeemed,
    returned: sum.returned + line.coins.returned,
    earned: sum.earned + line.coins.earned,
    funded: sum.funded + line.coins.funded
  }), NO_COINS)
  return { programme: externalId('cpr', coins.terms.id), coin: coins.terms.unit, ...showCoins(all) }
}
