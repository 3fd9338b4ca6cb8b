import type { FastifySchema, RouteOptions } from 'fastify'
import type { RefusalCode } from '../kernel/refusals.ts'
import { mergeAnswers, problems, type Answers } from './answers.ts'
import type { App } from './app-type.ts'
import { Exactly } from './schemas.ts'

/**
 * Completes the description of each route below /v1 that is added from here on: the refusals that authentication, parsing and idempotency
 * answer, and the permission it needs. What a route does not declare it does not take: without a schema of
 * its own, a query string or a body with anything in it is refused.
 */
export function describeRoutes (app: App, permissionOf: (route: string) => string): void {
  app.addHook('onRoute', (route) => {
    if (route.url.startsWith('/v1/') && route.config?.open !== true) route.schema = describe(route, route.schema ?? {}, permissionOf(routeName(route)))
  })
}

/** A route as the table of permissions names it: `POST /v1/trades`. */
export function routeName (route: { readonly method: string | string[], readonly url: string }): string {
  return `${[route.method].flat().join(',')} ${route.url}`
}

function describe (route: RouteOptions, schema: FastifySchema, permission: string): FastifySchema {
  const { description = '', response = {}, operationId } = schema as { description?: string, response?: Answers, operationId?: string }
  const journaled = route.config?.journaled === true
  const hasBody = route.method === 'POST' || route.method === 'PATCH' || route.method === 'PUT'
  const codes: RefusalCode[] = ['unauthenticated', 'forbidden', 'invalid_request', 'rate_limited', 'internal', 'unavailable']
  if (hasBody) codes.push('invalid_json', 'body_too_large', 'unsupported_media_type')
  if (journaled) codes.push('idempotency_key_required', 'idempotency_key_reused', 'overloaded')
  return {
    ...schema,
    querystring: schema.querystring ?? Exactly({}),
    ...(hasBody ? { body: schema.body ?? Exactly({}, { examples: [{}] }) } : {}),
    response: mergeAnswers(response, problems(...codes)),
    description: `${description}\n\nNeeds the permission \`${permission}\`.`.trim(),
    operationId: operationId ?? operationIdOf(route),
    security: [{ apiKey: [] }]
  }
}

/** `POST /v1/trades/:id/payments` → `post_trades_id_payments`. */
function operationIdOf (route: RouteOptions): string {
  return `${[route.method].flat().join('_')}${route.url.replace('/v1', '').replaceAll(/[/:-]+/g, '_')}`.toLowerCase()
}
