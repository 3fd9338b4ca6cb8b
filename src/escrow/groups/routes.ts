import type { Databases } from '../../db/pools.ts'
import { answers, problems } from '../../http/answers.ts'
import type { App } from '../../http/app-type.ts'
import { cursorId } from '../../http/cursor.ts'
import { originOf } from '../../http/origin.ts'
import { answerFromJournal } from '../../http/run-operation.ts'
import { DryRunQuery, IdParams, PageQuery } from '../../http/schemas.ts'
import type { Journal } from '../../journal/journal.ts'
import { internalId } from '../../kernel/ids.ts'
import { PAGE_LIMIT_DEFAULT } from '../../kernel/page.ts'
import { parseTime } from '../../kernel/time.ts'
import { openGroup, parseOffer } from './open-group.ts'
import { listGroups, listMembers, readGroup } from './read-groups.ts'
import * as schemas from './schemas.ts'

/** Mounts the groups: opening them, and reading them with their members. Members join by opening a trade. */
export function registerGroupRoutes (app: App, { journal, databases }: { readonly journal: Journal, readonly databases: Databases }): void {
  app.post('/v1/groups', {
    config: { journaled: true },
    schema: {
      operationId: 'openGroup',
      tags: ['Groups'],
      summary: 'Open a group',
      description: 'An offer that is good when enough buyers take it. A trade joins with `group` when it is opened, and takes a seat when it is paid in full; the last seat ' +
        'fills the group, and its members may be shipped. Not full at `fill_by`, it fails, and what its members paid goes back.',
      querystring: DryRunQuery,
      body: schemas.GroupRequest,
      response: {
        ...answers(201, 'The group.', schemas.GroupBody, schemas.GROUP_EXAMPLE),
        ...problems('unknown_party', 'wrong_party_kind', 'unknown_currency', 'invalid_amount', 'invalid_time', 'amount_too_large')
      }
    }
  }, async (request, reply) => {
    const { fill_by: fillBy } = request.body
    const operation = openGroup(originOf(request), parseOffer(request.body), fillBy === undefined ? null : parseTime(fillBy, '/fill_by'))
    return await answerFromJournal(journal, request, reply, operation, 201)
  })

  app.get('/v1/groups', {
    schema: {
      operationId: 'listGroups',
      tags: ['Groups'],
      summary: 'List groups',
      description: 'Newest first.',
      querystring: schemas.GroupQuery,
      response: answers(200, 'A page of groups.', schemas.GroupPage, { data: [schemas.GROUP_EXAMPLE], has_more: false, next_cursor: null })
    }
  }, async (request) => {
    const { state, seller, limit = PAGE_LIMIT_DEFAULT, starting_after: cursor } = request.query
    const filter = { state, sellerId: seller === undefined ? null : internalId('pty', seller) }
    return await listGroups(databases.report, request.principal.tenantId, filter, { limit, before: cursorId('grp', cursor) })
  })

  app.get('/v1/groups/:id', {
    schema: {
      operationId: 'getGroup',
      tags: ['Groups'],
      summary: 'Read a group',
      description: 'The group with its seats. A decision shows here at once; its members follow in the seconds after it, and `followed_at` tells when all had.',
      params: IdParams('grp'),
      response: { ...answers(200, 'The group.', schemas.GroupBody, schemas.GROUP_EXAMPLE), ...problems('not_found') }
    }
  }, async (request) => await readGroup(databases.read, request.principal.tenantId, internalId('grp', request.params.id)))

  app.get('/v1/groups/:id/members', {
    schema: {
      operationId: 'listGroupMembers',
      tags: ['Groups'],
      summary: 'List the members of a group',
      description: 'The trades that name the group, oldest first, with their seats.',
      params: IdParams('grp'),
      querystring: PageQuery({}),
      response: {
        ...answers(200, 'A page of members.', schemas.MemberPage, { data: [schemas.MEMBER_EXAMPLE], has_more: false, next_cursor: null }),
        ...problems('not_found')
      }
    }
  }, async (request) => {
    const { limit = PAGE_LIMIT_DEFAULT, starting_after: cursor } = request.query
    const place = { limit, after: cursorId('trd', cursor) }
    return await listMembers(databases.read, request.principal.tenantId, internalId('grp', request.params.id), place)
  })
}
