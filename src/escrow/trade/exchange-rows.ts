import type { Exchange } from './exchange.ts'

/** An exchange as it is stored: JSON has no `bigint`. */
export type StoredExchange = Pick<Exchange, 'rate' | 'from' | 'to'> & { readonly quote: string, readonly net: string, readonly paid: string }

/** An exchange for the database. */
export function storeExchange ({ quoteId, rate, from, to, net, paid }: Exchange): StoredExchange {
  return { quote: quoteId, rate, from, to, net: net.toString(), paid: paid.toString() }
}

/** An exchange from what the database has. */
export function readExchange ({ quote, net, paid, ...rest }: StoredExchange): Exchange {
  return { ...rest, quoteId: quote, net: BigInt(net), paid: BigInt(paid) }
}
