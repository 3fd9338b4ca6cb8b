/**
 * What trades must do, said a second time in the simplest way: states, sums and times of a trade, from what line-model.ts says of its lines.
 */
import { asksForAttestation, confirmable, keepConditions } from './condition-model.ts'
import { type CaseWord, type ModelLine, type ModelQuotes, type ModelTrade, sum, rounded } from './line-model.ts'
import { lineMoney } from './line-money-model.ts'

export * from './line-model.ts'
export * from './line-money-model.ts'

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

/** A case is closed: the time to confirm what is left of its line runs on from where it stood. */
export function closeCase (line: ModelLine, now: number): void {
  line.confirmBy = line.units.includes('shipped') ? now + (line.refundCase?.remainingMs ?? line.confirmAfterMs) : null
  line.refundCase = null
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
  const times = trade.lines.flatMap(({ refundCase }) => refundCase !== null && refundCase.state !== 'arbitration' && (state === undefined || refundCase.state === state) ? [refundCase.dueAt] : [])
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

/** Moves the first units of a line from one word to another, with their money where that is released or goes back. */
export function moveUnits (line: ModelLine, from: ModelLine['units'][number], to: ModelLine['units'][number], count: number, quotes?: ModelQuotes): void {
  for (let moved = 0; moved < count; moved++) line.units[line.units.indexOf(from)] = to
  if (to === 'refunded') line.steps.push({ kind: 'refund', units: BigInt(count) })
  if (to === 'confirmed') line.steps.push({ kind: 'confirm', units: BigInt(count), ...quotes === undefined ? {} : { quotes } })
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
