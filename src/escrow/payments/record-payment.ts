import { externalId } from '../../kernel/ids.ts'
import { formatAmount, parsePositiveAmount } from '../../kernel/money.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { findUnit, unitOf } from '../../kernel/units.ts'
import type { Books, Claim, Operation, Origin, Posting } from '../../journal/operation.ts'
import { catchUp } from '../groups/follow-group.ts'
import { clearingOf, escrowOf, escrowOfId, suspenseOf } from '../trade/accounts.ts'
import { applicable, applyPayment } from './apply-payment.ts'
import { PAYMENTS, type Payment } from './payment-rows.ts'
import { showPayment, type PaymentAnswer } from './show-payment.ts'
import type { TradeAnswer } from '../trade/show-trade.ts'
import type { Trade } from '../trade/trade.ts'
import { answerTrade, requireTrade, transactionIds, type TradeTarget } from '../trade/trade-operation.ts'
import { TRADES, tradeClaim } from '../trade/trade-rows.ts'

/** What a provider tells of a payment. `currency` null means the trade's own, or the tenant's where the trade is not known. */
export interface PaymentFact {
  readonly provider: string
  readonly providerRef: string
  readonly amount: string
  readonly currency: string | null
  /** The revision of the trade that the payer agreed to; without it the current one. One that is not the current is not paid. */
  readonly revision?: number
  /** The provider's own time; the decision's where it gives none. */
  readonly occurredAt: Date | null
}

/** The trade as the payment left it, and which payment that is: what it could not take waits there. */
export interface PaidTradeAnswer extends TradeAnswer {
  readonly payment: string
}

/** What recording a fact led to. */
interface Recorded {
  readonly payment: Payment
  readonly trade: Trade | null
  readonly transactions: readonly string[]
}

/**
 * Records a payment for a trade, and answers the trade. What the trade cannot take goes to suspense: a payment is a fact and is
 * never refused for the trade's state. The same fact told again changes nothing; other facts under its name are `payment_known`.
 */
export function payTrade (origin: Origin, target: TradeTarget, fact: PaymentFact): Operation<PaidTradeAnswer> {
  const ids = target.tradeId === null ? [] : [target.tradeId]
  const claim = paymentClaim(fact)
  return {
    ...origin,
    name: 'trade.pay',
    lane: 'request',
    weight: 10,
    claims: [claim],
    // The payment is learnt where it was told before, which is rare: all that a new one needs is named by the request, and loaded at once.
    needs: [{ kind: TRADES, ids: () => ids }],
    accounts: () => ids.flatMap((id) => [clearingOf(fact.provider, fact.currency), escrowOfId(id)]),
    decide (books) {
      const known = findKnown(books, claim)
      const trade = requireTrade(books, known === null ? target : { ...target, expectedVersion: null })
      if (known !== null) {
        requireSameFact(known, fact, trade.externalRef)
        return { ...answerTrade(trade, []), payment: externalId('pay', known.id) }
      }
      const recorded = record(books, { claim, fact, trade, tradeExternalRef: trade.externalRef })
      return { ...answerTrade(recorded.trade ?? trade, []), transactions: recorded.transactions, payment: externalId('pay', recorded.payment.id) }
    }
  }
}

/**
 * Records a payment whose trade may not be known (by its external reference, or at all), and answers the payment; the rules are
 * those of {@link payTrade}.
 */
export function recordPayment (origin: Origin, fact: PaymentFact, tradeExternalRef: string | null): Operation<PaymentAnswer> {
  const claim = paymentClaim(fact)
  const tradeRef = tradeExternalRef === null ? null : tradeClaim(tradeExternalRef)
  return {
    ...origin,
    name: 'payment.record',
    lane: 'request',
    weight: 10,
    claims: tradeRef === null ? [claim] : [claim, tradeRef],
    needs: [
      { kind: TRADES, ids: (rows) => tradeRef === null ? [] : idsOf(rows.holder(tradeRef)) },
      { kind: PAYMENTS, ids: (rows) => idsOf(rows.holder(claim)) }
    ],
    accounts: (rows) => [clearingOf(fact.provider, fact.currency), ...tradeRef === null ? [] : idsOf(rows.holder(tradeRef)).map(escrowOfId)],
    decide (books) {
      const known = findKnown(books, claim)
      if (known !== null) {
        requireSameFact(known, fact, tradeExternalRef)
        return { ...showPayment(known), transactions: [] }
      }
      const tradeId = tradeRef === null ? null : books.holder(tradeRef)
      const trade = tradeId === null ? null : books.find(TRADES, tradeId)
      const recorded = record(books, { claim, fact, trade, tradeExternalRef })
      return { ...showPayment(recorded.payment), transactions: recorded.transactions }
    }
  }
}

interface NewFact {
  readonly claim: Claim
  readonly fact: PaymentFact
  readonly trade: Trade | null
  readonly tradeExternalRef: string | null
}

function record (books: Books, { claim, fact, trade: found, tradeExternalRef }: NewFact): Recorded {
  const followed = found === null ? { trade: null, transactions: [] } : catchUp(books, found)
  const { trade } = followed
  const unit = findUnit(unitCode(fact, trade, books.settings.reporting_currency))
  if (unit === null) throw new Refusal('unknown_currency', undefined, { errors: [{ pointer: '/currency', code: 'unknown_currency' }] })
  const amount = parsePositiveAmount(fact.amount, unit, '/amount')
  const { applied, reason } = trade === null
    ? { applied: 0n, reason: 'unknown_trade' as const }
    : applicable(trade, { unit: unit.code, amount, paymentId: null, revision: fact.revision ?? null })
  const payment: Payment = {
    id: books.newId(),
    provider: fact.provider,
    providerRef: fact.providerRef,
    unit: unit.code,
    amount,
    occurredAt: fact.occurredAt ?? books.now,
    tradeId: trade?.id ?? null,
    tradeExternalRef,
    otherTrades: [],
    applied,
    inSuspense: amount - applied,
    suspenseReason: reason,
    returned: 0n,
    chargedBack: 0n,
    createdAt: books.now,
    version: 1
  }
  const owner = externalId('pay', payment.id)
  books.take(claim, payment.id)
  books.introduce(owner)
  books.save(PAYMENTS, payment)
  const clearing = clearingOf(payment.provider, payment.unit)
  const postings: Posting[] = [{ debit: clearing, credit: suspenseOf(payment.id, payment.unit), amount: payment.inSuspense }]
  if (trade !== null) postings.unshift({ debit: clearing, credit: escrowOf(trade), amount: applied })
  const transaction = books.post({
    kind: applied === 0n ? 'payment.suspense' : 'trade.payment',
    subject: applied === 0n || trade === null ? owner : externalId('trd', trade.id),
    occurredAt: payment.occurredAt,
    postings
  })
  if (payment.inSuspense > 0n) {
    books.append({ type: 'payment.suspended', subject: owner, data: { amount: formatAmount(payment.inSuspense, unit), currency: unit.code, reason } })
  }
  const paid = trade === null || applied === 0n ? { trade, transactions: [] } : applyPayment(books, trade, payment, applied)
  return { payment, trade: paid.trade, transactions: transactionIds([...followed.transactions, transaction, ...paid.transactions]) }
}

function unitCode (fact: PaymentFact, trade: Trade | null, reportingCurrency: string): string {
  return fact.currency ?? trade?.currency ?? reportingCurrency
}

/** The claim that makes a provider's reference one payment for ever. */
export function paymentClaim ({ provider, providerRef }: Pick<PaymentFact, 'provider' | 'providerRef'>): Claim {
  return { kind: 'payment', key: `${provider}:${providerRef}` }
}

function findKnown (books: Books, claim: Claim): Payment | null {
  const id = books.holder(claim)
  return id === null ? null : books.find(PAYMENTS, id)
}

/** A provider may tell the same payment many times, at times it rounds differently; amount, currency and trade are what must agree. */
function requireSameFact (known: Payment, fact: PaymentFact, tradeExternalRef: string | null): void {
  const sameCurrency = fact.currency === null || fact.currency === known.unit
  if (!sameCurrency || known.tradeExternalRef !== tradeExternalRef ||
    parsePositiveAmount(fact.amount, unitOf(known.unit), '/amount') !== known.amount) throw new Refusal('payment_known')
}

function idsOf (holder: string | null): string[] {
  return holder === null ? [] : [holder]
}
