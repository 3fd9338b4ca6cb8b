import type { Logger } from 'pino'
import { actorOf } from '../../audit/record.ts'
import type { Databases } from '../../db/pools.ts'
import { answers, problems } from '../../http/answers.ts'
import type { App } from '../../http/app-type.ts'
import { isDryRun } from '../../http/idempotency.ts'
import { originOf } from '../../http/origin.ts'
import { DryRunQuery } from '../../http/schemas.ts'
import type { Journal } from '../../journal/journal.ts'
import { parseTime, SECOND_MS } from '../../kernel/time.ts'
import type { DueWork } from '../../timers/due-work.ts'
import { advanceClock } from './advance.ts'
import { aimClock } from './aim-clock.ts'
import { ADVANCED_EXAMPLE, AdvancedBody, AdvanceRequest, CLOCK_EXAMPLE, ClockBody } from './clock-schemas.ts'
import { readClock } from './read-clock.ts'

/** What the test clock works with: also everything that time brings about. */
interface ClockServices {
  readonly databases: Databases
  readonly journal: Journal
  readonly log: Logger
  readonly work: ReadonlyArray<DueWork<unknown>>
}

/** Mounts the test clock of sandbox tenants: reading it and moving it forward. */
export function registerClockRoutes (app: App, { databases: { read: db }, journal, log, work }: ClockServices): void {
  app.get('/v1/test-clock', {
    schema: {
      operationId: 'getTestClock',
      tags: ['Sandbox'],
      summary: 'Read the test clock',
      description: 'The time of a sandbox tenant: deadlines, transactions, events and reports go by it.',
      response: { ...answers(200, 'The clock.', ClockBody, CLOCK_EXAMPLE), ...problems('sandbox_only') }
    }
  }, async (request) => await readClock(db, request.principal.tenantId))

  app.post('/v1/test-clock/advance', {
    config: { journaled: true },
    schema: {
      operationId: 'advanceTestClock',
      tags: ['Sandbox'],
      summary: 'Advance the test clock',
      description: 'Lets time pass for the whole tenant: the clock goes from deadline to deadline, and everything that is due is done before it goes on. When ' +
        '`has_more` is false everything due up to `to` is done. It never goes back.',
      querystring: DryRunQuery,
      body: AdvanceRequest,
      response: { ...answers(200, 'How far it came.', AdvancedBody, ADVANCED_EXAMPLE), ...problems('sandbox_only', 'clock_out_of_range', 'invalid_time') }
    }
  }, async (request, reply) => {
    const { body, principal } = request
    const leap = 'to' in body ? { to: parseTime(body.to, '/to') } : { byMs: body.by_seconds * SECOND_MS }
    const operation = aimClock(originOf(request), actorOf(principal), leap)
    if (isDryRun(request)) {
      const { to } = JSON.parse((await journal.preview(operation)).answer) as { to: string }
      return reply.send({ ...await readClock(db, principal.tenantId), to, has_more: true, steps: 0, dry_run: true })
    }
    const { answer, replayed } = await journal.submit(operation)
    const { to } = JSON.parse(answer) as { to: string }
    const { hasMore, steps } = await advanceClock({ db, journal, log, work }, principal.tenantId, new Date(to))
    if (replayed) reply.header('idempotent-replayed', 'true')
    return reply.send({ ...await readClock(db, principal.tenantId), to, has_more: hasMore, steps })
  })
}
