import { Counter, Histogram, type Registry } from 'prom-client'

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** One answered request. The route is the pattern, never the path: a path may hold what a caller should not have put there. */
export interface AnsweredRequest {
  readonly route: string
  readonly status: number
  readonly seconds: number
  /** The code of the refusal that was answered, if one was. */
  readonly refusal: string | undefined
}

/** A function that counts answered requests. */
export function countRequests (registry: Registry): (request: AnsweredRequest) => void {
  const registers = [registry]
  const requests = new Counter({ name: 'holdfast_requests_total', help: 'Answered requests.', labelNames: ['route', 'status'], registers })
  const durations = new Histogram({ name: 'holdfast_request_seconds', help: 'From the head of a request to the end of its answer.', labelNames: ['route'], buckets: SECONDS, registers })
  const refusals = new Counter({ name: 'holdfast_refusals_total', help: 'Answered refusals, by their code.', labelNames: ['code'], registers })
  return ({ route, status, seconds, refusal }) => {
    requests.inc({ route, status })
    durations.observe({ route }, seconds)
    if (refusal !== undefined) refusals.inc({ code: refusal })
  }
}
