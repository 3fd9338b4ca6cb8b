import { amountDue } from '../../escrow/trade/states.ts'
import { TRADES, tradeClaim } from '../../escrow/trade/trade-rows.ts'
import type { Trade } from '../../escrow/trade/trade.ts'
import { payTrade, recordPayment } from '../../escrow/payments/record-payment.ts'
import type { Claim, Operation, Origin } from '../../journal/operation.ts'
import { formatAmount, parsePositiveAmount, portion } from '../../kernel/money.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { findUnit, unitOf } from '../../kernel/units.ts'
import { SANDBOX_PROVIDER, type Fact, type Timing } from './fact.ts'
import { FACTS } from './fact-rows.ts'
import { newFact } from './new-fact.ts'
import { PROVIDER_NEEDS, requireProvider } from './provider-rows.ts'
import { showFact, type FactJson } from './show-fact.ts'

/** How much the buyer pays where no amount is given. */
export const PAY_MODES = ['full', 'short', 'twice', 'surplus'] as const
export type PayMode = (typeof PAY_MODES)[number]

/** What the buyer is to do at the provider. */
export interface Paying {
  /** The trade by its inside id (null when the text was none), or by the name that the provider was given for it. */
  readonly trade: { readonly id: string | null } | { readonly externalRef: string }
  readonly mode: PayMode
  /** A decimal string, in place of what the mode would make it. */
  readonly amount: string | null
  /** Null means the trade's, or the tenant's where there is no such trade. */
  readonly currency: string | null
  readonly revision: number | null
  readonly timing: Timing
}

/**
 * Has a buyer pay at the provider, which tells us of it afterwards. In full is what is due, or the whole price of a trade that awaits nothing.
 * Refuses `sandbox_only`; `unknown_trade` for an id that is none, and for a reference where no amount is given; `unknown_currency`, `invalid_amount`.
 */
export function payAtProvider (origin: Origin, paying: Paying): Operation<{ facts: FactJson[] }> {
  const claim = 'externalRef' in paying.trade ? tradeClaim(paying.trade.externalRef) : null
  const tradeIds = (holder: (claim: Claim) => string | null): string[] => {
    const id = 'id' in paying.trade ? paying.trade.id : claim === null ? null : holder(claim)
    return id === null ? [] : [id]
  }
  return {
    ...origin,
    name: 'sandbox.pay',
    lane: 'request',
    weight: 4,
    claims: claim === null ? [] : [claim],
    needs: [...PROVIDER_NEEDS, { kind: TRADES, ids: (rows) => tradeIds((one) => rows.holder(one)) }],
    decide (books) {
      const { feeRate } = requireProvider(books)
      const [id] = tradeIds((one) => books.holder(one))
      const trade = id === undefined ? null : books.find(TRADES, id)
      if (trade === null && 'id' in paying.trade) throw refuseAt('unknown_trade', '/trade')
      const unit = findUnit(paying.currency ?? trade?.currency ?? books.settings.reporting_currency)
      if (unit === null) throw refuseAt('unknown_currency', '/currency')
      const amounts = paying.amount === null ? amountsOf(trade, paying.mode) : [parsePositiveAmount(paying.amount, unit, '/amount')]
      const facts = amounts.map((amount) => newFact(books, {
        kind: 'payment',
        tradeId: trade?.id ?? null,
        tradeExternalRef: 'externalRef' in paying.trade ? paying.trade.externalRef : null,
        unit: unit.code,
        amount,
        fee: portion(feeRate, amount),
        revision: paying.revision,
        timing: paying.timing
      }))
      for (const fact of facts) books.save(FACTS, fact)
      return { facts: facts.map(showFact) }
    }
  }
}

/** The report of a payment as any provider sends it: of a trade by its id, or by the name that it was given for it. */
export function reportPayment (origin: Origin, fact: Fact): Operation<unknown> {
  const told = {
    provider: SANDBOX_PROVIDER,
    providerRef: fact.reference,
    amount: formatAmount(fact.amount, unitOf(fact.unit)),
    currency: fact.unit,
    occurredAt: fact.occurredAt,
    ...fact.revision === null ? {} : { revision: fact.revision }
  }
  if (fact.tradeExternalRef !== null) return recordPayment(origin, told, fact.tradeExternalRef)
  return payTrade(origin, { tradeId: fact.tradeId, expectedVersion: null }, told)
}

/** Half of it is short; a tenth more is a surplus. Never less than the smallest amount there is. */
function amountsOf (trade: Trade | null, mode: PayMode): bigint[] {
  if (trade === null) throw refuseAt('unknown_trade', '/trade_external_ref', 'We have no such trade, so that the provider cannot tell what it costs: give an amount.')
  const due = amountDue(trade)
  const full = due > 0n ? due : trade.total - trade.coinsValue
  switch (mode) {
    case 'full': return [full]
    case 'short': return [atLeastOne(full / 2n)]
    case 'twice': return [full, full]
    case 'surplus': return [full + atLeastOne(full / 10n)]
  }
}

function atLeastOne (amount: bigint): bigint {
  return amount > 0n ? amount : 1n
}

function refuseAt (code: 'unknown_trade' | 'unknown_currency', pointer: string, detail?: string): Refusal {
  return new Refusal(code, detail, { errors: [{ pointer, code }] })
}
