import type { EventType } from '../events/catalogue.ts'
import type { Books } from '../journal/operation.ts'
import { externalId } from '../kernel/ids.ts'
import type { CoinTrade } from './coin-accounts.ts'

/** Records an event about a buyer's coins in a trade: how many, of which programme. */
export function tellCoins (books: Books, { id, buyerId, coinTerms }: CoinTrade, type: Extract<EventType, `coins.${string}`>, coins: bigint, facts: Readonly<Record<string, string>> = {}): void {
  books.append({ type, subject: externalId('pty', buyerId), data: { programme: externalId('cpr', coinTerms.id), coin: coinTerms.unit, coins: coins.toString(), trade: externalId('trd', id), ...facts } })
}
