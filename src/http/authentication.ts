import { Refusal } from '../kernel/refusals.ts'
import type { Principal } from '../kernel/principal.ts'
import type { App } from './app-type.ts'
import { routeName } from './describe.ts'
import type { RateLimits } from './rate-limit.ts'

const BEARER = /^Bearer +(\S{1,200}) *$/i

/** Who decides whose key it is, and what a key may do. */
export interface Gatekeeper {
  /** Who a key speaks for, or null when it is no valid key. Waits for `beforeAsking`, which may refuse, before it takes pains over a key that it has not met. */
  find (secret: string, beforeAsking: () => Promise<void>): Promise<Principal | null>
  /** The permission of a route such as `GET /v1/trades`; throws where nobody named one. */
  permissionOf (route: string): string
  allows (principal: Principal, permission: string): boolean
}

/**
 * Lets a request to a route below /v1 pass only with a valid key that has the route's permission, before its body is read.
 * Refuses `unauthenticated` without saying what is wrong with the key, `forbidden` naming the permission, and `rate_limited` for a key
 * that asks too often or an address that tries too many: keys that are known to be good are let pass even from there.
 */
export function registerAuthentication (app: App, gatekeeper: Gatekeeper, limits: RateLimits): void {
  app.addHook('onRequest', async (request, reply) => {
    const { url, config } = request.routeOptions
    if (url?.startsWith('/v1/') !== true || config.open === true) return
    const secret = BEARER.exec(request.headers.authorization ?? '')?.[1]
    const principal = secret === undefined ? null : await gatekeeper.find(secret, async () => { await limits.checkFailures(request, reply) })
    if (principal === null) {
      await limits.countFailure(request, reply)
      throw new Refusal('unauthenticated')
    }
    request.principal = principal
    await limits.countRequest(request, reply)
    const permission = gatekeeper.permissionOf(routeName({ method: request.method, url }))
    if (!gatekeeper.allows(principal, permission)) {
      throw new Refusal('forbidden', `This needs the permission ${permission}, which a key of the role ${principal.role} does not have.`)
    }
  })
}
