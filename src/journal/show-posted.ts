import { formatAmount } from '../kernel/money.ts'
import { unitOf } from '../kernel/units.ts'
import type { AccountName } from '../ledger/accounts.ts'
import type { PostedTransaction } from './batch-state.ts'

interface SideJson {
  readonly class: string
  readonly owner: string
}

/** A transaction that would be posted, as dry runs show it. */
export interface WouldPostJson {
  readonly kind: string
  readonly subject: string
  readonly occurred_at: string
  readonly transfers: ReadonlyArray<{ readonly debit: SideJson, readonly credit: SideJson, readonly amount: string, readonly unit: string }>
}

/** The outside form of a transaction that would be posted: amounts as decimal strings. */
export function showPosted ({ kind, subject, occurredAt, transfers }: PostedTransaction): WouldPostJson {
  return {
    kind,
    subject,
    occurred_at: occurredAt.toISOString(),
    transfers: transfers.map(({ debit, credit, amount, unit }) => ({
      debit: sideOf(debit.account), credit: sideOf(credit.account), amount: formatAmount(amount, unitOf(unit)), unit
    }))
  }
}

function sideOf ({ class: name, owner }: AccountName): SideJson {
  return { class: name, owner }
}
