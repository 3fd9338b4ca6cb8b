import { createHash } from 'node:crypto'
import { externalId } from '../../kernel/ids.ts'
import { formatAmount } from '../../kernel/money.ts'
import { unitOf } from '../../kernel/units.ts'
import type { Operation } from '../../journal/operation.ts'
import { partyAccounts, reserveOf } from '../trade/accounts.ts'
import { Draft } from '../../journal/draft.ts'
import { transactionIds } from '../trade/trade-operation.ts'
import { dueOf } from './maturing.ts'
import { RESERVE_SLICES } from './reserve-slices.ts'

/** A slice of a reserve that the sweep found to have matured. */
export interface MaturedSlice {
  readonly tenantId: number
  readonly sliceId: string
  readonly maturesAt: Date
}

/**
 * Lets a slice of a reserve mature: what is left of it, and of everything put in before it, is available to the seller, and of that goes on
 * what he owes. Done once, however often it is swept.
 */
export function matureSlice ({ tenantId, sliceId }: MaturedSlice): Operation<{ transactions: string[] }> {
  const key = `timer:${externalId('rsv', sliceId)}`
  return {
    tenantId,
    key,
    fingerprint: createHash('sha256').update(key).digest(),
    name: 'reserve.mature',
    lane: 'due',
    weight: 5,
    needs: [{ kind: RESERVE_SLICES, ids: () => [sliceId] }],
    accounts (rows) {
      const slice = rows.find(RESERVE_SLICES, sliceId)
      if (slice === null) return []
      return [reserveOf(slice.partyId, slice.unit), ...Object.values(partyAccounts(slice.partyId, 'seller', slice.unit))]
    },
    decide (books) {
      const slice = books.find(RESERVE_SLICES, sliceId)
      if (slice === null || slice.maturedAt !== null) return { transactions: [] }
      // A stored answer would use up the key: a clock that was set back must not cost the seller his money.
      if (slice.maturesAt > books.now) throw new Error(`the reserve slice ${sliceId} has not matured by the books' clock`)
      const reserve = reserveOf(slice.partyId, slice.unit)
      const { available, owed } = partyAccounts(slice.partyId, 'seller', slice.unit)
      const draft = new Draft(books)
      const released = dueOf(slice, books.account(reserve)?.debits ?? 0n)
      draft.add(reserve, available, released)
      const [debt, means] = [draft.balance(owed), draft.balance(available)]
      draft.add(available, owed, debt < means ? debt : means)
      const subject = externalId('rsv', slice.id)
      const transaction = books.post({ kind: 'reserve.maturity', subject, postings: draft.postings })
      books.save(RESERVE_SLICES, { ...slice, maturedAt: books.now, released })
      if (released > 0n) {
        books.append({
          type: 'reserve.matured',
          subject,
          data: { party: externalId('pty', slice.partyId), currency: slice.unit, released: formatAmount(released, unitOf(slice.unit)) }
        })
      }
      return { transactions: transactionIds([transaction]) }
    }
  }
}
