import type { Databases } from '../../db/pools.ts'
import { answers, problems } from '../../http/answers.ts'
import type { App } from '../../http/app-type.ts'
import { etagOf } from '../../http/etag.ts'
import { originOf } from '../../http/origin.ts'
import { answerFromJournal } from '../../http/run-operation.ts'
import { DryRunQuery, IdParams } from '../../http/schemas.ts'
import type { Journal } from '../../journal/journal.ts'
import { externalId, internalId } from '../../kernel/ids.ts'
import { readTrade } from '../steps/read-trades.ts'
import { targetOf } from '../steps/trade-routes.ts'
import { attest } from './attest.ts'
import { AttestationRequest, PROGRESS_EXAMPLE, ProgressBody, ProgressStepBody } from './attestation-schemas.ts'
import { progressOf } from './show-progress.ts'

/** Mounts the attestations of release conditions, and what those may see who attest. */
export function registerAttestationRoutes (app: App, { journal, databases }: { readonly journal: Journal, readonly databases: Databases }): void {
  app.post('/v1/trades/:id/attestations', {
    config: { journaled: true },
    schema: {
      operationId: 'attest',
      tags: ['Release conditions'],
      summary: 'Attest what a line waits for',
      description: 'Says that a line was delivered, cleared or inspected, where its release conditions ask for that. What that completes is released, at once or when the last ' +
        'hold is gone. An attestation stands: the same once more, by whomever, changes nothing.',
      params: IdParams('trd'),
      querystring: DryRunQuery,
      body: AttestationRequest,
      response: {
        ...answers(201, 'How far the trade is.', ProgressStepBody, { ...PROGRESS_EXAMPLE, transactions: [] }),
        ...problems('not_found', 'illegal_in_state', 'chargeback_open', 'version_mismatch', 'unknown_line', 'attestation_not_asked')
      }
    }
  }, async (request, reply) => {
    const { line, kind, milestone = null, evidence_sha256: evidence = null } = request.body
    const by = externalId('key', request.principal.keyId)
    return await answerFromJournal(journal, request, reply, attest(originOf(request), targetOf(request, request.params.id), { line, kind, milestone, evidence, by }), 201)
  })

  app.get('/v1/trades/:id/conditions', {
    schema: {
      operationId: 'getTradeConditions',
      tags: ['Release conditions'],
      summary: 'Read how far a trade is',
      description: 'The states of a trade and of its lines and what their money waits for, without amounts and parties: for those who attest. Everybody else reads the trade.',
      params: IdParams('trd'),
      response: { ...answers(200, 'How far the trade is.', ProgressBody, PROGRESS_EXAMPLE), ...problems('not_found') }
    }
  }, async (request, reply) => {
    const trade = await readTrade(databases.read, request.principal.tenantId, internalId('trd', request.params.id))
    return reply.header('etag', etagOf(trade.version)).send(progressOf(trade))
  })
}
