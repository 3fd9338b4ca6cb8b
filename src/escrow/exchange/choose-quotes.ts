import type { Books } from '../../journal/operation.ts'
import { externalId, internalId } from '../../kernel/ids.ts'
import { refuseAt } from '../trade/named-lines.ts'
import { refusalOf } from '../trade/states.ts'
import type { Line, Trade } from '../trade/trade.ts'
import { FX_QUOTES, type FxQuote } from './fx-quote-rows.ts'

/** The quotes that a release goes by, by the currency that they lead to. */
export type ChosenQuotes = ReadonlyMap<string, FxQuote>

/** Nothing is exchanged: every seller gets the trade's own currency. */
export const NO_QUOTES: ChosenQuotes = new Map()

/**
 * The quotes that somebody names, by their outside ids, for the release of those lines: one for each other currency that their sellers are paid in.
 * Refuses, with a pointer, `unknown_fx_quote`, `fx_quote_expired`, `currency_mismatch` for one that does not begin with the trade's currency,
 * `invalid_request` for two that lead to one; and `fx_quote_required` where one is missing. The caller has named the quotes.
 */
export function chooseQuotes (books: Books, trade: Trade, lines: readonly Line[], named: readonly string[]): ChosenQuotes {
  const chosen = new Map<string, FxQuote>()
  named.forEach((text, index) => {
    const pointer = `/fx_quotes/${index}`
    const id = internalId('fxq', text)
    const quote = id === null ? null : books.find(FX_QUOTES, id)
    if (quote === null) throw refuseAt('unknown_fx_quote', pointer)
    if (quote.expiresAt <= books.now) throw refuseAt('fx_quote_expired', pointer, `It expired at ${quote.expiresAt.toISOString()}.`)
    if (quote.from !== trade.currency) throw refuseAt('currency_mismatch', pointer, `The trade is in ${trade.currency}, and the quote is from ${quote.from}.`)
    if (chosen.has(quote.to)) throw refuseAt('invalid_request', pointer, `Two quotes lead to ${quote.to}.`)
    chosen.set(quote.to, quote)
  })
  for (const line of lines) {
    const currency = otherCurrencyOf(trade, line)
    if (currency !== null && !chosen.has(currency)) {
      throw refusalOf('fx_quote_required', trade, `The seller of line "${line.ref}", ${externalId('pty', line.sellerId)}, is paid in ${currency}: name a quote from ${trade.currency} to ${currency}.`)
    }
  }
  return chosen
}

/** The currency that a line's seller is paid in, where that is not the trade's. */
export function otherCurrencyOf (trade: Trade, { sellerTerms: { payoutCurrency } }: Line): string | null {
  return payoutCurrency === trade.currency ? null : payoutCurrency
}
