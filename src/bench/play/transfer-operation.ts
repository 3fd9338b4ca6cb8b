import type { Operation } from '../../journal/operation.ts'
import { accountName, draw, type Shape } from '../sql/shapes.ts'
import { originOf } from './journal-steps.ts'

/** One transfer as an operation of the Journal, with an event, between two accounts drawn at random. */
export function transferOperation (tenantId: number, shape: Shape): Operation<{ transaction: string | null, amount: string }> {
  const { debit: debitNumber, credit: creditNumber } = draw(shape)
  const [debit, credit] = [accountName(debitNumber), accountName(creditNumber)]
  const amount = 100n
  return {
    ...originOf(tenantId),
    name: 'bench.transfer',
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
