import type { Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import { answers } from '../http/answers.ts'
import type { App } from '../http/app-type.ts'
import { cursorSeq } from '../http/cursor.ts'
import { externalId } from '../kernel/ids.ts'
import { PAGE_LIMIT_DEFAULT, toPage } from '../kernel/page.ts'
import { EVENT_TYPES } from './catalogue.ts'
import { readEvents, type Event } from './events.ts'
import { EVENT_EXAMPLE, EventPage, EventQuery } from './schemas.ts'

/** What happened, for those who follow along. */
export function registerEventRoutes (app: App, { databases }: { readonly databases: { readonly read: Kysely<Database> } }): void {
  app.get('/v1/events', {
    schema: {
      operationId: 'listEvents',
      tags: ['Events'],
      summary: 'List events',
      description: 'The events of this tenant in the order in which they were committed. `seq` has no gaps: whoever keeps the last `seq` he saw, and asks for what comes ' +
        `after it, misses nothing and sees nothing twice.\n\n${Object.entries(EVENT_TYPES).map(([type, meaning]) => `- \`${type}\`: ${meaning}`).join('\n')}`,
      querystring: EventQuery,
      response: answers(200, 'A page of events.', EventPage, { data: [EVENT_EXAMPLE], has_more: false, next_cursor: null })
    }
  }, async (request) => {
    const { limit = PAGE_LIMIT_DEFAULT, after, starting_after: cursor } = request.query
    const from = cursor === undefined ? cursorSeq(after, '/after') : cursorSeq(cursor)
    // Events are read from the primary: a follower must not see fewer than the answer to his own request promised.
    const rows = await readEvents(databases.read, request.principal.tenantId, { after: from, limit: limit + 1 })
    return toPage(rows, limit, (event) => String(event.seq), show)
  })
}

function show (event: Event): object {
  return {
    id: externalId('evt', event.id),
    seq: Number(event.seq),
    type: event.type,
    subject: event.subject,
    data: event.data,
    recorded_at: event.recordedAt.toISOString()
  }
}
