import type { Operation, Origin } from '../../journal/operation.ts'
import { externalId } from '../../kernel/ids.ts'
import { isExchangeRate } from '../../kernel/money.ts'
import { Refusal, type RefusalCode } from '../../kernel/refusals.ts'
import { parseTime } from '../../kernel/time.ts'
import { findUnit } from '../../kernel/units.ts'
import { FX_QUOTES, fxQuoteClaim, type FxQuote } from './fx-quote-rows.ts'
import { showFxQuote, type FxQuoteJson } from './show-fx-quote.ts'

/** A rate that somebody vouches for. */
export type NewFxQuote = Omit<FxQuote, 'id' | 'createdBy' | 'createdAt'>

/** A quote as it is sent. */
export interface FxQuoteText {
  readonly from: string
  readonly to: string
  readonly rate: string
  readonly source: string
  readonly reference: string
  readonly expires_at: string
}

/** Understands a quote. Refuses `unknown_currency`, `invalid_amount` for what is no rate, `invalid_time`, and `invalid_request` for one currency twice. */
export function parseFxQuote ({ from, to, rate, source, reference, expires_at: expiresAt }: FxQuoteText): NewFxQuote {
  for (const [pointer, code] of [['/from', from], ['/to', to]] as const) if (findUnit(code) === null) throw refuse('unknown_currency', pointer)
  if (from === to) throw refuse('invalid_request', '/to', 'A rate is between two currencies.')
  if (!isExchangeRate(rate)) throw refuse('invalid_amount', '/rate', 'A rate is a decimal above zero with at most 12 significant digits, such as "0.1403".')
  return { from, to, rate, source, reference, expiresAt: parseTime(expiresAt, '/expires_at') }
}

/**
 * Keeps a quote, for good. `person` is the inside id of the caller's key. Refuses `external_ref_taken` for a reference that its source has
 * given to another quote, and `fx_quote_expired` for one that is over already.
 */
export function createFxQuote (origin: Origin, person: string, quote: NewFxQuote): Operation<FxQuoteJson> {
  const claim = fxQuoteClaim(quote)
  return {
    ...origin,
    name: 'fx_quote.create',
    lane: 'request',
    weight: 4,
    claims: [claim],
    decide (books) {
      if (books.holder(claim) !== null) throw refuse('external_ref_taken', '/reference')
      if (quote.expiresAt <= books.now) throw refuse('fx_quote_expired', '/expires_at')
      const kept: FxQuote = { ...quote, id: books.newId(), createdBy: person, createdAt: books.now }
      books.take(claim, kept.id)
      books.save(FX_QUOTES, kept)
      books.append({
        type: 'fx_quote.created',
        subject: externalId('fxq', kept.id),
        data: { from: kept.from, to: kept.to, rate: kept.rate, source: kept.source, expires_at: kept.expiresAt.toISOString(), created_by: externalId('key', person) }
      })
      return showFxQuote(kept)
    }
  }
}

function refuse (code: RefusalCode, pointer: string, detail?: string): Refusal {
  return new Refusal(code, detail, { errors: [{ pointer, code }] })
}
