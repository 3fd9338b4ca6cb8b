import * as model from './trade-model.ts'
import type { ModelParts, ModelTaken, ModelTrade } from './trade-model.ts'

/**
 * What chargebacks must do, said a second time: what is taken is noted pool by pool, and given back just so. It shares no code with the service.
 */

/** What was taken of one trade. */
export interface ModelTake {
  readonly trade: ModelTrade
  readonly refunded: bigint
  readonly held: bigint
  readonly released: bigint
  /** Of what was refunded, the part that was paid above the price. */
  readonly surplus: bigint
  readonly lines: ReadonlyArray<ModelTaken & { readonly place: number }>
}

export interface ModelTakes {
  readonly suspense: bigint
  readonly returned: bigint
  readonly trades: readonly ModelTake[]
  readonly loss: bigint
}

/** What was told of a chargeback: perhaps its outcome alone. */
export interface ModelChargeback {
  readonly provider: string
  readonly key: string
  /** The service's outside id. */
  readonly id: string
  currency: string | null
  opening: { readonly paymentKey: string, readonly amount: bigint, readonly fee: bigint } | null
  end: { readonly outcome: 'won' | 'lost', readonly fee: bigint, readonly feeReturned: bigint } | null
  /** Null while nobody knows its payment. */
  takes: ModelTakes | null
}

const NONE: ModelParts = { goods: 0n, shipping: 0n }

/** Takes an amount of a trade, of which so much should have gone back and has not left. */
export function takeFrom (trade: ModelTrade, key: string, amount: bigint, unsent: bigint): ModelTake {
  const refunded = least(amount, unsent)
  const held = least(amount - refunded, model.heldOf(trade))
  const released = amount - refunded - held
  const take = { trade, refunded, held, released, ...hasLineMoney(trade) ? takeOfLines(trade, { refunded, held, released }) : { surplus: 0n, lines: [] } }
  move(take, key, 1n)
  return take
}

/** Gives back what was taken. */
export function giveBack (take: ModelTake, key: string): void {
  move(take, key, -1n)
}

/** What becomes of a trade with the outcome of a chargeback, when the last one is over. */
export function thaw (trade: ModelTrade, hold: string): void {
  const place = trade.holds.findIndex(({ id }) => id === hold)
  if (place < 0) return
  trade.holds.splice(place, 1)
  if (model.isFrozen(trade)) return
  if (trade.closedUnpaid || model.missingOf(trade) > 0n) {
    if (trade.closedUnpaid || model.chargedBackOf(trade) > 0n) model.closeUnpaid(trade)
    return
  }
  trade.lines.forEach((line, at) => {
    const { open, charged } = model.lineMoney(line, trade.feeBase)
    if (charged === 0n || open.goods + open.shipping + total(frozenOf(trade, at)) > 0n) return
    const units = BigInt(model.countOf(line, 'pending') + model.countOf(line, 'shipped'))
    if (units > 0n) line.steps.push({ kind: 'refund', units })
    line.units.forEach((unit, index) => { line.units[index] = unit === 'pending' ? 'refunded' : unit === 'shipped' ? 'returned' : unit })
    line.confirmBy = null
    line.releaseBy = null
  })
  if (!trade.shipOverdue) trade.shipBy = null
}

/** What a chargeback cost, and what lies with its provider, by class, owner and currency. */
export function lostBy ({ provider, currency, opening, end, takes }: ModelChargeback): Array<[key: string, amount: bigint]> {
  if (currency === null) return []
  const fees = (opening?.fee ?? 0n) + (end?.fee ?? 0n) - (end?.feeReturned ?? 0n)
  const taken = opening === null || end?.outcome === 'won' ? 0n : opening.amount
  return [
    [`provider_clearing ${provider} ${currency}`, -fees - taken],
    [`chargeback_loss  ${currency}`, fees + (end?.outcome === 'won' ? 0n : takes?.loss ?? 0n)],
    [`unidentified_debits ${provider} ${currency}`, takes === null ? taken : 0n]
  ]
}

function hasLineMoney (trade: ModelTrade): boolean {
  return !trade.closedUnpaid && model.missingOf(trade) === 0n
}

function takeOfLines (trade: ModelTrade, { refunded, held, released }: Pick<ModelTake, 'refunded' | 'held' | 'released'>): Pick<ModelTake, 'surplus' | 'lines'> {
  const moneys = trade.lines.map((line) => model.lineMoney(line, trade.feeBase))
  const frozens = trade.lines.map((_, place) => frozenOf(trade, place))
  const surplus = model.refundedOf(trade) - model.sum(moneys.map((money) => money.refunded))
  const backs = evenly(refunded, [...moneys.map(({ back }) => back), { goods: surplus, shipping: 0n }])
  const helds = evenly(held, moneys.map(({ open }, place) => added(open, frozens[place] ?? NONE)))
  const outs = evenly(released, moneys.map(({ out }) => out))
  return {
    surplus: backs.at(-1)?.goods ?? 0n,
    lines: moneys.map(({ open }, place) => {
      const part = helds[place] ?? NONE
      const ofOpen = { goods: least(part.goods, open.goods), shipping: least(part.shipping, open.shipping) }
      const frozen = { goods: part.goods - ofOpen.goods, shipping: part.shipping - ofOpen.shipping }
      return { place, refunded: backs[place] ?? NONE, open: ofOpen, frozen, released: outs[place] ?? NONE }
    }).filter(({ refunded: one, open, frozen, released: other }) => total(one) + total(open) + total(frozen) + total(other) > 0n)
  }
}

/** Whole parts by weight; what rounding down leaves goes to those it took most from, the first of equal ones first. */
function evenly (amount: bigint, pools: readonly ModelParts[]): ModelParts[] {
  if (amount === 0n) return pools.map(() => NONE)
  const weights = pools.flatMap(({ goods, shipping }) => [goods, shipping])
  const whole = model.sum(weights)
  const parts = weights.map((weight) => amount * weight / whole)
  let left = amount - model.sum(parts)
  while (left > 0n) {
    let most = 0
    weights.forEach((weight, place) => { if (missing(weight, place) > missing(weights[most] ?? 0n, most)) most = place })
    parts[most] = (parts[most] ?? 0n) + 1n
    left -= 1n
  }
  return pools.map((_, place) => ({ goods: parts[2 * place] ?? 0n, shipping: parts[2 * place + 1] ?? 0n }))

  function missing (weight: bigint, place: number): bigint {
    return amount * weight - (parts[place] ?? 0n) * whole
  }
}

function move ({ trade, refunded, held, released, surplus, lines }: ModelTake, key: string, sign: 1n | -1n): void {
  const applied = trade.applied.get(key)
  if (applied === undefined) throw new Error(`payment ${key} is not of trade ${trade.ref}`)
  applied.refunded -= sign * refunded
  applied.chargedBack += sign * (refunded + held + released)
  trade.surplusTaken += sign * surplus
  for (const of of lines) {
    const { place, ...parts } = of
    trade.lines[place]?.steps.push({ kind: sign === 1n ? 'charge' : 'uncharge', ...parts, of })
    const disputed = trade.disputes.flatMap((dispute) => dispute.lines.filter((line) => line.place === place))[0]
    if (disputed !== undefined) disputed.frozen = { goods: disputed.frozen.goods - sign * parts.frozen.goods, shipping: disputed.frozen.shipping - sign * parts.frozen.shipping }
  }
}

function frozenOf (trade: ModelTrade, place: number): ModelParts {
  return trade.disputes.flatMap(({ lines }) => lines.filter((line) => line.place === place))[0]?.frozen ?? NONE
}

function added (one: ModelParts, other: ModelParts): ModelParts {
  return { goods: one.goods + other.goods, shipping: one.shipping + other.shipping }
}

function total ({ goods, shipping }: ModelParts): bigint {
  return goods + shipping
}

function least (one: bigint, other: bigint): bigint {
  return one < other ? one : other
}
