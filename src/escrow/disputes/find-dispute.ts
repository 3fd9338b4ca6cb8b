import type { Need, Rows } from '../../journal/operation.ts'
import { Refusal } from '../../kernel/refusals.ts'
import type { AccountName } from '../../ledger/accounts.ts'
import { requireNotFrozen } from '../trade/states.ts'
import type { Trade } from '../trade/trade.ts'
import { transactionIds, type Changed } from '../trade/trade-operation.ts'
import { isUndecided, type ChangedDispute, type Dispute } from './dispute.ts'
import { DISPUTES } from './dispute-rows.ts'
import { settlementAccounts } from './settle-award.ts'
import { showDispute, type DisputeAnswer } from './show-dispute.ts'

/** Which dispute a caller means and of which trade it is, by their inside ids (null when there is none): the trade is locked before it. */
export interface DisputeTarget {
  readonly disputeId: string | null
  readonly tradeId: string | null
}

/** What a step on a trade and on a dispute of it names and answers: all steps that decide disputes have it in common. */
export function onDispute ({ disputeId }: DisputeTarget): DisputeWork {
  return {
    needs: [{ kind: DISPUTES, ids: () => disputeId === null ? [] : [disputeId] }],
    accounts (trade, rows) {
      const dispute = findDispute(rows, trade, disputeId)
      return dispute === null ? [] : settlementAccounts(trade, dispute)
    },
    answer: ({ transactions }, { dispute }) => ({ ...showDispute(dispute), transactions: transactionIds(transactions) })
  }
}

interface DisputeWork {
  readonly needs: readonly Need[]
  accounts (trade: Trade, rows: Rows): readonly AccountName[]
  answer (saved: Changed, made: ChangedDispute): DisputeAnswer
}

/** The dispute of a trade that is meant. Refuses `not_found`, `dispute_decided` for one that is over, and `chargeback_open` while a chargeback of the trade is. */
export function requireUndecided (rows: Rows, trade: Trade, disputeId: string | null): Dispute {
  const dispute = findDispute(rows, trade, disputeId)
  if (dispute === null) throw new Refusal('not_found')
  requireNotDecided(dispute)
  requireNotFrozen(trade)
  return dispute
}

function findDispute (rows: Rows, trade: Trade, disputeId: string | null): Dispute | null {
  const dispute = disputeId === null ? null : rows.find(DISPUTES, disputeId)
  return dispute?.tradeId === trade.id ? dispute : null
}

/** Refuses `dispute_decided` for a dispute that is over. */
export function requireNotDecided (dispute: Dispute): void {
  if (!isUndecided(dispute)) throw new Refusal('dispute_decided', `It is ${dispute.state}.`, { current_state: dispute.state })
}
