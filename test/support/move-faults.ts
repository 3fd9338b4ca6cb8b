import { COIN_MOVES, type LotPlace } from '../../src/coins/coin-moves.ts'
import { WALLETS } from '../../src/coins/wallet-rows.ts'
import { externalId } from '../../src/kernel/ids.ts'
import type { MemoryBooks } from './memory-books.ts'

const PLACES: Readonly<Record<string, LotPlace>> = { coins_pending: 'pending', coins_available: 'available' }

/** Where the moves of coins are not what lots and entries of wallets' accounts say: empty when all is well. */
export function moveFaults (books: MemoryBooks): string[] {
  const sums = new Map<string, bigint>()
  const add = (key: string, coins: bigint): void => { sums.set(key, (sums.get(key) ?? 0n) + coins) }
  const owners = new Map<string, string>()
  for (const { buyerId, lots } of books.rows(WALLETS)) {
    for (const lot of lots) {
      owners.set(lot.id, externalId('pty', buyerId))
      add(`lot ${lot.id} pending`, -lot.pending)
      add(`lot ${lot.id} available`, -lot.available)
    }
  }
  for (const { lotId, place, entryVersion, coins } of books.rows(COIN_MOVES)) {
    add(`lot ${lotId} ${place}`, coins)
    add(`entry ${entryVersion} of ${owners.get(lotId) ?? 'nobody'} ${place}`, coins)
  }
  for (const { transfers } of books.transactions) {
    for (const { debit, credit, amount } of transfers) {
      for (const [{ account }, coins] of [[debit, amount], [credit, -amount]] as const) {
        const place = PLACES[account.class]
        if (place !== undefined) add(`entry ${account.version} of ${account.owner} ${place}`, coins)
      }
    }
  }
  return [...sums].filter(([, sum]) => sum !== 0n).map(([key, sum]) => `${key}: moves are off by ${sum}`)
}
