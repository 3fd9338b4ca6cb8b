import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest, RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault } from 'fastify'
import type { Principal } from '../kernel/principal.ts'

/** The server as features see it: what a route declares with TypeBox is what its handler's types say. */
export type App = FastifyInstance<RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, FastifyBaseLogger, TypeBoxTypeProvider>

/** A request of any route. */
export type Request = FastifyRequest

/** The answer to a request of any route. */
export type Reply = FastifyReply

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls. Only routes below /v1 have one, and only after their key was accepted. */
    principal: Principal
  }

  interface FastifyContextConfig {
    /** The route goes through the Journal: it needs an idempotency key and understands `?dry_run=true`. */
    journaled?: true
    /** The route is below /v1 and needs no key all the same: it tells nothing that only a tenant may know. */
    open?: true
    /** What the description shows as the body, where the route itself takes more: it looks at parts of it one by one. */
    describedBody?: object
  }
}
