import { CHARGEBACK_OUTCOMES, type ChargebackOutcome } from '../../escrow/chargebacks/chargeback.ts'
import { tellOutcome } from '../../escrow/chargebacks/tell-outcome.ts'
import type { Books, Claim, Operation, Origin } from '../../journal/operation.ts'
import { externalId } from '../../kernel/ids.ts'
import { formatAmount, parseAmount } from '../../kernel/money.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { unitOf } from '../../kernel/units.ts'
import { SANDBOX_PROVIDER, type Fact, type Timing } from './fact.ts'
import { FACTS } from './fact-rows.ts'
import { newFact } from './new-fact.ts'
import { PROVIDER_NEEDS, requireProvider } from './provider-rows.ts'
import { showFact, type FactJson } from './show-fact.ts'

/** How the provider is to decide a chargeback (by the inside id of the fact that opened it, null when the text was none). */
export interface ChargebackDecision {
  readonly openingId: string | null
  readonly outcome: ChargebackOutcome
  /** Decimal strings: a further fee, and what it gives back of its fees; null for none. */
  readonly fee: string | null
  readonly feeReturned: string | null
  /** Counted from now, or from the opening where that is still to come. */
  readonly timing: Timing
}

const KINDS = { won: 'chargeback_won', lost: 'chargeback_lost' } as const satisfies Record<ChargebackOutcome, Fact['kind']>

/**
 * Has the provider decide a chargeback that it opened, which it tells us of afterwards: perhaps before it tells of the opening. It decides once.
 * Refuses `sandbox_only`, `not_found` for what is no opening of the provider's, `chargeback_known` when it is decided; `invalid_amount`.
 */
export function decideChargeback (origin: Origin, { openingId, outcome, fee, feeReturned, timing }: ChargebackDecision): Operation<{ facts: FactJson[] }> {
  const claim = openingId === null ? null : outcomeClaim(externalId('sbx', openingId))
  return {
    ...origin,
    name: 'sandbox.chargeback',
    lane: 'request',
    weight: 3,
    claims: claim === null ? [] : [claim],
    needs: [...PROVIDER_NEEDS, { kind: FACTS, ids: (rows) => claim === null ? [] : [openingId, rows.holder(claim)].filter((id) => id !== null) }],
    decide (books) {
      requireProvider(books)
      const opening = openingId === null ? null : books.find(FACTS, openingId)
      if (claim === null || opening?.kind !== 'chargeback_opened') throw new Refusal('not_found')
      requireUndecided(books, claim)
      const unit = unitOf(opening.unit)
      const waitMs = Math.max(opening.occurredAt.getTime() - books.now.getTime(), 0)
      const fact = newFact(books, {
        kind: KINDS[outcome],
        reference: opening.reference,
        paymentReference: opening.paymentReference,
        tradeId: opening.tradeId,
        unit: opening.unit,
        amount: opening.amount,
        fee: fee === null ? 0n : parseAmount(fee, unit, '/fee'),
        feeReturned: feeReturned === null ? 0n : parseAmount(feeReturned, unit, '/fee_returned'),
        timing: { ...timing, afterMs: waitMs + timing.afterMs }
      })
      books.take(claim, fact.id)
      books.save(FACTS, fact)
      return { facts: [showFact(fact)] }
    }
  }
}

/** The report of how a chargeback ended, as any provider sends it. */
export function reportOutcome (origin: Origin, { kind, reference, unit, fee, feeReturned, occurredAt }: Fact): Operation<unknown> {
  const outcome = CHARGEBACK_OUTCOMES.find((each) => KINDS[each] === kind)
  if (outcome === undefined) throw new Error(`a ${kind} is no outcome of a chargeback`)
  return tellOutcome(origin, { provider: SANDBOX_PROVIDER, providerRef: reference }, {
    outcome, fee: formatAmount(fee, unitOf(unit)), feeReturned: formatAmount(feeReturned, unitOf(unit)), currency: unit, occurredAt
  })
}

/** The claim that makes an outcome of a chargeback, by its name, the only one. */
function outcomeClaim (reference: string): Claim {
  return { kind: 'sandbox_outcome', key: reference }
}

function requireUndecided (books: Books, claim: Claim): void {
  const decidedBy = books.holder(claim)
  if (decidedBy === null) return
  const outcome = CHARGEBACK_OUTCOMES.find((each) => KINDS[each] === books.find(FACTS, decidedBy)?.kind)
  throw new Refusal('chargeback_known', 'The provider has decided it already.', outcome === undefined ? {} : { current_state: outcome })
}
