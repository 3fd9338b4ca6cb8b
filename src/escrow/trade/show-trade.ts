import { externalId } from '../../kernel/ids.ts'
import { formatAmount } from '../../kernel/money.ts'
import { unitOf, type Unit } from '../../kernel/units.ts'
import type { Fulfilment } from '../../tenants/settings.ts'
import type { ReserveTerms } from '../../parties/seller-terms.ts'
import { deadlinesOf, type DeadlineName } from './deadlines.ts'
import { showCoins, showTradeCoins, type CoinCountsJson } from './show-coins.ts'
import { showConditions, type MilestoneJson } from './show-conditions.ts'
import { showCase, type CaseJson } from './show-case.ts'
import { sumOf } from './line-amount.ts'
import { allowedActions, amountDue, lineState, tradeState, type LineState, type PublicAction, type TradeState } from './states.ts'
import type { Exchange } from './exchange.ts'
import { heldOf, type Hold, type Line, type Split, type Trade } from './trade.ts'

/** A trade as callers see it: outside ids, amounts as decimal strings of its currency. */
export interface TradeJson {
  readonly id: string
  readonly external_ref: string
  readonly state: TradeState
  readonly currency: string
  readonly buyer: string
  readonly group: string | null
  readonly revision: number
  readonly total: string
  readonly coins_value: string
  readonly coins: CoinCountsJson & { readonly programme: string, readonly coin: string } | null
  readonly amount_due: string
  readonly paid: string
  readonly held: string
  readonly released: string
  readonly refunded: string
  readonly refund_pending: string
  readonly charged_back: string
  readonly lines: readonly LineJson[]
  readonly disputes: ReadonlyArray<{ readonly id: string, readonly evidence_by: string | null }>
  readonly holds: ReadonlyArray<{ readonly id: string, readonly kind: Hold['kind'], readonly placed_at: string, readonly blocks_shipment: boolean }>
  readonly refund_cases: readonly CaseJson[]
  readonly deadlines: Readonly<Partial<Record<DeadlineName, string>>>
  readonly allowed_actions: readonly PublicAction[]
  readonly version: number
}

/** What of a line's release was exchanged by one quote and not taken back: `net` of the trade's currency for `paid` of another. */
export interface ExchangeJson {
  readonly fx_quote: string
  readonly rate: string
  readonly net: string
  readonly currency: string
  readonly paid: string
}

export interface LineJson {
  readonly id: string
  readonly ref: string
  readonly seller: string
  readonly description: string
  readonly state: LineState
  readonly quantity: number
  readonly unit_price: string
  readonly shipping: string
  readonly fulfilment: Fulfilment
  readonly commission_rate: string
  readonly splits: ReadonlyArray<{ readonly partner: string, readonly rate?: string, readonly amount?: string }>
  readonly reserve: ReserveTerms | null
  readonly payout_currency: string | null
  readonly exchanged: readonly ExchangeJson[]
  readonly coins: CoinCountsJson | null
  readonly shipped: number
  readonly confirmed: number
  readonly refunded: number
  readonly returned: number
  readonly frozen: string
  readonly frozen_units: number
  readonly confirm_by: string | null
  readonly confirm_extended: boolean
  readonly release_conditions: readonly MilestoneJson[]
}

/** The trade as a step left it, and the transactions that the step posted. */
export interface TradeAnswer extends TradeJson {
  readonly transactions: readonly string[]
}

/** The outside form of a trade. */
export function showTrade (trade: Trade): TradeJson {
  const unit = unitOf(trade.currency)
  const money = (minor: bigint): string => formatAmount(minor, unit)
  return {
    id: externalId('trd', trade.id),
    external_ref: trade.externalRef,
    state: tradeState(trade),
    currency: trade.currency,
    buyer: externalId('pty', trade.buyerId),
    group: trade.group === null ? null : externalId('grp', trade.group.id),
    revision: trade.revision,
    total: money(trade.total),
    coins_value: money(trade.coinsValue),
    coins: showTradeCoins(trade),
    amount_due: money(amountDue(trade)),
    paid: money(trade.paid),
    held: money(heldOf(trade)),
    released: money(trade.released),
    refunded: money(trade.refunded),
    refund_pending: money(trade.refundPending),
    charged_back: money(trade.chargedBack),
    lines: trade.lines.map((line) => showLine(trade, line, unit)),
    holds: trade.holds.map(({ id, kind, placedAt, blocksShipment }) => ({ id: externalId('hld', id), kind, placed_at: placedAt.toISOString(), blocks_shipment: blocksShipment })),
    refund_cases: trade.refundCases.map((each) => showCase(each, unit)),
    disputes: trade.disputes.map(({ id, dueAt }) => ({ id: externalId('dsp', id), evidence_by: dueAt?.toISOString() ?? null })),
    deadlines: deadlinesOf(trade),
    allowed_actions: allowedActions(trade),
    version: trade.version
  }
}

function showLine (trade: Trade, line: Line, unit: Unit): LineJson {
  return {
    id: externalId('lin', line.id),
    ref: line.ref,
    seller: externalId('pty', line.sellerId),
    description: line.description,
    state: lineState(trade, line),
    quantity: line.quantity,
    unit_price: formatAmount(line.unitPrice, unit),
    shipping: formatAmount(line.shipping, unit),
    fulfilment: line.fulfilment,
    commission_rate: line.commissionRate,
    splits: line.splits.map((split) => showSplit(split, unit)),
    reserve: line.sellerTerms.reserve,
    payout_currency: line.sellerTerms.payoutCurrency,
    exchanged: line.exchanges.map(showExchange),
    coins: trade.coins === null ? null : showCoins(line.coins),
    shipped: line.shipped,
    confirmed: line.confirmed,
    refunded: line.refunded,
    returned: line.returned,
    frozen: formatAmount(sumOf(line.frozenAmount), unit),
    frozen_units: line.frozenUnits,
    confirm_by: line.confirmBy?.toISOString() ?? null,
    confirm_extended: line.confirmExtended,
    release_conditions: showConditions(line)
  }
}

function showExchange ({ quoteId, rate, from, to, net, paid }: Exchange): ExchangeJson {
  return { fx_quote: externalId('fxq', quoteId), rate, net: formatAmount(net, unitOf(from)), currency: to, paid: formatAmount(paid, unitOf(to)) }
}

function showSplit (split: Split, unit: Unit): LineJson['splits'][number] {
  const partner = externalId('pty', split.partnerId)
  return 'rate' in split ? { partner, rate: split.rate } : { partner, amount: formatAmount(split.amount, unit) }
}
