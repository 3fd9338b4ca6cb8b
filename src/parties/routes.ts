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
import { changeTerms } from './change-terms.ts'
import { createParty } from './create-party.ts'
import { listParties, readParty } from './read-parties.ts'
import { PARTY_EXAMPLE, PartyBody, PartyPage, PartyQuery, PartyRequest, RESERVED_PARTY_EXAMPLE, TermsRequest } from './schemas.ts'
import { parseSellerTerms } from './seller-terms.ts'

/** Mounts the parties: buyers, sellers and partners. */
export function registerPartyRoutes (app: App, { journal, databases }: { readonly journal: Journal, readonly databases: Databases }): void {
  app.post('/v1/parties', {
    config: { journaled: true },
    schema: {
      operationId: 'createParty',
      tags: ['Parties'],
      summary: 'Make a party known',
      description: 'A buyer, seller or partner. Its reference is unique among the parties of its kind, for ever.',
      querystring: DryRunQuery,
      body: PartyRequest,
      response: { ...answers(201, 'The party.', PartyBody, PARTY_EXAMPLE), ...problems('external_ref_taken') }
    }
  }, async (request, reply) => {
    const { kind, external_ref: externalRef, name } = request.body
    return await answerFromJournal(journal, request, reply, createParty(originOf(request), { kind, externalRef, name }), 201)
  })

  app.patch('/v1/parties/:id/terms', {
    config: { journaled: true },
    schema: {
      operationId: 'changePartyTerms',
      tags: ['Parties'],
      summary: 'Change how a seller gets his money',
      description: 'Of every release to a seller with a `reserve` that part of his net waits for so many days before it is his; null switches that off. With a `payout_currency` he is paid in that one: a confirmation of a trade in another currency names a quote of the rate. A trade keeps the ' +
        'terms that its sellers have when it is created. Terms that are left out stay. An event tells who changed what.',
      params: IdParams('pty'),
      querystring: DryRunQuery,
      body: TermsRequest,
      response: { ...answers(200, 'The party as it now is.', PartyBody, RESERVED_PARTY_EXAMPLE), ...problems('not_found', 'wrong_party_kind', 'invalid_amount', 'unknown_currency') }
    }
  }, async (request, reply) => {
    const { params: { id }, principal: { keyId }, body } = request
    return await answerFromJournal(journal, request, reply, changeTerms(originOf(request), { partyId: internalId('pty', id), terms: parseSellerTerms(body), person: keyId }), 200)
  })

  app.get('/v1/parties', {
    schema: {
      operationId: 'listParties',
      tags: ['Parties'],
      summary: 'List parties',
      description: 'Newest first.',
      querystring: PartyQuery,
      response: answers(200, 'A page of parties.', PartyPage, { data: [PARTY_EXAMPLE], has_more: false, next_cursor: null })
    }
  }, async (request) => {
    const { kind, external_ref: externalRef, limit = PAGE_LIMIT_DEFAULT, starting_after: cursor } = request.query
    return await listParties(databases.report, request.principal.tenantId, { kind, externalRef }, { limit, before: cursorId('pty', cursor) })
  })

  app.get('/v1/parties/:id', {
    schema: {
      operationId: 'getParty',
      tags: ['Parties'],
      summary: 'Read a party',
      params: IdParams('pty'),
      response: { ...answers(200, 'The party.', PartyBody, PARTY_EXAMPLE), ...problems('not_found') }
    }
  }, async (request) => await readParty(databases.read, request.principal.tenantId, internalId('pty', request.params.id)))
}
