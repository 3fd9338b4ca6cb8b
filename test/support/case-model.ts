import { closeCase, lineMoney, refundedOf, refundNewestFirst, rounded, type CaseWord, type ModelCase, type ModelLine, type ModelTrade } from './trade-model.ts'

interface Pool { goods: bigint, shipping: bigint }

const total = (pool: Pool): bigint => pool.goods + pool.shipping

/** The places of the units that a claim names, the ones that are farthest from the buyer first; all of a kind that can be named where no count is told. */
export function named (line: ModelLine, { isReturn, units }: Pick<ModelCase, 'isReturn' | 'units'>): number[] {
  const words = isReturn ? ['shipped', 'confirmed'] : ['pending', 'shipped', 'confirmed']
  const places = words.flatMap((word) => line.units.flatMap((unit, place) => unit === word ? [place] : []))
  return units === null ? places : places.slice(0, units)
}

function goodsFirst (amount: bigint, { goods, shipping }: Pool): Pool {
  const first = amount < goods ? amount : goods
  return { goods: first, shipping: amount - first < shipping ? amount - first : shipping }
}

function part (pool: Pool, units: number, of: number): Pool {
  if (units === 0) return { goods: 0n, shipping: 0n }
  return units === of ? pool : { goods: rounded(pool.goods * BigInt(units), BigInt(of)), shipping: 0n }
}

/** What a claim takes of what is held, and of what was released. */
function claim (line: ModelLine, wish: ModelCase, feeBase: ModelTrade['feeBase']): { held: Pool, out: Pool } {
  const { open, out } = lineMoney(line, feeBase)
  const places = wish.units === null ? [] : named(line, wish)
  const kept = places.filter((place) => line.units[place] === 'confirmed').length
  const count = (...words: string[]): number => line.units.filter((unit) => words.includes(unit)).length
  if (wish.asked !== null) {
    const isKept = places.length > 0 && kept === places.length
    const first = goodsFirst(wish.asked, isKept ? out : open)
    const rest = goodsFirst(wish.asked - total(first), isKept ? open : out)
    return isKept ? { held: rest, out: first } : { held: first, out: rest }
  }
  return wish.units === null ? { held: open, out } : { held: part(open, places.length - kept, count('pending', 'shipped')), out: part(out, kept, count('confirmed')) }
}

/** Whether a line has what a claim is about: units of that kind, the amount, and anything at all. */
export function covers (line: ModelLine, wish: ModelCase, feeBase: ModelTrade['feeBase']): 'yes' | 'units' | 'money' {
  if (named(line, { ...wish, units: null }).length < (wish.units ?? 1)) return 'units'
  const { held, out } = claim(line, wish, feeBase)
  const amount = total(held) + total(out)
  return amount === 0n || (wish.asked !== null && amount < wish.asked) ? 'money' : 'yes'
}

/** Gives a line's money back, and says which units went with it. */
function refund (line: ModelLine, wish: ModelCase, feeBase: ModelTrade['feeBase']): void {
  const before = lineMoney(line, feeBase)
  const { held, out } = claim(line, wish, feeBase)
  const places = wish.units === null ? [] : named(line, wish)
  line.steps.push({ kind: 'give', ...held }, { kind: 'take', ...out })
  const after = lineMoney(line, feeBase)
  for (const [words, was, is] of [[['pending', 'shipped'], before.open, after.open], [['confirmed'], before.out, after.out]] as const) {
    const all = line.units.flatMap((unit, place) => (words as readonly string[]).includes(unit) ? [place] : [])
    let gone = places.filter((place) => all.includes(place))
    if (wish.units === null) gone = total(was) > 0n && total(is) === 0n ? all : []
    // Money that stays must be for something: the last unit stays with it.
    else if (gone.length > 0 && gone.length === all.length && total(is) > 0n) gone = gone.slice(0, -1)
    for (const place of gone) line.units[place] = line.units[place] === 'pending' ? 'refunded' : 'returned'
    if (words.length === 2) line.steps.push({ kind: 'drop', units: BigInt(gone.length) })
  }
}

/** What each state allows, and what that leads to. */
const MOVES: Readonly<Record<CaseWord, Readonly<Partial<Record<string, CaseWord>>>>> = {
  requested: { agree: 'awaiting_return', refuse: 'refused', withdraw: 'cancelled' },
  awaiting_return: { ship_return: 'return_shipped', withdraw: 'cancelled' },
  return_shipped: { refuse: 'refused', confirm_return: 'refunded' },
  refused: { agree: 'awaiting_return', withdraw: 'cancelled' },
  arbitration: {},
  refunded: {},
  cancelled: {}
}
/** What can be done to a case in a state. */
export function movesFrom (state: CaseWord): string[] {
  return Object.keys(MOVES[state])
}

const HOUR_MS = 3_600_000
const PERIODS_MS: Readonly<Partial<Record<CaseWord, number>>> = { requested: 48 * HOUR_MS, awaiting_return: 7 * 24 * HOUR_MS, return_shipped: 240 * HOUR_MS, refused: 72 * HOUR_MS }
const SILENCE: Readonly<Partial<Record<CaseWord, string>>> = { requested: 'agree', awaiting_return: 'withdraw', return_shipped: 'confirm_return', refused: 'withdraw' }

/** Moves the case of a line on, and the money where that ends it so; false where its state does not allow that. */
export function move (trade: ModelTrade, line: ModelLine, wish: ModelCase, action: string, now: number): boolean {
  let next = MOVES[wish.state][action]
  if (next === undefined) return false
  if (action === 'agree' && (!wish.isReturn || wish.sentBack)) next = 'refunded'
  if (action === 'ship_return') wish.sentBack = true
  wish.state = next
  wish.dueAt = now + (PERIODS_MS[next] ?? 0)
  if (next !== 'refunded' && next !== 'cancelled') return true
  const before = refundedOf(trade)
  if (next === 'refunded') refund(line, wish, trade.feeBase)
  refundNewestFirst(trade, refundedOf(trade) - before)
  closeCase(line, now)
  return true
}

/** Opens a case: the time to confirm stands still. */
export function open (line: ModelLine, wish: ModelCase, now: number): void {
  line.refundCase = { ...wish, dueAt: now + (PERIODS_MS.requested ?? 0), remainingMs: line.confirmBy === null ? null : Math.max(line.confirmBy - now, 0) }
  line.confirmBy = null
}

/** What silence does: to each state in turn, and to the oldest case first; tells of each line. */
export function sweepCases (trade: ModelTrade, now: number, tell: (line: ModelLine) => void): void {
  for (const state of ['requested', 'awaiting_return', 'return_shipped', 'refused'] as const) {
    const due = trade.lines.filter(({ refundCase }) => refundCase?.state === state && refundCase.dueAt <= now)
    for (const line of due.sort((one, other) => (one.refundCase?.id ?? '') < (other.refundCase?.id ?? '') ? -1 : 1)) {
      if (line.refundCase !== null) move(trade, line, line.refundCase, SILENCE[state] ?? '', now)
      tell(line)
    }
  }
}
