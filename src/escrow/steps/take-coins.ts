import { draftHold, walletToSpend } from '../../coins/move-coins.ts'
import { availableIn } from '../../coins/wallet.ts'
import { Draft } from '../../journal/draft.ts'
import type { Books } from '../../journal/operation.ts'
import { divide } from '../../kernel/money.ts'
import { externalId } from '../../kernel/ids.ts'
import { capOf } from '../trade/coin-shares.ts'
import { refuseAt } from '../trade/named-lines.ts'
import { coinTradeOf } from '../trade/accounts.ts'
import type { Line, Trade } from '../trade/trade.ts'
import type { Changed } from '../trade/trade-operation.ts'

/** Coins to pay a new trade with: as many as its terms and the buyer's wallet allow, or a number. */
export type WantedCoins = 'max' | bigint

/**
 * Takes coins of the buyer for a new trade, in whole coins of each line whose seller accepts them, up to the cap of its goods: all that can be taken, or the
 * number that is asked for, spread by the caps. Nothing is taken for shipping. The trade is paid with cash for the rest.
 * Refuses, at `/coins`, `no_coin_programme`, `coins_exceed_cap` and `insufficient_coins`, which tell what would be possible.
 */
export function takeCoins (books: Books, trade: Trade, wanted: WantedCoins): Changed {
  const coinTrade = coinTradeOf(trade)
  if (coinTrade === null || trade.coins === null) throw refuseAt('no_coin_programme', '/coins', `There is no loyalty programme in ${trade.currency}.`)
  const { coinTerms } = coinTrade
  const caps = trade.lines.map((line) => line.sellerTerms.acceptsCoins ? capOf(line, coinTerms) : 0n)
  const cap = caps.reduce((sum, each) => sum + each, 0n)
  const available = availableIn(walletToSpend(books, coinTrade, cap))
  if (wanted !== 'max' && wanted > cap) throw refuseAt('coins_exceed_cap', '/coins', `This trade can be paid with at most ${cap} ${coinTerms.unit}.`)
  if (wanted !== 'max' && wanted > available) throw refuseAt('insufficient_coins', '/coins', `The buyer has ${available} ${coinTerms.unit} to spend.`)
  const coins = wanted !== 'max' ? wanted : cap < available ? cap : available
  if (coins === 0n) return { trade, transactions: [] }
  const parts = divide(coins, caps)
  const draft = new Draft(books)
  const lots = draftHold(draft, coinTrade, coins)
  const transaction = books.post({ kind: 'trade.coins', subject: externalId('trd', trade.id), postings: draft.postings })
  return {
    trade: {
      ...trade,
      coinsValue: coins * coinTerms.coinValue,
      coins: { ...trade.coins, lots },
      lines: trade.lines.map((line, index) => withCoins(line, parts[index] ?? 0n))
    },
    transactions: [transaction]
  }
}

function withCoins (line: Line, taken: bigint): Line {
  return taken === 0n ? line : { ...line, coins: { ...line.coins, taken } }
}
