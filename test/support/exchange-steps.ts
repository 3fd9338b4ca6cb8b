import { createFxQuote, parseFxQuote } from '../../src/escrow/exchange/create-fx-quote.ts'
import { confirmTrade } from '../../src/escrow/steps/confirm.ts'
import type { TradeJson } from '../../src/escrow/trade/show-trade.ts'
import { internalId, newId } from '../../src/kernel/ids.ts'
import { DAY_MS } from '../../src/kernel/time.ts'
import { changeTerms } from '../../src/parties/change-terms.ts'
import type { SellerTerms } from '../../src/parties/seller-terms.ts'
import { origin } from './memory-books.ts'
import { refundReleased } from './refund-released.ts'
import { pick, target, type TradeDesk } from './trade-desk.ts'

const person = newId()
let references = 0

/** Changes how a seller gets his money. */
export function setTerms (desk: TradeDesk, terms: Partial<SellerTerms>, party = desk.seller): void {
  desk.books.submit(changeTerms(origin(), { partyId: internalId('pty', party), terms, person }))
}

/** Makes a quote that holds for a day; answers its outside id. */
export function quote ({ books }: TradeDesk, rate: string, from = 'CNY', to = 'USD'): string {
  const text = { from, to, rate, source: 'ecb', reference: String(++references), expires_at: new Date(books.now.getTime() + DAY_MS).toISOString() }
  return books.submit(createFxQuote(origin(), person, parseFxQuote(text))).id
}

/** Confirms all that is shipped, or units of the first line, by quotes; with null as silence does. */
export function confirmBy ({ books }: TradeDesk, trade: TradeJson, quotes: readonly string[] | null, quantity?: number): TradeJson {
  return books.submit(confirmTrade(origin(), target(trade), { lines: quantity === undefined ? null : [pick(trade, 0, quantity)], occurredAt: null, quotes }))
}

/** Refunds all that the first line has released, or a part of it in minor units. */
export function refund ({ books }: TradeDesk, trade: TradeJson, amount: bigint | null = null): void {
  books.submit(refundReleased(origin(), { tradeId: internalId('trd', trade.id) ?? '', amount }))
}
