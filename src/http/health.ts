import { Type as T } from 'typebox'
import { missingMigrations } from '../db/missing-migrations.ts'
import type { Databases } from '../db/pools.ts'
import { answers, problems } from './answers.ts'
import type { App } from './app-type.ts'
import { Refusal } from '../kernel/refusals.ts'

const PATIENCE_MS = 2_000

/** What a stop changes before anything else, so that no new request is sent here. */
export interface Lifecycle {
  stopping: boolean
}

/** `/healthz`: the process answers. `/readyz`: send it requests. */
export function registerHealthRoutes (app: App, { databases, lifecycle }: { readonly databases: Databases, readonly lifecycle: Lifecycle }): void {
  app.get('/healthz', {
    schema: {
      operationId: 'getHealth',
      tags: ['Service'],
      summary: 'Is the process alive?',
      description: 'Answers as long as the process can answer at all. Needs no key.',
      response: answers(200, 'It is.', T.Object({ status: T.String() }), { status: 'ok' })
    }
  }, (_request, reply) => reply.send({ status: 'ok' }))

  app.get('/readyz', {
    schema: {
      operationId: 'getReadiness',
      tags: ['Service'],
      summary: 'Is the service ready for requests?',
      description: 'Ready means that the database answers, that its schema is the one this version needs, and that no stop has begun. Needs no key.',
      response: { ...answers(200, 'It is.', T.Object({ status: T.String() }), { status: 'ready' }), ...problems('unavailable') }
    }
  }, async (request) => {
    if (lifecycle.stopping) throw new Refusal('unavailable', 'The service is stopping.')
    const missing = await within(PATIENCE_MS, missingMigrations(databases.read)).catch((error: unknown) => {
      request.log.warn({ err: error }, 'the database does not answer')
      throw new Refusal('unavailable', 'The database does not answer.')
    })
    if (missing.length > 0) throw new Refusal('unavailable', `The database lacks ${missing.length} migrations: run holdfast migrate.`)
    return { status: 'ready' }
  })
}

async function within<Value> (ms: number, promise: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<never>((_resolve, reject) => { timer = setTimeout(() => { reject(new Error(`no answer in ${ms} ms`)) }, ms) })
  return await Promise.race([promise, patience]).finally(() => { clearTimeout(timer) })
}
