import { convert, proportion } from '../../kernel/money.ts'
import { unitOf } from '../../kernel/units.ts'

/** What of a line's release was exchanged by one quote and not taken back: `net` minor units of `from` for `paid` minor units of `to`. */
export interface Exchange {
  readonly quoteId: string
  /** Whole units of `to` for one whole unit of `from`, a decimal string. */
  readonly rate: string
  readonly from: string
  readonly to: string
  readonly net: bigint
  readonly paid: bigint
}

/** Something exchanged, or taken back at the rate of its exchange; and what the line has exchanged after it. */
export interface ExchangeStep {
  readonly exchanges: readonly Exchange[]
  /** What moved, by quote; the amounts are those of this step. */
  readonly moved: readonly Exchange[]
}

/**
 * Exchanges a further amount by a quote. Like shares, what a quote pays is cumulative: the rate times all that it exchanged of the line, rounded
 * once, less what it paid before, so that one by one pays the same as all at once.
 */
export function addExchange (exchanges: readonly Exchange[], quote: Pick<Exchange, 'quoteId' | 'rate' | 'from' | 'to'>, amount: bigint): ExchangeStep {
  if (amount === 0n) return { exchanges, moved: [] }
  const known = exchanges.find(({ quoteId }) => quoteId === quote.quoteId) ?? { ...quote, net: 0n, paid: 0n }
  const after = resized(known, known.net + amount)
  return { exchanges: [...exchanges.filter((each) => each !== known), after], moved: [difference(after, known)] }
}

/**
 * Takes back, of what was exchanged, the part that `given` is of a line's net (both minor units of the trade's currency): the latest quote first,
 * each at its own rate. Taking the whole net back takes back exactly what was exchanged, and what was paid for it.
 */
export function returnExchanges (exchanges: readonly Exchange[], given: bigint, net: bigint): ExchangeStep {
  const whole = exchanges.reduce((sum, exchange) => sum + exchange.net, 0n)
  let left = given <= 0n || whole === 0n ? 0n : given >= net ? whole : proportion(whole, given, net)
  const moved: Exchange[] = []
  const kept = [...exchanges].reverse().flatMap((exchange) => {
    const part = exchange.net < left ? exchange.net : left
    left -= part
    if (part === 0n) return [exchange]
    const after = resized(exchange, exchange.net - part)
    moved.push(difference(exchange, after))
    return after.net === 0n ? [] : [after]
  })
  return { exchanges: kept.reverse(), moved }
}

function resized (exchange: Exchange, net: bigint): Exchange {
  return { ...exchange, net, paid: convert(net, exchange.rate, unitOf(exchange.from), unitOf(exchange.to)) }
}

function difference (larger: Exchange, smaller: Exchange): Exchange {
  return { ...larger, net: larger.net - smaller.net, paid: larger.paid - smaller.paid }
}
