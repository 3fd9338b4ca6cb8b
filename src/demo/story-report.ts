import { checkBalanced, checkBooks, type Check } from './adds-up.ts'
import type { TrialBalance } from './api.ts'
import { sameAmount, sumOf } from './money.ts'
import type { Played } from './play-plan.ts'
import type { Story } from './story.ts'
import { table } from './table.ts'
import { currencyOf, statesOf, totalsOf, type Totals } from './totals.ts'

/** Everything a play of the bundled trades shows; `--json` prints it as it is. */
export interface StoryReport {
  readonly service: string
  readonly throw_away: boolean
  readonly trades: readonly ToldTrade[]
  readonly states: Readonly<Record<string, number>>
  readonly totals: Readonly<Record<string, Totals>>
  /** What went other than planned; empty unless something is wrong. */
  readonly surprises: readonly string[]
  readonly adds_up: { readonly ok: boolean, readonly checks: readonly Check[] }
  readonly trial_balance: TrialBalance | null
}

interface ToldTrade {
  readonly external_ref: string
  readonly title: string
  /** The service's id of the trade, or null. */
  readonly trade: string | null
  readonly state: string | null
  readonly currency: string | null
  readonly paid: string
  readonly held: string
  readonly released: string
  readonly refunded: string
  readonly in_suspense: string
}

/** What a play of the bundled trades found out. */
export interface StoryPlay {
  readonly service: { readonly url: string, readonly ours: boolean }
  readonly played: ReadonlyArray<Played<Story>>
  readonly readBack: readonly string[]
  readonly trialBalance: TrialBalance | null
}

/** Puts together what a play of the bundled trades shows. It is right when `adds_up.ok` is true and there are no surprises. */
export function reportStories ({ service, played, readBack, trialBalance }: StoryPlay): StoryReport {
  const totals = totalsOf(played)
  const checks = trialBalance === null ? [] : checkBalanced(trialBalance)
  if (trialBalance !== null && service.ours) {
    for (const [currency, sums] of Object.entries(totals)) {
      checks.push(...checkBooks(trialBalance, currency, { ...sums, payments: sumOf([sums.paid, sums.in_suspense]), suspense: sums.in_suspense }))
    }
  }
  return {
    service: service.url,
    throw_away: service.ours,
    trades: played.map(tell),
    states: statesOf(played),
    totals,
    surprises: [...played.flatMap(surprisesOf), ...readBack],
    adds_up: { ok: checks.every(({ ok }) => ok), checks },
    trial_balance: trialBalance
  }
}

/** The report of the bundled trades as people read it: a line each, and the trial balance. */
export function showStoryReport ({ trades, surprises, adds_up: addsUp, throw_away: throwAway, service, trial_balance: balance }: StoryReport): string {
  return [
    `${trades.length} made-up trades, played through the HTTP API of ${throwAway ? 'a throw-away service' : service}`,
    '',
    ...trades.map((trade, index) => `${String(index + 1).padStart(3)}. ${trade.title}. ${outcome(trade)}`),
    '',
    ...balance === null ? ['This key may not read the trial balance.'] : showTrialBalance(balance),
    '',
    ...surprises.length === 0 ? [] : [`Surprises (${surprises.length})`, ...surprises.map((surprise) => `  ${surprise}`), ''],
    ...addsUp.checks.filter(({ ok }) => !ok).map(({ what, service, expected }) => `${what}: ${service} instead of ${expected}`),
    addsUp.ok && surprises.length === 0 ? 'It adds up: every trade ended as it should, and so did the books.' : 'It does NOT add up.'
  ].join('\n')
}

function tell ({ plan, trade, suspense }: Played<Story>): ToldTrade {
  const nothing = { paid: '0', held: '0', released: '0', refunded: '0' }
  const { paid, held, released, refunded } = trade ?? nothing
  return {
    external_ref: plan.ref,
    title: plan.title,
    trade: trade?.id ?? null,
    state: trade?.state ?? null,
    currency: currencyOf(plan),
    paid,
    held,
    released,
    refunded,
    in_suspense: suspense
  }
}

/** `→ completed: CNY 44.80 released`. */
function outcome (trade: ToldTrade): string {
  const parts = [['held', trade.held], ['released', trade.released], ['refunded', trade.refunded], ['in suspense', trade.in_suspense]] as const
  const moved = parts.filter(([, amount]) => !sameAmount(amount, '0')).map(([where, amount]) => `${amount} ${where}`)
  return `→ ${trade.state ?? 'no trade'}: ${moved.length === 0 ? 'no money moved' : `${trade.currency ?? ''} ${moved.join(', ')}`}`
}

function showTrialBalance ({ units, as_of: asOf, seq }: TrialBalance): string[] {
  const rows = units.flatMap(({ unit, debits, credits, accounts }) => [
    ...accounts.map((account) => [`${unit} ${account.class}`, account.debits, account.credits, account.balance]),
    [`${unit} in all`, debits, credits, '']
  ])
  return [`Trial balance as of ${asOf}, transaction ${seq}`, ...table([['', 'debits', 'credits', 'balance'], ...rows])]
}

function surprisesOf ({ plan, trade, suspense, surprises }: Played<Story>): string[] {
  const found = [...surprises]
  if ((trade?.state ?? null) !== plan.ends) found.push(`ended as ${trade?.state ?? 'no trade'} instead of ${plan.ends ?? 'no trade'}`)
  if (!sameAmount(suspense, plan.suspense)) found.push(`${suspense} wait in suspense instead of ${plan.suspense}`)
  if (trade !== null && !sameAmount(trade.paid, sumOf([trade.held, trade.released, trade.refunded]))) {
    found.push(`paid ${trade.paid} is not held ${trade.held} + released ${trade.released} + refunded ${trade.refunded}`)
  }
  return found.map((surprise) => `${plan.ref}: ${surprise}`)
}
