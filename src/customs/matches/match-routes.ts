import type { Databases } from '../../db/pools.ts'
import { answers, problems } from '../../http/answers.ts'
import type { App, Reply } from '../../http/app-type.ts'
import { IdParams } from '../../http/schemas.ts'
import { internalId } from '../../kernel/ids.ts'
import { Refusal } from '../../kernel/refusals.ts'
import type { Keyring } from '../keyring/keyring.ts'
import { keyringFor } from '../keyring/tenant-keyring.ts'
import { answerBatch, readBatch } from './match-batch.ts'
import type { MatchDesk } from './match-desk.ts'
import { BATCH_MAX, MATCH_BATCH_EXAMPLE, MATCH_EXAMPLE, MATCH_REQUEST_EXAMPLE, MatchBatchBody, MatchBatchRequest, MatchBody, MatchRequest } from './match-schemas.ts'
import { askerOf, parseQuestion } from './parse-question.ts'
import { showMatch, type MatchJson } from './show-match.ts'
import type { Outcome, Question } from './question.ts'

const CLAIM_PROBLEMS = problems('not_found', 'invalid_claim', 'id_checksum', 'prohibited_identifier', 'match_locked', 'broker_paused', 'keyring_missing', 'overloaded')

interface MatchServices {
  readonly databases: Pick<Databases, 'read'>
  readonly keyring: Keyring | null
  readonly desk: MatchDesk
}

/** Mounts the questions about identities: one, or up to a hundred at once. */
export function registerMatchRoutes (app: App, { databases: { read: db }, keyring, desk }: MatchServices): void {
  app.post('/v1/matches', {
    schema: {
      operationId: 'askForMatch',
      tags: ['Matches'],
      summary: 'Ask whether somebody is who you believe',
      description: 'A verdict about a claim, never the data. Trades that you were not granted, that you no longer are, that are another tenant\'s or that do not exist answer the same. ' +
        'Five different claims are answered about a trade, for good, whoever makes them; the same one again is answered for nothing: a retry needs no key. Who asked, when, what for and with which verdict was recorded before the answer left.',
      body: { ...MatchRequest, examples: [MATCH_REQUEST_EXAMPLE] },
      response: { ...answers(201, 'The verdict.', MatchBody, MATCH_EXAMPLE), ...CLAIM_PROBLEMS }
    }
  }, async ({ body, principal }, reply) => {
    const { tenantId } = principal
    await keyringFor(db, keyring, tenantId)
    const question = parseQuestion(body, askerOf(principal))
    const [outcome] = await desk.ask(tenantId, { questions: [question] })
    return await reply.code(201).send(answerOf(reply, question, outcome))
  })

  app.post('/v1/match-batches', {
    schema: {
      operationId: 'askForMatches',
      tags: ['Matches'],
      summary: 'Ask up to a hundred questions at once',
      description: 'Each is answered as it would be by itself, one after the other: a result each.',
      body: { ...MatchBatchRequest, examples: [{ matches: [MATCH_REQUEST_EXAMPLE] }] },
      response: { ...answers(201, 'What became of each.', MatchBatchBody, MATCH_BATCH_EXAMPLE), ...problems('batch_too_large', 'keyring_missing', 'overloaded') }
    }
  }, async ({ body, principal }, reply) => {
    if (body.matches.length > BATCH_MAX) throw new Refusal('batch_too_large')
    await keyringFor(db, keyring, principal.tenantId)
    return await reply.code(201).send(await answerBatch(desk, { tenantId: principal.tenantId, asker: askerOf(principal) }, body.matches))
  })

  app.get('/v1/match-batches/:id', {
    schema: {
      operationId: 'getMatchBatch',
      tags: ['Matches'],
      summary: 'Read a batch again',
      description: 'One that this very key sent.',
      params: IdParams('mbt'),
      response: { ...answers(200, 'What became of each question.', MatchBatchBody, MATCH_BATCH_EXAMPLE), ...problems('not_found') }
    }
  }, async ({ params, principal: { tenantId, keyId } }) => await readBatch(db, tenantId, keyId, internalId('mbt', params.id)))
}

function answerOf (reply: Reply, question: Question, outcome: Outcome | undefined): MatchJson {
  switch (outcome?.kind) {
    case 'answered': return showMatch(question, outcome)
    case 'refused': throw new Refusal(outcome.code)
    case 'paused':
      reply.header('retry-after', String(outcome.seconds))
      throw new Refusal('broker_paused')
    case undefined: throw new Error('a question has no outcome')
  }
}
