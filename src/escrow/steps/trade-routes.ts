import type { Databases } from '../../db/pools.ts'
import { answers, problems } from '../../http/answers.ts'
import type { App, Request } from '../../http/app-type.ts'
import { cursorId, cursorSeq } from '../../http/cursor.ts'
import { etagOf, expectedVersion } from '../../http/etag.ts'
import { originOf } from '../../http/origin.ts'
import { answerFromJournal } from '../../http/run-operation.ts'
import { DryRunQuery, IdParams, PageQuery } from '../../http/schemas.ts'
import type { Journal } from '../../journal/journal.ts'
import { internalId, type IdPrefix } from '../../kernel/ids.ts'
import { PAGE_LIMIT_DEFAULT, toPage } from '../../kernel/page.ts'
import { parseTime } from '../../kernel/time.ts'
import * as ledgerExamples from '../../ledger/examples.ts'
import { TransactionPage } from '../../ledger/schemas.ts'
import { showTransaction } from '../../ledger/show.ts'
import { listTransactions } from '../../ledger/transactions.ts'
import { cancelTrade } from './cancel.ts'
import { confirmTrade } from './confirm.ts'
import { createTrade } from './create-trade.ts'
import { SHIPMENT_EXAMPLE, TRADE_EXAMPLE, TRADE_STEP_EXAMPLE } from './examples.ts'
import { listShipments, listTrades, readTrade } from './read-trades.ts'
import { shipTrade } from './ship.ts'
import { parseTerms } from '../trade/terms.ts'
import type { TradeTarget } from '../trade/trade-operation.ts'
import * as schemas from './trade-schemas.ts'

/** Mounts the trades: opening, shipping, confirming and cancelling them, and reading them with what they posted. */
export function registerTradeRoutes (app: App, { journal, databases }: { readonly journal: Journal, readonly databases: Databases }): void {
  app.post('/v1/trades', {
    config: { journaled: true },
    schema: {
      operationId: 'createTrade',
      tags: ['Trades'],
      summary: 'Open a trade',
      description: 'A trade between one buyer and any number of sellers, in one currency. It waits for its payment until `deadlines.pay_by`.',
      querystring: DryRunQuery,
      body: schemas.TradeRequest,
      response: {
        ...answers(201, 'The trade.', schemas.TradeStepBody, TRADE_STEP_EXAMPLE),
        ...problems('external_ref_taken', 'unknown_party', 'wrong_party_kind', 'unknown_currency', 'invalid_amount', 'terms_exceed_price', 'amount_too_large',
          'unknown_group', 'group_decided', 'group_offer_differs', 'no_coin_programme', 'coins_exceed_cap', 'insufficient_coins')
      }
    }
  }, async (request, reply) =>
    await answerFromJournal(journal, request, reply, createTrade(originOf(request), parseTerms(request.body)), 201))

  app.post('/v1/trades/:id/shipments', {
    config: { journaled: true },
    schema: {
      operationId: 'shipTrade',
      tags: ['Trades'],
      summary: 'Ship lines',
      description: 'The seller ships lines, or units of them. Nothing posts; the time in which the buyer can object starts for each shipped line.',
      params: IdParams('trd'),
      querystring: DryRunQuery,
      body: schemas.ShipmentRequest,
      response: { ...answers(201, 'The trade.', schemas.TradeStepBody, TRADE_STEP_EXAMPLE), ...problems(...STEP_CODES) }
    }
  }, async (request, reply) => {
    const { lines = null, carrier = null, tracking_number: trackingNumber = null, occurred_at: occurredAt } = request.body
    const shipment = { lines, carrier, trackingNumber, occurredAt: timeOf(occurredAt) }
    return await answerFromJournal(journal, request, reply, shipTrade(originOf(request), targetOf(request, request.params.id), shipment), 201)
  })

  app.post('/v1/trades/:id/confirmations', {
    config: { journaled: true },
    schema: {
      operationId: 'confirmTrade',
      tags: ['Trades'],
      summary: 'Confirm lines',
      description: 'The buyer confirms what was shipped: its money is released to the sellers, less commission and the partners\' splits.',
      params: IdParams('trd'),
      querystring: DryRunQuery,
      body: schemas.ConfirmationRequest,
      response: {
        ...answers(201, 'The trade.', schemas.TradeStepBody, TRADE_STEP_EXAMPLE),
        ...problems(...STEP_CODES, 'release_blocked', 'partial_confirmation', 'fx_quote_required', 'fx_quote_expired', 'unknown_fx_quote', 'currency_mismatch')
      }
    }
  }, async (request, reply) => {
    const { lines = null, fx_quotes: quotes = [], occurred_at: occurredAt } = request.body
    const confirmation = { lines, occurredAt: timeOf(occurredAt), quotes }
    return await answerFromJournal(journal, request, reply, confirmTrade(originOf(request), targetOf(request, request.params.id), confirmation), 201)
  })

  app.post('/v1/trades/:id/cancellation', {
    config: { journaled: true },
    schema: {
      operationId: 'cancelTrade',
      tags: ['Trades'],
      summary: 'Cancel before shipment',
      description: 'Before the trade is paid: all of it. After: lines, or units of them, that are not shipped. What was paid for them becomes payable ' +
        'back to where it came from, the newest payment first. Once the trade is paid its buyer needs the seller\'s agreement, until `deadlines.ship_by` has passed.',
      params: IdParams('trd'),
      querystring: DryRunQuery,
      body: schemas.CancellationRequest,
      response: {
        ...answers(201, 'The trade.', schemas.TradeStepBody, TRADE_STEP_EXAMPLE),
        ...problems(...STEP_CODES, 'seller_agreement_needed')
      }
    }
  }, async (request, reply) => {
    const { lines = null, by = 'platform', seller_agreed: sellerAgreed = false, occurred_at: occurredAt } = request.body
    const cancellation = { lines, by, sellerAgreed, occurredAt: timeOf(occurredAt) }
    return await answerFromJournal(journal, request, reply, cancelTrade(originOf(request), targetOf(request, request.params.id), cancellation), 201)
  })

  registerTradeReads(app, databases)
}

const STEP_CODES = ['not_found', 'illegal_in_state', 'chargeback_open', 'version_mismatch', 'unknown_line', 'quantity_exceeded'] as const

function registerTradeReads (app: App, databases: Databases): void {
  app.get('/v1/trades', {
    schema: {
      operationId: 'listTrades',
      tags: ['Trades'],
      summary: 'List trades',
      description: 'Newest first.',
      querystring: schemas.TradeQuery,
      response: answers(200, 'A page of trades.', schemas.TradePage, { data: [TRADE_EXAMPLE], has_more: false, next_cursor: null })
    }
  }, async (request) => {
    const { state, seller, buyer, external_ref: externalRef, limit = PAGE_LIMIT_DEFAULT, starting_after: cursor } = request.query
    const filter = { state, sellerId: insideId('pty', seller), buyerId: insideId('pty', buyer), externalRef }
    return await listTrades(databases.report, request.principal.tenantId, filter, { limit, before: cursorId('trd', cursor) })
  })

  app.get('/v1/trades/:id', {
    schema: {
      operationId: 'getTrade',
      tags: ['Trades'],
      summary: 'Read a trade',
      description: 'The trade as it stands; its `ETag` can be sent as `If-Match` with the next step.',
      params: IdParams('trd'),
      response: { ...answers(200, 'The trade.', schemas.TradeBody, TRADE_EXAMPLE), ...problems('not_found') }
    }
  }, async (request, reply) => {
    const trade = await readTrade(databases.read, request.principal.tenantId, internalId('trd', request.params.id))
    return reply.header('etag', etagOf(trade.version)).send(trade)
  })

  app.get('/v1/trades/:id/transactions', {
    schema: {
      operationId: 'listTradeTransactions',
      tags: ['Trades'],
      summary: 'List what a trade posted',
      description: 'The transactions of a trade with their transfers, in the order they were recorded.',
      params: IdParams('trd'),
      querystring: PageQuery({}),
      response: { ...answers(200, 'A page of transactions.', TransactionPage, ledgerExamples.transactionPage), ...problems('not_found') }
    }
  }, async (request) => {
    const { tenantId } = request.principal
    const { limit = PAGE_LIMIT_DEFAULT, starting_after: cursor } = request.query
    const trade = await readTrade(databases.read, tenantId, internalId('trd', request.params.id))
    const rows = await listTransactions(databases.read, tenantId, { after: cursorSeq(cursor), subject: trade.id }, limit + 1)
    return toPage(rows, limit, (row) => row.seq.toString(), showTransaction)
  })

  app.get('/v1/trades/:id/shipments', {
    schema: {
      operationId: 'listShipments',
      tags: ['Trades'],
      summary: 'List the shipments of a trade',
      description: 'Oldest first.',
      params: IdParams('trd'),
      querystring: PageQuery({}),
      response: {
        ...answers(200, 'A page of shipments.', schemas.ShipmentPage, { data: [SHIPMENT_EXAMPLE], has_more: false, next_cursor: null }),
        ...problems('not_found')
      }
    }
  }, async (request) => {
    const { limit = PAGE_LIMIT_DEFAULT, starting_after: cursor } = request.query
    const place = { limit, after: cursorId('shp', cursor) }
    return await listShipments(databases.read, request.principal.tenantId, internalId('trd', request.params.id), place)
  })
}

/** Which trade a request is about, and at which version it insists on finding it. */
export function targetOf (request: Request, id: string): TradeTarget {
  return { tradeId: internalId('trd', id), expectedVersion: expectedVersion(request) }
}

/** When the caller says it happened; null where he does not. Refuses `invalid_time`. */
export function timeOf (text: string | undefined): Date | null {
  return text === undefined ? null : parseTime(text, '/occurred_at')
}

/** An id that is well formed and names nothing finds nothing. */
function insideId (prefix: IdPrefix, text: string | undefined): string | null {
  return text === undefined ? null : internalId(prefix, text)
}
