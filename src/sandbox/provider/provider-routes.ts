import type { Logger } from 'pino'
import { actorOf } from '../../audit/record.ts'
import type { Databases } from '../../db/pools.ts'
import { inTransaction } from '../../db/transaction.ts'
import { answers, problems } from '../../http/answers.ts'
import type { App, Reply, Request } from '../../http/app-type.ts'
import { answerCsv } from '../../http/csv-answer.ts'
import { cursorId } from '../../http/cursor.ts'
import { isDryRun } from '../../http/idempotency.ts'
import { originOf } from '../../http/origin.ts'
import { DryRunQuery, IdParams } from '../../http/schemas.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Operation } from '../../journal/operation.ts'
import { internalId } from '../../kernel/ids.ts'
import { PAGE_LIMIT_DEFAULT } from '../../kernel/page.ts'
import { parseTime, SECOND_MS } from '../../kernel/time.ts'
import { sweepDue } from '../../timers/sweep-due.ts'
import { requireSandbox } from '../require-sandbox.ts'
import { changeBehaviour, readBehaviour, type Behaviour } from './behaviour.ts'
import { chargeBackAtProvider } from './charge-back.ts'
import { decideChargeback } from './decide-chargeback.ts'
import { decideRefund } from './decide-refund.ts'
import { tellingOf } from './due-facts.ts'
import { REPORTS_MAX, type Timing } from './fact.ts'
import { payAtProvider } from './pay.ts'
import * as schemas from './provider-schemas.ts'
import { listFacts, readFacts } from './read-facts.ts'
import { settlementFile } from './settlement-file.ts'
import type { FactJson } from './show-fact.ts'

interface ProviderServices {
  readonly databases: Databases
  readonly journal: Journal
  readonly log: Logger
}

/** Mounts the imitated payment provider of sandbox tenants: what it is told to do, how it behaves, and what it settles. */
export function registerProviderRoutes (app: App, { databases: { read: db, report }, journal, log }: ProviderServices): void {
  /** Has something happen, then tells of it what is to be told by now, and answers it as it then stands. */
  const happen = async (request: Request, reply: Reply, operation: Operation<{ facts: FactJson[] }>): Promise<Reply> => {
    if (isDryRun(request)) {
      const { answer } = await journal.preview(operation)
      return reply.code(200).send({ data: (JSON.parse(answer) as { facts: FactJson[] }).facts, dry_run: true, would_post: [] })
    }
    const { tenantId } = request.principal
    const { answer, replayed } = await journal.submit(operation)
    const ids = (JSON.parse(answer) as { facts: FactJson[] }).facts.flatMap(({ id }) => internalId('sbx', id) ?? [])
    const telling = tellingOf(ids)
    for (let times = 0; times < REPORTS_MAX && (await telling.find(db, 1, tenantId)).length > 0; times += 1) {
      await sweepDue(db, telling, { journal, log, failures: new Map(), tenantId })
    }
    if (replayed) reply.header('idempotent-replayed', 'true')
    return reply.code(201).send({ data: await readFacts(db, tenantId, ids) })
  }

  app.post('/v1/sandbox/payments', {
    config: { journaled: true },
    schema: {
      operationId: 'sandboxPay',
      tags: ['Sandbox'],
      summary: 'Have a buyer pay at the sandbox provider',
      description: 'The provider collects the money, and reports it as any provider does (`payTrade` for an id, `recordPayment` for a reference): now or later, once or several ' +
        'times. A reference that we do not know needs an `amount`.',
      querystring: DryRunQuery,
      body: schemas.PayRequest,
      response: {
        ...answers(201, 'What happened at the provider, after it was reported.', schemas.FactsBody, { data: [schemas.PAYMENT_FACT_EXAMPLE] }),
        ...problems('sandbox_only', 'unknown_trade', 'unknown_currency', 'invalid_amount')
      }
    }
  }, async (request, reply) => {
    const { body } = request
    const trade = 'trade' in body ? { id: internalId('trd', body.trade) } : { externalRef: body.trade_external_ref }
    const { mode = 'full', amount = null, currency = null, revision = null } = body
    return await happen(request, reply, payAtProvider(originOf(request), { trade, mode, amount, currency, revision, timing: timingOf(body) }))
  })

  app.post('/v1/sandbox/refunds/:id', {
    config: { journaled: true },
    schema: {
      operationId: 'sandboxRefund',
      tags: ['Sandbox'],
      summary: 'Have the sandbox provider end a refund',
      description: 'Of a payment that came through it: it is paid out, fails, or comes back, and the provider reports that as any provider does. What bounces without having ' +
        'been paid out is paid out first.',
      params: IdParams('rfd'),
      querystring: DryRunQuery,
      body: schemas.RefundRequest,
      response: {
        ...answers(201, 'What happened at the provider, after it was reported.', schemas.FactsBody, { data: [schemas.REFUND_FACT_EXAMPLE] }),
        ...problems('sandbox_only', 'not_found')
      }
    }
  }, async (request, reply) => {
    const { outcome: end, reason = 'other' } = request.body
    const decision = { refundId: internalId('rfd', request.params.id), end, reason, timing: timingOf(request.body) }
    return await happen(request, reply, decideRefund(originOf(request), decision))
  })

  app.post('/v1/sandbox/chargebacks', {
    config: { journaled: true },
    schema: {
      operationId: 'sandboxChargeBack',
      tags: ['Sandbox'],
      summary: 'Have the sandbox provider take a payment back',
      description: 'Whatever became of the payment, and before or after it was reported. The provider reports the opening as any provider does (`openChargeback`); the `id` of the ' +
        'answer is its name for the chargeback.',
      querystring: DryRunQuery,
      body: schemas.ChargebackRequest,
      response: {
        ...answers(201, 'What happened at the provider, after it was reported.', schemas.FactsBody, { data: [schemas.CHARGEBACK_FACT_EXAMPLE] }),
        ...problems('sandbox_only', 'unknown_payment', 'unknown_currency', 'currency_mismatch', 'invalid_amount')
      }
    }
  }, async (request, reply) => {
    const { payment_provider_ref: paymentReference, amount = null, fee = null, currency = null } = request.body
    return await happen(request, reply, chargeBackAtProvider(originOf(request), { paymentReference, amount, fee, currency, timing: timingOf(request.body) }))
  })

  app.post('/v1/sandbox/chargebacks/:id/outcome', {
    config: { journaled: true },
    schema: {
      operationId: 'sandboxChargebackOutcome',
      tags: ['Sandbox'],
      summary: 'Have the sandbox provider decide a chargeback',
      description: 'Once. It is reported as any provider\'s (`tellNamedChargebackOutcome`): also before the opening, where that is reported later.',
      params: IdParams('sbx'),
      querystring: DryRunQuery,
      body: schemas.OutcomeRequest,
      response: {
        ...answers(201, 'What happened at the provider, after it was reported.', schemas.FactsBody, { data: [schemas.OUTCOME_FACT_EXAMPLE] }),
        ...problems('sandbox_only', 'not_found', 'chargeback_known', 'invalid_amount')
      }
    }
  }, async (request, reply) => {
    const { outcome, fee = null, fee_returned: feeReturned = null } = request.body
    const decision = { openingId: internalId('sbx', request.params.id), outcome, fee, feeReturned, timing: timingOf(request.body) }
    return await happen(request, reply, decideChargeback(originOf(request), decision))
  })

  app.get('/v1/sandbox/facts', {
    schema: {
      operationId: 'listSandboxFacts',
      tags: ['Sandbox'],
      summary: 'List what happened at the sandbox provider',
      description: 'And what is to happen, newest first.',
      querystring: schemas.FactQuery,
      response: { ...answers(200, 'A page of facts.', schemas.FactPage, { data: [schemas.PAYMENT_FACT_EXAMPLE], has_more: false, next_cursor: null }), ...problems('sandbox_only') }
    }
  }, async (request) => {
    const { limit = PAGE_LIMIT_DEFAULT, starting_after: cursor } = request.query
    await requireSandbox(db, request.principal.tenantId)
    return await listFacts(db, request.principal.tenantId, { limit, before: cursorId('sbx', cursor) })
  })

  app.get('/v1/sandbox/provider', {
    schema: {
      operationId: 'getSandboxProvider',
      tags: ['Sandbox'],
      summary: 'Read how the sandbox provider behaves',
      response: { ...answers(200, 'Its behaviour.', schemas.BehaviourBody, schemas.BEHAVIOUR_EXAMPLE), ...problems('sandbox_only') }
    }
  }, async (request) => showBehaviour(await readBehaviour(db, request.principal.tenantId)))

  app.patch('/v1/sandbox/provider', {
    schema: {
      operationId: 'changeSandboxProvider',
      tags: ['Sandbox'],
      summary: 'Change how the sandbox provider behaves',
      description: 'What is left out stays. A rule for refunds holds for those that become payable from now on; what is decided by hand is not decided again.',
      body: schemas.BehaviourChange,
      response: { ...answers(200, 'Its behaviour as it now is.', schemas.BehaviourBody, schemas.BEHAVIOUR_EXAMPLE), ...problems('sandbox_only') }
    }
  }, async ({ principal, body: { fee_rate: feeRate, refunds, refund_after_seconds: afterSeconds } }) => {
    const change = {
      ...feeRate === undefined ? {} : { feeRate },
      ...refunds === undefined ? {} : { refunds },
      ...afterSeconds === undefined ? {} : { refundAfterMs: afterSeconds * SECOND_MS }
    }
    return showBehaviour(await inTransaction(db, async (trx) => await changeBehaviour(trx, principal.tenantId, { change, actor: actorOf(principal) })))
  })

  app.get('/v1/sandbox/settlement', {
    schema: {
      operationId: 'sandboxSettlement',
      tags: ['Sandbox'],
      summary: 'The sandbox provider\'s settlement file of a day',
      description: 'CSV (UTF-8, lines end with LF): what it collected, paid out as refunds, took back and gave back on that day of the test clock, with its fees, whether it reported that ' +
        'or not. `gross` is below zero for what went out; `net` = `gross` − `fee`. At the end one line `total` for each currency, with the number of lines in place of the type.',
      querystring: schemas.SettlementQuery,
      response: {
        200: { description: 'The file.', content: { 'text/csv': { schema: schemas.SettlementBody, example: schemas.SETTLEMENT_EXAMPLE } } },
        ...problems('sandbox_only', 'invalid_time')
      }
    }
  }, async (request, reply) => {
    const { tenantId } = request.principal
    const { day } = request.query
    await requireSandbox(db, tenantId)
    return answerCsv(reply, `sandbox-settlement-${day}`, settlementFile(report, tenantId, parseTime(`${day}T00:00:00Z`, '/day')))
  })
}

function timingOf ({ after_seconds: after = 0, report_after_seconds: report = [0] }: { readonly after_seconds?: number, readonly report_after_seconds?: number[] }): Timing {
  return { afterMs: after * SECOND_MS, reportAfterMs: report.map((seconds) => seconds * SECOND_MS) }
}

function showBehaviour ({ feeRate, refunds, refundAfterMs }: Behaviour): object {
  return { fee_rate: feeRate, refunds, refund_after_seconds: refundAfterMs / SECOND_MS }
}
