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
import { parseTime } from '../../kernel/time.ts'
import { BOOKED_CHARGEBACK_EXAMPLE, CHARGEBACK_STEP_EXAMPLE, DECIDED_CHARGEBACK_EXAMPLE } from './chargeback-examples.ts'
import * as schemas from './chargeback-schemas.ts'
import type { ChargebackOutcome } from './chargeback.ts'
import { StaleReading } from './concerned.ts'
import { openChargeback } from './open-chargeback.ts'
import { listChargebacks, readChargeback, readConcerned } from './read-chargebacks.ts'
import { tellOutcome, type OutcomeFact } from './tell-outcome.ts'

/** So often a payment is read again whose refunds changed between the reading and the locks. */
const READINGS_MAX = 10

const OUTCOME_PROBLEMS = problems('chargeback_known', 'invalid_amount', 'invalid_time', 'amount_too_large')

/** Mounts the chargebacks: what providers tell of them, and reading them. */
export function registerChargebackRoutes (app: App, { journal, databases }: { readonly journal: Journal, readonly databases: Databases }): void {
  app.post('/v1/chargebacks', {
    config: { journaled: true },
    schema: {
      operationId: 'openChargeback',
      tags: ['Chargebacks'],
      summary: 'Tell that a provider took a payment back',
      description: 'A fact: the money is taken at once from where it is, and what it was for is frozen until the outcome. First what waits in suspense, then refunds that have not ' +
        'left, what its trades hold, and what was released of them; the rest, and the fee, is our loss. While the payment is not known the money is in ' +
        '`unidentified_debits`; tell the same again when it is. Otherwise the same fact told again changes nothing.',
      querystring: DryRunQuery,
      body: schemas.OpeningRequest,
      response: {
        ...answers(201, 'The chargeback.', schemas.ChargebackStepBody, CHARGEBACK_STEP_EXAMPLE),
        ...OUTCOME_PROBLEMS,
        ...problems('currency_mismatch', 'unknown_currency')
      }
    }
  }, async (request, reply) => {
    const { provider, provider_ref: providerRef, payment_provider_ref: paymentProviderRef, amount, currency = null, fee = null, occurred_at: occurredAt } = request.body
    const fact = { provider, providerRef, paymentProviderRef, amount, currency, fee, occurredAt: timeOf(occurredAt) }
    for (let readings = 1; ; readings += 1) {
      const reading = await readConcerned(databases.read, request.principal.tenantId, { provider, providerRef: paymentProviderRef })
      try {
        return await answerFromJournal(journal, request, reply, openChargeback(originOf(request), fact, reading), 201)
      } catch (error) {
        if (!(error instanceof StaleReading) || readings === READINGS_MAX) throw error
      }
    }
  })

  app.post('/v1/chargebacks/:id/outcome', {
    config: { journaled: true },
    schema: {
      operationId: 'tellChargebackOutcome',
      tags: ['Chargebacks'],
      summary: 'Tell how a chargeback ended',
      description: 'Won: all that was taken goes back to where it was. Lost: it stays gone, and its trades go on with what is left of them. Fees stay lost unless `fee_returned` says ' +
        'otherwise. Told again it changes nothing.',
      params: IdParams('chb'),
      querystring: DryRunQuery,
      body: schemas.OutcomeRequest,
      response: { ...answers(201, 'The chargeback.', schemas.ChargebackStepBody, DECIDED_CHARGEBACK_EXAMPLE), ...OUTCOME_PROBLEMS, ...problems('not_found') }
    }
  }, async (request, reply) => {
    const named = { id: internalId('chb', request.params.id) }
    return await answerFromJournal(journal, request, reply, tellOutcome(originOf(request), named, factOf(request.body)), 201)
  })

  app.post('/v1/chargebacks/outcomes', {
    config: { journaled: true },
    schema: {
      operationId: 'tellNamedChargebackOutcome',
      tags: ['Chargebacks'],
      summary: 'Tell how the chargeback of a provider\'s name ended',
      description: 'As the outcome of a chargeback by its id. It may be told before the opening: then it is kept, and applied when that comes.',
      querystring: DryRunQuery,
      body: schemas.NamedOutcomeRequest,
      response: {
        ...answers(201, 'The chargeback.', schemas.ChargebackStepBody, DECIDED_CHARGEBACK_EXAMPLE),
        ...OUTCOME_PROBLEMS,
        ...problems('currency_mismatch', 'unknown_currency')
      }
    }
  }, async (request, reply) => {
    const { provider, provider_ref: providerRef, ...told } = request.body
    return await answerFromJournal(journal, request, reply, tellOutcome(originOf(request), { provider, providerRef }, factOf(told)), 201)
  })

  app.get('/v1/chargebacks', {
    schema: {
      operationId: 'listChargebacks',
      tags: ['Chargebacks'],
      summary: 'List chargebacks',
      description: 'Newest first, each with what it posted.',
      querystring: schemas.ChargebackQuery,
      response: answers(200, 'A page of chargebacks.', schemas.ChargebackPage, { data: [BOOKED_CHARGEBACK_EXAMPLE], has_more: false, next_cursor: null })
    }
  }, async (request) => {
    const { state, trade, payment, limit = PAGE_LIMIT_DEFAULT, starting_after: cursor } = request.query
    const filter = {
      state,
      trade: trade === undefined ? undefined : internalId('trd', trade),
      payment: payment === undefined ? undefined : internalId('pay', payment)
    }
    return await listChargebacks(databases.report, request.principal.tenantId, filter, { limit, before: cursorId('chb', cursor) })
  })

  app.get('/v1/chargebacks/:id', {
    schema: {
      operationId: 'getChargeback',
      tags: ['Chargebacks'],
      summary: 'Read a chargeback',
      params: IdParams('chb'),
      response: { ...answers(200, 'The chargeback.', schemas.ChargebackBody, BOOKED_CHARGEBACK_EXAMPLE), ...problems('not_found') }
    }
  }, async (request) => await readChargeback(databases.read, request.principal.tenantId, internalId('chb', request.params.id)))
}

interface OutcomeBody {
  readonly outcome: ChargebackOutcome
  readonly fee?: string
  readonly fee_returned?: string
  readonly currency?: string
  readonly occurred_at?: string
}

function factOf ({ outcome, fee, fee_returned: feeReturned, currency, occurred_at: occurredAt }: OutcomeBody): OutcomeFact {
  return { outcome, fee: fee ?? null, feeReturned: feeReturned ?? null, currency: currency ?? null, occurredAt: timeOf(occurredAt) }
}

function timeOf (text: string | undefined): Date | null {
  return text === undefined ? null : parseTime(text, '/occurred_at')
}
