import { sql } from 'kysely'
import type { Logger } from 'pino'
import { actorOf } from '../../../audit/record.ts'
import type { Databases } from '../../../db/pools.ts'
import { inTransaction } from '../../../db/transaction.ts'
import { answers, problems } from '../../../http/answers.ts'
import type { App } from '../../../http/app-type.ts'
import { cursorId } from '../../../http/cursor.ts'
import { isDryRun } from '../../../http/idempotency.ts'
import { originOf } from '../../../http/origin.ts'
import { DryRunQuery } from '../../../http/schemas.ts'
import type { Journal } from '../../../journal/journal.ts'
import { externalId, internalId } from '../../../kernel/ids.ts'
import { PAGE_LIMIT_DEFAULT, toPage } from '../../../kernel/page.ts'
import { SECOND_MS } from '../../../kernel/time.ts'
import { requireSandbox } from '../../../sandbox/require-sandbox.ts'
import { sweepDue } from '../../../timers/sweep-due.ts'
import { answerByHand, showAnswer, type SandboxAnswerJson } from './answer-by-hand.ts'
import { DUE_ANSWERS } from './due-answers.ts'
import { changePlan, readPlan, showPlan, type PlannedAnswer } from './plan.ts'
import { sandboxAnswerColumns, type SandboxAnswer } from './sandbox-answer.ts'
import * as schemas from './sandbox-schemas.ts'

interface SandboxCustomsServices {
  readonly databases: Databases
  readonly journal: Journal
  readonly log: Logger
}

/** Mounts the imitated customs of sandbox tenants: how it answers, what it is told to say, and what it said. */
export function registerSandboxCustomsRoutes (app: App, { databases: { read: db }, journal, log }: SandboxCustomsServices): void {
  app.get('/v1/sandbox/customs', {
    schema: {
      operationId: 'getSandboxCustoms',
      tags: ['Sandbox'],
      summary: 'Read how the sandbox customs answers',
      response: { ...answers(200, 'Its plan.', schemas.PlanBody, schemas.PLAN_EXAMPLE), ...problems('sandbox_only') }
    }
  }, async (request) => showPlan(await readPlan(db, request.principal.tenantId)))

  app.patch('/v1/sandbox/customs', {
    schema: {
      operationId: 'changeSandboxCustoms',
      tags: ['Sandbox'],
      summary: 'Change how the sandbox customs answers',
      description: 'Messages that are handed over from now on. What is left out stays.',
      body: schemas.PlanChange,
      response: { ...answers(200, 'Its plan as it now is.', schemas.PlanBody, schemas.PLAN_EXAMPLE), ...problems('sandbox_only') }
    }
  }, async ({ body: { failures, answers: planned }, principal }) => {
    const change = { ...failures === undefined ? {} : { failures }, ...planned === undefined ? {} : { answers: planned.map(plannedOf) } }
    return showPlan(await inTransaction(db, async (trx) => await changePlan(trx, principal.tenantId, { change, actor: actorOf(principal) })))
  })

  app.post('/v1/sandbox/customs/answers', {
    config: { journaled: true },
    schema: {
      operationId: 'sandboxCustomsSay',
      tags: ['Sandbox'],
      summary: 'Have the sandbox customs answer a declaration',
      description: 'Its newest message, now or later, beside what the plan says. What is heard by now is told at once, as any answer of customs is.',
      querystring: DryRunQuery,
      body: schemas.SayRequest,
      response: { ...answers(201, 'What it says.', schemas.SandboxAnswerBody, schemas.SANDBOX_ANSWER_EXAMPLE), ...problems('sandbox_only', 'not_found') }
    }
  }, async (request, reply) => {
    const { body, principal: { tenantId } } = request
    const operation = answerByHand(originOf(request), internalId('dcl', body.declaration), plannedOf(body))
    if (isDryRun(request)) {
      const { answer } = await journal.preview(operation)
      return await reply.code(200).send({ ...JSON.parse(answer) as SandboxAnswerJson, dry_run: true, would_post: [] })
    }
    const { answer, replayed } = await journal.submit(operation)
    const { id } = JSON.parse(answer) as SandboxAnswerJson
    await sweepDue(db, DUE_ANSWERS, { journal, log, failures: new Map(), tenantId })
    if (replayed) reply.header('idempotent-replayed', 'true')
    const { rows: [said] } = await sql<SandboxAnswer>`
      select ${sandboxAnswerColumns} from sandbox_customs_answers where tenant_id = ${tenantId} and id = ${internalId('sbx', id)}`.execute(db)
    return await reply.code(201).send(said === undefined ? JSON.parse(answer) : showAnswer(said))
  })

  app.get('/v1/sandbox/customs/answers', {
    schema: {
      operationId: 'listSandboxCustomsAnswers',
      tags: ['Sandbox'],
      summary: 'List what the sandbox customs says',
      description: 'And what it is to say, newest first.',
      querystring: schemas.SandboxAnswerQuery,
      response: {
        ...answers(200, 'A page of answers.', schemas.SandboxAnswerPage, { data: [schemas.SANDBOX_ANSWER_EXAMPLE], has_more: false, next_cursor: null }),
        ...problems('sandbox_only')
      }
    }
  }, async (request) => {
    const { tenantId } = request.principal
    const { declaration, limit = PAGE_LIMIT_DEFAULT, starting_after: cursor } = request.query
    await requireSandbox(db, tenantId)
    const before = cursorId('sbx', cursor)
    const { rows } = await sql<SandboxAnswer>`
      select ${sandboxAnswerColumns} from sandbox_customs_answers
      where tenant_id = ${tenantId} and ${declaration === undefined ? sql`true` : sql`declaration_id = ${internalId('dcl', declaration)}`} and ${before === null ? sql`true` : sql`id < ${before}`}
      order by id desc limit ${limit + 1}`.execute(db)
    return toPage(rows, limit, ({ id }) => externalId('sbx', id), showAnswer)
  })
}

function plannedOf ({ code, after_seconds: after = 0, report_after_seconds: report = 0 }: { readonly code: string, readonly after_seconds?: number, readonly report_after_seconds?: number }): PlannedAnswer {
  return { code, afterMs: after * SECOND_MS, reportAfterMs: report * SECOND_MS }
}
