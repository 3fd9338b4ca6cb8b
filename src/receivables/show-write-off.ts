import { externalId } from '../kernel/ids.ts'
import { formatAmount } from '../kernel/money.ts'
import { unitOf } from '../kernel/units.ts'
import type { ProposalState } from '../two-persons/proposal.ts'
import type { WriteOff, WriteOffReason } from './write-off.ts'

/** A write-off as callers see it. People are the keys they use. */
export interface WriteOffJson {
  readonly id: string
  readonly state: ProposalState
  readonly party: string
  readonly currency: string
  readonly amount: string
  readonly written_off: string | null
  readonly reason: WriteOffReason
  readonly proposed_by: string
  readonly proposed_at: string
  readonly decided_by: string | null
  readonly decided_at: string | null
  readonly transaction: string | null
}

/** The outside form of a write-off. */
export function showWriteOff (writeOff: WriteOff): WriteOffJson {
  const unit = unitOf(writeOff.unit)
  return {
    id: externalId('wof', writeOff.id),
    state: writeOff.state,
    party: externalId('pty', writeOff.partyId),
    currency: writeOff.unit,
    amount: formatAmount(writeOff.amount, unit),
    written_off: writeOff.writtenOff === null ? null : formatAmount(writeOff.writtenOff, unit),
    reason: writeOff.reason,
    proposed_by: externalId('key', writeOff.proposedBy),
    proposed_at: writeOff.proposedAt.toISOString(),
    decided_by: writeOff.decidedBy === null ? null : externalId('key', writeOff.decidedBy),
    decided_at: writeOff.decidedAt?.toISOString() ?? null,
    transaction: writeOff.transactionId === null ? null : externalId('txn', writeOff.transactionId)
  }
}
