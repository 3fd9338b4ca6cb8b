import { targetOf } from '../../escrow/steps/trade-routes.ts'
import type { Databases } from '../../db/pools.ts'
import { answers, problems } from '../../http/answers.ts'
import type { App } from '../../http/app-type.ts'
import { originOfPut } from '../../http/origin.ts'
import { answerFromJournal } from '../../http/run-operation.ts'
import { DryRunQuery, IdParams } from '../../http/schemas.ts'
import type { Journal } from '../../journal/journal.ts'
import { internalId } from '../../kernel/ids.ts'
import { keepIndexed } from '../identities/keep-indexed.ts'
import type { Keyring } from '../keyring/keyring.ts'
import { keyringFor } from '../keyring/tenant-keyring.ts'
import { PARTIES_EXAMPLE, PartiesBody, PartiesRequest } from './customs-schemas.ts'
import { nameParties } from './name-parties.ts'

/** Mounts what trades tell of customs: whose identities they name. */
export function registerCustomsRoutes (app: App, { journal, databases: { read: db }, keyring }: { readonly journal: Journal, readonly databases: Pick<Databases, 'read'>, readonly keyring: Keyring | null }): void {
  app.put('/v1/trades/:id/customs-parties', {
    schema: {
      operationId: 'nameCustomsParties',
      tags: ['Customs'],
      summary: 'Name the customs parties of a trade',
      description: 'Who paid and who ordered, and, where it is somebody else, to whom it goes. They may be named anew until the trade is declared; what was asked about it is not forgotten by that. The same again ' +
        'changes nothing: an `Idempotency-Key` may be sent, and need not be.',
      params: IdParams('trd'),
      querystring: DryRunQuery,
      body: PartiesRequest,
      response: {
        ...answers(200, 'The parties.', PartiesBody, PARTIES_EXAMPLE),
        ...problems('not_found', 'unknown_identity', 'identity_erased', 'frozen_after_declaration', 'idempotency_key_reused', 'overloaded', 'too_many_holds', 'keyring_missing')
      }
    }
  }, async (request, reply) => {
    const { params: { id }, body: { payer, orderer, consignee } } = request
    const parties = {
      payerId: internalId('idn', payer), ordererId: internalId('idn', orderer), consigneeId: consignee === undefined ? undefined : internalId('idn', consignee)
    }
    await keepIndexed(db, await keyringFor(db, keyring, request.principal.tenantId), request.principal.tenantId, Object.values(parties).flatMap((id) => id ?? []))
    // A version is that of the trade, which this leaves as it is.
    const target = { ...targetOf(request, id), expectedVersion: null }
    return await answerFromJournal(journal, request, reply, nameParties(originOfPut(request), target, parties), 200)
  })
}
