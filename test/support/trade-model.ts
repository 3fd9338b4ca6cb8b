import { asksForAttestation, confirmable, keepConditions, type ModelMilestone } from './condition-model.ts'

/**
 * What trades must do, said a second time in the simplest way: every unit of every line is a word in a list, money is recomputed from
 * the whole history at every question, and rates are fractions of whole numbers. It shares no code with the service.
 */

export type ModelSplit = { readonly partner: string, readonly rate: string } | { readonly partner: string, readonly amount: bigint }

/**
 * Units take their even part of what is open; units that are dropped take nothing: their money is named. Amounts are named: given back of what is held, released of what is held, taken back of what
 * was released and given back; frozen with the units it was for, or without any, and free again. A chargeback takes from everywhere at once, and
 * gives back when it is won.
 */
export type ModelStep =
  | { readonly kind: 'confirm' | 'refund' | 'drop', readonly units: bigint }
  | { readonly kind: 'freeze' | 'thaw', readonly units: bigint, readonly goods: bigint, readonly shipping: bigint }
  | { readonly kind: 'give' | 'release' | 'take', readonly goods: bigint, readonly shipping: bigint }
  | ModelTaken & { readonly kind: 'charge' }
  | ModelTaken & { readonly kind: 'uncharge' }

/** What a chargeback took of a line, by where it was. */
export interface ModelTaken {
  readonly refunded: ModelParts
  readonly open: ModelParts
  readonly frozen: ModelParts
  readonly released: ModelParts
}

export interface ModelParts {
  readonly goods: bigint
  readonly shipping: bigint
}

export type CaseWord = 'requested' | 'awaiting_return' | 'return_shipped' | 'refused' | 'refunded' | 'cancelled'

/** A wish for money back of a line: how far it has come, until when, and what is left of the line's time to confirm. */
export interface ModelCase {
  readonly id: string
  readonly isReturn: boolean
  readonly units: number | null
  readonly asked: bigint | null
  state: CaseWord
  dueAt: number
  remainingMs: number | null
  /** Whether the goods went back already. */
  sentBack: boolean
}

export interface ModelLine {
  readonly seller: string
  price: bigint
  shipping: bigint
  readonly rate: string
  readonly splits: readonly ModelSplit[]
  readonly confirmAfterMs: number
  readonly units: Array<'pending' | 'shipped' | 'confirmed' | 'refunded' | 'frozen' | 'returned'>
  /** What became of its money, step by step. */
  readonly steps: ModelStep[]
  /** What its money is released by, and which facts became true; without milestones confirmation alone releases it. */
  readonly milestones: readonly ModelMilestone[]
  readonly facts: Set<string>
  confirmBy: number | null
  /** Since when something of it should have been released. */
  releaseBy: number | null
  /** Whether its buyer has extended that. */
  extended: boolean
  /** What its buyer wants back just now. */
  refundCase: ModelCase | null
}

/** Buyers who get an offer together or not at all. */
export interface ModelGroup {
  readonly size: number
  readonly price: bigint
  readonly currency: string
  readonly seller: string
  readonly quantityMax: number | null
  readonly fillBy: number
  seats: number
  state: 'open' | 'filled' | 'failed'
}

export interface ModelTrade {
  readonly ref: string
  readonly currency: string
  readonly feeBase: 'price' | 'price_and_shipping'
  readonly payBy: number
  readonly lines: readonly ModelLine[]
  /** The group that it is a member of, whether it has a seat there, and what became of it. */
  readonly group: { readonly of: ModelGroup, seated: boolean, outcome: 'filled' | 'missed' | null } | null
  /** Payments in the order they were first applied. */
  readonly applied: Map<string, { amount: bigint, refunded: bigint, chargedBack: bigint }>
  /** What chargebacks took of what was paid above the price, and should have gone back. */
  surplusTaken: bigint
  /** How much of what is refunded has left, by what was told of its refunds. */
  left: bigint
  closedUnpaid: boolean
  revision: number
  shipBy: number | null
  shipOverdue: boolean
  afterSaleBy: number | null
  afterSaleEnded: boolean
  holds: Array<{ readonly id: string, readonly kind: string }>
  /** Those that nobody has decided. */
  disputes: ModelDispute[]
}

/** What is in dispute of one line, by its place. */
export interface ModelDisputedLine {
  readonly place: number
  readonly units: number
  /** Less what chargebacks took of it. */
  frozen: ModelParts
  readonly releasedUnits: number
  readonly released: { readonly goods: bigint, readonly shipping: bigint }
  readonly waitMs: number | null
}

export interface ModelDispute {
  readonly by: string
  readonly lines: readonly ModelDisputedLine[]
  readonly evidenceBy: number
  /** Until the timer has come. */
  reviewed: boolean
}

export interface ModelPayment {
  readonly key: string
  readonly currency: string
  readonly amount: bigint
  readonly tradeRef: string | null
  inSuspense: bigint
  returned: bigint
  /** What chargebacks took of it before any trade had it. */
  chargedBack: bigint
  /** Why not all of it was taken when it came. */
  reason: string | null
}

export function sum (amounts: Iterable<bigint>): bigint {
  let total = 0n
  for (const amount of amounts) total += amount
  return total
}

/** A fraction, rounded half to even. */
export function rounded (numerator: bigint, denominator: bigint): bigint {
  const twice = 2n * numerator + denominator
  const up = twice / (2n * denominator)
  const isTie = twice % (2n * denominator) === 0n
  return isTie && up % 2n === 1n ? up - 1n : up
}

function ofRate (rate: string, base: bigint): bigint {
  const [whole = '0', decimals = ''] = rate.split('.')
  return rounded(BigInt(whole + decimals) * base, 10n ** BigInt(decimals.length))
}

/** The share of a line that has released so much: a fixed one scales with the goods, or with the shipping where goods are free. */
function shareOf (share: string | bigint, line: ModelLine, { base, goods, shipping }: { base: bigint, goods: bigint, shipping: bigint }): bigint {
  if (typeof share === 'string') return ofRate(share, base)
  const price = line.price * BigInt(line.units.length)
  return price > 0n ? rounded(share * goods, price) : line.shipping > 0n ? rounded(share * shipping, line.shipping) : 0n
}

export interface LineMoney {
  readonly released: bigint
  /** Released, part by part. */
  readonly out: { readonly goods: bigint, readonly shipping: bigint }
  readonly refunded: bigint
  readonly back: ModelParts
  readonly charged: bigint
  readonly open: { readonly goods: bigint, readonly shipping: bigint }
  /** The units that the open money is for. */
  readonly openUnits: bigint
  readonly taken: readonly bigint[]
}

/** What a line has released (cash, less what was taken back), refunded, and taken: for us, then for each partner; and what is left open. */
export function lineMoney (line: ModelLine, feeBase: ModelTrade['feeBase']): LineMoney {
  const shares = [line.rate, ...line.splits.map((split) => 'rate' in split ? split.rate : split.amount)]
  let taken = shares.map(() => 0n)
  let units = BigInt(line.units.length)
  const open = { goods: line.price * units, shipping: line.shipping }
  const released = { goods: 0n, shipping: 0n }
  const back = { goods: 0n, shipping: 0n }
  let charged = 0n
  const give = (left: bigint): void => {
    let rest = left
    taken = due().map((share, index) => {
      const more = share - (taken[index] ?? 0n)
      const step = more < rest ? more : rest
      rest -= step
      return (taken[index] ?? 0n) + step
    })
  }
  const giveUp = (): void => { taken = due().map((share, index) => share < (taken[index] ?? 0n) ? share : taken[index] ?? 0n) }
  const due = (): bigint[] => shares.map((share) => shareOf(share, line, { ...released, base: released.goods + (feeBase === 'price' ? 0n : released.shipping) }))
  for (const step of line.steps) {
    if (step.kind === 'freeze' || step.kind === 'thaw') {
      const sign = step.kind === 'thaw' ? 1n : -1n
      units += sign * step.units
      open.goods += sign * step.goods
      open.shipping += sign * step.shipping
      continue
    }
    if (step.kind === 'charge' || step.kind === 'uncharge') {
      const sign = step.kind === 'charge' ? 1n : -1n
      for (const [pool, part] of [[back, step.refunded], [open, step.open], [released, step.released]] as const) {
        pool.goods -= sign * part.goods
        pool.shipping -= sign * part.shipping
      }
      charged += sign * sum([step.refunded, step.open, step.frozen, step.released].map(({ goods, shipping }) => goods + shipping))
      if (step.kind === 'charge') giveUp()
      else give(step.released.goods + step.released.shipping)
      continue
    }
    if (step.kind === 'drop') {
      units -= step.units
      continue
    }
    const part = 'units' in step ? { goods: rounded(open.goods * step.units, units), shipping: rounded(open.shipping * step.units, units) } : step
    if ('units' in step) units -= step.units
    if (step.kind === 'take') {
      released.goods -= part.goods
      released.shipping -= part.shipping
      back.goods += part.goods
      back.shipping += part.shipping
      giveUp()
      continue
    }
    open.goods -= part.goods
    open.shipping -= part.shipping
    if (step.kind === 'refund' || step.kind === 'give') {
      back.goods += part.goods
      back.shipping += part.shipping
      continue
    }
    released.goods += part.goods
    released.shipping += part.shipping
    give(part.goods + part.shipping)
  }
  return { released: released.goods + released.shipping, out: released, refunded: back.goods + back.shipping, back, charged, open, openUnits: units, taken }
}

/** Whether commission and splits of the whole line would take more than it brings. */
export function exceedsPrice (line: ModelLine, feeBase: ModelTrade['feeBase']): boolean {
  const quantity = BigInt(line.units.length)
  const gross = line.price * quantity + line.shipping
  const base = feeBase === 'price' ? gross - line.shipping : gross
  const shares = [line.rate, ...line.splits.map((split) => 'rate' in split ? split.rate : split.amount)]
  return sum(shares.map((share) => shareOf(share, line, { base, goods: gross - line.shipping, shipping: line.shipping }))) > gross
}

export function totalOf (trade: ModelTrade): bigint {
  return sum(trade.lines.map((line) => line.price * BigInt(line.units.length) + line.shipping))
}

export function paidOf (trade: ModelTrade): bigint {
  return sum([...trade.applied.values()].map(({ amount }) => amount))
}

/** What is missing to the price. */
export function missingOf (trade: ModelTrade): bigint {
  const missing = totalOf(trade) - paidOf(trade)
  return trade.closedUnpaid || missing < 0n ? 0n : missing
}

/** What it takes just now. */
export function dueOf (trade: ModelTrade): bigint {
  return isFrozen(trade) ? 0n : missingOf(trade)
}

/** Whether a provider took money back, and nobody knows for how long. */
export function isFrozen (trade: ModelTrade): boolean {
  return trade.holds.some(({ kind }) => kind === 'chargeback')
}

export function chargedBackOf (trade: ModelTrade): bigint {
  return sum([...trade.applied.values()].map(({ chargedBack }) => chargedBack))
}

export function heldOf (trade: ModelTrade): bigint {
  return paidOf(trade) - releasedOf(trade) - refundedOf(trade) - chargedBackOf(trade)
}

/** Whether it is a member that has not followed its group's decision. */
export function isWaiting (trade: ModelTrade): boolean {
  return trade.group !== null && trade.group.outcome === null && !trade.closedUnpaid
}

/** What it still takes: who missed his group takes what it costs, and gives it back. */
export function roomOf (trade: ModelTrade): bigint {
  return trade.group?.outcome === 'missed' ? totalOf(trade) - paidOf(trade) : dueOf(trade)
}

export function releasedOf (trade: ModelTrade): bigint {
  return sum(trade.lines.map((line) => lineMoney(line, trade.feeBase).released))
}

/** The money that lines gave back, and what was paid above the price; whatever went back, when the trade closed unpaid. */
export function refundedOf (trade: ModelTrade): bigint {
  const surplus = paidOf(trade) - totalOf(trade)
  if (trade.closedUnpaid) return sum([...trade.applied.values()].map(({ refunded }) => refunded))
  return (surplus > 0n ? surplus : 0n) - trade.surplusTaken + sum(trade.lines.map((line) => lineMoney(line, trade.feeBase).refunded))
}

export function stateOf (trade: ModelTrade): string {
  if (trade.closedUnpaid) return trade.group?.outcome === 'missed' && paidOf(trade) > 0n ? 'closed_refunded' : 'closed_unpaid'
  if (missingOf(trade) > 0n) return 'awaiting_payment'
  if (isWaiting(trade)) return 'awaiting_group'
  const units = new Set(trade.lines.flatMap((line) => line.units))
  const left = (['shipped', 'confirmed', 'frozen', 'returned'] as const).some((word) => units.has(word))
  if (units.has('pending')) return left ? 'partially_shipped' : 'awaiting_shipment'
  if (units.has('shipped') || units.has('frozen') || frozenOf(trade) > 0n) return 'awaiting_confirmation'
  if (trade.lines.some((line) => isKept(line, trade))) return 'completed'
  return chargedBackOf(trade) > 0n ? 'closed_charged_back' : 'closed_refunded'
}

/** What is held and in dispute. */
function frozenOf (trade: ModelTrade): bigint {
  return sum(trade.disputes.flatMap(({ lines }) => lines.map(({ frozen }) => frozen.goods + frozen.shipping)))
}

/** Whether somebody has money of a settled line, or would have, but for a chargeback that is not decided; or it was free and something of it confirmed. */
function isKept (line: ModelLine, trade: ModelTrade): boolean {
  const isFree = line.price === 0n && line.shipping === 0n
  const { released, charged } = lineMoney(line, trade.feeBase)
  if (released > 0n || (isFree && line.units.includes('confirmed'))) return true
  return isFrozen(trade) && charged > 0n && (line.units.includes('confirmed') || line.milestones.length > 0)
}

/** What the state alone lets be tried. */
export function allows (trade: ModelTrade, action: string): boolean {
  const staff = ['hold', 'lift']
  switch (stateOf(trade)) {
    case 'awaiting_payment': return ['pay', 'reprice', 'cancel', ...staff].includes(action)
    case 'awaiting_group': return staff.includes(action)
    case 'awaiting_shipment': return ['ship', 'cancel', 'attest', 'refund', ...staff].includes(action)
    case 'partially_shipped': return ['ship', 'confirm', 'extend', 'cancel', 'attest', 'refund', 'dispute', ...staff].includes(action)
    case 'awaiting_confirmation': return ['confirm', 'extend', 'attest', 'refund', 'dispute', ...staff].includes(action)
    case 'completed': return ['refund', 'dispute', 'lift'].includes(action)
    default: return action === 'lift'
  }
}

/** Why the trade's state, or a chargeback, forbids something just now; null when neither does. */
export function obstacleTo (trade: ModelTrade, action: string): string | null {
  if (!allows(trade, action)) return 'illegal_in_state'
  return isFrozen(trade) && !['extend', 'hold', 'lift'].includes(action) ? 'chargeback_open' : null
}

/** What buyers and sellers are told that they can do. */
export function actionsOf (trade: ModelTrade): string[] {
  return ['pay', 'reprice', 'ship', 'confirm', 'extend', 'cancel', 'attest', 'refund', 'dispute'].filter((action) => {
    if (!allows(trade, action) || (isFrozen(trade) && action !== 'extend')) return false
    switch (action) {
      case 'confirm': return trade.holds.length === 0 && trade.lines.some((line) => line.refundCase === null && confirmable(line) > 0)
      case 'extend': return trade.lines.some((line) => line.refundCase === null && (line.milestones.length > 0 ? line.confirmBy !== null : line.units.includes('shipped')))
      case 'attest': return trade.lines.some((line) => asksForAttestation(line, lineMoney(line, trade.feeBase)))
      case 'refund': return !trade.afterSaleEnded && trade.lines.some((line, place) => line.refundCase === null && !isDisputed(trade, place) && refundable(line, trade.feeBase) > 0n)
      case 'dispute': return !trade.afterSaleEnded && trade.lines.some((line, place) => line.refundCase === null && !isDisputed(trade, place) && disputableOf(line, trade.feeBase) > 0n)
      default: return true
    }
  })
}

/** What of a line has neither gone back nor been charged back: held or released. */
export function refundable (line: ModelLine, feeBase: ModelTrade['feeBase']): bigint {
  return line.price * BigInt(line.units.length) + line.shipping - lineMoney(line, feeBase).refunded - lineMoney(line, feeBase).charged
}

/** Whether a line, by its place, is in a dispute that nobody has decided. */
export function isDisputed (trade: ModelTrade, place: number): boolean {
  return trade.disputes.some(({ lines }) => lines.some((line) => line.place === place))
}

/** The money that is open for so many units of a line. */
export function openFor (line: ModelLine, feeBase: ModelTrade['feeBase'], units: number): { goods: bigint, shipping: bigint } {
  const { open, openUnits } = lineMoney(line, feeBase)
  if (units === 0) return { goods: 0n, shipping: 0n }
  return { goods: rounded(open.goods * BigInt(units), openUnits), shipping: rounded(open.shipping * BigInt(units), openUnits) }
}

/** All that can be disputed of a line: what is open for shipped units, and what was released. */
export function disputableOf (line: ModelLine, feeBase: ModelTrade['feeBase']): bigint {
  const open = openFor(line, feeBase, countOf(line, 'shipped'))
  return open.goods + open.shipping + lineMoney(line, feeBase).released
}

export function countOf (line: ModelLine, word: ModelLine['units'][number]): number {
  return line.units.filter((unit) => unit === word).length
}

/** When the first dispute stops taking evidence. */
export function evidenceByOf (trade: ModelTrade): number | null {
  const times = trade.disputes.flatMap(({ reviewed, evidenceBy }) => reviewed ? [] : [evidenceBy])
  return times.length === 0 ? null : Math.min(...times)
}

/** When the first case of a trade is over, of those in a state or of all. */
export function caseDue (trade: ModelTrade, state?: CaseWord): number | null {
  const times = trade.lines.flatMap(({ refundCase }) => refundCase !== null && (state === undefined || refundCase.state === state) ? [refundCase.dueAt] : [])
  return times.length === 0 ? null : Math.min(...times)
}

/** When silence confirms the first line, if nothing blocks it. */
export function confirmByOf (trade: ModelTrade): number | null {
  const times = trade.lines.flatMap((line) => line.confirmBy ?? [])
  return times.length === 0 ? null : Math.min(...times)
}

/** When a sweep has to come. */
export function deadlineOf (trade: ModelTrade): number | null {
  if (isFrozen(trade)) return isWaiting(trade) ? trade.group?.of.fillBy ?? null : null
  if (stateOf(trade) === 'awaiting_payment') return trade.payBy
  if (stateOf(trade) === 'awaiting_group') return trade.group?.of.fillBy ?? null
  const releases = trade.holds.length > 0 ? [] : [confirmByOf(trade), ...trade.lines.map(({ releaseBy }) => releaseBy)]
  const times = [trade.shipOverdue ? null : trade.shipBy, ...releases, evidenceByOf(trade), trade.afterSaleBy, caseDue(trade)].filter((time) => time !== null)
  return times.length === 0 ? null : Math.min(...times)
}

/**
 * The time to ship begins with the payment of the last unit of money, and ends with the shipment or refund of the last unit of goods; the
 * after-sale window begins when the trade is completed.
 */
export function keepTimes (trade: ModelTrade, now: number, { ship_by_ms: shipMs, after_sale_ms: afterSaleMs }: { ship_by_ms: number, after_sale_ms: number }): void {
  for (const line of trade.lines) keepConditions(line, lineMoney(line, trade.feeBase), now)
  const state = stateOf(trade)
  trade.shipBy = ['awaiting_shipment', 'partially_shipped'].includes(state) ? trade.shipBy ?? now + shipMs : null
  trade.afterSaleBy = state === 'completed' && !trade.afterSaleEnded ? trade.afterSaleBy ?? now + afterSaleMs : null
}

/** Moves the first units of a line from one word to another. */
export function moveUnits (line: ModelLine, from: ModelLine['units'][number], to: ModelLine['units'][number], count: number): void {
  for (let moved = 0; moved < count; moved++) line.units[line.units.indexOf(from)] = to
  if (to === 'confirmed' || to === 'refunded') line.steps.push({ kind: to === 'confirmed' ? 'confirm' : 'refund', units: BigInt(count) })
  if (!line.units.includes('shipped')) line.confirmBy = null
}

/** Takes money back out of a trade's payments, the newest first. */
export function refundNewestFirst (trade: ModelTrade, cash: bigint): void {
  let left = cash
  for (const payment of [...trade.applied.values()].reverse()) {
    const room = payment.amount - payment.refunded - payment.chargedBack
    const back = left < room ? left : room
    payment.refunded += back
    left -= back
  }
}

/** Closes a trade that was not paid in full: everything that is there goes back. */
export function closeUnpaid (trade: ModelTrade): void {
  trade.closedUnpaid = true
  for (const payment of trade.applied.values()) payment.refunded = payment.amount - payment.chargedBack
}
