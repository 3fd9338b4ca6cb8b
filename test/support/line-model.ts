import type { ModelMilestone } from './condition-model.ts'
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
