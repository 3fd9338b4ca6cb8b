import { extendTrade, SELLER_EXTENSION_DAYS, type NewExtension } from '../../src/escrow/steps/extend.ts'
import { liftHold, placeHold } from '../../src/escrow/steps/hold.ts'
import { repriceTrade } from '../../src/escrow/steps/reprice.ts'
import type { TradeJson } from '../../src/escrow/trade/show-trade.ts'
import { STAFF_HOLD_KINDS } from '../../src/escrow/trade/trade.ts'
import { internalId } from '../../src/kernel/ids.ts'
import { formatAmount } from '../../src/kernel/money.ts'
import { DAY_MS } from '../../src/kernel/time.ts'
import { unitOf } from '../../src/kernel/units.ts'
import { expectOn } from './group-model.ts'
import type { Command } from './trade-commands.ts'
import * as model from './trade-model.ts'
import { chooseFitting, type Planned, type TradeWorld, type WorldTrade } from './trade-world.ts'

/** New prices for some lines: from nowhere, or a part of the old ones, so that what was paid is often enough, or no change at all. */
export function planReprice (world: TradeWorld, { target, size, choice, lines }: Command): Planned[] {
  const trade = chooseFitting(world.trades, target, ({ model: each }) => model.allows(each, 'reprice') && (choice % 2 === 0 || model.paidOf(each) > 0n))
  if (trade === undefined) return []
  const unit = unitOf(trade.model.currency)
  const prices = trade.model.lines.flatMap((line, place) => {
    if ((size + place) % 4 === 0 && trade.model.lines.length > 1) return []
    const draft = lines[place % lines.length]
    const part = (amount: bigint): bigint => amount * BigInt(choice % 5) / 4n
    // Of a member only the shipping can change; now and then its price is tried.
    const price = trade.model.group !== null && choice % 7 > 0 ? line.price : choice % 3 === 0 ? BigInt(draft?.price ?? 0) : part(line.price)
    const shipping = choice % 3 === 1 ? undefined : part(line.shipping)
    return [{ place, price, shipping }]
  })
  if (prices.length === 0) return []
  const wanted = prices.map(({ place, price, shipping }) => ({
    line: trade.lineIds[place] ?? '',
    unit_price: formatAmount(price, unit),
    ...shipping === undefined ? {} : { shipping: formatAmount(shipping, unit) }
  }))
  return [{
    operation: repriceTrade(world.origin(), goalOf(trade), { lines: wanted, occurredAt: null }),
    expect: () => expectOn(world, trade, () => {
      const obstacle = model.obstacleTo(trade.model, 'reprice')
      if (obstacle !== null) return obstacle
      if (trade.model.group !== null && prices.some(({ place, price }) => price !== trade.model.lines[place]?.price)) return 'group_offer_differs'
      const repriced = trade.model.lines.map((line, place) => {
        const change = prices.find((each) => each.place === place)
        return change === undefined ? line : { ...line, price: change.price, shipping: change.shipping ?? line.shipping }
      })
      if (repriced.some((line) => model.exceedsPrice(line, trade.model.feeBase))) return 'terms_exceed_price'
      const isSame = repriced.every(({ price, shipping }, place) => price === trade.model.lines[place]?.price && shipping === trade.model.lines[place].shipping)
      if (isSame) return 'price_unchanged'
      if (model.totalOf({ ...trade.model, lines: repriced }) === 0n) return 'invalid_amount'
      trade.model.lines.forEach((line, place) => { Object.assign(line, { price: repriced[place]?.price, shipping: repriced[place]?.shipping }) })
      trade.model.revision += 1
      model.refundNewestFirst(trade.model, model.refundedOf(trade.model))
      return 'answered'
    })
  }]
}

/** More time for all lines or some, by the buyer or the seller, wherever he may be in it. */
export function planExtension (world: TradeWorld, { target, size, choice }: Command): Planned[] {
  const trade = chooseFitting(world.trades, target, (each) => model.actionsOf(each.model).includes('extend'))
  if (trade === undefined) return []
  const named = choice % 3 === 0 ? trade.lineIds.slice(size % trade.lineIds.length) : null
  const lines = named?.map((line) => ({ line })) ?? null
  const days = SELLER_EXTENSION_DAYS[size % 4] ?? 3
  const extension: NewExtension = choice % 2 === 0 ? { by: 'buyer', lines } : { by: 'seller', days, lines }
  const { buyer_extension_ms: buyerMs, buyer_extension_window_ms: windowMs } = world.settings
  return [{
    operation: extendTrade(world.origin(), goalOf(trade), extension),
    expect: () => expectOn(world, trade, () => {
      if (!model.allows(trade.model, 'extend')) return 'illegal_in_state'
      const wanted = trade.model.lines.filter((_, place) => named?.includes(trade.lineIds[place] ?? '') ?? true)
      const free = wanted.filter(({ confirmBy, extended }) => confirmBy !== null && confirmBy > world.now &&
        (extension.by === 'seller' || (!extended && confirmBy - world.now <= windowMs)))
      if (free.length === 0 || (named !== null && free.length < wanted.length)) return 'extension_unavailable'
      for (const line of free) {
        line.confirmBy = (line.confirmBy ?? 0) + (extension.by === 'buyer' ? buyerMs : days * DAY_MS)
        line.extended ||= extension.by === 'buyer'
      }
      return 'answered'
    })
  }]
}

/** A hold, wherever the trade stands. */
export function planHold (world: TradeWorld, { target, size }: Command): Planned[] {
  const trade = chooseFitting(world.trades, target, (each) => model.actionsOf(each.model).includes('confirm'))
  const kind = STAFF_HOLD_KINDS[size % 2]
  if (trade === undefined || kind === undefined) return []
  return [{
    operation: placeHold(world.origin(), goalOf(trade), kind),
    expect: (answer) => expectOn(world, trade, () => {
      if (!model.allows(trade.model, 'hold')) return 'illegal_in_state'
      const placed = (answer as TradeJson | null)?.holds.at(-1)
      trade.model.holds.push({ id: placed?.id ?? '', kind })
      return 'answered'
    })
  }]
}

/** The end of a hold that is there, or was. */
export function planLift (world: TradeWorld, { target, size }: Command): Planned[] {
  const trade = chooseFitting(world.trades, target, (each) => each.model.holds.length > 0)
  if (trade === undefined) return []
  const hold = trade.model.holds[size % Math.max(trade.model.holds.length, 1)]
  return [{
    operation: liftHold(world.origin(), goalOf(trade), internalId('hld', hold?.id ?? '')),
    expect: () => expectOn(world, trade, () => {
      const place = trade.model.holds.findIndex(({ id }) => id === hold?.id)
      if (place < 0) return 'not_found'
      if (hold?.kind === 'chargeback') return 'chargeback_open'
      trade.model.holds.splice(place, 1)
      return 'answered'
    })
  }]
}

function goalOf (trade: WorldTrade): { tradeId: string | null, expectedVersion: null } {
  return { tradeId: internalId('trd', trade.id), expectedVersion: null }
}
