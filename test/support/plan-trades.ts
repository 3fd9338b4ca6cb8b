import { CANCELLERS, cancelTrade } from '../../src/escrow/steps/cancel.ts'
import { confirmTrade } from '../../src/escrow/steps/confirm.ts'
import { createTrade } from '../../src/escrow/steps/create-trade.ts'
import { meetDeadline } from '../../src/escrow/timers/meet-deadline.ts'
import { shipTrade } from '../../src/escrow/steps/ship.ts'
import type { TradeJson } from '../../src/escrow/trade/show-trade.ts'
import type { ProposedRelease } from '../../src/escrow/trade/parse-release.ts'
import { parseTerms } from '../../src/escrow/trade/terms.ts'
import { internalId } from '../../src/kernel/ids.ts'
import { formatAmount } from '../../src/kernel/money.ts'
import { unitOf } from '../../src/kernel/units.ts'
import { expectOn } from './group-model.ts'
import { covers, sweepCases } from './case-model.ts'
import { owe } from './owe.ts'
import { confirmable, settle, type ModelMilestone } from './condition-model.ts'
import { factsOf, proposedRelease, sharesOf, type ReleaseDraft } from './release-drafts.ts'
import type { Command, LineDraft } from './trade-commands.ts'
import * as model from './trade-model.ts'
import { chosen, namedQuotes } from './plan-quotes.ts'
import { choose, chooseFitting, CURRENCIES, type Planned, type TradeWorld, type WorldGroup, type WorldTrade } from './trade-world.ts'

const FULFILMENTS = ['instant', 'virtual', 'express', 'mail'] as const

/** A new trade, now and then under a reference that is taken. */
export function planTrade (world: TradeWorld, { target, choice, lines }: Command, group: WorldGroup | null = null): Planned[] {
  const currency = CURRENCIES[choice % 3] ?? 'CNY'
  const ref = `R-${target % 40}`
  const unit = unitOf(currency)
  const money = (minor: number | bigint): string => formatAmount(BigInt(minor), unit)
  const trade: model.ModelTrade = {
    ref,
    currency,
    feeBase: world.settings.fee_base,
    payBy: Math.min(world.now + world.settings.unpaid_close_ms, group?.model.fillBy ?? Infinity),
    group: group === null ? null : { of: group.model, seated: false, outcome: null },
    lines: lines.map((line) => modelLine(world, line)),
    applied: new Map(),
    surplusTaken: 0n,
    left: 0n,
    closedUnpaid: false,
    revision: 1,
    shipBy: null,
    shipOverdue: false,
    afterSaleBy: null,
    afterSaleEnded: false,
    holds: [],
    disputes: []
  }
  if (model.totalOf(trade) === 0n) return []
  const terms = parseTerms({
    external_ref: ref,
    buyer: world.buyer,
    currency,
    ...group === null ? {} : { group: group.id },
    lines: trade.lines.map((line, index) => ({
      ref: String(index),
      seller: line.seller,
      quantity: line.units.length,
      unit_price: money(line.price),
      shipping: money(line.shipping),
      fulfilment: FULFILMENTS[lines[index]?.fulfilment ?? 0] ?? 'mail',
      commission_rate: line.rate,
      splits: line.splits.map((split) => 'rate' in split ? split : { partner: split.partner, amount: money(split.amount) }),
      ...releaseOf(lines[index]?.release ?? null)
    }))
  })
  return [{
    operation: createTrade(world.origin(), terms),
    expect: (answer) => {
      if (world.trades.some((other) => other.model.ref === ref)) return 'external_ref_taken'
      if (trade.lines.some((line) => model.exceedsPrice(line, trade.feeBase))) return 'terms_exceed_price'
      if (group !== null && (group.model.state !== 'open' || group.model.fillBy <= world.now)) return 'group_decided'
      if (group !== null && differsFromOffer(trade, group.model)) return 'group_offer_differs'
      world.purses.open(trade)
      const shown = answer as unknown as TradeJson
      world.trades.push({ model: trade, id: shown.id, lineIds: shown.lines.map((line) => line.id) })
      return 'answered'
    }
  }]
}

function differsFromOffer ({ currency, lines: [line, ...others] }: model.ModelTrade, group: model.ModelGroup): boolean {
  return line === undefined || others.length > 0 || currency !== group.currency || line.seller !== group.seller || line.price !== group.price ||
    line.units.length > (group.quantityMax ?? Infinity)
}

function releaseOf (draft: ReleaseDraft | null): { release?: ProposedRelease } {
  return draft === null ? {} : { release: proposedRelease(draft) }
}

function modelMilestones (draft: ReleaseDraft): ModelMilestone[] {
  const isNamed = draft.parts.flatMap(({ when }) => factsOf(when)).some((fact) => fact.endsWith('confirmed'))
  const also = draft.waived || isNamed ? ['shipped'] : ['shipped', 'confirmed']
  return draft.parts.map(({ when }, place) => ({
    ref: draft.parts.length === 1 ? null : `m${place}`, share: sharesOf(draft)[place] ?? 0n, when, also: place < draft.parts.length - 1 ? [] : also
  }))
}

function modelLine (world: TradeWorld, draft: LineDraft): model.ModelLine {
  return {
    seller: world.sellers[draft.seller] ?? '',
    price: BigInt(draft.price),
    shipping: BigInt(draft.shipping),
    rate: (draft.rate / 1000).toFixed(3).replace(/^1\.0*$/, '1'),
    splits: draft.splits.map(({ partner, share, fixed }) => fixed
      ? { partner: world.partners[partner] ?? '', amount: BigInt(1 + share % 50) }
      : { partner: world.partners[partner] ?? '', rate: `0.${String(share).padStart(3, '0')}` }),
    confirmAfterMs: world.settings.auto_confirm_ms[FULFILMENTS[draft.fulfilment] ?? 'mail'],
    units: Array.from({ length: draft.quantity }, () => 'pending' as const),
    steps: [],
    milestones: draft.release === null ? [] : modelMilestones(draft.release),
    facts: new Set(),
    confirmBy: null,
    releaseBy: null,
    extended: false,
    refundCase: null
  }
}

/** Shipping, confirming or cancelling what is left of a trade, or some units of some lines, or too many. */
export function planStep (world: TradeWorld, command: Command, action: 'ship' | 'confirm' | 'cancel'): Planned[] {
  const { target, size, choice } = command
  const trade = chooseFitting(world.trades, target, (each) => model.actionsOf(each.model).includes(action))
  if (trade === undefined) return []
  const wanted = choice % 3 > 0
    ? null
    : trade.lineIds.slice(size % trade.lineIds.length)
      .map((line, index) => ({ line, ...(size + index) % 5 === 0 ? {} : { quantity: 1 + (size + index) % 4 } }))
  const goal = { tradeId: internalId('trd', trade.id), expectedVersion: null }
  const by = CANCELLERS[size % 3] ?? 'buyer'
  const cancellation = { lines: wanted, by, sellerAgreed: choice % 4 === 0, occurredAt: null }
  const quotes = action === 'confirm' ? namedQuotes(world, trade, command) : []
  const operation = action === 'ship'
    ? shipTrade(world.origin(), goal, { lines: wanted, carrier: null, trackingNumber: null, occurredAt: null })
    : action === 'confirm' ? confirmTrade(world.origin(), goal, { lines: wanted, occurredAt: null, quotes: quotes.map(({ id }) => id) }) : cancelTrade(world.origin(), goal, cancellation)
  const isAlone = by === 'buyer' && !cancellation.sellerAgreed
  return [{ operation, expect: () => expectOn(world, trade, () => expectStep(world, trade, { action, wanted, isAlone, quotes })) }]
}

interface PlannedStep {
  readonly action: 'ship' | 'confirm' | 'cancel'
  readonly wanted: ReadonlyArray<{ readonly line: string, readonly quantity?: number }> | null
  /** Whether a buyer cancels without his seller. */
  readonly isAlone: boolean
  /** What he names when he confirms. */
  readonly quotes: readonly model.ModelQuote[]
}

function expectStep (world: TradeWorld, trade: WorldTrade, { action, wanted, isAlone, quotes: named }: PlannedStep): string {
  const obstacle = model.obstacleTo(trade.model, action)
  if (obstacle !== null) return obstacle
  if (model.stateOf(trade.model) === 'awaiting_payment') {
    if (wanted !== null) return 'illegal_in_state'
    model.closeUnpaid(trade.model)
    return 'answered'
  }
  if (action === 'confirm' && trade.model.holds.length > 0) return 'release_blocked'
  if (action === 'cancel' && isAlone && (trade.model.shipBy ?? 0) > world.now) return 'seller_agreement_needed'
  const from = action === 'confirm' ? 'shipped' as const : 'pending' as const
  const left = (line: model.ModelLine): number => action === 'confirm' ? (line.refundCase === null ? confirmable(line) : 0) : line.units.filter((unit) => unit === from).length
  if (action === 'confirm') {
    const isAsked = (line: model.ModelLine | undefined): boolean => (line?.refundCase ?? null) !== null
    const waiting = trade.model.lines.filter((line) => confirmable(line) > 0)
    if (wanted === null ? waiting.length > 0 && waiting.every(isAsked) : wanted.some(({ line }) => isAsked(trade.model.lines[trade.lineIds.indexOf(line)]))) return 'refund_case_open'
  }
  const isPart = (line: model.ModelLine | undefined, quantity = Infinity): boolean =>
    line !== undefined && line.milestones.length > 0 && (line.units.includes('pending') || quantity < line.units.filter((unit) => unit === 'shipped').length)
  if (action === 'confirm' && wanted !== null) {
    if (wanted.some(({ line, quantity }) => isPart(trade.model.lines[trade.lineIds.indexOf(line)], quantity))) return 'partial_confirmation'
  }
  const picked = wanted === null
    ? trade.model.lines.map((line) => ({ line, count: left(line) })).filter(({ count }) => count > 0)
    : trade.model.lines.flatMap((line, index) => {
      const want = wanted.find((each) => each.line === trade.lineIds[index])
      return want === undefined ? [] : [{ line, count: want.quantity ?? left(line) }]
    })
  if (picked.length === 0 || picked.some(({ line, count }) => count === 0 || count > left(line))) return 'quantity_exceeded'
  if (action === 'cancel' && picked.some(({ line, count }) => leavesTooLittle(line, count, trade.model.feeBase))) return 'refund_case_open'
  const quotes = chosen(world, trade, named, action === 'confirm' ? picked.map(({ line }) => line) : [])
  if (typeof quotes === 'string') return quotes
  const refundedBefore = model.refundedOf(trade.model)
  for (const { line, count } of picked) {
    if (action === 'confirm' && line.milestones.length > 0) {
      line.facts.add('buyer_confirmed')
      settle(line, model.lineMoney(line, trade.model.feeBase), quotes)
      continue
    }
    model.moveUnits(line, from, action === 'ship' ? 'shipped' : action === 'confirm' ? 'confirmed' : 'refunded', count, quotes)
    if (action === 'ship') startTime(line, world.now)
  }
  model.refundNewestFirst(trade.model, model.refundedOf(trade.model) - refundedBefore)
  return 'answered'
}

/** Whether the open case of a line could not have all it asks for any more, if units of the line were cancelled. */
function leavesTooLittle (line: model.ModelLine, count: number, feeBase: model.ModelTrade['feeBase']): boolean {
  if (line.refundCase === null || line.refundCase.state === 'arbitration') return false
  const after = structuredClone(line)
  model.moveUnits(after, 'pending', 'refunded', count)
  return covers(after, line.refundCase, feeBase) !== 'yes'
}

/** The time to confirm starts, or, while a case is open, what is left of it grows. */
function startTime (line: model.ModelLine, now: number): void {
  if (line.refundCase === null) line.confirmBy = Math.max(line.confirmBy ?? 0, now + line.confirmAfterMs)
  else line.refundCase.remainingMs = Math.max(line.refundCase.remainingMs ?? 0, line.confirmAfterMs)
}

/** A sweep over one trade: on time, late, or for nothing. */
export function planTimer (world: TradeWorld, { target, choice }: Command): Planned[] {
  const trade = choose(world.trades, target)
  const deadline = trade === undefined ? null : model.deadlineOf(trade.model)
  // A sweep may be stale: it saw a deadline that is gone by now. It never sees one that is still to come.
  if (trade === undefined || (deadline !== null && deadline > world.now && choice % 2 === 0)) return []
  const due = deadline === null || deadline > world.now ? world.now - 1 : deadline
  const operation = meetDeadline({ tenantId: world.tenantId, tradeId: internalId('trd', trade.id) ?? '', deadline: new Date(due), version: 1 })
  return [{
    operation: { ...operation, key: world.origin().key },
    expect: () => expectOn(world, trade, () => {
      const now = model.deadlineOf(trade.model)
      if (now === null || now > world.now) return 'answered'
      if (model.stateOf(trade.model) === 'awaiting_payment') model.closeUnpaid(trade.model)
      else {
        if (trade.model.shipBy !== null && trade.model.shipBy <= world.now) trade.model.shipOverdue = true
        for (const line of trade.model.holds.length > 0 ? [] : trade.model.lines) {
          if (line.confirmBy === null || line.confirmBy > world.now) continue
          if (line.milestones.length > 0) {
            line.facts.add('confirmed')
            settle(line, model.lineMoney(line, trade.model.feeBase))
          } else {
            model.moveUnits(line, 'shipped', 'confirmed', line.units.filter((unit) => unit === 'shipped').length)
          }
        }
        // In the order of the timers: what one of them releases or takes back comes before what the next one does, whichever line is first.
        world.purses.follow(trade.model, world.now)
        if (trade.model.holds.length === 0 && trade.model.lines.some(({ releaseBy }) => releaseBy !== null)) {
          for (const line of trade.model.lines) settle(line, model.lineMoney(line, trade.model.feeBase))
          world.purses.follow(trade.model, world.now)
        }
        for (const dispute of trade.model.disputes) dispute.reviewed ||= dispute.evidenceBy <= world.now
        const isOver = trade.model.afterSaleBy !== null && trade.model.afterSaleBy <= world.now
        sweepCases(trade.model, world.now, (line) => { world.purses.follow(trade.model, world.now, line) })
        if (isOver) {
          trade.model.afterSaleBy = null
          trade.model.afterSaleEnded = true
        }
      }
      return 'answered'
    })
  }]
}

/** A party comes to owe. */
export function planDebt (world: TradeWorld, { target, size, choice }: Command): Planned[] {
  const party = [...world.sellers, ...world.partners][target % 6] ?? ''
  const unit = CURRENCIES[choice % 3] ?? 'CNY'
  const amount = BigInt(1 + size % 1000)
  const role = world.sellers.includes(party) ? 'seller' as const : 'partner' as const
  return [{
    operation: owe(world.origin(), { party, role, unit, amount }),
    expect: () => {
      const key = `${party}\n${unit}`
      world.charges.set(key, (world.charges.get(key) ?? 0n) + amount)
      if (role === 'seller') world.purses.charge(key, amount)
      return 'answered'
    }
  }]
}
