import { answers, problems } from '../../http/answers.ts'
import type { App } from '../../http/app-type.ts'
import { originOf } from '../../http/origin.ts'
import { answerFromJournal } from '../../http/run-operation.ts'
import { DryRunQuery } from '../../http/schemas.ts'
import type { Journal } from '../../journal/journal.ts'
import { actorOf, CASE_CODES, caseTargetOf } from '../refund-cases/case-routes.ts'
import { CaseParams } from '../refund-cases/case-schemas.ts'
import { DisputedTradeBody } from '../steps/trade-schemas.ts'
import { EscalationRequest } from './dispute-schemas.ts'
import { escalateCase } from './escalate-case.ts'
import { ESCALATED_TRADE_EXAMPLE } from './examples.ts'

/** Mounts the way from a refused refund case to an arbitrator. */
export function registerEscalationRoutes (app: App, { journal }: { readonly journal: Journal }): void {
  app.post('/v1/trades/:id/refunds/:case_id/escalation', {
    config: { journaled: true },
    schema: {
      operationId: 'escalateRefund',
      tags: ['Refund cases'],
      summary: 'Escalate a refused refund case',
      description: 'Opens a dispute about what the case claims, as far as it is shipped: what is held of it is frozen. The award closes the case with what it gives to the buyer; withdrawing the ' +
        'dispute cancels it. Until then the line\'s time to confirm stands still.',
      params: CaseParams,
      querystring: DryRunQuery,
      body: EscalationRequest,
      response: { ...answers(201, 'The trade, and the dispute.', DisputedTradeBody, ESCALATED_TRADE_EXAMPLE), ...problems(...CASE_CODES, 'nothing_to_dispute') }
    }
  }, async (request, reply) => {
    const escalation = actorOf(request, request.body.by ?? 'buyer')
    return await answerFromJournal(journal, request, reply, escalateCase(originOf(request), caseTargetOf(request), escalation), 201)
  })
}
