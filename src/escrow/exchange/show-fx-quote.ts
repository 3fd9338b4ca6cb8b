import { externalId } from '../../kernel/ids.ts'
import type { FxQuote } from './fx-quote-rows.ts'

/** A quote as callers see it. */
export interface FxQuoteJson {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly rate: string
  readonly source: string
  readonly reference: string
  readonly expires_at: string
  readonly created_by: string
  readonly created_at: string
}

/** The outside form of a quote. */
export function showFxQuote ({ id, from, to, rate, source, reference, expiresAt, createdBy, createdAt }: FxQuote): FxQuoteJson {
  return {
    id: externalId('fxq', id),
    from,
    to,
    rate,
    source,
    reference,
    expires_at: expiresAt.toISOString(),
    created_by: externalId('key', createdBy),
    created_at: createdAt.toISOString()
  }
}
