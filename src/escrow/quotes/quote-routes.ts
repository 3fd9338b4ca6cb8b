import { answers, problems } from '../../http/answers.ts'
import type { App } from '../../http/app-type.ts'
import type { Journal } from '../../journal/journal.ts'
import { parseTime } from '../../kernel/time.ts'
import { quoteTrade } from './quote-trade.ts'
import { QUOTE_EXAMPLE, QuoteBody, QuoteRequest } from './quote-schemas.ts'

const PROVIDER_UNNAMED = 'unnamed'
/** Nothing is kept, so that no key is needed to find it again. */
const NO_KEY = { key: 'quote', fingerprint: Buffer.alloc(0) }

/** Mounts the quotes: what a trade would cost, bring and post. */
export function registerQuoteRoutes (app: App, { journal }: { readonly journal: Journal }): void {
  app.post('/v1/quotes', {
    schema: {
      operationId: 'quoteTrade',
      tags: ['Trades'],
      summary: 'Quote a trade',
      description: 'What a trade would cost, bring and post if it were opened now, paid, shipped and confirmed in full: decided by the rules of the real steps and of this ' +
        'moment, and changing nothing. A member\'s group is filled as soon as it is paid. It needs no idempotency key, and is refused what opening the trade is refused.',
      body: QuoteRequest,
      response: {
        ...answers(200, 'The quote.', QuoteBody, QUOTE_EXAMPLE),
        ...problems('external_ref_taken', 'unknown_party', 'wrong_party_kind', 'unknown_currency', 'invalid_amount', 'invalid_time', 'terms_exceed_price',
          'unknown_group', 'group_decided', 'group_offer_differs', 'amount_too_large', 'no_coin_programme', 'coins_exceed_cap', 'insufficient_coins', 'overloaded')
      }
    }
  }, async (request, reply) => {
    const { provider = PROVIDER_UNNAMED, ship_at: shipAt, ...proposed } = request.body
    const quote = quoteTrade({ tenantId: request.principal.tenantId, ...NO_KEY }, {
      proposed, provider, shipAt: shipAt === undefined ? null : parseTime(shipAt, '/ship_at')
    })
    const { answer } = await journal.preview(quote)
    return reply.code(200).header('content-type', 'application/json; charset=utf-8').send(answer)
  })
}
