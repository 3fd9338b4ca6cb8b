import type { Databases } from '../../db/pools.ts'
import { answers, problems } from '../../http/answers.ts'
import type { App, Request } from '../../http/app-type.ts'
import { cursorId } from '../../http/cursor.ts'
import { originOf } from '../../http/origin.ts'
import { answerFromJournal } from '../../http/run-operation.ts'
import { DryRunQuery, IdParams } from '../../http/schemas.ts'
import type { Journal } from '../../journal/journal.ts'
import { internalId } from '../../kernel/ids.ts'
import { PAGE_LIMIT_DEFAULT } from '../../kernel/page.ts'
import { targetOf, timeOf } from '../steps/trade-routes.ts'
import { TradeStepBody } from '../steps/trade-schemas.ts'
import { actOnCase, type CaseTarget } from './act-on-case.ts'
import * as schemas from './case-schemas.ts'
import * as examples from './examples.ts'
import { listCases, readCase } from './read-cases.ts'
import { requestRefund } from './request-refund.ts'

/** What everything that is done to a case may be refused with. */
export const CASE_CODES = ['chargeback_open', 'not_found', 'illegal_in_case_state', 'version_mismatch'] as const

/** Mounts the refund cases: asking for money back, everything that is done to a case, and reading them. */
export function registerCaseRoutes (app: App, { journal, databases }: { readonly journal: Journal, readonly databases: Databases }): void {
  app.post('/v1/trades/:id/refunds', {
    config: { journaled: true },
    schema: {
      operationId: 'requestRefund',
      tags: ['Refund cases'],
      summary: 'Ask for money back',
      description: 'Opens a refund case for each named line, all or none, from the payment until the after-sale window ends. The line\'s time to confirm stands still while its case is ' +
        'open. An amount is taken of the goods first, then of the shipping; units take their part of the goods, and the shipping when they are all that is left; units ' +
        'for an amount are counted as units. With `agreed_by_seller` the money goes back at once, or the buyer may ship the return.',
      params: IdParams('trd'),
      querystring: DryRunQuery,
      body: schemas.RefundRequest,
      response: {
        ...answers(201, 'The trade.', TradeStepBody, examples.REQUESTED_EXAMPLE),
        ...problems('not_found', 'illegal_in_state', 'chargeback_open', 'version_mismatch', 'after_sale_ended', 'refund_case_open', 'line_disputed', 'unknown_line', 'quantity_exceeded', 'invalid_amount', 'refund_exceeded')
      }
    }
  }, async (request, reply) => {
    const { lines, reason, by = 'buyer', agreed_by_seller: sellerAgreed = false, occurred_at: occurredAt } = request.body
    const wish = { lines, reason, actor: actorOf(request, by), sellerAgreed, occurredAt: timeOf(occurredAt) }
    return await answerFromJournal(journal, request, reply, requestRefund(originOf(request), targetOf(request, request.params.id), wish), 201)
  })

  app.post('/v1/trades/:id/refunds/:case_id/agreement', {
    config: { journaled: true },
    schema: {
      operationId: 'agreeToRefund',
      tags: ['Refund cases'],
      summary: 'Agree to a refund case',
      description: 'The seller agrees, also after he refused. The money goes back; where a return was asked for and is not shipped yet, the buyer may ship it now.',
      params: schemas.CaseParams,
      querystring: DryRunQuery,
      body: schemas.AgreementRequest,
      response: { ...answers(201, 'The trade.', TradeStepBody, examples.AGREED_EXAMPLE), ...problems(...CASE_CODES) }
    }
  }, async (request, reply) => {
    const { by = 'seller', occurred_at: occurredAt } = request.body
    const move = { action: 'agree' as const, ...actorOf(request, by), occurredAt: timeOf(occurredAt) }
    return await answerFromJournal(journal, request, reply, actOnCase(originOf(request), caseTargetOf(request), move), 201)
  })

  app.post('/v1/trades/:id/refunds/:case_id/refusal', {
    config: { journaled: true },
    schema: {
      operationId: 'refuseRefund',
      tags: ['Refund cases'],
      summary: 'Refuse a refund case',
      description: 'The seller refuses what was asked for, or a return that is not what he sent. The buyer may escalate the case; if nobody does in time, it is cancelled.',
      params: schemas.CaseParams,
      querystring: DryRunQuery,
      body: schemas.RefusalRequest,
      response: { ...answers(201, 'The trade.', TradeStepBody, examples.REFUSED_EXAMPLE), ...problems(...CASE_CODES) }
    }
  }, async (request, reply) => {
    const move = { action: 'refuse' as const, ...actorOf(request, request.body.by ?? 'seller') }
    return await answerFromJournal(journal, request, reply, actOnCase(originOf(request), caseTargetOf(request), move), 201)
  })

  app.post('/v1/trades/:id/refunds/:case_id/return-shipment', {
    config: { journaled: true },
    schema: {
      operationId: 'shipReturn',
      tags: ['Refund cases'],
      summary: 'Ship a return',
      description: 'The buyer ships the return of a case that was agreed to. The seller\'s time to confirm it starts; his silence confirms it.',
      params: schemas.CaseParams,
      querystring: DryRunQuery,
      body: schemas.ReturnShipmentRequest,
      response: { ...answers(201, 'The trade.', TradeStepBody, examples.RETURNING_EXAMPLE), ...problems(...CASE_CODES) }
    }
  }, async (request, reply) => {
    const { carrier = null, tracking_number: trackingNumber = null } = request.body
    const move = { action: 'ship_return' as const, ...actorOf(request, 'buyer'), carrier, trackingNumber }
    return await answerFromJournal(journal, request, reply, actOnCase(originOf(request), caseTargetOf(request), move), 201)
  })

  app.post('/v1/trades/:id/refunds/:case_id/return-receipt', {
    config: { journaled: true },
    schema: {
      operationId: 'confirmReturn',
      tags: ['Refund cases'],
      summary: 'Confirm a return',
      description: 'The seller has the return: the money goes back.',
      params: schemas.CaseParams,
      querystring: DryRunQuery,
      body: schemas.AgreementRequest,
      response: { ...answers(201, 'The trade.', TradeStepBody, examples.REFUNDED_EXAMPLE), ...problems(...CASE_CODES) }
    }
  }, async (request, reply) => {
    const { by = 'seller', occurred_at: occurredAt } = request.body
    const move = { action: 'confirm_return' as const, ...actorOf(request, by), occurredAt: timeOf(occurredAt) }
    return await answerFromJournal(journal, request, reply, actOnCase(originOf(request), caseTargetOf(request), move), 201)
  })

  app.post('/v1/trades/:id/refunds/:case_id/withdrawal', {
    config: { journaled: true },
    schema: {
      operationId: 'withdrawRefund',
      tags: ['Refund cases'],
      summary: 'Withdraw a refund case',
      description: 'The buyer gives his wish up, as long as no return is on its way: the line\'s time to confirm runs on from where it stood.',
      params: schemas.CaseParams,
      querystring: DryRunQuery,
      body: schemas.WithdrawalRequest,
      response: { ...answers(201, 'The trade.', TradeStepBody, examples.WITHDRAWN_EXAMPLE), ...problems(...CASE_CODES) }
    }
  }, async (request, reply) => {
    const move = { action: 'withdraw' as const, ...actorOf(request, request.body.by ?? 'buyer') }
    return await answerFromJournal(journal, request, reply, actOnCase(originOf(request), caseTargetOf(request), move), 201)
  })

  registerCaseReads(app, databases)
}

function registerCaseReads (app: App, databases: Databases): void {
  app.get('/v1/refund-cases', {
    schema: {
      operationId: 'listRefundCases',
      tags: ['Refund cases'],
      summary: 'List refund cases',
      description: 'Open and closed ones, newest first.',
      querystring: schemas.CaseQuery,
      response: answers(200, 'A page of refund cases.', schemas.CasePage, { data: [examples.CASE_EXAMPLE], has_more: false, next_cursor: null })
    }
  }, async (request) => {
    const { state, trade, seller, limit = PAGE_LIMIT_DEFAULT, starting_after: cursor } = request.query
    // An id that is well formed and names nothing finds nothing.
    const filter = { state, tradeId: trade === undefined ? undefined : internalId('trd', trade), sellerId: seller === undefined ? undefined : internalId('pty', seller) }
    return await listCases(databases.report, request.principal.tenantId, filter, { limit, before: cursorId('cas', cursor) })
  })

  app.get('/v1/refund-cases/:id', {
    schema: {
      operationId: 'getRefundCase',
      tags: ['Refund cases'],
      summary: 'Read a refund case',
      description: 'The case with its history: what was done to it, by whom, with which key, and when.',
      params: IdParams('cas'),
      response: { ...answers(200, 'The refund case.', schemas.CaseRecordBody, examples.CASE_EXAMPLE), ...problems('not_found') }
    }
  }, async (request) => await readCase(databases.read, request.principal.tenantId, internalId('cas', request.params.id)))
}

/** Which case a request is about. */
export function caseTargetOf (request: Request & { readonly params: { readonly id: string, readonly case_id: string } }): CaseTarget {
  return { ...targetOf(request, request.params.id), caseId: internalId('cas', request.params.case_id) }
}

/** Who acts, and with which key. */
export function actorOf<By extends 'buyer' | 'seller' | 'platform'> ({ principal }: { readonly principal: { readonly keyId: string } }, by: By): { readonly by: By, readonly key: string } {
  return { by, key: principal.keyId }
}
