import type { Databases } from '../../db/pools.ts'
import { answers, problems } from '../../http/answers.ts'
import type { App } from '../../http/app-type.ts'
import { cursorSeq } from '../../http/cursor.ts'
import { IdParams, PageQuery } from '../../http/schemas.ts'
import { internalId } from '../../kernel/ids.ts'
import { PAGE_LIMIT_DEFAULT } from '../../kernel/page.ts'
import { LOOKUP_EXAMPLE, LookupPage, LookupQuery } from './lookup-schemas.ts'
import { listLookups, listLookupsOf } from './read-lookups.ts'

const EXAMPLE = { data: [LOOKUP_EXAMPLE], has_more: false, next_cursor: null }

/** Mounts the trail of lookups: all of it for auditors, and his own part for each buyer. Both are read from the primary: an entry is there before its answer. */
export function registerLookupRoutes (app: App, { databases: { read: db } }: { readonly databases: Pick<Databases, 'read'> }): void {
  app.get('/v1/audit/lookups', {
    schema: {
      operationId: 'listLookups',
      tags: ['Lookups'],
      summary: 'List who asked about whom',
      description: 'Newest first. Every entry was committed before its answer left, none is ever changed or deleted, and each is chained to the one before it: `holdfast verify` adds the chain up again.',
      querystring: LookupQuery,
      response: answers(200, 'A page of lookups.', LookupPage, EXAMPLE)
    }
  }, async ({ query, principal: { tenantId } }) => {
    const { broker, trade, party, verdict, limit = PAGE_LIMIT_DEFAULT, starting_after: cursor } = query
    const filter = {
      keyId: broker === undefined ? undefined : internalId('key', broker),
      tradeId: trade === undefined ? undefined : internalId('trd', trade),
      partyId: party === undefined ? undefined : internalId('pty', party),
      verdict
    }
    return await listLookups(db, tenantId, filter, { limit, before: cursor === undefined ? null : cursorSeq(cursor) })
  })

  app.get('/v1/parties/:id/lookups', {
    schema: {
      operationId: 'listLookupsOfParty',
      tags: ['Lookups'],
      summary: 'List who asked about a buyer',
      description: 'What a marketplace shows to the buyer himself: who asked about his identities, when, what for, and what was answered. Newest first.',
      params: IdParams('pty'),
      querystring: PageQuery({}),
      response: { ...answers(200, 'A page of lookups.', LookupPage, EXAMPLE), ...problems('not_found') }
    }
  }, async ({ params, query: { limit = PAGE_LIMIT_DEFAULT, starting_after: cursor }, principal: { tenantId } }) =>
    await listLookupsOf(db, tenantId, internalId('pty', params.id), { limit, before: cursor === undefined ? null : cursorSeq(cursor) }))
}
