import { Type as T } from 'typebox'
import { actorOf } from '../../audit/record.ts'
import type { Databases } from '../../db/pools.ts'
import { inTransaction } from '../../db/transaction.ts'
import { answers, problems } from '../../http/answers.ts'
import type { App } from '../../http/app-type.ts'
import { IdParams } from '../../http/schemas.ts'
import { internalId } from '../../kernel/ids.ts'
import { parseTime } from '../../kernel/time.ts'
import { GRANT_EXAMPLE, GrantBody, GrantRequest, GrantsQuery } from './customs-schemas.ts'
import { grantLookups, revokeGrants } from './grant.ts'
import { showGrant } from './show-grant.ts'

/** Mounts who may ask about a trade. */
export function registerGrantRoutes (app: App, { databases: { read: db } }: { readonly databases: Pick<Databases, 'read'> }): void {
  app.post('/v1/trades/:id/grants', {
    schema: {
      operationId: 'grantLookups',
      tags: ['Customs'],
      summary: 'Let a broker ask about a trade',
      description: 'For one purpose, until a time. Everybody whom the trade names for customs must have consented to that. The same grant that holds already is answered again: a retry needs no key.',
      params: IdParams('trd'),
      body: GrantRequest,
      response: { ...answers(201, 'The grant.', GrantBody, GRANT_EXAMPLE), ...problems('not_found', 'unknown_broker', 'consent_required', 'grant_exists', 'invalid_time') }
    }
  }, async ({ params, body, principal }, reply) => {
    const grant = {
      tradeId: internalId('trd', params.id),
      brokerId: internalId('key', body.broker),
      purpose: body.purpose,
      crossBorder: body.cross_border ?? false,
      detail: body.detail ?? false,
      expiresAt: parseTime(body.expires_at, '/expires_at'),
      keyId: principal.keyId,
      actor: actorOf(principal)
    }
    return await reply.code(201).send(showGrant(await inTransaction(db, async (trx) => await grantLookups(trx, principal.tenantId, grant))))
  })

  app.delete('/v1/trades/:id/grants', {
    schema: {
      operationId: 'revokeGrants',
      tags: ['Customs'],
      summary: 'Let nobody ask about a trade any more',
      description: 'Ends the grants of the trade: one, those of a broker, or all of them. From then on the trade answers him as one that does not exist.',
      params: IdParams('trd'),
      querystring: GrantsQuery,
      response: { ...answers(200, 'The grants that this ended.', T.Object({ data: T.Array(GrantBody) }), { data: [{ ...GRANT_EXAMPLE, revoked_at: '2026-02-01T08:00:00.000Z' }] }), ...problems('not_found') }
    }
  }, async ({ params, query, principal }) => {
    const wanted = {
      tradeId: internalId('trd', params.id),
      grantId: query.grant === undefined ? undefined : internalId('gnt', query.grant),
      brokerId: query.broker === undefined ? undefined : internalId('key', query.broker)
    }
    return { data: (await inTransaction(db, async (trx) => await revokeGrants(trx, principal.tenantId, wanted, actorOf(principal)))).map(showGrant) }
  })
}
