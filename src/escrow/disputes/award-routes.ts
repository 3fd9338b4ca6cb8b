import type { Databases } from '../../db/pools.ts'
import { answers, problems } from '../../http/answers.ts'
import type { App, Request } from '../../http/app-type.ts'
import { originOf } from '../../http/origin.ts'
import { answerFromJournal } from '../../http/run-operation.ts'
import { DryRunQuery, IdParams } from '../../http/schemas.ts'
import type { Journal } from '../../journal/journal.ts'
import { internalId } from '../../kernel/ids.ts'
import { approveAward, awardDispute, rejectAward, withdrawAward, type Arbitration } from './award.ts'
import { AwardRequest, DisputeStepBody } from './dispute-schemas.ts'
import { AWARDED_EXAMPLE, PROPOSED_AWARD_EXAMPLE } from './examples.ts'
import { targetOfDispute } from './read-disputes.ts'

const REVIEWED_EXAMPLE = { ...PROPOSED_AWARD_EXAMPLE, proposed_award: null }

/** Mounts what arbitrators do: awards, and above the tenant's limit their approval by a second person. */
export function registerAwardRoutes (app: App, { journal, databases }: { readonly journal: Journal, readonly databases: Databases }): void {
  const arbitrationOf = async (request: Request, id: string): Promise<Arbitration> => {
    const { tenantId, keyId } = request.principal
    return { ...await targetOfDispute(databases.read, tenantId, internalId('dsp', id)), person: keyId }
  }

  app.post('/v1/disputes/:id/award', {
    config: { journaled: true },
    schema: {
      operationId: 'awardDispute',
      tags: ['Disputes'],
      summary: 'Divide what is contested',
      description: 'What the buyer gets becomes refundable: out of what is frozen as far as it reaches, then back from the seller, his partners and us. What the seller gets of the frozen money is ' +
        'released, with commission and splits of that. All in one transaction. Above the tenant\'s `dispute_award_limit` it is only proposed, and waits for a second person.',
      params: IdParams('dsp'),
      querystring: DryRunQuery,
      body: AwardRequest,
      response: {
        ...answers(201, 'The dispute, awarded or with a proposed award.', DisputeStepBody, AWARDED_EXAMPLE),
        ...problems('not_found', 'dispute_decided', 'chargeback_open', 'award_proposed', 'unknown_line', 'invalid_amount', 'award_mismatch', 'release_blocked')
      }
    }
  }, async (request, reply) => {
    const origin = originOf(request)
    const arbitration = await arbitrationOf(request, request.params.id)
    return await answerFromJournal(journal, request, reply, awardDispute(origin, arbitration, request.body.lines), 201)
  })

  app.post('/v1/disputes/:id/award/approval', {
    config: { journaled: true },
    schema: {
      operationId: 'approveAward',
      tags: ['Disputes'],
      summary: 'Approve a proposed award',
      description: 'By another person than the one who proposed it: with another key, whatever its secret. The dispute is decided as it was proposed.',
      params: IdParams('dsp'),
      querystring: DryRunQuery,
      response: {
        ...answers(201, 'The decided dispute.', DisputeStepBody, AWARDED_EXAMPLE),
        ...problems('not_found', 'dispute_decided', 'chargeback_open', 'no_award_proposed', 'second_person_required', 'award_mismatch', 'release_blocked')
      }
    }
  }, async (request, reply) => {
    const origin = originOf(request)
    return await answerFromJournal(journal, request, reply, approveAward(origin, await arbitrationOf(request, request.params.id)), 201)
  })

  app.post('/v1/disputes/:id/award/rejection', {
    config: { journaled: true },
    schema: {
      operationId: 'rejectAward',
      tags: ['Disputes'],
      summary: 'Reject a proposed award',
      description: 'By another person than the one who proposed it; that one withdraws it. The dispute goes on.',
      params: IdParams('dsp'),
      querystring: DryRunQuery,
      response: {
        ...answers(201, 'The dispute, without a proposed award.', DisputeStepBody, REVIEWED_EXAMPLE),
        ...problems('not_found', 'dispute_decided', 'chargeback_open', 'no_award_proposed', 'second_person_required')
      }
    }
  }, async (request, reply) => {
    const origin = originOf(request)
    return await answerFromJournal(journal, request, reply, rejectAward(origin, await arbitrationOf(request, request.params.id)), 201)
  })

  app.post('/v1/disputes/:id/award/withdrawal', {
    config: { journaled: true },
    schema: {
      operationId: 'withdrawAward',
      tags: ['Disputes'],
      summary: 'Withdraw a proposed award',
      description: 'By the person who proposed it, as long as nobody decided. The dispute goes on.',
      params: IdParams('dsp'),
      querystring: DryRunQuery,
      response: {
        ...answers(201, 'The dispute, without a proposed award.', DisputeStepBody, REVIEWED_EXAMPLE),
        ...problems('not_found', 'dispute_decided', 'chargeback_open', 'no_award_proposed', 'not_the_proposer')
      }
    }
  }, async (request, reply) => {
    const origin = originOf(request)
    return await answerFromJournal(journal, request, reply, withdrawAward(origin, await arbitrationOf(request, request.params.id)), 201)
  })
}
