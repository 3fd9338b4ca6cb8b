import { Type as T } from 'typebox'
import { component } from '../../http/components.ts'
import { Currency, Exactly, Id, Page, PageQuery, Reference, Timestamp } from '../../http/schemas.ts'

const ExchangeRate = component('ExchangeRate', T.String({
  pattern: '^(0|[1-9][0-9]{0,11})(\\.[0-9]{1,18})?$',
  description: 'How many whole units of `to` one whole unit of `from` is worth: a decimal string above zero with at most 12 significant digits.',
  examples: ['0.1403'],
  'x-refusal': 'invalid_amount'
}))

const Source = T.String({
  pattern: '^[a-z0-9_-]{1,40}$', description: 'Who says so: small letters, digits, hyphens and underscores.', examples: ['ecb']
})

/** A quote to keep. */
export const FxQuoteRequest = Exactly({
  from: Currency,
  to: Currency,
  rate: ExchangeRate,
  source: Source,
  reference: { ...Reference, description: 'What the source calls it; one quote of a source has it, for ever.' },
  expires_at: Timestamp
}, { examples: [{ from: 'CNY', to: 'USD', rate: '0.1403', source: 'ecb', reference: '2026-01-31', expires_at: '2026-02-01T08:00:00Z' }] })

export const FxQuoteBody = component('FxQuote', T.Object({
  id: Id('fxq'),
  from: Currency,
  to: Currency,
  rate: ExchangeRate,
  source: Source,
  reference: Reference,
  expires_at: Timestamp,
  created_by: Id('key'),
  created_at: Timestamp
}, { description: 'What one currency is worth in another, as somebody vouched for it. It never changes.' }))

export const FxQuotePage = Page('FxQuotePage', FxQuoteBody)

export const FxQuoteQuery = PageQuery({ from: T.Optional(Currency), to: T.Optional(Currency) })

export const FX_QUOTE_EXAMPLE = {
  id: 'fxq_01kaj6n8k2f5rvt4r9e8q7m3zd',
  from: 'CNY',
  to: 'USD',
  rate: '0.1403',
  source: 'ecb',
  reference: '2026-01-31',
  expires_at: '2026-02-01T08:00:00.000Z',
  created_by: 'key_01kaj6n8k2f5rvt4r9e8q7m3ze',
  created_at: '2026-01-31T08:00:00.000Z'
}
