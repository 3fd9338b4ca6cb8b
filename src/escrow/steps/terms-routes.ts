import { answers, problems } from '../../http/answers.ts'
import type { App } from '../../http/app-type.ts'
import { originOf } from '../../http/origin.ts'
import { answerFromJournal } from '../../http/run-operation.ts'
import { DryRunQuery, Exactly, Id, IdParams } from '../../http/schemas.ts'
import type { Journal } from '../../journal/journal.ts'
import { internalId } from '../../kernel/ids.ts'
import { EXTENDED_TRADE_EXAMPLE, HELD_TRADE_EXAMPLE, REPRICED_TRADE_EXAMPLE, TRADE_STEP_EXAMPLE } from './examples.ts'
import { extendTrade, type NewExtension, type SELLER_EXTENSION_DAYS } from './extend.ts'
import { liftHold, placeHold } from './hold.ts'
import { refuseAt } from '../trade/named-lines.ts'
import { repriceTrade } from './reprice.ts'
import { targetOf, timeOf } from './trade-routes.ts'
import { ExtensionRequest, HoldRequest, NothingMore, RepriceRequest, TradeStepBody } from './trade-schemas.ts'

const TERM_CODES = ['not_found', 'illegal_in_state', 'chargeback_open', 'version_mismatch'] as const

/** Mounts what changes the terms of a trade: new prices, more time, and holds. */
export function registerTermsRoutes (app: App, { journal }: { readonly journal: Journal }): void {
  app.post('/v1/trades/:id/reprice', {
    config: { journaled: true },
    schema: {
      operationId: 'repriceTrade',
      tags: ['Trades'],
      summary: 'Change the prices of an unpaid trade',
      description: 'The seller proposes new prices while the trade awaits its payment; the buyer agrees by paying. The trade has a new revision, and a payment that names ' +
        'an older one waits in suspense. Cash above the new price becomes payable back, the newest payment first. The time to pay stays as it is.',
      params: IdParams('trd'),
      querystring: DryRunQuery,
      body: RepriceRequest,
      response: {
        ...answers(201, 'The trade.', TradeStepBody, REPRICED_TRADE_EXAMPLE),
        ...problems(...TERM_CODES, 'unknown_line', 'invalid_amount', 'price_unchanged', 'terms_exceed_price', 'amount_too_large', 'group_offer_differs')
      }
    }
  }, async (request, reply) => {
    const { lines, occurred_at: occurredAt } = request.body
    const prices = { lines, occurredAt: timeOf(occurredAt) }
    return await answerFromJournal(journal, request, reply, repriceTrade(originOf(request), targetOf(request, request.params.id), prices), 201)
  })

  app.post('/v1/trades/:id/extensions', {
    config: { journaled: true },
    schema: {
      operationId: 'extendTrade',
      tags: ['Trades'],
      summary: 'Give the buyer more time to confirm',
      description: 'The buyer extends the time of each line once, shortly before it ends (`buyer_extension_ms` and `buyer_extension_window_ms` of the tenant\'s settings); ' +
        'the seller extends by 3, 5, 7 or 10 days, as often as he likes. Named lines are extended all or none.',
      params: IdParams('trd'),
      querystring: DryRunQuery,
      body: ExtensionRequest,
      response: {
        ...answers(201, 'The trade.', TradeStepBody, EXTENDED_TRADE_EXAMPLE),
        ...problems(...TERM_CODES, 'unknown_line', 'extension_unavailable')
      }
    }
  }, async (request, reply) =>
    await answerFromJournal(journal, request, reply, extendTrade(originOf(request), targetOf(request, request.params.id), extensionOf(request.body)), 201))

  app.post('/v1/trades/:id/holds', {
    config: { journaled: true },
    schema: {
      operationId: 'placeHold',
      tags: ['Trades'],
      summary: 'Block the release of a trade\'s money',
      description: 'While a trade has any hold nothing of it is confirmed, neither by its buyer nor by silence, whose time runs on. What is not shipped can still be cancelled. ' +
        'Whoever keeps the marketplace may place a hold; lifting it takes finance or administration.',
      params: IdParams('trd'),
      querystring: DryRunQuery,
      body: HoldRequest,
      response: { ...answers(201, 'The trade.', TradeStepBody, HELD_TRADE_EXAMPLE), ...problems(...TERM_CODES, 'too_many_holds') }
    }
  }, async (request, reply) =>
    await answerFromJournal(journal, request, reply, placeHold(originOf(request), targetOf(request, request.params.id), request.body.kind), 201))

  app.post('/v1/trades/:id/holds/:hold_id/lift', {
    config: { journaled: true },
    schema: {
      operationId: 'liftHold',
      tags: ['Trades'],
      summary: 'Lift a hold',
      description: 'When it was the last hold, lines whose time to confirm has passed are confirmed at once by silence.',
      params: Exactly({ id: Id('trd'), hold_id: Id('hld') }),
      querystring: DryRunQuery,
      body: NothingMore,
      response: { ...answers(201, 'The trade.', TradeStepBody, TRADE_STEP_EXAMPLE), ...problems(...TERM_CODES) }
    }
  }, async (request, reply) => {
    const holdId = internalId('hld', request.params.hold_id)
    return await answerFromJournal(journal, request, reply, liftHold(originOf(request), targetOf(request, request.params.id), holdId), 201)
  })
}

interface ExtensionBody {
  readonly by: 'buyer' | 'seller'
  readonly days?: typeof SELLER_EXTENSION_DAYS[number]
  readonly lines?: ReadonlyArray<{ readonly line: string }>
}

/** Refuses `invalid_request` where a seller names no days, or a buyer does. */
function extensionOf ({ by, days, lines: named }: ExtensionBody): NewExtension {
  const lines = named ?? null
  if (by === 'buyer' && days === undefined) return { by, lines }
  if (by === 'seller' && days !== undefined) return { by, days, lines }
  throw refuseAt('invalid_request', '/days', by === 'seller' ? 'A seller says by how many days he extends.' : 'By how much a buyer extends is a setting: leave it out.')
}
