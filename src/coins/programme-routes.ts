import type { Databases } from '../db/pools.ts'
import { answers, problems } from '../http/answers.ts'
import type { App } from '../http/app-type.ts'
import { cursorId } from '../http/cursor.ts'
import { originOf } from '../http/origin.ts'
import { answerFromJournal } from '../http/run-operation.ts'
import { DryRunQuery, IdParams } from '../http/schemas.ts'
import type { Journal } from '../journal/journal.ts'
import { internalId } from '../kernel/ids.ts'
import { PAGE_LIMIT_DEFAULT } from '../kernel/page.ts'
import { changeProgramme } from './change-programme.ts'
import { createProgramme } from './create-programme.ts'
import { parseProgramme, parseTerms } from './parse-programme.ts'
import { findProgramme, listProgrammes, readProgramme } from './read-programmes.ts'
import { PROGRAMME_EXAMPLE, ProgrammeBody, ProgrammePage, ProgrammeQuery, ProgrammeRequest, ProgrammeTermsRequest } from './schemas.ts'

/** Mounts the loyalty programmes. */
export function registerProgrammeRoutes (app: App, { journal, databases }: { readonly journal: Journal, readonly databases: Databases }): void {
  app.post('/v1/coin-programmes', {
    config: { journaled: true },
    schema: {
      operationId: 'createCoinProgramme',
      tags: ['Coins'],
      summary: 'Make the loyalty programme of a currency',
      description: 'A currency has one at most. From now on its trades earn coins, and may be paid with them in shops that accept them.',
      querystring: DryRunQuery,
      body: ProgrammeRequest,
      response: {
        ...answers(201, 'The programme.', ProgrammeBody, PROGRAMME_EXAMPLE),
        ...problems('unknown_currency', 'invalid_amount', 'coin_programme_exists', 'coin_code_taken')
      }
    }
  }, async (request, reply) =>
    await answerFromJournal(journal, request, reply, createProgramme(originOf(request), request.principal.keyId, parseProgramme(request.body)), 201))

  app.patch('/v1/coin-programmes/:id', {
    config: { journaled: true },
    schema: {
      operationId: 'changeCoinProgramme',
      tags: ['Coins'],
      summary: 'Change the terms of a loyalty programme',
      description: 'For trades that are created from now on: a trade takes and earns coins by the terms that it was created with. An event tells who changed what.',
      params: IdParams('cpr'),
      querystring: DryRunQuery,
      body: ProgrammeTermsRequest,
      response: { ...answers(200, 'The programme as it now is.', ProgrammeBody, PROGRAMME_EXAMPLE), ...problems('not_found', 'invalid_amount') }
    }
  }, async (request, reply) => {
    const { name, ...terms } = request.body
    const parsed = parseTerms(terms)
    // Its currency never changes, and is what its row is known by.
    const programme = await findProgramme(databases.read, request.principal.tenantId, internalId('cpr', request.params.id))
    const change = { currency: programme?.currency ?? null, terms: parsed, person: request.principal.keyId, ...name === undefined ? {} : { name } }
    return await answerFromJournal(journal, request, reply, changeProgramme(originOf(request), change), 200)
  })

  app.get('/v1/coin-programmes', {
    schema: {
      operationId: 'listCoinProgrammes',
      tags: ['Coins'],
      summary: 'List loyalty programmes',
      description: 'Newest first.',
      querystring: ProgrammeQuery,
      response: answers(200, 'A page of programmes.', ProgrammePage, { data: [PROGRAMME_EXAMPLE], has_more: false, next_cursor: null })
    }
  }, async (request) => {
    const { limit = PAGE_LIMIT_DEFAULT, starting_after: cursor } = request.query
    return await listProgrammes(databases.report, request.principal.tenantId, { limit, before: cursorId('cpr', cursor) })
  })

  app.get('/v1/coin-programmes/:id', {
    schema: {
      operationId: 'getCoinProgramme',
      tags: ['Coins'],
      summary: 'Read a loyalty programme',
      params: IdParams('cpr'),
      response: { ...answers(200, 'The programme.', ProgrammeBody, PROGRAMME_EXAMPLE), ...problems('not_found') }
    }
  }, async (request) => await readProgramme(databases.read, request.principal.tenantId, internalId('cpr', request.params.id)))
}
