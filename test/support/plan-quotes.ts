import { createFxQuote, parseFxQuote } from '../../src/escrow/exchange/create-fx-quote.ts'
import { DAY_MS, HOUR_MS } from '../../src/kernel/time.ts'
import type { Operation } from '../../src/journal/operation.ts'
import type { Command } from './trade-commands.ts'
import type { ModelQuote, ModelQuotes, ModelLine } from './trade-model.ts'
import { CURRENCIES, type Planned, type TradeWorld, type WorldTrade } from './trade-world.ts'

/** About what one of each is worth in the others. */
const RATES: Readonly<Record<string, number>> = { 'CNY KRW': 191.27, 'KRW CNY': 0.005228, 'CNY KWD': 0.0427, 'KWD CNY': 23.4178, 'KRW KWD': 0.000223, 'KWD KRW': 4480.5 }

/** A quote for each pair of currencies, so that sellers can be paid in theirs. */
export function firstQuotes (world: TradeWorld): Planned[] {
  return Object.keys(RATES).map((pair) => planned(world, { pair, rate: String(RATES[pair]), reference: pair, expiresAt: world.now + 400 * DAY_MS }))
}

/** Another quote for a pair of currencies, at another rate, which holds for some hours or days; now and then under a reference that is taken, or for no time at all. */
export function planQuote (world: TradeWorld, { target, size, choice }: Command): Planned[] {
  const pair = Object.keys(RATES)[choice % 6] ?? 'CNY KRW'
  const rate = ((RATES[pair] ?? 1) * (0.7 + (size % 100) / 150)).toPrecision(6)
  return [planned(world, { pair, rate: rate.includes('e') ? '0.01' : rate, reference: `Q-${target % 30}`, expiresAt: world.now + (choice % 10) * 9 * HOUR_MS })]
}

function planned (world: TradeWorld, { pair, reference, expiresAt, ...told }: { pair: string, rate: string, reference: string, expiresAt: number }): Planned {
  const [from = '', to = ''] = pair.split(' ')
  const text = { from, to, ...told, source: 'desk', reference, expires_at: new Date(expiresAt).toISOString() }
  const operation: Operation<unknown> = createFxQuote(world.origin(), world.arbitrators[0] ?? '', parseFxQuote(text))
  return {
    operation,
    expect: (answer) => {
      if (world.quoted.has(reference)) return 'external_ref_taken'
      if (expiresAt <= world.now) return 'fx_quote_expired'
      world.quoted.add(reference)
      world.quotes.push({ id: String(answer?.['id']), from, to, rate: told.rate, expiresAt })
      return 'answered'
    }
  }
}

/**
 * The quotes that a buyer names when he confirms: one for each currency that his sellers are paid in, the latest or an older one, whether it still
 * holds or not; now and then none, one too many, or one that begins with another currency.
 */
export function namedQuotes (world: TradeWorld, trade: WorldTrade, { size, choice }: Pick<Command, 'size' | 'choice'>): ModelQuote[] {
  const named = CURRENCIES.flatMap((to) => {
    const isAsked = trade.model.lines.some((line) => world.purses.otherCurrencyOf(trade.model, line) === to)
    const quotes = world.quotes.filter((quote) => quote.from === trade.model.currency && quote.to === to)
    const quote = size % 3 === 0 ? quotes[size % Math.max(quotes.length, 1)] : quotes.at(-1)
    return isAsked && quote !== undefined ? [quote] : []
  })
  if (choice % 13 === 0) return []
  const other = choice % 17 === 0 ? world.quotes[size % Math.max(world.quotes.length, 1)] : undefined
  return other === undefined ? named : [...named, other]
}

/** What comes of naming quotes for a release of those lines: the code of the refusal, or the quotes that it goes by, by the currency that each leads to. */
export function chosen (world: TradeWorld, trade: WorldTrade, named: readonly ModelQuote[], lines: readonly ModelLine[]): string | ModelQuotes {
  const quotes = new Map<string, ModelQuote>()
  for (const quote of named) {
    if (quote.expiresAt <= world.now) return 'fx_quote_expired'
    if (quote.from !== trade.model.currency) return 'currency_mismatch'
    if (quotes.has(quote.to)) return 'invalid_request'
    quotes.set(quote.to, quote)
  }
  const isMissing = lines.some((line) => {
    const currency = world.purses.otherCurrencyOf(trade.model, line)
    return line.milestones.length === 0 && currency !== null && !quotes.has(currency)
  })
  return isMissing ? 'fx_quote_required' : quotes
}
