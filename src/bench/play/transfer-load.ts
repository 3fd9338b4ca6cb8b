import { drive, type Sample } from '../drive.ts'
import type { Journal } from '../../journal/journal.ts'
import { HOT } from '../sql/shapes.ts'
import { transferOperation } from './transfer-operation.ts'

/** What a process is told to do: transfers among the ten accounts of a tenant. */
export interface Load {
  readonly tenantId: number
  readonly clients: number
  readonly seconds: number
}

/** Does what a load says through a Journal. */
export async function driveTransfers (journal: Journal, { tenantId, clients, seconds }: Load): Promise<Sample> {
  return await drive({
    clients,
    seconds,
    step: async () => {
      await journal.submit(transferOperation(tenantId, HOT))
      return 1
    }
  })
}
