import type { Databases } from '../../db/pools.ts'
import { answers, problems } from '../../http/answers.ts'
import type { App } from '../../http/app-type.ts'
import { cursorId } from '../../http/cursor.ts'
import { expectedVersion } from '../../http/etag.ts'
import { originOf } from '../../http/origin.ts'
import { answerFromJournal } from '../../http/run-operation.ts'
import { DryRunQuery, IdParams } from '../../http/schemas.ts'
import type { Journal } from '../../journal/journal.ts'
import { internalId } from '../../kernel/ids.ts'
import { PAGE_LIMIT_DEFAULT } from '../../kernel/page.ts'
import { parseTime } from '../../kernel/time.ts'
import { PAID_TRADE_EXAMPLE, PAYMENT_EXAMPLE, PAYMENT_STEP_EXAMPLE } from '../steps/examples.ts'
import { matchPayment } from './match-payment.ts'
import * as schemas from './payment-schemas.ts'
import { listPayments, readPayment } from './read-payments.ts'
import { payTrade, recordPayment, type PaymentFact } from './record-payment.ts'
import { returnPayment } from './return-payment.ts'
import { PaidTradeBody } from '../steps/trade-schemas.ts'

const FACT_PROBLEMS = problems('payment_known', 'invalid_amount', 'unknown_currency', 'invalid_time', 'amount_too_large')

/** Mounts the payments: what providers report, what becomes of what fits no trade, and reading them. */
export function registerPaymentRoutes (app: App, { journal, databases }: { readonly journal: Journal, readonly databases: Databases }): void {
  app.post('/v1/trades/:id/payments', {
    config: { journaled: true },
    schema: {
      operationId: 'payTrade',
      tags: ['Payments'],
      summary: 'Record a payment for a trade',
      description: 'A provider\'s payment: what is due goes to the trade, anything beyond, late, in another currency or for another revision waits in suspense. A payment is a ' +
        'fact and is never refused for the state of the trade; the same fact told again changes nothing.',
      params: IdParams('trd'),
      querystring: DryRunQuery,
      body: schemas.TradePaymentRequest,
      response: { ...answers(201, 'The trade.', PaidTradeBody, PAID_TRADE_EXAMPLE), ...FACT_PROBLEMS, ...problems('not_found', 'version_mismatch') }
    }
  }, async (request, reply) => {
    const target = { tradeId: internalId('trd', request.params.id), expectedVersion: expectedVersion(request) }
    return await answerFromJournal(journal, request, reply, payTrade(originOf(request), target, factOf(request.body)), 201)
  })

  app.post('/v1/payments', {
    config: { journaled: true },
    schema: {
      operationId: 'recordPayment',
      tags: ['Payments'],
      summary: 'Record a payment whose trade may not be known',
      description: 'As a payment for the trade of that external reference; without such a trade all of it waits in suspense. Without `currency` it is in ' +
        'the trade\'s currency, or, where there is no trade, in the tenant\'s `reporting_currency`.',
      querystring: DryRunQuery,
      body: schemas.PaymentRequest,
      response: { ...answers(201, 'The payment.', schemas.PaymentStepBody, PAYMENT_STEP_EXAMPLE), ...FACT_PROBLEMS }
    }
  }, async (request, reply) =>
    await answerFromJournal(journal, request, reply, recordPayment(originOf(request), factOf(request.body), request.body.trade_external_ref ?? null), 201))

  app.post('/v1/payments/:id/match', {
    config: { journaled: true },
    schema: {
      operationId: 'matchPayment',
      tags: ['Payments'],
      summary: 'Match waiting money to a trade',
      description: 'Moves money of a payment from suspense to a trade that awaits payment; what the trade cannot take goes on waiting.',
      params: IdParams('pay'),
      querystring: DryRunQuery,
      body: schemas.MatchRequest,
      response: {
        ...answers(201, 'The payment.', schemas.PaymentStepBody, PAYMENT_STEP_EXAMPLE),
        ...problems('not_found', 'payment_settled', 'insufficient_funds', 'unknown_trade', 'currency_mismatch', 'illegal_in_state', 'chargeback_open', 'invalid_amount')
      }
    }
  }, async (request, reply) => {
    const { trade, amount = null } = request.body
    const match = { paymentId: internalId('pay', request.params.id), tradeId: internalId('trd', trade), amount }
    return await answerFromJournal(journal, request, reply, matchPayment(originOf(request), match), 201)
  })

  app.post('/v1/payments/:id/return', {
    config: { journaled: true },
    schema: {
      operationId: 'returnPayment',
      tags: ['Payments'],
      summary: 'Give waiting money back',
      description: 'Makes money of a payment that waits in suspense payable back to where it came from.',
      params: IdParams('pay'),
      querystring: DryRunQuery,
      body: schemas.ReturnRequest,
      response: {
        ...answers(201, 'The payment.', schemas.PaymentStepBody, PAYMENT_STEP_EXAMPLE),
        ...problems('not_found', 'payment_settled', 'insufficient_funds', 'invalid_amount')
      }
    }
  }, async (request, reply) =>
    await answerFromJournal(journal, request, reply, returnPayment(originOf(request), internalId('pay', request.params.id), request.body.amount ?? null), 201))

  app.get('/v1/payments', {
    schema: {
      operationId: 'listPayments',
      tags: ['Payments'],
      summary: 'List payments',
      description: 'Newest first. A provider\'s reference is looked up together with its provider.',
      querystring: schemas.PaymentQuery,
      response: answers(200, 'A page of payments.', schemas.PaymentPage, { data: [PAYMENT_EXAMPLE], has_more: false, next_cursor: null })
    }
  }, async (request) => {
    const { provider, provider_ref: providerRef, in_suspense: inSuspense, limit = PAGE_LIMIT_DEFAULT, starting_after: cursor } = request.query
    const place = { limit, before: cursorId('pay', cursor) }
    return await listPayments(databases.report, request.principal.tenantId, { provider, providerRef, inSuspense }, place)
  })

  app.get('/v1/payments/:id', {
    schema: {
      operationId: 'getPayment',
      tags: ['Payments'],
      summary: 'Read a payment',
      params: IdParams('pay'),
      response: { ...answers(200, 'The payment.', schemas.PaymentBody, PAYMENT_EXAMPLE), ...problems('not_found') }
    }
  }, async (request) => await readPayment(databases.read, request.principal.tenantId, internalId('pay', request.params.id)))
}

interface FactBody {
  readonly amount: string
  readonly currency?: string
  readonly provider: string
  readonly provider_ref: string
  readonly revision?: number
  readonly occurred_at?: string
}

function factOf (body: FactBody): PaymentFact {
  return {
    provider: body.provider,
    providerRef: body.provider_ref,
    amount: body.amount,
    currency: body.currency ?? null,
    ...body.revision === undefined ? {} : { revision: body.revision },
    occurredAt: body.occurred_at === undefined ? null : parseTime(body.occurred_at, '/occurred_at')
  }
}
