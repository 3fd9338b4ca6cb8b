import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import fastify, { type FastifyBaseLogger } from 'fastify'
import type { Config } from '../config.ts'
import { newId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusals.ts'
import type { App } from './app-type.ts'
import { answerClientError } from './client-errors.ts'
import { registerJsonParser } from './json.ts'
import { answerProblem, refusalOf, registerProblems } from './problems.ts'
import { RequestLog } from './request-log.ts'
import { validation } from './validators.ts'

/** An id that a caller may choose himself, to find his request in his log and in ours. */
const REQUEST_ID = /^[A-Za-z0-9._:-]{1,100}$/
const UNSTORABLE = /[\0\p{Surrogate}]/u
/** How often it is looked for requests that came too slowly; the runtime's own half minute would double their time. */
const SLOW_CHECK_INTERVAL_MS = 500
const PARAMETER_LENGTH_MAX = 300

/** What bounds a request, its connection and its caller. */
export type HttpLimits = Pick<Config, 'bodyBytesMax' | 'requestTimeoutMs' | 'headersTimeoutMs' | 'keepAliveTimeoutMs' | 'connectionsMax' |
  'rateLimitMax' | 'rateLimitWindowMs' | 'authFailuresMax' | 'trustedProxies'>

/** A server without routes that parses, validates, refuses and logs as every route expects. */
export function createServer (log: FastifyBaseLogger, limits: HttpLimits): App {
  const app: App = fastify({
    loggerInstance: log,
    logController: new RequestLog(),
    genReqId: ({ headers }) => typeof headers['request-id'] === 'string' && REQUEST_ID.test(headers['request-id']) ? headers['request-id'] : newId(),
    requestIdHeader: false,
    bodyLimit: limits.bodyBytesMax,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    http: { headersTimeout: limits.headersTimeoutMs, connectionsCheckingInterval: SLOW_CHECK_INTERVAL_MS },
    clientErrorHandler: answerClientError,
    trustProxy: limits.trustedProxies === null ? false : [...limits.trustedProxies],
    exposeHeadRoutes: false,
    // A request that comes while we stop is answered as any other, with a problem.
    return503OnClosing: false,
    routerOptions: { maxParamLength: PARAMETER_LENGTH_MAX },
    schemaController: validation(),
    frameworkErrors: (error, request, reply) => { answerProblem(request, reply, refusalOf(error, request)) }
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.server.maxConnections = limits.connectionsMax
  app.decorateRequest('principal', null as never)
  app.decorateReply('problemCode', undefined)
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('request-id', request.id)
    done()
  })
  app.addHook('preValidation', (request, _reply, done) => {
    refuseUnstorable(request.query)
    refuseUnstorable(request.params)
    // Where every member of a body is optional, so is the body.
    if (request.body === undefined && request.routeOptions.schema?.body !== undefined) request.body = {}
    done()
  })
  registerJsonParser(app)
  registerProblems(app)
  return app
}

function refuseUnstorable (texts: unknown): void {
  for (const [name, value] of Object.entries(texts ?? {})) {
    if ([name, value].flat().some((text) => typeof text === 'string' && UNSTORABLE.test(text))) {
      throw new Refusal('invalid_request', 'A parameter of the path or the query string holds a NUL character or half of a surrogate pair.')
    }
  }
}
