import type { FastifyError } from 'fastify'
import { isUnavailable } from '../db/unavailable.ts'
import { REFUSALS, Refusal, type RefusalCode } from '../kernel/refusals.ts'
import { PROBLEM_TYPE, problemOf } from './answers.ts'
import type { App, Reply, Request } from './app-type.ts'
import { rememberPaths } from './known-paths.ts'
import { validationRefusal } from './validation-errors.ts'

/** How long a caller should wait where we know nothing better, in seconds. */
const RETRY_AFTER_SECONDS = 1

/** Answers every refusal, and every error of ours, as a problem in the sense of RFC 9457. Comes before the first route. */
export function registerProblems (app: App): void {
  const methodsAt = rememberPaths(app)
  app.setErrorHandler((error: UnknownError, request, reply) => answerProblem(request, reply, refusalOf(error, request)))
  app.setNotFoundHandler((request, reply) => {
    const methods = methodsAt(pathOf(request))
    if (methods.length === 0) return answerProblem(request, reply, new Refusal('not_found'))
    reply.header('allow', methods.join(', '))
    return answerProblem(request, reply, new Refusal('method_not_allowed', `This path answers ${methods.join(' and ')}.`))
  })
}

/** Writes a refusal as the answer. */
export function answerProblem (request: Request, reply: Reply, refusal: Refusal): Reply {
  const { status } = REFUSALS[refusal.code]
  reply.code(status).header('content-type', PROBLEM_TYPE).header('request-id', request.id).header('cache-control', 'no-store')
  reply.problemCode = refusal.code
  if (refusal.replayed) reply.header('idempotent-replayed', 'true')
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  if (status === 503) reply.header('retry-after', String(RETRY_AFTER_SECONDS))
  // As bytes, so that nothing adds a character set to the media type: RFC 9457 defines none.
  return reply.send(Buffer.from(JSON.stringify(problemOf(refusal, { instance: pathOf(request), requestId: request.id }))))
}

/** The refusal an error stands for. What we did not foresee is logged here, once, and tells the caller nothing. */
export function refusalOf (error: UnknownError, request: Request): Refusal {
  if (error instanceof Refusal) return error
  if (error.validation !== undefined) return validationRefusal(error.validation, error.validationContext)
  const known = FASTIFY_ERRORS[error.code ?? '']
  if (known !== undefined) return new Refusal(known)
  // Malformed HTTP that has no code of its own here is still the caller's.
  const { code = '', statusCode = 500 } = error
  if (code.startsWith('FST_ERR_') && statusCode >= 400 && statusCode < 500) return new Refusal('invalid_request', error.message)
  if (isUnavailable(error)) {
    request.log.warn({ err: error }, 'the database did not answer a request')
    return new Refusal('unavailable')
  }
  request.log.error({ err: error }, 'a request failed')
  return new Refusal('internal')
}

const FASTIFY_ERRORS: Readonly<Record<string, RefusalCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_request',
  FST_ERR_BAD_URL: 'not_found',
  FST_ERR_MAX_PARAM_LENGTH: 'not_found',
  FST_ERR_NOT_FOUND: 'not_found'
}

/** Anything may be thrown; what it may have is checked. */
type UnknownError = Error & Partial<FastifyError>

/** The path without its query string, which may hold what does not belong in answers or logs. */
export function pathOf (request: Request): string {
  return request.url.split('?', 1)[0] ?? '/'
}

declare module 'fastify' {
  interface FastifyReply {
    /** The code of the refusal that was answered, for the log. */
    problemCode?: RefusalCode
  }
}
