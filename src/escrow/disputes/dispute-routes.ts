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
import { DisputedTradeBody } from '../steps/trade-schemas.ts'
import { targetOf } from '../steps/trade-routes.ts'
import * as schemas from './dispute-schemas.ts'
import { DISPUTE_EXAMPLE, DISPUTED_TRADE_EXAMPLE, EVIDENCE_EXAMPLE, WITHDRAWN_DISPUTE_EXAMPLE } from './examples.ts'
import { handInEvidence } from './hand-in-evidence.ts'
import { disputeTrade } from './open-dispute.ts'
import { listDisputes, readDispute, targetOfDispute } from './read-disputes.ts'
import { withdrawDispute } from './withdraw-dispute.ts'

/** Mounts the disputes: opening them, handing in evidence, giving them up, and reading them. */
export function registerDisputeRoutes (app: App, { journal, databases }: { readonly journal: Journal, readonly databases: Databases }): void {
  app.post('/v1/trades/:id/disputes', {
    config: { journaled: true },
    schema: {
      operationId: 'openDispute',
      tags: ['Disputes'],
      summary: 'Dispute lines of a trade',
      description: 'What is held of what is named is frozen: nobody confirms it, and silence does not; the rest of the trade goes on. What was released already can be disputed ' +
        'until the after-sale window ends, and is not frozen. Nothing posts. A line is in one dispute at a time.',
      params: IdParams('trd'),
      querystring: DryRunQuery,
      body: schemas.DisputeRequest,
      response: {
        ...answers(201, 'The trade, and the dispute.', DisputedTradeBody, DISPUTED_TRADE_EXAMPLE),
        ...problems('not_found', 'illegal_in_state', 'chargeback_open', 'version_mismatch', 'after_sale_ended', 'unknown_line', 'line_disputed', 'refund_case_open', 'nothing_to_dispute', 'quantity_exceeded',
          'amount_exceeded', 'invalid_amount')
      }
    }
  }, async (request, reply) => {
    const dispute = { ...request.body, person: request.principal.keyId }
    return await answerFromJournal(journal, request, reply, disputeTrade(originOf(request), targetOf(request, request.params.id), dispute), 201)
  })

  app.post('/v1/disputes/:id/evidence', {
    config: { journaled: true },
    schema: {
      operationId: 'handInEvidence',
      tags: ['Disputes'],
      summary: 'Hand in evidence',
      description: 'Adds an entry that never changes: who, when, of what kind, and the SHA-256 of files that are kept elsewhere. Until `evidence_by`.',
      params: IdParams('dsp'),
      querystring: DryRunQuery,
      body: schemas.EvidenceRequest,
      response: {
        ...answers(201, 'The entry.', schemas.EvidenceBody, EVIDENCE_EXAMPLE),
        ...problems('not_found', 'dispute_decided', 'evidence_closed', 'too_much_evidence')
      }
    }
  }, async (request, reply) => {
    const evidence = { ...request.body, keyId: request.principal.keyId }
    return await answerFromJournal(journal, request, reply, handInEvidence(originOf(request), internalId('dsp', request.params.id), evidence), 201)
  })

  app.post('/v1/disputes/:id/withdrawal', {
    config: { journaled: true },
    schema: {
      operationId: 'withdrawDispute',
      tags: ['Disputes'],
      summary: 'Give a dispute up',
      description: 'By who opened it. What was frozen is free; silence waits for its units as long as it had still to wait. Money whose units were all confirmed meanwhile is released.',
      params: IdParams('dsp'),
      querystring: DryRunQuery,
      body: schemas.WithdrawalRequest,
      response: {
        ...answers(201, 'The dispute.', schemas.DisputeStepBody, WITHDRAWN_DISPUTE_EXAMPLE),
        ...problems('not_found', 'dispute_decided', 'chargeback_open', 'not_the_opener', 'release_blocked')
      }
    }
  }, async (request, reply) => {
    const origin = originOf(request)
    const target = await targetOfDispute(databases.read, origin.tenantId, internalId('dsp', request.params.id))
    const withdrawal = { ...target, by: request.body.by, person: request.principal.keyId }
    return await answerFromJournal(journal, request, reply, withdrawDispute(origin, withdrawal), 201)
  })

  app.get('/v1/disputes', {
    schema: {
      operationId: 'listDisputes',
      tags: ['Disputes'],
      summary: 'List disputes',
      description: 'Newest first, each with its age and what is asked for: a state, a trade, or a least age.',
      querystring: schemas.DisputeQuery,
      response: answers(200, 'A page of disputes.', schemas.DisputePage, { data: [DISPUTE_EXAMPLE], has_more: false, next_cursor: null })
    }
  }, async (request) => {
    const { state, trade, older_than_days: olderThanDays, limit = PAGE_LIMIT_DEFAULT, starting_after: cursor } = request.query
    const filter = { state, tradeId: trade === undefined ? null : internalId('trd', trade), olderThanDays }
    return await listDisputes(databases.report, request.principal.tenantId, filter, { limit, before: cursorId('dsp', cursor) })
  })

  app.get('/v1/disputes/:id', {
    schema: {
      operationId: 'getDispute',
      tags: ['Disputes'],
      summary: 'Read a dispute with its evidence',
      description: 'The dispute as it stands, with every entry of its evidence in the order it came.',
      params: IdParams('dsp'),
      response: {
        ...answers(200, 'The dispute.', schemas.DisputeWithEvidenceBody, { ...DISPUTE_EXAMPLE, evidence_count: 1, evidence: [EVIDENCE_EXAMPLE] }),
        ...problems('not_found')
      }
    }
  }, async (request) => await readDispute(databases.read, request.principal.tenantId, internalId('dsp', request.params.id)))
}
