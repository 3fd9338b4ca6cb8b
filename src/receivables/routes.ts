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
import { approveWriteOff, rejectWriteOff, withdrawWriteOff, type WriteOffDecision } from './decide-write-off.ts'
import { parseWriteOff, proposeWriteOff } from './propose-write-off.ts'
import { listReceivables } from './read-receivables.ts'
import { listWriteOffs, readWriteOff } from './read-write-offs.ts'
import * as schemas from './schemas.ts'

/** Mounts what parties owe us: who, since when, and what of it is given up, two persons each. */
export function registerReceivableRoutes (app: App, { journal, databases }: { readonly journal: Journal, readonly databases: Databases }): void {
  app.get('/v1/receivables', {
    schema: {
      operationId: 'listReceivables',
      tags: ['Receivables'],
      summary: 'List parties that owe',
      description: 'What sellers and partners owe us, one item for each party and currency, in the order in which they came to owe for the first time. It is netted from ' +
        'their next releases in that currency.',
      querystring: schemas.ReceivableQuery,
      response: answers(200, 'A page of receivables.', schemas.ReceivablePage, { data: [schemas.RECEIVABLE_EXAMPLE], has_more: false, next_cursor: null })
    }
  }, async (request) => {
    const { party, currency: unit, limit = PAGE_LIMIT_DEFAULT, starting_after: cursor } = request.query
    const partyId = party === undefined ? undefined : internalId('pty', party) ?? undefined
    return await listReceivables(databases.report, request.principal.tenantId, { partyId, unit }, { limit, after: cursorId('acc', cursor) })
  })

  app.post('/v1/write-offs', {
    config: { journaled: true },
    schema: {
      operationId: 'proposeWriteOff',
      tags: ['Receivables'],
      summary: 'Propose a write-off',
      description: 'Of what a party owes in one currency; without an amount of all of it. Nothing is booked before a second person approves it.',
      querystring: DryRunQuery,
      body: schemas.WriteOffRequest,
      response: {
        ...answers(201, 'The proposal.', schemas.WriteOffBody, schemas.PROPOSED_EXAMPLE),
        ...problems('unknown_party', 'unknown_currency', 'invalid_amount', 'nothing_owed', 'insufficient_funds')
      }
    }
  }, async (request, reply) =>
    await answerFromJournal(journal, request, reply, proposeWriteOff(originOf(request), request.principal.keyId, parseWriteOff(request.body)), 201))

  app.post('/v1/write-offs/:id/approval', {
    config: { journaled: true },
    schema: {
      operationId: 'approveWriteOff',
      tags: ['Receivables'],
      summary: 'Approve and post a write-off',
      description: 'By another person than the one who proposed it: with another key, whatever its secret. Dr `bad_debt_expense` Cr `party_receivable`, of the proposed amount ' +
        'what is still owed.',
      params: IdParams('wof'),
      querystring: DryRunQuery,
      response: {
        ...answers(201, 'The posted write-off.', schemas.WriteOffBody, schemas.POSTED_EXAMPLE),
        ...problems('not_found', 'write_off_decided', 'second_person_required', 'nothing_owed')
      }
    }
  }, async (request, reply) => await answerFromJournal(journal, request, reply, approveWriteOff(originOf(request), decisionOf(request)), 201))

  app.post('/v1/write-offs/:id/rejection', {
    config: { journaled: true },
    schema: {
      operationId: 'rejectWriteOff',
      tags: ['Receivables'],
      summary: 'Reject a write-off',
      description: 'By another person than the one who proposed it; that one withdraws it.',
      params: IdParams('wof'),
      querystring: DryRunQuery,
      response: {
        ...answers(201, 'The rejected write-off.', schemas.WriteOffBody, schemas.REJECTED_EXAMPLE),
        ...problems('not_found', 'write_off_decided', 'second_person_required')
      }
    }
  }, async (request, reply) => await answerFromJournal(journal, request, reply, rejectWriteOff(originOf(request), decisionOf(request)), 201))

  app.post('/v1/write-offs/:id/withdrawal', {
    config: { journaled: true },
    schema: {
      operationId: 'withdrawWriteOff',
      tags: ['Receivables'],
      summary: 'Withdraw a write-off',
      description: 'By the person who proposed it, as long as nobody decided it.',
      params: IdParams('wof'),
      querystring: DryRunQuery,
      response: {
        ...answers(201, 'The withdrawn write-off.', schemas.WriteOffBody, schemas.WITHDRAWN_EXAMPLE),
        ...problems('not_found', 'write_off_decided', 'not_the_proposer')
      }
    }
  }, async (request, reply) => await answerFromJournal(journal, request, reply, withdrawWriteOff(originOf(request), decisionOf(request)), 201))

  app.get('/v1/write-offs', {
    schema: {
      operationId: 'listWriteOffs',
      tags: ['Receivables'],
      summary: 'List write-offs',
      description: 'Newest first; with `state=proposed` those that wait for a second person.',
      querystring: schemas.WriteOffQuery,
      response: answers(200, 'A page of write-offs.', schemas.WriteOffPage, { data: [schemas.PROPOSED_EXAMPLE], has_more: false, next_cursor: null })
    }
  }, async (request) => {
    const { state, limit = PAGE_LIMIT_DEFAULT, starting_after: cursor } = request.query
    return await listWriteOffs(databases.report, request.principal.tenantId, state, { limit, before: cursorId('wof', cursor) })
  })

  app.get('/v1/write-offs/:id', {
    schema: {
      operationId: 'getWriteOff',
      tags: ['Receivables'],
      summary: 'Read a write-off',
      params: IdParams('wof'),
      response: { ...answers(200, 'The write-off.', schemas.WriteOffBody, schemas.POSTED_EXAMPLE), ...problems('not_found') }
    }
  }, async (request) => await readWriteOff(databases.read, request.principal.tenantId, internalId('wof', request.params.id)))
}

function decisionOf ({ params, principal }: { readonly params: { readonly id: string }, readonly principal: { readonly keyId: string } }): WriteOffDecision {
  return { writeOffId: internalId('wof', params.id), person: principal.keyId }
}
