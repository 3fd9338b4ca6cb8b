import { matureSlice } from '../../src/escrow/reserves/mature-slice.ts'
import { RESERVE_SLICES, type ReserveSlice } from '../../src/escrow/reserves/reserve-slices.ts'
import { internalId, newId } from '../../src/kernel/ids.ts'
import { changeTerms } from '../../src/parties/change-terms.ts'
import type { ReserveTerms } from '../../src/parties/seller-terms.ts'
import { approveWriteOff } from '../../src/receivables/decide-write-off.ts'
import { proposeWriteOff } from '../../src/receivables/propose-write-off.ts'
import { origin } from './memory-books.ts'
import type { TradeDesk } from './trade-desk.ts'

const [ada, ben] = [newId(), newId()]

/** Sets what is kept back of a seller, or that nothing is. */
export function setReserve (desk: TradeDesk, reserve: ReserveTerms | null, party = desk.seller) {
  return desk.books.submit(changeTerms(origin(), { partyId: internalId('pty', party), terms: { reserve }, person: ada }))
}

/** The slices of all reserves, in their order. */
export function slicesOf (desk: TradeDesk): ReserveSlice[] {
  return desk.books.rows(RESERVE_SLICES)
}

/** Sweeps one slice; answers the transactions it posted. */
export function mature ({ books }: TradeDesk, { id, maturesAt }: ReserveSlice): string[] {
  return books.submit(matureSlice({ tenantId: 1, sliceId: id, maturesAt })).transactions
}

/** Writes off all that the seller owes. */
export function writeOff ({ books, seller }: TradeDesk): void {
  const proposal = books.submit(proposeWriteOff(origin(), ada, { partyId: internalId('pty', seller) ?? '', unit: 'CNY', amount: null, reason: 'insolvent' }))
  books.submit(approveWriteOff(origin(), { writeOffId: internalId('wof', proposal.id), person: ben }))
}
