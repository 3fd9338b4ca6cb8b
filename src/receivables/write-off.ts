import { externalId } from '../kernel/ids.ts'
import type { AccountName } from '../ledger/accounts.ts'
import type { Proposal } from '../two-persons/proposal.ts'

/** Why a debt will not be paid: a code, because free text would bring personal data into the books. */
export const WRITE_OFF_REASONS = ['insolvent', 'closed', 'unreachable', 'too_small', 'settled'] as const
export type WriteOffReason = (typeof WRITE_OFF_REASONS)[number]

/** A debt of a seller or partner, or a part of it, that is given up. Amounts are minor units of `unit`. */
export interface WriteOff extends Proposal {
  readonly id: string
  readonly partyId: string
  readonly unit: string
  readonly amount: bigint
  /** What of it was still owed when it was approved; null before. */
  readonly writtenOff: bigint | null
  readonly reason: WriteOffReason
}

/** What a party owes us, and the expense that it becomes. */
export function writeOffAccounts ({ partyId, unit }: Pick<WriteOff, 'partyId' | 'unit'>): { owed: AccountName, expense: AccountName } {
  return {
    owed: { class: 'party_receivable', owner: externalId('pty', partyId), unit },
    expense: { class: 'bad_debt_expense', owner: '', unit }
  }
}
