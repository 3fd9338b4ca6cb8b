import { LogController, type FastifyReply, type FastifyRequest } from 'fastify'

const OUTSIDE_ID = /^[a-z]{3}_[0-9a-z]{26}$/

/**
 * One line for each request, when it is answered: the route and the ids of ours it was about.
 * No query string, no body, no path that matched no route: any of them may hold personal data.
 */
export class RequestLog extends LogController {
  constructor () {
    super({ requestIdLogLabel: 'request_id' })
  }

  override incomingRequest (): void {}

  override requestCompleted (_error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
    const { url } = request.routeOptions
    const { id } = (request.params ?? {}) as { id?: unknown }
    const level = reply.statusCode >= 500 ? 'warn' : url?.startsWith('/v1/') === true ? 'info' : 'debug'
    request.log[level]({
      method: request.method,
      route: url,
      ...(typeof id === 'string' && OUTSIDE_ID.test(id) ? { id } : {}),
      status: reply.statusCode,
      code: reply.problemCode,
      tenant: (request.principal as { tenantId: number } | null)?.tenantId,
      ms: Math.round(reply.elapsedTime)
    }, 'request')
  }

  // What is refused is told in the line of its request, and what fails is logged where it is caught.
  override defaultErrorLog (): void {}
  override routeNotFound (): void {}
}
