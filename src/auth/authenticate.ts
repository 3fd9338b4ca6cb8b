import type { Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import type { App } from '../http/app-type.ts'
import { routeName } from '../http/describe.ts'
import { Refusal } from '../kernel/refusals.ts'
import { KeyCache } from './key-cache.ts'
import { looksLikeKey } from './keys.ts'
import { permissionOf, ROLE_PERMISSIONS } from './permissions.ts'

const BEARER = /^Bearer +(\S+) *$/i

/**
 * Lets a request to a route below /v1 pass only with a valid key whose role has the route's permission, before its body is read.
 * Refuses `unauthenticated` without saying what is wrong with the key, and `forbidden` naming the permission.
 */
export function registerAuthentication (app: App, { databases }: { readonly databases: { readonly read: Kysely<Database> } }): void {
  const keys = new KeyCache(databases.read)
  app.addHook('onRequest', async (request) => {
    const { url } = request.routeOptions
    if (url?.startsWith('/v1/') !== true) return
    const secret = BEARER.exec(request.headers.authorization ?? '')?.[1]
    const principal = secret !== undefined && looksLikeKey(secret) ? await keys.find(secret) : null
    if (principal === null) throw new Refusal('unauthenticated')
    request.principal = principal
    const permission = permissionOf(routeName({ method: request.method, url }))
    if (!ROLE_PERMISSIONS[principal.role].has(permission)) {
      throw new Refusal('forbidden', `This needs the permission ${permission}, which a key of the role ${principal.role} does not have.`)
    }
  })
}
