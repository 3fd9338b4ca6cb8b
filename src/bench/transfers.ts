import { createHash, randomUUID } from 'node:crypto'
import type { Journal } from '../journal/journal.ts'
import type { Operation } from '../journal/operation.ts'
import { openBooks, type BenchDatabase } from './bench-database.ts'
import { drive } from './drive.ts'
import { accountName, draw, type Shape } from './shapes.ts'
import type { Variant } from './variant.ts'

const IN_FLIGHT = [1, 64, 1000]

/** Our own way: each transfer is an operation of the Journal, with an event. */
export async function journalVariants (database: BenchDatabase, journal: Journal, shape: Shape): Promise<Variant[]> {
  const tenantId = await openBooks(database, 'journal', shape)
  return IN_FLIGHT.map((clients) => ({
    name: `journal.${shape.name}.${clients}`,
    about: `the Journal, in process, ${shape.about}`,
    unit: 'transfers',
    clients,
    run: async (seconds) => await drive({
      clients,
      seconds,
      step: async () => {
        await journal.submit(transferOperation(tenantId, shape))
        return 1
      }
    })
  }))
}

function transferOperation (tenantId: number, shape: Shape): Operation<{ transaction: string | null, amount: string }> {
  const { debit: debitNumber, credit: creditNumber } = draw(shape)
  const [debit, credit] = [accountName(debitNumber), accountName(creditNumber)]
  const key = `api:${randomUUID()}`
  const amount = 100n
  return {
    name: 'bench.transfer',
    tenantId,
    key,
    fingerprint: createHash('sha256').update(key).digest(),
    lane: 'request',
    weight: 4,
    accounts: () => [debit, credit],
    decide (books) {
      const transaction = books.post({ kind: 'bench.transfer', subject: '', postings: [{ debit, credit, amount }] })
      books.append({ type: 'trade.payment_received', subject: '', data: { amount: amount.toString() } })
      return { transaction, amount: amount.toString() }
    }
  }
}
