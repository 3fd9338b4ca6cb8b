import { externalId } from '../../kernel/ids.ts'
import { formatAmount } from '../../kernel/money.ts'
import { unitOf } from '../../kernel/units.ts'
import { transactionIds } from '../trade/trade-operation.ts'
import type { Chargeback, ChargebackOutcome, ChargebackState } from './chargeback.ts'

/** A chargeback as callers see it. Amounts are null while nobody told them. */
export interface ChargebackJson {
  readonly id: string
  readonly state: ChargebackState
  readonly provider: string
  readonly provider_ref: string
  readonly payment_provider_ref: string | null
  readonly payment: string | null
  readonly currency: string | null
  readonly amount: string | null
  readonly fee: string | null
  readonly outcome: ChargebackOutcome | null
  readonly outcome_fee: string | null
  readonly fee_returned: string | null
  readonly taken: TakenJson | null
  readonly opened_at: string | null
  readonly decided_at: string | null
  readonly created_at: string
  readonly version: number
}

/** Where its money was taken; it was given back there when the chargeback was won. */
interface TakenJson {
  readonly suspense: string
  readonly returned: string
  readonly trades: ReadonlyArray<{ readonly trade: string, readonly refunded: string, readonly held: string, readonly released: string }>
  readonly loss: string
}

/** A chargeback as a step left it, and the transactions that the step posted. */
export interface ChargebackAnswer extends ChargebackJson {
  readonly transactions: readonly string[]
}

/** The outside form of a chargeback. */
export function showChargeback (chargeback: Chargeback): ChargebackJson {
  const { unit, takes } = chargeback
  const money = (minor: bigint): string => unit === null ? '0' : formatAmount(minor, unitOf(unit))
  const told = (minor: bigint | null): string | null => minor === null || unit === null ? null : money(minor)
  return {
    id: externalId('chb', chargeback.id),
    state: chargeback.state,
    provider: chargeback.provider,
    provider_ref: chargeback.providerRef,
    payment_provider_ref: chargeback.paymentProviderRef,
    payment: chargeback.paymentId === null ? null : externalId('pay', chargeback.paymentId),
    currency: unit,
    amount: told(chargeback.amount),
    fee: told(chargeback.fee),
    outcome: chargeback.outcome,
    outcome_fee: told(chargeback.outcomeFee),
    fee_returned: told(chargeback.feeReturned),
    taken: takes === null
      ? null
      : {
          suspense: money(takes.suspense),
          returned: money(takes.returned),
          trades: takes.trades.map(({ tradeId, refunded, held, released }) =>
            ({ trade: externalId('trd', tradeId), refunded: money(refunded), held: money(held), released: money(released) })),
          loss: money(takes.loss)
        },
    opened_at: chargeback.openedAt?.toISOString() ?? null,
    decided_at: chargeback.decidedAt?.toISOString() ?? null,
    created_at: chargeback.createdAt.toISOString(),
    version: chargeback.version
  }
}

/** What a step of a chargeback answers. */
export function answerChargeback (chargeback: Chargeback, transactions: readonly string[]): ChargebackAnswer {
  return { ...showChargeback(chargeback), transactions: transactionIds(transactions) }
}
