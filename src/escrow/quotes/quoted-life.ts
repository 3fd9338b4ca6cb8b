import type { PostedTransaction } from '../../journal/batch-state.ts'
import type { Operation, Origin } from '../../journal/operation.ts'
import type { Play } from '../../journal/rehearsal.ts'
import { internalId } from '../../kernel/ids.ts'
import { attest } from '../conditions/attest.ts'
import type { ProgressJson } from '../conditions/show-progress.ts'
import { payTrade, type PaymentFact } from '../payments/record-payment.ts'
import { confirmTrade } from '../steps/confirm.ts'
import { createTrade } from '../steps/create-trade.ts'
import { shipTrade } from '../steps/ship.ts'
import { fillGroup } from './fill-group.ts'
import { ATTESTATION_KINDS, type AttestationKind } from '../trade/release-terms.ts'
import type { TradeAnswer } from '../trade/show-trade.ts'
import type { TradeTerms } from '../trade/terms.ts'
import type { TradeTarget } from '../trade/trade-operation.ts'

/** What is done in a quoted life: others fill the group of a member, and attestations where lines ask for them, as if all of them came with the shipment. */
export const QUOTED_ACTIONS = ['create', 'pay', 'fill', 'ship', 'attest', 'confirm'] as const
export type QuotedAction = (typeof QUOTED_ACTIONS)[number]

/** One step of a life: when it was decided, and what it posted. */
export interface LivedStep {
  readonly action: QuotedAction
  readonly at: Date
  readonly transactions: readonly PostedTransaction[]
}

/** How a trade is supposed to go: paid at once by one payment, its group full at once, shipped (and confirmed at that moment) when that is told. */
export interface SupposedLife {
  readonly terms: TradeTerms
  readonly payment: Pick<PaymentFact, 'provider' | 'providerRef'>
  readonly openedAt: Date
  readonly shippedAt: Date
}

/** A life: its steps, the trade as it was opened and as it was shipped, and how many others its group takes beside it. */
export interface Life {
  readonly steps: readonly LivedStep[]
  readonly opened: TradeAnswer
  readonly shipped: TradeAnswer
  readonly others: number
}

/**
 * The life of a trade that is opened, paid, shipped, attested where its lines ask for it, and confirmed in full, step by step, by the operations
 * that do so for real ones. A member's group is full as soon as it is paid: that is the earliest, and else nothing of it is ever shipped.
 */
export function liveTrade (origin: Origin, { terms, payment, openedAt, shippedAt }: SupposedLife): Play<Life> {
  return (act) => {
    const steps: LivedStep[] = []
    const live = <Answer>(action: QuotedAction, operation: Operation<Answer>, at: Date): Answer => {
      const { answer, transactions } = act(operation, at)
      steps.push({ action, at, transactions })
      return answer
    }
    const opened = live('create', createTrade(origin, terms), openedAt)
    const target: TradeTarget = { tradeId: internalId('trd', opened.id), expectedVersion: null }
    const paid = live('pay', payTrade(origin, target, { ...payment, amount: opened.amount_due, currency: null, occurredAt: null }), openedAt)
    const others = terms.groupId !== null && paid.state === 'awaiting_group' ? live('fill', fillGroup(origin, terms.groupId), openedAt).others : 0
    const shipped = live('ship', shipTrade(origin, target, { lines: null, carrier: null, trackingNumber: null, occurredAt: null }), shippedAt)
    let lines: ProgressJson['lines'] = shipped.lines
    for (let next = nextAttestation(lines); next !== null; next = nextAttestation(lines)) {
      lines = live('attest', attest(origin, target, { ...next, evidence: null, by: NOBODY }), shippedAt).lines
    }
    if (lines.some(({ state }) => state === 'shipped')) live('confirm', confirmTrade(origin, target, { lines: null, occurredAt: null, quotes: null }), shippedAt)
    return { steps, opened, shipped, others }
  }
}

/** Who attests in a quote: no key. */
const NOBODY = 'nobody'

/** The first attestation that a milestone of those lines waits for. */
function nextAttestation (lines: ProgressJson['lines']): { line: string, milestone: string | null, kind: AttestationKind } | null {
  for (const { id: line, release_conditions: milestones } of lines) {
    for (const { milestone, met, facts } of milestones) {
      const kind = ATTESTATION_KINDS.find((each) => facts.some(({ fact, met: isMet }) => fact === each && !isMet))
      if (!met && kind !== undefined) return { line, milestone, kind }
    }
  }
  return null
}
