import type { Databases } from '../../db/pools.ts'
import { answers, problems } from '../../http/answers.ts'
import type { App } from '../../http/app-type.ts'
import { cursorId } from '../../http/cursor.ts'
import { originOf } from '../../http/origin.ts'
import { answerFromJournal } from '../../http/run-operation.ts'
import { DryRunQuery, IdParams } from '../../http/schemas.ts'
import type { Journal } from '../../journal/journal.ts'
import { internalId } from '../../kernel/ids.ts'
import { PAGE_LIMIT_DEFAULT } from '../../kernel/page.ts'
import { createFxQuote, parseFxQuote } from './create-fx-quote.ts'
import { FX_QUOTE_EXAMPLE, FxQuoteBody, FxQuotePage, FxQuoteQuery, FxQuoteRequest } from './fx-schemas.ts'
import { listFxQuotes, readFxQuote } from './read-fx-quotes.ts'

/** Mounts the quotes of exchange rates. */
export function registerFxRoutes (app: App, { journal, databases }: { readonly journal: Journal, readonly databases: Databases }): void {
  app.post('/v1/fx-quotes', {
    config: { journaled: true },
    schema: {
      operationId: 'createFxQuote',
      tags: ['Exchange rates'],
      summary: 'Vouch for a rate',
      description: 'What one currency is worth in another until `expires_at`. Confirmations name it to pay sellers in that currency; a refund later goes by the same rate, also when ' +
        'it has expired. A quote never changes.',
      querystring: DryRunQuery,
      body: FxQuoteRequest,
      response: {
        ...answers(201, 'The quote.', FxQuoteBody, FX_QUOTE_EXAMPLE),
        ...problems('unknown_currency', 'invalid_amount', 'invalid_time', 'external_ref_taken', 'fx_quote_expired')
      }
    }
  }, async (request, reply) =>
    await answerFromJournal(journal, request, reply, createFxQuote(originOf(request), request.principal.keyId, parseFxQuote(request.body)), 201))

  app.get('/v1/fx-quotes', {
    schema: {
      operationId: 'listFxQuotes',
      tags: ['Exchange rates'],
      summary: 'List quotes of rates',
      description: 'Newest first.',
      querystring: FxQuoteQuery,
      response: answers(200, 'A page of quotes.', FxQuotePage, { data: [FX_QUOTE_EXAMPLE], has_more: false, next_cursor: null })
    }
  }, async (request) => {
    const { from, to, limit = PAGE_LIMIT_DEFAULT, starting_after: cursor } = request.query
    return await listFxQuotes(databases.report, request.principal.tenantId, { from, to }, { limit, before: cursorId('fxq', cursor) })
  })

  app.get('/v1/fx-quotes/:id', {
    schema: {
      operationId: 'getFxQuote',
      tags: ['Exchange rates'],
      summary: 'Read a quote of a rate',
      params: IdParams('fxq'),
      response: { ...answers(200, 'The quote.', FxQuoteBody, FX_QUOTE_EXAMPLE), ...problems('not_found') }
    }
  }, async (request) => await readFxQuote(databases.read, request.principal.tenantId, internalId('fxq', request.params.id)))
}
