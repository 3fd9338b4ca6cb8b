import { parseAmount } from '../../kernel/money.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { findUnit, type Unit } from '../../kernel/units.ts'
import type { Books, Operation, Origin, Rows } from '../../journal/operation.ts'
import { PAYMENTS } from '../payments/payment-rows.ts'
import { chargebackLoss, clearingOf, reconDifference, suspenseOf, unidentifiedOf } from '../trade/accounts.ts'
import { Draft } from '../../journal/draft.ts'
import { TRADES } from '../trade/trade-rows.ts'
import { isOpened, type Chargeback, type ChargebackOutcome } from './chargeback.ts'
import { CHARGEBACKS, chargebackClaim } from './chargeback-rows.ts'
import { appendChargebackEvent, saveChargeback } from './chargeback-steps.ts'
import { movedTradeAccounts } from './move-trade.ts'
import { settle } from './settle-chargeback.ts'
import { answerChargeback, type ChargebackAnswer } from './show-chargeback.ts'

/** What a provider tells when a chargeback is decided. Fees are decimal strings, null for none. */
export interface OutcomeFact {
  readonly outcome: ChargebackOutcome
  /** A further fee, and what the provider gives back of its fees. */
  readonly fee: string | null
  readonly feeReturned: string | null
  /** Null means the chargeback's, or the tenant's where its opening was not told. */
  readonly currency: string | null
  readonly occurredAt: Date | null
}

/** Which chargeback is meant: by its inside id (null when the text was none), or by its provider's name for it, which need not be known. */
export type ChargebackName = { readonly id: string | null } | Pick<Chargeback, 'provider' | 'providerRef'>

/**
 * Records how a chargeback ended. Won: what was taken goes back to where it was; lost: it stays gone, and its trades go on with what is left. An outcome that
 * is told before its opening is kept and applied when that comes; only its fees are posted at once. Told again it changes nothing.
 * Refuses `not_found` for an id that is none, `chargeback_known` for another outcome than was told, `currency_mismatch`, `unknown_currency`, `invalid_amount`.
 */
export function tellOutcome (origin: Origin, name: ChargebackName, fact: OutcomeFact): Operation<ChargebackAnswer> {
  const claim = 'id' in name ? null : chargebackClaim(name)
  const idsOf = (rows: Rows): string[] => idOf('id' in name ? name.id : rows.holder(chargebackClaim(name)))
  const findKnown = (rows: Rows): Chargeback | null => idsOf(rows).map((id) => rows.find(CHARGEBACKS, id))[0] ?? null
  return {
    ...origin,
    name: 'chargeback.outcome',
    lane: 'request',
    weight: 40,
    claims: claim === null ? [] : [claim],
    needs: [
      { kind: CHARGEBACKS, ids: idsOf },
      { kind: TRADES, ids: (rows) => findKnown(rows)?.takes?.trades.map(({ tradeId }) => tradeId) ?? [] },
      { kind: PAYMENTS, ids: (rows) => idOf(findKnown(rows)?.paymentId) }
    ],
    accounts (rows, settings) {
      const known = findKnown(rows)
      const provider = 'provider' in name ? name.provider : known?.provider
      if (provider === undefined) return []
      const unit = fact.currency ?? known?.unit ?? settings.reporting_currency
      const trades = known?.takes?.trades.flatMap(({ tradeId }) => rows.find(TRADES, tradeId) ?? []) ?? []
      return [
        clearingOf(provider, unit), chargebackLoss(unit), unidentifiedOf(provider, unit), reconDifference(unit),
        ...known?.paymentId == null ? [] : [suspenseOf(known.paymentId, unit)],
        ...trades.flatMap(movedTradeAccounts)
      ]
    },
    decide (books) {
      const known = findKnown(books)
      if (known === null && 'id' in name) throw new Refusal('not_found')
      const told = outcomeOf(books, known, fact)
      if (known?.outcome != null) {
        const isSame = known.outcome === told.outcome && known.outcomeFee === told.outcomeFee && known.feeReturned === told.feeReturned
        if (!isSame) throw new Refusal('chargeback_known', `Its outcome was told as ${known.outcome}.`, { current_state: known.state })
        return answerChargeback(known, [])
      }
      const decided = known === null ? { ...untold(books, name), ...told } : { ...known, ...told }
      if (known === null && claim !== null) books.take(claim, decided.id)
      return decide(books, decided)
    }
  }
}

/** Posts an outcome that is told for the first time. */
function decide (books: Books, decided: Chargeback & { readonly outcome: ChargebackOutcome, readonly decidedAt: Date }): ChargebackAnswer {
  const { provider, unit, outcome, outcomeFee, feeReturned, decidedAt } = decided
  const own = new Draft(books)
  if (unit !== null) {
    own.add(chargebackLoss(unit), clearingOf(provider, unit), outcomeFee)
    own.add(clearingOf(provider, unit), chargebackLoss(unit), feeReturned)
  }
  const posted = settle(books, decided, { own, occurredAt: decidedAt })
  const after = isOpened(decided) ? { ...decided, state: outcome } : decided
  appendChargebackEvent(books, isOpened(decided) ? `chargeback.${outcome}` : 'chargeback.outcome_told', after)
  return saveChargeback(books, after, posted)
}

function idOf (id: string | null | undefined): string[] {
  return id == null ? [] : [id]
}

function outcomeOf (books: Books, known: Chargeback | null, { outcome, fee, feeReturned, currency, occurredAt }: OutcomeFact) {
  const unit = findUnit(currency ?? known?.unit ?? books.settings.reporting_currency)
  if (unit === null) throw new Refusal('unknown_currency', undefined, { errors: [{ pointer: '/currency', code: 'unknown_currency' }] })
  if (known?.unit != null && known.unit !== unit.code) throw new Refusal('currency_mismatch', `The chargeback is in ${known.unit}.`)
  const money = (text: string | null, pointer: string, of: Unit): bigint => text === null ? 0n : parseAmount(text, of, pointer)
  const [outcomeFee, returned] = [money(fee, '/fee', unit), money(feeReturned, '/fee_returned', unit)]
  const isMoney = outcomeFee > 0n || returned > 0n || currency !== null
  return { outcome, outcomeFee, feeReturned: returned, unit: known?.unit ?? (isMoney ? unit.code : null), decidedAt: occurredAt ?? books.now }
}

/** A chargeback of which nothing was told before its outcome. */
function untold (books: Books, name: ChargebackName): Omit<Chargeback, 'outcome'> {
  if ('id' in name) throw new Error('only a name can be told first')
  return {
    id: books.newId(),
    provider: name.provider,
    providerRef: name.providerRef,
    state: 'awaiting_opening',
    paymentProviderRef: null,
    amount: null,
    fee: 0n,
    openedAt: null,
    unit: null,
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
