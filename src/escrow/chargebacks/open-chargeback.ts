import { parseAmount, parsePositiveAmount } from '../../kernel/money.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { findUnit, unitOf } from '../../kernel/units.ts'
import type { Books, Operation, Origin, Rows } from '../../journal/operation.ts'
import { PAYMENTS, type Payment } from '../payments/payment-rows.ts'
import { paymentClaim } from '../payments/record-payment.ts'
import { REFUNDS } from '../refunds/refund-rows.ts'
import { chargebackLoss, clearingOf, refundPayableOf, reconDifference, suspenseOf, unidentifiedOf } from '../trade/accounts.ts'
import { Draft } from '../../journal/draft.ts'
import { TRADES } from '../trade/trade-rows.ts'
import { isOpened, type Chargeback, type OpenedChargeback } from './chargeback.ts'
import { appendChargebackEvent, postOwn, saveChargeback } from './chargeback-steps.ts'
import { CHARGEBACKS, chargebackClaim } from './chargeback-rows.ts'
import { findConcerned, tradeIdsOf, type Reading } from './concerned.ts'
import { movedTradeAccounts } from './move-trade.ts'
import { placeChargeback } from './place-chargeback.ts'
import { draftFound, settle } from './settle-chargeback.ts'
import { answerChargeback, type ChargebackAnswer } from './show-chargeback.ts'

/** What a provider tells when it takes a payment back. */
export interface OpeningFact {
  readonly provider: string
  /** Its name for the chargeback, and for the payment. */
  readonly providerRef: string
  readonly paymentProviderRef: string
  /** Decimal strings; a fee of null is none. */
  readonly amount: string
  readonly fee: string | null
  /** Null means the payment's, or the tenant's where the payment is not known. */
  readonly currency: string | null
  /** The provider's own time; the decision's where it gives none. */
  readonly occurredAt: Date | null
}

/**
 * Records that a provider took a payment back, takes its money from where it is and freezes its trades. It happened, so it is refused neither for lack of
 * money nor for any state: what is found nowhere is our loss, and while the payment is not known all of it is in `unidentified_debits`. Told again it changes
 * nothing, but finds the payment where that is known by now; an outcome that was told before is applied.
 * Refuses `chargeback_known` for other facts under its name, `currency_mismatch`, `unknown_currency`, `invalid_amount`. Throws `StaleReading` where the
 * refunds of the payment are not those that were read.
 */
export function openChargeback (origin: Origin, fact: OpeningFact, reading: Reading): Operation<ChargebackAnswer> {
  const claim = chargebackClaim(fact)
  const payment = paymentClaim({ provider: fact.provider, providerRef: fact.paymentProviderRef })
  const findKnown = (rows: Rows): Chargeback | null => idsOf(rows.holder(claim)).map((id) => rows.find(CHARGEBACKS, id))[0] ?? null
  const findPayment = (rows: Rows): Payment | null => idsOf(rows.holder(payment)).map((id) => rows.find(PAYMENTS, id))[0] ?? null
  return {
    ...origin,
    name: 'chargeback.open',
    lane: 'request',
    weight: 40,
    claims: [claim, payment],
    needs: [
      { kind: CHARGEBACKS, ids: (rows) => idsOf(rows.holder(claim)) },
      { kind: REFUNDS, ids: () => reading.refundIds },
      { kind: TRADES, ids: () => reading.tradeIds },
      { kind: PAYMENTS, ids: (rows) => idsOf(rows.holder(payment)) }
    ],
    accounts (rows, settings) {
      const paid = findPayment(rows)
      const unit = fact.currency ?? paid?.unit ?? findKnown(rows)?.unit ?? settings.reporting_currency
      const trades = paid === null ? [] : tradeIdsOf(paid).flatMap((id) => rows.find(TRADES, id) ?? [])
      return [
        clearingOf(fact.provider, unit), chargebackLoss(unit), unidentifiedOf(fact.provider, unit), reconDifference(unit),
        ...paid === null ? [] : [suspenseOf(paid.id, paid.unit)],
        ...reading.refundIds.map((id) => refundPayableOf(id, unit)),
        ...trades.flatMap(movedTradeAccounts)
      ]
    },
    decide (books) {
      const known = findKnown(books)
      const paid = findPayment(books)
      if (known !== null && isOpened(known)) {
        requireSameOpening(known, fact)
        const isFound = known.takes === null && known.state !== 'won' && paid?.unit === known.unit
        return isFound ? place(books, known, { paid, reading, isLate: true }) : answerChargeback(known, [])
      }
      const opened = open(books, { known, paid, fact })
      if (known === null) books.take(claim, opened.id)
      return place(books, opened, { paid, reading, isLate: false })
    }
  }
}

/** Told by the same opening for the first time: what it says, and nothing posted. */
function open (books: Books, { known, paid, fact }: { readonly known: Chargeback | null, readonly paid: Payment | null, readonly fact: OpeningFact }): OpenedChargeback {
  const unit = findUnit(fact.currency ?? paid?.unit ?? known?.unit ?? books.settings.reporting_currency)
  if (unit === null) throw new Refusal('unknown_currency', undefined, { errors: [{ pointer: '/currency', code: 'unknown_currency' }] })
  const isOther = (code: string | null | undefined): boolean => code != null && code !== unit.code
  if (isOther(paid?.unit) || isOther(known?.unit)) throw new Refusal('currency_mismatch', `Its payment, or what was told of it before, is in another currency than ${unit.code}.`)
  const told = {
    paymentProviderRef: fact.paymentProviderRef,
    amount: parsePositiveAmount(fact.amount, unit, '/amount'),
    fee: fact.fee === null ? 0n : parseAmount(fact.fee, unit, '/fee'),
    unit: unit.code,
    openedAt: fact.occurredAt ?? books.now,
    state: 'open' as const
  }
  if (known !== null) return { ...known, ...told }
  return {
    ...told,
    id: books.newId(),
    provider: fact.provider,
    providerRef: fact.providerRef,
    outcome: null,
    outcomeFee: 0n,
    feeReturned: 0n,
    decidedAt: null,
    paymentId: null,
    takes: null,
    transactions: [],
    createdAt: books.now,
    version: 0
  }
}

interface Placement {
  readonly paid: Payment | null
  readonly reading: Reading
  /** Whether its money lies in `unidentified_debits` since it was opened. */
  readonly isLate: boolean
}

/** Posts an opening, or what was found of it later, and its outcome where that is known. */
function place (books: Books, opened: OpenedChargeback, { paid, reading, isLate }: Placement): ChargebackAnswer {
  const { id, provider, unit, amount } = opened
  const own = new Draft(books)
  const occurredAt = isLate ? books.now : opened.openedAt
  if (isLate) draftFound(own, opened)
  else own.add(chargebackLoss(unit), clearingOf(provider, unit), opened.fee)
  const placed = paid === null ? null : placeChargeback(books, { id, provider, unit, amount, occurredAt }, findConcerned(books, paid, reading), own)
  if (placed === null) own.add(unidentifiedOf(provider, unit), clearingOf(provider, unit), amount)
  const posted = [...placed?.transactions ?? [], postOwn(books, opened, { kind: isLate ? 'chargeback.match' : 'chargeback.opening', own, occurredAt })]
  const after = { ...opened, paymentId: paid?.id ?? null, takes: placed?.takes ?? null }
  appendChargebackEvent(books, isLate ? 'chargeback.matched' : 'chargeback.opened', after)
  if (after.outcome === null) return saveChargeback(books, after, posted)
  const settled = settle(books, after, { own: new Draft(books), occurredAt: books.now })
  // Until now it was only told; what was opened before it was decided had its event then.
  if (!isLate) appendChargebackEvent(books, `chargeback.${after.outcome}`, { ...after, state: after.outcome })
  return saveChargeback(books, { ...after, state: after.outcome }, [...posted, ...settled])
}

function requireSameOpening (known: OpenedChargeback, { paymentProviderRef, amount, fee, currency }: OpeningFact): void {
  const unit = unitOf(known.unit)
  const isSame = (currency === null || currency === known.unit) && paymentProviderRef === known.paymentProviderRef &&
    parsePositiveAmount(amount, unit, '/amount') === known.amount && (fee === null ? 0n : parseAmount(fee, unit, '/fee')) === known.fee
  if (!isSame) throw new Refusal('chargeback_known')
}

function idsOf (holder: string | null): string[] {
  return holder === null ? [] : [holder]
}
