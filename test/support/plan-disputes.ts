import { approveAward, awardDispute, rejectAward, withdrawAward } from '../../src/escrow/disputes/award.ts'
import { DISPUTANTS } from '../../src/escrow/disputes/dispute.ts'
import { handInEvidence } from '../../src/escrow/disputes/hand-in-evidence.ts'
import { disputeTrade } from '../../src/escrow/disputes/open-dispute.ts'
import { withdrawDispute } from '../../src/escrow/disputes/withdraw-dispute.ts'
import { internalId } from '../../src/kernel/ids.ts'
import { formatAmount } from '../../src/kernel/money.ts'
import { unitOf } from '../../src/kernel/units.ts'
import type { Command } from './trade-commands.ts'
import * as model from './trade-model.ts'
import { chooseFitting, type Planned, type TradeWorld, type WorldDispute, type WorldTrade } from './trade-world.ts'

interface Parts {
  readonly goods: bigint
  readonly shipping: bigint
}

/** Lines of a trade come into dispute: whole, by units or by an amount, now and then more than there is. */
export function planDispute (world: TradeWorld, { target, size, choice }: Command): Planned[] {
  const trade = chooseFitting(world.trades, target, (each) => model.actionsOf(each.model).includes('dispute'))
  if (trade === undefined) return []
  const by = DISPUTANTS[size % 3] ?? 'buyer'
  const unit = unitOf(trade.model.currency)
  const wanted = trade.model.lines.flatMap((line, place) => {
    if ((size + place) % 3 === 0 && trade.model.lines.length > 1) return []
    const way = (choice + place) % 3
    const most = model.disputableOf(line, trade.model.feeBase)
    return [{ place, quantity: way === 1 ? 1 + size % 3 : null, amount: way === 2 ? 1n + BigInt(size) % (most + 1n) : null }]
  })
  if (wanted.length === 0) return []
  const lines = wanted.map(({ place, quantity, amount }) => ({
    line: trade.lineIds[place] ?? '',
    ...quantity === null ? {} : { quantity },
    ...amount === null ? {} : { amount: formatAmount(amount, unit) }
  }))
  return [{
    operation: disputeTrade(world.origin(), goalOf(trade), { by, person: world.arbitrators[0] ?? '', reason: 'damaged', lines }),
    expect: (answer) => {
      const obstacle = model.obstacleTo(trade.model, 'dispute')
      if (obstacle !== null) return obstacle
      if (trade.model.afterSaleEnded || (trade.model.afterSaleBy !== null && trade.model.afterSaleBy <= world.now)) return 'after_sale_ended'
      const parts: model.ModelDisputedLine[] = []
      for (const each of wanted) {
        const isInCase = lineOf(trade, each.place).refundCase !== null
        const part = model.isDisputed(trade.model, each.place) ? 'line_disputed' as const : isInCase ? 'refund_case_open' as const : partOf(trade, each, world.now)
        if (typeof part === 'string') return part
        parts.push(part)
      }
      openDispute(world, trade, { by, parts, answer })
      return 'answered'
    }
  }]
}

/** Freezes what of lines comes into dispute. */
export function openDispute (world: TradeWorld, trade: WorldTrade, { by, parts, answer }: { by: string, parts: readonly model.ModelDisputedLine[], answer: Record<string, unknown> | null }): void {
  const dispute = { by, lines: parts, evidenceBy: world.now + world.settings.dispute_evidence_ms, reviewed: false }
  for (const part of parts) freeze(trade, part)
  trade.model.disputes.push(dispute)
  world.disputes.push({ model: dispute, trade, id: String(answer?.['dispute']), isOver: false, entries: 0, proposal: null })
}

function partOf (trade: WorldTrade, { place, quantity, amount }: { place: number, quantity: number | null, amount: bigint | null }, now: number): model.ModelDisputedLine | string {
  const line = lineOf(trade, place)
  const { out: releasedParts } = model.lineMoney(line, trade.model.feeBase)
  const [shipped, confirmed] = [model.countOf(line, 'shipped'), model.countOf(line, 'confirmed')]
  const wanted = quantity ?? shipped + confirmed
  if (wanted > shipped + confirmed) return 'quantity_exceeded'
  const units = amount === null ? Math.min(wanted, shipped) : 0
  const releasedUnits = amount === null ? wanted - units : 0
  const open = model.openFor(line, trade.model.feeBase, amount === null ? units : shipped)
  if (amount !== null && amount > total(open) + total(releasedParts)) return 'amount_exceeded'
  const frozen = amount === null ? open : goodsFirst(amount, open)
  const share = (whole: bigint): bigint => quantity === null ? whole : releasedUnits === 0 ? 0n : model.rounded(whole * BigInt(releasedUnits), BigInt(confirmed))
  const released = amount === null
    ? { goods: share(releasedParts.goods), shipping: share(releasedParts.shipping) }
    : goodsFirst(amount - total(frozen), releasedParts)
  if (total(frozen) + total(released) === 0n) return 'nothing_to_dispute'
  return { place, units, frozen, releasedUnits, released, waitMs: units === 0 || line.confirmBy === null ? null : Math.max(0, line.confirmBy - now) }
}

function freeze (trade: WorldTrade, { place, units, frozen }: model.ModelDisputedLine): void {
  const line = lineOf(trade, place)
  model.moveUnits(line, 'shipped', 'frozen', units)
  line.steps.push({ kind: 'freeze', units: BigInt(units), ...frozen })
}

/** An entry of the evidence of some dispute. */
export function planEvidence (world: TradeWorld, { target }: Command): Planned[] {
  const dispute = chooseFitting(world.disputes, target, ({ isOver }) => !isOver)
  if (dispute === undefined) return []
  const evidence = { by: 'buyer' as const, keyId: world.arbitrators[0] ?? '', kind: 'photo' as const, attachments: [{ sha256: 'a'.repeat(64) }] }
  return [{
    operation: handInEvidence(world.origin(), internalId('dsp', dispute.id), evidence),
    expect: (answer) => {
      if (dispute.isOver) return 'dispute_decided'
      if (dispute.model.evidenceBy <= world.now) return 'evidence_closed'
      dispute.entries += 1
      if (answer?.['number'] !== dispute.entries) throw new Error(`evidence has the number ${String(answer?.['number'])}, expected ${dispute.entries}`)
      return 'answered'
    }
  }]
}

/** What an arbitrator does: he divides what is contested, or decides about what somebody proposed. */
export function planAward (world: TradeWorld, { target, size, choice }: Command): Planned[] {
  const dispute = chooseFitting(world.disputes, target, ({ isOver }) => !isOver)
  if (dispute === undefined) return []
  const person = world.arbitrators[choice % 2] ?? ''
  const arbitration = { disputeId: internalId('dsp', dispute.id), tradeId: internalId('trd', dispute.trade.id), person }
  if (dispute.proposal !== null || choice % 20 === 0) return [planDecision(world, dispute, arbitration, size % 3)]
  const unit = unitOf(dispute.trade.model.currency)
  const parts = dispute.model.lines.map((line, index) => {
    const whole = contestedOf(dispute, line)
    const buyer = [0n, whole, whole * BigInt(size % 101) / 100n][(choice + index) % 3] ?? 0n
    return { buyer, seller: whole - buyer + (choice === 41 ? 1n : 0n) }
  })
  const lines = parts.map(({ buyer, seller }, index) => ({
    line: dispute.trade.lineIds[dispute.model.lines[index]?.place ?? 0] ?? '', buyer: formatAmount(buyer, unit), seller: formatAmount(seller, unit)
  }))
  return [{
    operation: awardDispute(world.origin(), arbitration, lines),
    expect: () => {
      if (dispute.isOver) return 'dispute_decided'
      if (model.isFrozen(dispute.trade.model)) return 'chargeback_open'
      if (dispute.proposal !== null) return 'award_proposed'
      if (!fits(dispute, parts)) return 'award_mismatch'
      const limit = world.settings.dispute_award_limit
      const isBeyond = limit !== null && (unit.code !== world.settings.reporting_currency || model.sum(parts.map(({ buyer, seller }) => buyer + seller)) > BigInt(limit.replace('.', '')))
      if (!isBeyond) return settle(dispute, parts, world.now)
      dispute.proposal = { lines: parts, person }
      return 'answered'
    }
  }]
}

function planDecision (world: TradeWorld, dispute: WorldDispute, arbitration: Parameters<typeof approveAward>[1], way: number): Planned {
  const decide = [approveAward, rejectAward, withdrawAward][way] ?? approveAward
  return {
    operation: decide(world.origin(), arbitration),
    expect: () => {
      if (dispute.isOver) return 'dispute_decided'
      if (model.isFrozen(dispute.trade.model)) return 'chargeback_open'
      if (dispute.proposal === null) return 'no_award_proposed'
      const isProposer = dispute.proposal.person === arbitration.person
      if (way < 2 && isProposer) return 'second_person_required'
      if (way === 2 && !isProposer) return 'not_the_proposer'
      if (way === 0) return fits(dispute, dispute.proposal.lines) ? settle(dispute, dispute.proposal.lines, world.now) : 'award_mismatch'
      dispute.proposal = null
      return 'answered'
    }
  }
}

type Division = ReadonlyArray<{ readonly buyer: bigint, readonly seller: bigint }>

function fits (dispute: WorldDispute, parts: Division): boolean {
  return dispute.model.lines.every((line, index) => (parts[index]?.buyer ?? 0n) + (parts[index]?.seller ?? 0n) === contestedOf(dispute, line))
}

function settle (dispute: WorldDispute, parts: Division, now: number): string {
  const { trade } = dispute
  const keeps = dispute.model.lines.some(({ frozen }, index) => (parts[index]?.buyer ?? 0n) < total(frozen))
  if (keeps && trade.model.holds.length > 0) return 'release_blocked'
  const before = model.refundedOf(trade.model)
  dispute.model.lines.forEach((each, index) => {
    const line = lineOf(trade, each.place)
    const buyer = parts[index]?.buyer ?? 0n
    const given = goodsFirst(buyer, each.frozen)
    const kept = { goods: each.frozen.goods - given.goods, shipping: each.frozen.shipping - given.shipping }
    const contested = stillReleased(trade, each)
    const back = goodsFirst(buyer - total(given), contested)
    const backUnits = total(back) > 0n && total(back) === total(contested) ? Math.min(each.releasedUnits, model.countOf(line, 'confirmed')) : 0
    turn(line, 'confirmed', 'returned', backUnits)
    turn(line, 'frozen', buyer > 0n && total(kept) === 0n ? 'returned' : 'confirmed', each.units)
    line.steps.push({ kind: 'thaw', units: 0n, ...each.frozen }, { kind: 'give', ...given }, { kind: 'release', ...kept }, { kind: 'take', ...back })
  })
  end(dispute, now)
  model.refundNewestFirst(trade.model, model.refundedOf(trade.model) - before)
  return 'answered'
}

/** Whoever opened a dispute gives it up, or somebody else tries. */
export function planWithdrawal (world: TradeWorld, { target, choice }: Command): Planned[] {
  const dispute = chooseFitting(world.disputes, target, ({ isOver }) => !isOver)
  if (dispute === undefined) return []
  const { trade } = dispute
  const by = choice % 5 === 0 ? 'platform' : DISPUTANTS.find((each) => each === dispute.model.by) ?? 'buyer'
  const target_ = { disputeId: internalId('dsp', dispute.id), tradeId: internalId('trd', trade.id) }
  return [{
    operation: withdrawDispute(world.origin(), { ...target_, by, person: world.arbitrators[0] ?? '' }),
    expect: () => {
      if (dispute.isOver) return 'dispute_decided'
      if (model.isFrozen(trade.model)) return 'chargeback_open'
      if (by !== dispute.model.by) return 'not_the_opener'
      const releases = dispute.model.lines.some(({ place, units, frozen }) => {
        const line = lineOf(trade, place)
        const { open, openUnits } = model.lineMoney(line, trade.model.feeBase)
        return openUnits === 0n && units === 0 && total(open) + total(frozen) > 0n && line.units.includes('confirmed')
      })
      if (releases && trade.model.holds.length > 0) return 'release_blocked'
      const before = model.refundedOf(trade.model)
      for (const each of dispute.model.lines) thaw(trade, each, world.now)
      end(dispute, world.now)
      model.refundNewestFirst(trade.model, model.refundedOf(trade.model) - before)
      return 'answered'
    }
  }]
}

function thaw (trade: WorldTrade, { place, units, frozen, waitMs }: model.ModelDisputedLine, now: number): void {
  const line = lineOf(trade, place)
  turn(line, 'frozen', 'shipped', units)
  line.steps.push({ kind: 'thaw', units: BigInt(units), ...frozen })
  if (waitMs !== null) line.confirmBy = Math.max(line.confirmBy ?? 0, now + waitMs)
  const { open, openUnits } = model.lineMoney(line, trade.model.feeBase)
  if (openUnits === 0n && total(open) > 0n) line.steps.push({ kind: line.units.includes('confirmed') ? 'release' : 'give', goods: open.goods, shipping: open.shipping })
}

/** A dispute is over, and with it the cases that it came from. */
function end (dispute: WorldDispute, now: number): void {
  dispute.isOver = true
  dispute.trade.model.disputes = dispute.trade.model.disputes.filter((each) => each !== dispute.model)
  for (const { place } of dispute.model.lines) {
    const line = lineOf(dispute.trade, place)
    if (line.refundCase?.state === 'arbitration') model.closeCase(line, now)
  }
}

/** Other words for units, and nothing of their money. */
function turn (line: model.ModelLine, from: model.ModelLine['units'][number], to: model.ModelLine['units'][number], count: number): void {
  for (let turned = 0; turned < count; turned++) line.units[line.units.indexOf(from)] = to
}

function contestedOf ({ trade }: WorldDispute, line: model.ModelDisputedLine): bigint {
  return total(line.frozen) + total(stillReleased(trade, line))
}

function stillReleased (trade: WorldTrade, { place, released }: model.ModelDisputedLine): Parts {
  const { out: releasedParts } = model.lineMoney(lineOf(trade, place), trade.model.feeBase)
  const least = (one: bigint, other: bigint): bigint => one < other ? one : other
  return { goods: least(released.goods, releasedParts.goods), shipping: least(released.shipping, releasedParts.shipping) }
}

function goodsFirst (amount: bigint, { goods, shipping }: Parts): Parts {
  if (amount <= goods) return { goods: amount, shipping: 0n }
  return { goods, shipping: amount - goods < shipping ? amount - goods : shipping }
}

function total ({ goods, shipping }: Parts): bigint {
  return goods + shipping
}

function lineOf ({ model: { lines } }: WorldTrade, place: number): model.ModelLine {
  const line = lines[place]
  if (line === undefined) throw new Error('no such line')
  return line
}

function goalOf (trade: WorldTrade): { tradeId: string | null, expectedVersion: null } {
  return { tradeId: internalId('trd', trade.id), expectedVersion: null }
}
