import { accountsIn, rehearse } from '../../journal/rehearsal.ts'
import type { Operation, Origin } from '../../journal/operation.ts'
import { newId } from '../../kernel/ids.ts'
import { paymentClaim } from '../payments/record-payment.ts'
import { createTrade } from '../steps/create-trade.ts'
import { parseTerms, type ProposedTrade } from '../trade/terms.ts'
import { liveTrade } from './quoted-life.ts'
import { showQuote, type QuoteJson } from './show-quote.ts'

/** A trade that somebody thinks of opening: its terms, and what is assumed of its life. */
export interface QuotedTrade {
  /** Without a reference it is as good as one that nobody has. */
  readonly proposed: Omit<ProposedTrade, 'external_ref'> & { readonly external_ref?: string | undefined }
  /** Through whom it would be paid: the owner of the clearing account in its postings. */
  readonly provider: string
  /** When all of it would be shipped; the decision's time where that is not told, or has passed. */
  readonly shipAt: Date | null
}

/**
 * What a trade would cost, bring and post. It is opened, paid, shipped and confirmed by the real steps' own decisions, and none of it
 * is kept: the operation writes nothing, and is meant for the Journal's preview, which does not even keep a key.
 * Refuses what opening the trade refuses.
 */
export function quoteTrade (origin: Origin, { proposed, provider, shipAt }: QuotedTrade): Operation<QuoteJson> {
  const terms = parseTerms({ ...proposed, external_ref: proposed.external_ref ?? newId() })
  const payment = { provider, providerRef: newId() }
  const shippedAt = (openedAt: Date): Date => shipAt !== null && shipAt > openedAt ? shipAt : openedAt
  const lifeFrom = (openedAt: Date) => liveTrade(origin, { terms, payment, openedAt, shippedAt: shippedAt(openedAt) })
  const { claims = [], needs = [] } = createTrade(origin, terms)
  return {
    ...origin,
    name: 'trade.quote',
    lane: 'request',
    weight: 10 + 6 * terms.lines.length,
    claims: [...claims, paymentClaim(payment)],
    needs,
    // What is named does not depend on the time, which nobody knows yet.
    accounts: (rows, settings) => accountsIn({ rows, settings }, lifeFrom(new Date(0))),
    decide: (books) => showQuote(rehearse({ rows: books, settings: books.settings }, lifeFrom(books.now)), shippedAt(books.now))
  }
}
