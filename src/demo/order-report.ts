import { checkBalanced, checkBooks, checkTrades, type Check } from './adds-up.ts'
import type { TrialBalance } from './api.ts'
import type { UnreadableRow } from './csv.ts'
import type { FileSums } from './csv-sums.ts'
import type { Finding } from './findings.ts'
import { sameAmount, showCents } from './money.ts'
import type { OrderPlan } from './orders.ts'
import type { Played } from './play-plan.ts'
import { statesOf, totalsOf, type Totals } from './totals.ts'

/** Everything a play of real orders shows; `--json` prints it as it is. */
export interface OrderReport {
  readonly source: string
  readonly service: string
  readonly throw_away: boolean
  readonly times: string
  readonly orders: number
  readonly trades: number
  /** Orders of which the service had answered every step before. */
  readonly replayed: number
  readonly seconds: number
  readonly orders_per_second: number
  readonly requests: number
  readonly retries: number
  readonly states: Readonly<Record<string, number>>
  readonly totals: Readonly<Record<string, Totals>>
  readonly as_the_data_says: number
  readonly exceptions: readonly ExceptionalOrder[]
  readonly unreadable_rows: readonly UnreadableRow[]
  /** What went other than planned; empty unless something is wrong. */
  readonly surprises: readonly string[]
  readonly adds_up: { readonly ok: boolean, readonly checks: readonly Check[] }
  readonly trial_balance: TrialBalance | null
}

/** An order of which something is odd, or that did not end as its status says. */
export interface ExceptionalOrder {
  readonly order_id: string
  readonly status: string
  /** The state its trade ended in, or null. */
  readonly state: string | null
  readonly as_the_data_says: boolean
  readonly findings: readonly Finding[]
}

/** What a play found out. */
export interface OrderPlay {
  readonly source: string
  readonly service: { readonly url: string, readonly ours: boolean }
  readonly played: ReadonlyArray<Played<OrderPlan>>
  readonly unreadable: readonly UnreadableRow[]
  readonly readBack: readonly string[]
  readonly files: FileSums
  readonly trialBalance: TrialBalance | null
  readonly elapsedMs: number
  readonly requests: number
  readonly retries: number
}

const CURRENCY = 'BRL'
const NOTHING: Totals = { total: '0', paid: '0', held: '0', released: '0', refunded: '0', in_suspense: '0' }

/** Puts together what a play of orders shows. It is right when `adds_up.ok` is true and there are no surprises. */
export function reportOrders (play: OrderPlay): OrderReport {
  const { played, trialBalance, files } = play
  const totals = totalsOf(played)
  const checks = checkTrades(totals[CURRENCY] ?? NOTHING, files)
  if (trialBalance !== null) checks.push(...checkBalanced(trialBalance))
  if (trialBalance !== null && play.service.ours) checks.push(...checkBooks(trialBalance, CURRENCY, files))
  const seconds = play.elapsedMs / 1000
  return {
    source: play.source,
    service: play.service.url,
    throw_away: play.service.ours,
    times: 'The files name no time zone; their times are taken as UTC.',
    orders: played.length,
    trades: played.filter(({ trade }) => trade !== null).length,
    replayed: played.filter(({ plan, fresh }) => !fresh && plan.steps.length > 0).length,
    seconds: Math.round(seconds * 100) / 100,
    orders_per_second: Math.round(played.length / seconds),
    requests: play.requests,
    retries: play.retries,
    states: statesOf(played),
    totals,
    as_the_data_says: played.filter(endsAsSaid).length,
    exceptions: played.filter((one) => one.plan.findings.length > 0 || !endsAsSaid(one)).map((one) => ({
      order_id: one.plan.ref, status: one.plan.status, state: one.trade?.state ?? null, as_the_data_says: endsAsSaid(one), findings: one.plan.findings
    })),
    unreadable_rows: play.unreadable,
    surprises: [...played.flatMap(surprisesOf), ...play.readBack],
    adds_up: { ok: checks.every(({ ok }) => ok), checks },
    trial_balance: trialBalance
  }
}

function endsAsSaid ({ plan, trade }: Played<OrderPlan>): boolean {
  return plan.asTheDataSays && trade?.state === plan.expected.state
}

function surprisesOf ({ plan, trade, suspense, surprises }: Played<OrderPlan>): string[] {
  const { expected } = plan
  const found = [...surprises]
  if ((trade?.state ?? null) !== expected.state) found.push(`ended as ${trade?.state ?? 'no trade'} instead of ${expected.state ?? 'no trade'}`)
  for (const name of ['total', 'paid', 'held', 'released', 'refunded'] as const) {
    const amount = trade?.[name] ?? '0'
    if (!sameAmount(amount, showCents(expected[name]))) found.push(`${name} is ${amount} instead of ${showCents(expected[name])}`)
  }
  if (!sameAmount(suspense, showCents(expected.suspense))) found.push(`${suspense} wait in suspense instead of ${showCents(expected.suspense)}`)
  return found.map((surprise) => `${plan.ref}: ${surprise}`)
}
