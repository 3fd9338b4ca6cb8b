import rateLimit, { type RateLimitOptions } from '@fastify/rate-limit'
import { Refusal } from '../kernel/refusals.ts'
import { MINUTE_MS, SECOND_MS } from '../kernel/time.ts'
import type { App, Reply, Request } from './app-type.ts'
import type { HttpLimits } from './server.ts'

/** Counted at most, of keys and of addresses each; those that were seen longest ago are forgotten first. */
const COUNTED_MAX = 10_000
const POLICY = '"key"'

/** How often may be asked: each method counts, or looks, and refuses `rate_limited` with `Retry-After` where it was too often. */
export interface RateLimits {
  /** Counts a request of its principal's key, whichever of its secrets came with it, and says on the answer what is left. */
  countRequest (request: Request, reply: Reply): Promise<void>
  /** Counts a failed authentication of the address it came from; of an IPv6 address, its /64. */
  countFailure (request: Request, reply: Reply): Promise<void>
  /** Whether the address has failed too often; counts nothing. */
  checkFailures (request: Request, reply: Reply): Promise<void>
}

/**
 * The limits of this process; several processes count each for itself. Each key has its own, so that a busy caller slows down nobody else.
 * Source of the header fields: draft-ietf-httpapi-ratelimit-headers-11 (May 2026), "RateLimit header fields for HTTP", sections 3 and 4: `RateLimit-Policy` tells the
 * quota (q) in a window of seconds (w), `RateLimit` what is left of it (r) for how many seconds (t). `Retry-After` is of RFC 9110, section 10.2.3.
 */
export async function openRateLimits (app: App, { rateLimitMax, rateLimitWindowMs, authFailuresMax }: HttpLimits): Promise<RateLimits> {
  await app.register(rateLimit, { global: false })
  const limiter = (options: RateLimitOptions) => app.createRateLimit(options)
  const ofKey = limiter({ cache: COUNTED_MAX, max: rateLimitMax, timeWindow: rateLimitWindowMs, keyGenerator: ({ principal }) => principal.keyId })
  const ofAddress = limiter({ cache: COUNTED_MAX, max: authFailuresMax, timeWindow: MINUTE_MS })
  const policy = `${POLICY};q=${rateLimitMax};w=${Math.ceil(rateLimitWindowMs / SECOND_MS)}`
  return {
    async countRequest (request, reply) {
      if (rateLimitMax === 0) return
      const count = await ofKey(request)
      if (count.isAllowed) return
      reply.header('ratelimit-policy', policy)
      reply.header('ratelimit', `${POLICY};r=${count.remaining};t=${count.ttlInSeconds}`)
      if (count.isExceeded) refuse(reply, count.ttlInSeconds, `This key may send ${count.max} requests in ${rateLimitWindowMs} ms.`)
    },
    async countFailure (request, reply) {
      if (authFailuresMax === 0) return
      const count = await ofAddress(request)
      if (!count.isAllowed && count.isExceeded) refuseGuessing(reply, count.ttlInSeconds)
    },
    async checkFailures (request, reply) {
      if (authFailuresMax === 0) return
      const count = await ofAddress(request, { increment: false })
      if (!count.isAllowed && count.remaining === 0) refuseGuessing(reply, count.ttlInSeconds)
    }
  }
}

function refuseGuessing (reply: Reply, seconds: number): never {
  refuse(reply, seconds, 'Too many requests from this address came without a valid key.')
}

function refuse (reply: Reply, seconds: number, detail: string): never {
  reply.header('retry-after', String(seconds))
  throw new Refusal('rate_limited', detail)
}
