import type { ConditionDraft } from './release-drafts.ts'

/** A milestone: its share in billionths, its condition, and what has to be true beside it. */
export interface ModelMilestone {
  readonly ref: string | null
  readonly share: bigint
  readonly when: ConditionDraft
  readonly also: readonly string[]
}

/** The part of a model's line that conditions are about. */
export interface ConditionedLine {
  readonly milestones: readonly ModelMilestone[]
  readonly facts: Set<string>
  readonly units: Array<'pending' | 'shipped' | 'confirmed' | 'refunded' | 'frozen' | 'returned'>
  readonly steps: Array<{ readonly kind: 'release', readonly goods: bigint, readonly shipping: bigint } | object>
  readonly confirmAfterMs: number
  confirmBy: number | null
  releaseBy: number | null
  /** While its buyer wants money back, its time to confirm stands still. */
  readonly refundCase: object | null
}

/** What is open of a line, what is held and in dispute, and what is released of it. */
export interface ConditionedMoney {
  readonly open: { readonly goods: bigint, readonly shipping: bigint }
  readonly frozen: { readonly goods: bigint, readonly shipping: bigint }
  readonly out: { readonly goods: bigint, readonly shipping: bigint }
}

/** The name of an attestation among a line's facts. */
export function attested (milestone: string | null, kind: string): string {
  return `${milestone ?? ''}/${kind}`
}

function isTrue (line: ConditionedLine, milestone: ModelMilestone, fact: string): boolean {
  if (fact === 'shipped') return !line.units.includes('pending')
  if (fact === 'confirmed') return line.facts.has('confirmed') || line.facts.has('buyer_confirmed')
  return line.facts.has(fact === 'buyer_confirmed' ? fact : attested(milestone.ref, fact))
}

function holds (when: ConditionDraft, truth: (fact: string) => boolean): boolean {
  if (when.fact !== undefined) return truth(when.fact)
  return when.all_of?.every((each) => holds(each, truth)) ?? when.any_of?.some((each) => holds(each, truth)) ?? false
}

export function isMet (line: ConditionedLine, milestone: ModelMilestone): boolean {
  const truth = (fact: string): boolean => isTrue(line, milestone, fact)
  return holds(milestone.when, truth) && milestone.also.every(truth)
}

export function namedIn ({ when, also }: ModelMilestone): string[] {
  const facts = ({ fact, all_of: all = [], any_of: any = [] }: ConditionDraft): string[] => fact === undefined ? [...all, ...any].flatMap(facts) : [fact]
  return [...facts(when), ...also]
}

/** Whether an unmet milestone names one of those facts, which is not true. */
export function awaits (line: ConditionedLine, wanted: readonly string[]): boolean {
  return line.milestones.some((milestone) => !isMet(line, milestone) && namedIn(milestone).some((fact) => wanted.includes(fact) && !isTrue(line, milestone, fact)))
}

export function confirmable (line: ConditionedLine): number {
  const shipped = line.units.filter((unit) => unit === 'shipped').length
  if (line.milestones.length === 0) return shipped
  return !line.units.includes('pending') && awaits(line, ['confirmed', 'buyer_confirmed']) ? shipped : 0
}

export function asksForAttestation (line: ConditionedLine, money: ConditionedMoney): boolean {
  const { open, frozen } = money
  const isOver = !line.units.includes('pending') && !line.units.includes('shipped') && open.goods + open.shipping + frozen.goods + frozen.shipping === 0n
  return !isOver && awaits(line, ['carrier_delivered', 'customs_cleared', 'inspection_passed'])
}

/** A billionth, rounded half to even. */
function ofBillion (product: bigint): bigint {
  const [down, rest] = [product / 1_000_000_000n, product % 1_000_000_000n]
  return rest > 500_000_000n || (rest === 500_000_000n && down % 2n === 1n) ? down + 1n : down
}

/** What the met milestones have due: goods and shipping; null when nothing is. */
function due (line: ConditionedLine, money: ConditionedMoney): { goods: bigint, shipping: bigint } | null {
  if (line.milestones.length === 0) return null
  const { open, frozen, out } = money
  const met = line.milestones.filter((milestone) => isMet(line, milestone))
  const isAll = met.length === line.milestones.length
  const share = met.reduce((sum, milestone) => sum + milestone.share, 0n)
  const part = (name: 'goods' | 'shipping'): bigint => {
    const more = ofBillion(share * (out[name] + open[name] + frozen[name])) - out[name]
    return isAll || more > open[name] ? open[name] : more < 0n ? 0n : more
  }
  const amount = { goods: part('goods'), shipping: part('shipping') }
  return amount.goods + amount.shipping > 0n || (isAll && line.units.includes('shipped')) ? amount : null
}

/** Releases what a line has due, by quotes where a buyer confirms by some; with the last milestone all that is shipped is confirmed. */
export function settle (line: ConditionedLine, money: ConditionedMoney, quotes?: object): void {
  const amount = due(line, money)
  if (amount === null) return
  const isAll = line.milestones.every((milestone) => isMet(line, milestone))
  line.steps.push({ kind: 'release', ...amount, ...quotes === undefined ? {} : { quotes } })
  if (!isAll) return
  line.steps.push({ kind: 'drop', units: BigInt(line.units.filter((unit) => unit === 'shipped').length) })
  line.units.forEach((unit, place) => { if (unit === 'shipped') line.units[place] = 'confirmed' })
}

/** Silence counts from the moment on at which the whole line is shipped; what is due and was not released waits from then on. */
export function keepConditions (line: ConditionedLine, money: ConditionedMoney, now: number): void {
  if (line.milestones.length === 0) return
  const isSilent = line.units.includes('shipped') && !line.units.includes('pending') && awaits(line, ['confirmed']) && line.refundCase === null
  line.confirmBy = isSilent ? line.confirmBy ?? now + line.confirmAfterMs : null
  line.releaseBy = due(line, money) === null ? null : line.releaseBy ?? now
}
