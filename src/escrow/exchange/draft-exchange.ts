import { externalId } from '../../kernel/ids.ts'
import { fxPosition, partyAccounts } from '../trade/accounts.ts'
import type { Draft } from '../../journal/draft.ts'
import { addExchange, type Exchange } from '../trade/exchange.ts'
import type { Line } from '../trade/trade.ts'
import type { FxQuote } from './fx-quote-rows.ts'

/** A line that exchanged something, and what its seller got for it, in minor units of the currency he is paid in. */
export interface Exchanged {
  readonly line: Line
  readonly paid: bigint
}

/**
 * Drafts the exchange of what a seller has of a release (minor units of the quote's first currency) for the currency he is paid in: both
 * legs go through our position. The caller has named `exchangeAccounts` of the line.
 */
export function draftExchange (draft: Draft, line: Line, { id, rate, from, to }: Pick<FxQuote, 'id' | 'rate' | 'from' | 'to'>, amount: bigint): Exchanged {
  const { exchanges, moved } = addExchange(line.exchanges, { quoteId: id, rate, from, to }, amount)
  for (const { net, paid } of moved) {
    draft.add(partyAccounts(line.sellerId, 'seller', from).available, fxPosition(from), net)
    draft.add(fxPosition(to), partyAccounts(line.sellerId, 'seller', to).available, paid)
  }
  return { line: { ...line, exchanges }, paid: moved.reduce((sum, { paid }) => sum + paid, 0n) }
}

/**
 * Drafts that what was taken back of exchanges, the latest first, is exchanged once more at the rates of then: at most `amount`, which is what the
 * seller has of it (minor units of the trade's currency). The caller has named accounts as above.
 */
export function draftRestored (draft: Draft, line: Line, returned: readonly Exchange[], amount: bigint): Exchanged {
  let left = amount
  return [...returned].reverse().reduce<Exchanged>((sofar, { quoteId: id, rate, from, to, net }) => {
    const part = net < left ? net : left
    left -= part
    const exchanged = draftExchange(draft, sofar.line, { id, rate, from, to }, part)
    return { line: exchanged.line, paid: sofar.paid + exchanged.paid }
  }, { line, paid: 0n })
}

/** How a transaction's description tells which quotes it went by. */
export function tellQuotes (quotes: Iterable<FxQuote>): string {
  return [...quotes].map(({ id, from, to, rate, source }) => `${from} to ${to} at ${rate} by ${externalId('fxq', id)} (${source})`).join('; ')
}
