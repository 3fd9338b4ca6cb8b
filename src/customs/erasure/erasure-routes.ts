import { actorOf } from '../../audit/record.ts'
import type { Databases } from '../../db/pools.ts'
import { inTransaction } from '../../db/transaction.ts'
import { answers, problems } from '../../http/answers.ts'
import type { App } from '../../http/app-type.ts'
import { IdParams } from '../../http/schemas.ts'
import { internalId } from '../../kernel/ids.ts'
import { requestErasure } from './erase-identity.ts'
import type { ErasureLog } from './erasure-log.ts'
import { ERASURE_EXAMPLE, ErasureBody } from './erasure-schemas.ts'

/** Mounts the right to be forgotten. */
export function registerErasureRoutes (app: App, { databases: { read: db }, erasures }: { readonly databases: Pick<Databases, 'read'>, readonly erasures: ErasureLog }): void {
  app.post('/v1/identities/:id/erasure', {
    schema: {
      operationId: 'eraseIdentity',
      tags: ['Identities'],
      summary: 'Erase an identity',
      description: 'Deletes the key of its data, the data and all that it was compared by; receipts about it are revoked, and ids alone stay. Where a trade that names it is not over, or the law wants it kept, the answer says why ' +
        'and until when, and it is erased by itself then. Asking again changes nothing: a retry needs no key. A backup that is restored forgets it again.',
      params: IdParams('idn'),
      response: { ...answers(200, 'Erased, or put off.', ErasureBody, ERASURE_EXAMPLE), ...problems('not_found') }
    }
  }, async ({ params, principal }) => {
    const wanted = { tenantId: principal.tenantId, identityId: internalId('idn', params.id) }
    return await inTransaction(db, async (trx) => await requestErasure(trx, erasures, wanted, actorOf(principal)))
  })
}
