import { sumOf } from './money.ts'
import type { Plan } from './plan.ts'
import type { Played } from './play-plan.ts'

/** What was played in one currency, as the service answered it: decimal strings. */
export interface Totals {
  readonly total: string
  readonly paid: string
  readonly held: string
  readonly released: string
  readonly refunded: string
  readonly in_suspense: string
}

/** The totals of played plans by currency, the currencies in alphabetical order. */
export function totalsOf (played: ReadonlyArray<Played<Plan>>): Record<string, Totals> {
  const byCurrency = new Map<string, Array<Played<Plan>>>()
  for (const one of played) {
    const currency = currencyOf(one.plan)
    if (currency === null) continue
    const ones = byCurrency.get(currency)
    if (ones === undefined) byCurrency.set(currency, [one])
    else ones.push(one)
  }
  return Object.fromEntries([...byCurrency].sort(([a], [b]) => a < b ? -1 : 1).map(([currency, ones]) => {
    const sum = (name: Exclude<keyof Totals, 'in_suspense'>) => sumOf(ones.flatMap(({ trade }) => trade === null ? [] : [trade[name]]))
    return [currency, {
      total: sum('total'), paid: sum('paid'), held: sum('held'), released: sum('released'), refunded: sum('refunded'), in_suspense: sumOf(ones.map(({ suspense }) => suspense))
    }]
  }))
}

/** How many trades are in each state; plans without a trade are `no_trade`. */
export function statesOf (played: ReadonlyArray<Played<Plan>>): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { trade } of played) {
    const state = trade?.state ?? 'no_trade'
    counts[state] = (counts[state] ?? 0) + 1
  }
  return counts
}

/** The currency of a plan: its trade's, or that of its first payment; null where it has neither. */
export function currencyOf ({ trade, steps }: Plan): string | null {
  return trade?.currency ?? steps.flatMap((step) => step.kind === 'unknown_payment' ? [step.currency] : [])[0] ?? null
}
