import { rounded, sum, type ModelLine, type ModelParts, type ModelStep, type ModelTaken, type ModelTrade } from './line-model.ts'

/**
 * Where the money of a line is, and who takes what of it, step by step. It shares no code with the service.
 */

/** What is where of a line's money, and what was taken of it: for us, then for each partner. */
export interface LineMoney {
  readonly released: bigint
  /** Released, part by part; less what was taken back. */
  readonly out: ModelParts
  readonly refunded: bigint
  readonly back: ModelParts
  readonly charged: bigint
  readonly open: ModelParts
  /** Held, and in dispute. */
  readonly frozen: ModelParts
  /** The units that the open money is for. */
  readonly openUnits: bigint
  readonly taken: readonly bigint[]
}

/** What was worked out of a line, before its first step and after each: steps are added, and never taken away. */
const KNOWN = new WeakMap<ModelLine, LineMoney[]>()

/** The money of a line after so many of its steps, or after all. */
export function lineMoney (line: ModelLine, feeBase: ModelTrade['feeBase'], after = line.steps.length): LineMoney {
  // Before the first step its price may change.
  if (line.steps.length === 0) return untouched(line)
  const known = KNOWN.get(line) ?? [untouched(line)]
  KNOWN.set(line, known)
  for (const step of line.steps.slice(known.length - 1)) known.push(take(known.at(-1) ?? untouched(line), step, line, feeBase))
  return known[after] ?? untouched(line)
}

function untouched (line: ModelLine): LineMoney {
  const units = BigInt(line.units.length)
  return {
    released: 0n, out: NONE, refunded: 0n, back: NONE, charged: 0n, open: { goods: line.price * units, shipping: line.shipping }, frozen: NONE, openUnits: units, taken: sharesIn(line).map(() => 0n)
  }
}

const NONE: ModelParts = { goods: 0n, shipping: 0n }

function sharesIn ({ rate, splits }: ModelLine): Array<string | bigint> {
  return [rate, ...splits.map((split) => 'rate' in split ? split.rate : split.amount)]
}

/** What a step makes of the money. */
function take (money: LineMoney, step: ModelStep, line: ModelLine, feeBase: ModelTrade['feeBase']): LineMoney {
  switch (step.kind) {
    case 'drop': return { ...money, openUnits: money.openUnits - step.units }
    case 'freeze': return { ...money, openUnits: money.openUnits - step.units, open: less(money.open, step), frozen: more(money.frozen, step) }
    case 'thaw': return { ...money, openUnits: money.openUnits + step.units, open: more(money.open, step), frozen: less(money.frozen, step) }
    case 'charge': return giveUp({ ...moveCharged(money, step, less), charged: money.charged + chargedBy(step) }, line, feeBase)
    case 'uncharge': return give({ ...moveCharged(money, step, more), charged: money.charged - chargedBy(step) }, line, feeBase, total(step.released))
    case 'take': return giveUp({ ...inPools(money, { out: less(money.out, step), back: more(money.back, step) }) }, line, feeBase)
    case 'give': return inPools(money, { open: less(money.open, step), back: more(money.back, step) })
    case 'release': return give(inPools(money, { open: less(money.open, step), out: more(money.out, step) }), line, feeBase, total(step))
    case 'refund': case 'confirm': {
      const part = { goods: rounded(money.open.goods * step.units, money.openUnits), shipping: rounded(money.open.shipping * step.units, money.openUnits) }
      const rest = { ...money, openUnits: money.openUnits - step.units }
      return take(rest, { kind: step.kind === 'refund' ? 'give' : 'release', ...part }, line, feeBase)
    }
  }
}

type Pools = Pick<LineMoney, 'out' | 'back' | 'open' | 'frozen'>

function inPools (money: LineMoney, pools: Partial<Pools>): LineMoney {
  const moved = { ...money, ...pools }
  return { ...moved, released: total(moved.out), refunded: total(moved.back) }
}

function moveCharged (money: LineMoney, { refunded, open, frozen, released }: ModelTaken, move: typeof less): LineMoney {
  return inPools(money, { back: move(money.back, refunded), open: move(money.open, open), frozen: move(money.frozen, frozen), out: move(money.out, released) })
}

function chargedBy ({ refunded, open, frozen, released }: ModelTaken): bigint {
  return total(refunded) + total(open) + total(frozen) + total(released)
}

/** Of a release each takes what is due to him by now, as far as it reaches. */
function give (money: LineMoney, line: ModelLine, feeBase: ModelTrade['feeBase'], amount: bigint): LineMoney {
  let rest = amount
  const taken = due(money, line, feeBase).map((share, index) => {
    const had = money.taken[index] ?? 0n
    const step = share - had < rest ? share - had : rest
    rest -= step
    return had + step
  })
  return { ...money, taken }
}

/** Nobody keeps more than what is due to him by now. */
function giveUp (money: LineMoney, line: ModelLine, feeBase: ModelTrade['feeBase']): LineMoney {
  const shares = due(money, line, feeBase)
  return { ...money, taken: money.taken.map((had, index) => (shares[index] ?? 0n) < had ? shares[index] ?? 0n : had) }
}

function due ({ out: { goods, shipping } }: LineMoney, line: ModelLine, feeBase: ModelTrade['feeBase']): bigint[] {
  return sharesIn(line).map((share) => shareOf(share, line, { goods, shipping, base: goods + (feeBase === 'price' ? 0n : shipping) }))
}

function more (one: ModelParts, other: ModelParts): ModelParts {
  return { goods: one.goods + other.goods, shipping: one.shipping + other.shipping }
}

function less (one: ModelParts, other: ModelParts): ModelParts {
  return { goods: one.goods - other.goods, shipping: one.shipping - other.shipping }
}

function total ({ goods, shipping }: ModelParts): bigint {
  return goods + shipping
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

/** Whether commission and splits of the whole line would take more than it brings. */
export function exceedsPrice (line: ModelLine, feeBase: ModelTrade['feeBase']): boolean {
  const quantity = BigInt(line.units.length)
  const gross = line.price * quantity + line.shipping
  const base = feeBase === 'price' ? gross - line.shipping : gross
  return sum(sharesIn(line).map((share) => shareOf(share, line, { base, goods: gross - line.shipping, shipping: line.shipping }))) > gross
}
