import type { Databases } from '../../db/pools.ts'
import { answers, problems } from '../../http/answers.ts'
import type { App } from '../../http/app-type.ts'
import { IdParams } from '../../http/schemas.ts'
import { internalId } from '../../kernel/ids.ts'
import { readBalances } from './read-balances.ts'
import { BALANCES_EXAMPLE, BalancesBody } from './reserve-schemas.ts'

/** Mounts what sellers and partners have with us. */
export function registerReserveRoutes (app: App, { databases }: { readonly databases: Databases }): void {
  app.get('/v1/parties/:id/balances', {
    schema: {
      operationId: 'getPartyBalances',
      tags: ['Parties'],
      summary: 'Read what a party has and owes',
      description: 'By currency: what is available to it, what of it waits in reserve and when it matures, and what it owes.',
      params: IdParams('pty'),
      response: { ...answers(200, 'The balances.', BalancesBody, BALANCES_EXAMPLE), ...problems('not_found') }
    }
  }, async (request) => await readBalances(databases.read, request.principal.tenantId, internalId('pty', request.params.id)))
}
