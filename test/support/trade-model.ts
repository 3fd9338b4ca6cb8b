/**
 * What trades must do, said a second time in the simplest way: every unit of every line is a word in a list, money is recomputed from
 * the whole history at every question, and rates are fractions of whole numbers. It shares no code with the service.
 */

export type ModelSplit = { readonly partner: string, readonly rate: string } | { readonly partner: string, readonly amount: bigint }

export interface ModelLine {
  readonly seller: string
  price: bigint
  shipping: bigint
  readonly rate: string
  readonly splits: readonly ModelSplit[]
  readonly confirmAfterMs: number
  readonly units: Array<'pending' | 'shipped' | 'confirmed' | 'refunded'>
  /** How many units were settled in each step, and whether they were confirmed (or refunded). */
  readonly steps: Array<{ readonly units: bigint, readonly confirmed: boolean }>
  confirmBy: number | null
  /** Whether its buyer has extended that. */
  extended: boolean
}

export interface ModelTrade {
  readonly ref: string
  readonly currency: string
  readonly feeBase: 'price' | 'price_and_shipping'
  readonly payBy: number
  readonly lines: readonly ModelLine[]
  /** Payments in the order they were first applied. */
  readonly applied: Map<string, { amount: bigint, refunded: bigint }>
  closedUnpaid: boolean
  revision: number
  shipBy: number | null
  shipOverdue: boolean
  holds: Array<{ readonly id: string, readonly kind: string }>
}

export interface ModelPayment {
  readonly key: string
  readonly currency: string
  readonly amount: bigint
  readonly tradeRef: string | null
  inSuspense: bigint
  returned: bigint
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

function shareOf (share: string | bigint, base: bigint, part: bigint, whole: bigint): bigint {
  return typeof share === 'string' ? ofRate(share, base) : rounded(share * part, whole)
}

/** What a line has released (cash), refunded, and taken: for us, then for each partner. */
export function lineMoney (line: ModelLine, feeBase: ModelTrade['feeBase']): { released: bigint, refunded: bigint, taken: bigint[] } {
  const shares = [line.rate, ...line.splits.map((split) => 'rate' in split ? split.rate : split.amount)]
  const taken = shares.map(() => 0n)
  const quantity = BigInt(line.units.length)
  let [settled, confirmed, released, refunded, shippingSettled, shippingConfirmed] = [0n, 0n, 0n, 0n, 0n, 0n]
  for (const step of line.steps) {
    settled += step.units
    const shipping = rounded(line.shipping * settled, quantity) - shippingSettled
    shippingSettled += shipping
    const cash = line.price * step.units + shipping
    if (!step.confirmed) {
      refunded += cash
      continue
    }
    confirmed += step.units
    released += cash
    shippingConfirmed += shipping
    const base = line.price * confirmed + (feeBase === 'price' ? 0n : shippingConfirmed)
    let left = cash
    shares.forEach((share, index) => {
      const due = shareOf(share, base, confirmed, quantity) - (taken[index] ?? 0n)
      const step = due < left ? due : left
      left -= step
      taken[index] = (taken[index] ?? 0n) + step
    })
  }
  return { released, refunded, taken }
}

/** Whether commission and splits of the whole line would take more than it brings. */
export function exceedsPrice (line: ModelLine, feeBase: ModelTrade['feeBase']): boolean {
  const quantity = BigInt(line.units.length)
  const gross = line.price * quantity + line.shipping
  const base = feeBase === 'price' ? gross - line.shipping : gross
  const shares = [line.rate, ...line.splits.map((split) => 'rate' in split ? split.rate : split.amount)]
  return sum(shares.map((share) => shareOf(share, base, quantity, quantity))) > gross
}

export function totalOf (trade: ModelTrade): bigint {
  return sum(trade.lines.map((line) => line.price * BigInt(line.units.length) + line.shipping))
}

export function paidOf (trade: ModelTrade): bigint {
  return sum([...trade.applied.values()].map(({ amount }) => amount))
}

export function dueOf (trade: ModelTrade): bigint {
  const due = totalOf(trade) - paidOf(trade)
  return trade.closedUnpaid || due < 0n ? 0n : due
}

export function releasedOf (trade: ModelTrade): bigint {
  return sum(trade.lines.map((line) => lineMoney(line, trade.feeBase).released))
}

/** The money that lines gave back, and what was paid above the price; all that was paid, when the trade closed unpaid. */
export function refundedOf (trade: ModelTrade): bigint {
  const surplus = paidOf(trade) - totalOf(trade)
  return trade.closedUnpaid ? paidOf(trade) : (surplus > 0n ? surplus : 0n) + sum(trade.lines.map((line) => lineMoney(line, trade.feeBase).refunded))
}

export function stateOf (trade: ModelTrade): string {
  if (trade.closedUnpaid) return 'closed_unpaid'
  if (dueOf(trade) > 0n) return 'awaiting_payment'
  const units = new Set(trade.lines.flatMap((line) => line.units))
  if (units.has('pending')) return units.has('shipped') || units.has('confirmed') ? 'partially_shipped' : 'awaiting_shipment'
  if (units.has('shipped')) return 'awaiting_confirmation'
  return units.has('confirmed') ? 'completed' : 'closed_refunded'
}

/** What the state alone lets be tried. */
export function allows (trade: ModelTrade, action: string): boolean {
  const staff = ['hold', 'lift']
  switch (stateOf(trade)) {
    case 'awaiting_payment': return ['pay', 'reprice', 'cancel', ...staff].includes(action)
    case 'awaiting_shipment': return ['ship', 'cancel', ...staff].includes(action)
    case 'partially_shipped': return ['ship', 'confirm', 'extend', 'cancel', ...staff].includes(action)
    case 'awaiting_confirmation': return ['confirm', 'extend', ...staff].includes(action)
    default: return action === 'lift'
  }
}

/** What buyers and sellers are told that they can do. */
export function actionsOf (trade: ModelTrade): string[] {
  const waits = trade.lines.some((line) => line.units.includes('shipped'))
  return ['pay', 'reprice', 'ship', 'confirm', 'extend', 'cancel'].filter((action) => {
    if (!allows(trade, action)) return false
    return action === 'confirm' ? waits && trade.holds.length === 0 : action !== 'extend' || waits
  })
}

/** When silence confirms the first line, if nothing blocks it. */
export function confirmByOf (trade: ModelTrade): number | null {
  const times = trade.lines.flatMap((line) => line.confirmBy ?? [])
  return times.length === 0 ? null : Math.min(...times)
}

/** When a sweep has to come. */
export function deadlineOf (trade: ModelTrade): number | null {
  if (stateOf(trade) === 'awaiting_payment') return trade.payBy
  const times = [trade.shipOverdue ? null : trade.shipBy, trade.holds.length > 0 ? null : confirmByOf(trade)].filter((time) => time !== null)
  return times.length === 0 ? null : Math.min(...times)
}

/** The time to ship begins with the payment of the last unit of money, and ends with the shipment or refund of the last unit of goods. */
export function keepShipBy (trade: ModelTrade, now: number, afterMs: number): void {
  const waits = ['awaiting_shipment', 'partially_shipped'].includes(stateOf(trade))
  trade.shipBy = waits ? trade.shipBy ?? now + afterMs : null
}

/** Moves the first units of a line from one word to another. */
export function moveUnits (line: ModelLine, from: ModelLine['units'][number], to: ModelLine['units'][number], count: number): void {
  for (let moved = 0; moved < count; moved++) line.units[line.units.indexOf(from)] = to
  if (to === 'confirmed' || to === 'refunded') line.steps.push({ units: BigInt(count), confirmed: to === 'confirmed' })
  if (!line.units.includes('shipped')) line.confirmBy = null
}

/** Takes money back out of a trade's payments, the newest first. */
export function refundNewestFirst (trade: ModelTrade, cash: bigint): void {
  let left = cash
  for (const payment of [...trade.applied.values()].reverse()) {
    const back = left < payment.amount - payment.refunded ? left : payment.amount - payment.refunded
    payment.refunded += back
    left -= back
  }
}

/** Closes a trade that was not paid in full: everything goes back. */
export function closeUnpaid (trade: ModelTrade): void {
  trade.closedUnpaid = true
  for (const payment of trade.applied.values()) payment.refunded = payment.amount
}
