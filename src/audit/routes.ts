import type { Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import { answers } from '../http/answers.ts'
import type { App } from '../http/app-type.ts'
import { cursorSeq } from '../http/cursor.ts'
import { PAGE_LIMIT_DEFAULT, toPage } from '../kernel/page.ts'
import { AUDIT_ACTIONS } from './catalogue.ts'
import { readAudit, showEntry } from './read.ts'
import { AUDIT_EXAMPLE, AuditPage, AuditQuery } from './schemas.ts'

/** What administrators did. */
export function registerAuditRoutes (app: App, { databases: { read: db } }: { readonly databases: { readonly read: Kysely<Database> } }): void {
  app.get('/v1/audit', {
    schema: {
      operationId: 'listAuditEntries',
      tags: ['Audit'],
      summary: 'List administrative actions',
      description: 'What was done to this tenant, its settings and its keys, and by whom, newest first. Each entry was committed together with the action itself, and none ' +
        `is ever changed or deleted.\n\n${Object.entries(AUDIT_ACTIONS).map(([action, meaning]) => `- \`${action}\`: ${meaning}`).join('\n')}`,
      querystring: AuditQuery,
      response: answers(200, 'A page of entries.', AuditPage, { data: [AUDIT_EXAMPLE], has_more: false, next_cursor: null })
    }
  }, async (request) => {
    const { limit = PAGE_LIMIT_DEFAULT, starting_after: cursor, ...filter } = request.query
    const before = cursor === undefined ? null : cursorSeq(cursor)
    const rows = await readAudit(db, request.principal.tenantId, filter, { before, limit: limit + 1 })
    return toPage(rows, limit, ({ seq }) => String(seq), showEntry)
  })
}
