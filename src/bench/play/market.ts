import { createKey } from '../../auth/keys.ts'
import { inTransaction } from '../../db/transaction.ts'
import type { Role } from '../../kernel/principal.ts'
import type { Stage } from '../group.ts'
import { HttpCaller } from './http-caller.ts'
import { httpSteps } from './http-steps.ts'
import { journalSteps, openCast } from './journal-steps.ts'
import { startService } from './service-process.ts'
import type { Cast, TradeSteps } from './trade-life.ts'

/** A tenant whose parties trade: by operations in this process, and over HTTP with a service in a process of its own. */
export interface Market {
  readonly tenantId: number
  readonly cast: Cast
  readonly inProcess: TradeSteps
  readonly overHttp: TradeSteps
  readonly caller: HttpCaller
  /** Ends the service. */
  readonly close: () => Promise<void>
}

/** Opens a market for a tenant. Both ways lead to the same tenant: what is compared grows alike. Over HTTP goes what the role of its key may do. */
export async function openMarket (
  { database, journal }: Pick<Stage, 'database' | 'journal'>, { tenantId, role = 'marketplace' }: { readonly tenantId: number, readonly role?: Role }
): Promise<Market> {
  const cast = await openCast(journal, tenantId)
  const { secret } = await inTransaction(database.databases.read, async (trx) =>
    await createKey(trx, { tenantId, tenantKind: 'sandbox', name: 'bench', role, actor: 'cli' }))
  const service = await startService(database)
  const caller = new HttpCaller(service.url, secret)
  return {
    tenantId,
    cast,
    inProcess: journalSteps(journal, tenantId),
    overHttp: httpSteps(caller),
    caller,
    close: async () => {
      caller.close()
      await service.stop()
    }
  }
}
