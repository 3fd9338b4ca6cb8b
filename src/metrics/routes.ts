import type { App } from '../http/app-type.ts'
import type { AnsweredRequest } from './request-metrics.ts'

const MS_PER_SECOND = 1_000
/** The exposition format that every Prometheus reads. */
const TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8'

/** What the service counts, and how it is read: of all processes at this address, as text. */
export interface MetricsSource {
  readonly count: (request: AnsweredRequest) => void
  readonly read: () => Promise<string>
}

/** Counts each request to a route that is added from here on, and answers `GET /metrics`, without a key: it holds nothing of any tenant. */
export function registerMetrics (app: App, { count, read }: MetricsSource): void {
  app.addHook('onResponse', (request, reply, done) => {
    const { url } = request.routeOptions
    count({
      route: url === undefined ? 'none' : `${request.method} ${url}`,
      status: reply.statusCode,
      seconds: reply.elapsedTime / MS_PER_SECOND,
      refusal: reply.problemCode
    })
    done()
  })
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) => reply.header('content-type', TEXT_FORMAT).send(await read()))
}
