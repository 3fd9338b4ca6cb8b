import type { PostedTransaction } from '../../journal/batch-state.ts'
import type { Operation, Origin } from '../../journal/operation.ts'
import type { Play } from '../../journal/rehearsal.ts'
import { internalId } from '../../kernel/ids.ts'
import { payTrade, type PaymentFact } from '../payments/record-payment.ts'
import { confirmTrade } from '../steps/confirm.ts'
import { createTrade } from '../steps/create-trade.ts'
import { shipTrade } from '../steps/ship.ts'
import type { TradeAnswer } from '../trade/show-trade.ts'
import type { TradeTerms } from '../trade/terms.ts'
import type { TradeTarget } from '../trade/trade-operation.ts'

/** One step of a life: when it was decided, the trade as it left it, and what it posted. */
export interface LivedStep {
  readonly action: 'create' | 'pay' | 'ship' | 'confirm'
  readonly at: Date
  readonly trade: TradeAnswer
  readonly transactions: readonly PostedTransaction[]
}

/** How a trade is supposed to go: paid at once by one payment, shipped (and confirmed at that moment) when that is told. */
export interface SupposedLife {
  readonly terms: TradeTerms
  readonly payment: Pick<PaymentFact, 'provider' | 'providerRef'>
  readonly openedAt: Date
  readonly shippedAt: Date
}

/** The life of a trade that is opened, paid, shipped and confirmed in full, step by step, by the operations that do so for real ones. */
export function liveTrade (origin: Origin, { terms, payment, openedAt, shippedAt }: SupposedLife): Play<readonly LivedStep[]> {
  return (act) => {
    const steps: LivedStep[] = []
    const live = (action: LivedStep['action'], operation: Operation<TradeAnswer>, at: Date): TradeAnswer => {
      const { answer: trade, transactions } = act(operation, at)
      steps.push({ action, at, trade, transactions })
      return trade
    }
    const opened = live('create', createTrade(origin, terms), openedAt)
    const target: TradeTarget = { tradeId: internalId('trd', opened.id), expectedVersion: null }
    live('pay', payTrade(origin, target, { ...payment, amount: opened.amount_due, currency: null, occurredAt: null }), openedAt)
    live('ship', shipTrade(origin, target, { lines: null, carrier: null, trackingNumber: null, occurredAt: null }), shippedAt)
    live('confirm', confirmTrade(origin, target, { lines: null, occurredAt: null }), shippedAt)
    return steps
  }
}
