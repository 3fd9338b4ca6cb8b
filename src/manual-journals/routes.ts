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
import { parseTime } from '../kernel/time.ts'
import { approveJournal, rejectJournal, withdrawJournal, type Decision } from './decide.ts'
import { parseProposal, proposeJournal, proposeReversal } from './propose.ts'
import { journalOfTransaction, listManualJournals, readManualJournal } from './read-manual-journals.ts'
import * as schemas from './schemas.ts'

/** Mounts the manual journals: what finance staff book by hand, two persons each. */
export function registerManualJournalRoutes (app: App, { journal, databases }: { readonly journal: Journal, readonly databases: Databases }): void {
  app.post('/v1/manual-journals', {
    config: { journaled: true },
    schema: {
      operationId: 'proposeManualJournal',
      tags: ['Manual journals'],
      summary: 'Propose a manual journal',
      description: 'Postings between accounts of the platform, of providers and of banks. Nothing is booked before a second person approves it.',
      querystring: DryRunQuery,
      body: schemas.ManualJournalRequest,
      response: {
        ...answers(201, 'The proposal.', schemas.ManualJournalBody, schemas.PROPOSED_EXAMPLE),
        ...problems('account_not_manual', 'invalid_amount', 'unknown_currency', 'invalid_time')
      }
    }
  }, async (request, reply) => {
    const proposal = parseProposal(request.body, timeOf(request.body.occurred_at))
    return await answerFromJournal(journal, request, reply, proposeJournal(originOf(request), request.principal.keyId, proposal), 201)
  })

  app.post('/v1/manual-journals/:id/approval', {
    config: { journaled: true },
    schema: {
      operationId: 'approveManualJournal',
      tags: ['Manual journals'],
      summary: 'Approve and post a manual journal',
      description: 'By another person than the one who proposed it: with another key, whatever its secret. The journal is posted as it was proposed.',
      params: IdParams('jnl'),
      querystring: DryRunQuery,
      response: {
        ...answers(201, 'The posted journal.', schemas.ManualJournalBody, schemas.POSTED_EXAMPLE),
        ...problems('not_found', 'journal_decided', 'second_person_required', 'already_reversed', 'insufficient_funds', 'amount_too_large')
      }
    }
  }, async (request, reply) => await answerFromJournal(journal, request, reply, approveJournal(originOf(request), decisionOf(request)), 201))

  app.post('/v1/manual-journals/:id/rejection', {
    config: { journaled: true },
    schema: {
      operationId: 'rejectManualJournal',
      tags: ['Manual journals'],
      summary: 'Reject a manual journal',
      description: 'By another person than the one who proposed it; that one withdraws it.',
      params: IdParams('jnl'),
      querystring: DryRunQuery,
      body: schemas.RejectionRequest,
      response: {
        ...answers(201, 'The rejected journal.', schemas.ManualJournalBody, schemas.REJECTED_EXAMPLE),
        ...problems('not_found', 'journal_decided', 'second_person_required')
      }
    }
  }, async (request, reply) => await answerFromJournal(journal, request, reply, rejectJournal(originOf(request), decisionOf(request), request.body.reason), 201))

  app.post('/v1/manual-journals/:id/withdrawal', {
    config: { journaled: true },
    schema: {
      operationId: 'withdrawManualJournal',
      tags: ['Manual journals'],
      summary: 'Withdraw a manual journal',
      description: 'By the person who proposed it, as long as nobody decided it.',
      params: IdParams('jnl'),
      querystring: DryRunQuery,
      response: {
        ...answers(201, 'The withdrawn journal.', schemas.ManualJournalBody, schemas.WITHDRAWN_EXAMPLE),
        ...problems('not_found', 'journal_decided', 'not_the_proposer')
      }
    }
  }, async (request, reply) => await answerFromJournal(journal, request, reply, withdrawJournal(originOf(request), decisionOf(request)), 201))

  app.post('/v1/manual-journals/:id/reversal', {
    config: { journaled: true },
    schema: {
      operationId: 'reverseManualJournal',
      tags: ['Manual journals'],
      summary: 'Propose the reversal of a manual journal',
      description: 'Proposes the same postings mirrored; a second person approves them like any other, and the transaction names the one it reverses. A journal ' +
        'is reversed once. What trades, payments and timers booked is corrected by their own steps.',
      params: schemas.ReversalParams,
      querystring: DryRunQuery,
      body: schemas.ReversalRequest,
      response: {
        ...answers(201, 'The proposed reversal.', schemas.ManualJournalBody, schemas.REVERSAL_EXAMPLE),
        ...problems('not_found', 'not_reversible', 'already_reversed', 'invalid_time')
      }
    }
  }, async (request, reply) => {
    const { principal: { tenantId, keyId }, params: { id } } = request
    const origin = originOf(request)
    const journalId = id.startsWith('txn_') ? await journalOfTransaction(databases.read, tenantId, internalId('txn', id)) : internalId('jnl', id)
    const words = { description: request.body.description ?? null, occurredAt: timeOf(request.body.occurred_at) }
    return await answerFromJournal(journal, request, reply, proposeReversal(origin, keyId, journalId, words), 201)
  })

  app.get('/v1/manual-journals', {
    schema: {
      operationId: 'listManualJournals',
      tags: ['Manual journals'],
      summary: 'List manual journals',
      description: 'Newest first; with `state=proposed` those that wait for a second person.',
      querystring: schemas.ManualJournalQuery,
      response: answers(200, 'A page of manual journals.', schemas.ManualJournalPage, { data: [schemas.PROPOSED_EXAMPLE], has_more: false, next_cursor: null })
    }
  }, async (request) => {
    const { state, limit = PAGE_LIMIT_DEFAULT, starting_after: cursor } = request.query
    return await listManualJournals(databases.report, request.principal.tenantId, state, { limit, before: cursorId('jnl', cursor) })
  })

  app.get('/v1/manual-journals/:id', {
    schema: {
      operationId: 'getManualJournal',
      tags: ['Manual journals'],
      summary: 'Read a manual journal',
      params: IdParams('jnl'),
      response: { ...answers(200, 'The manual journal.', schemas.ManualJournalBody, schemas.POSTED_EXAMPLE), ...problems('not_found') }
    }
  }, async (request) => await readManualJournal(databases.read, request.principal.tenantId, internalId('jnl', request.params.id)))
}

function decisionOf ({ params, principal }: { readonly params: { readonly id: string }, readonly principal: { readonly keyId: string } }): Decision {
  return { journalId: internalId('jnl', params.id), person: principal.keyId }
}

function timeOf (text: string | undefined): Date | null {
  return text === undefined ? null : parseTime(text, '/occurred_at')
}
