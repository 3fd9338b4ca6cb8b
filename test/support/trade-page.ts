import { OUTCOME_AFTER, REPORTS } from '../../src/escrow/refunds/attempt-report.ts'
import { OUTCOMES } from '../../src/escrow/refunds/refund.ts'
import { DEADLINES, DEADLINE_NAMES, type DeadlineName } from '../../src/escrow/trade/deadlines.ts'
import { ACTIONS_BY_STATE, TRADE_STATES } from '../../src/escrow/trade/states.ts'
import { MEANINGS, TRANSITIONS } from '../../src/escrow/trade/transitions.ts'
import { DAY_MS, HOUR_MS } from '../../src/kernel/time.ts'
import { DEFAULT_SETTINGS } from '../../src/tenants/settings.ts'
import { table, tellPostings, type PageParts } from './made-page.ts'
import { COIN_POSTING_ROWS, POSTING_ROWS, type PlayedRow } from './posting-rows.ts'

/** The parts of `docs/trade.md` that the code's own tables say. */
export const TRADE_PARTS: PageParts = { diagram, states, deadlines, postings: () => postings(POSTING_ROWS), coins: () => postings(COIN_POSTING_ROWS), attempts }

/** The states and what leads from one to another, for those who read Mermaid. */
function diagram (): string {
  const edges = Object.entries(TRANSITIONS).flatMap(([from, all]) =>
    Object.entries(all).map(([to, operations]) => `    ${from} --> ${to}: ${[...new Set(operations.map(wordOf))].join(', ')}`))
  const ends = TRADE_STATES.filter((state) => Object.keys(TRANSITIONS[state]).length === 0).map((state) => `    ${state} --> [*]`)
  return ['```mermaid', 'stateDiagram-v2', '    [*] --> awaiting_payment: create', ...edges, ...ends, '```', ''].join('\n')
}

/** `trade.pay` and `payment.record` are both a payment. */
function wordOf (operation: string): string {
  const word = operation.slice(operation.indexOf('.') + 1)
  return { record: 'pay', deadline: 'timer' }[word] ?? word.replaceAll('_', ' ')
}

function states (): string {
  return table(['state', 'it means', 'actions'], TRADE_STATES.map((state) => [`\`${state}\``, MEANINGS[state], ACTIONS_BY_STATE[state].join(', ')]))
}

function deadlines (): string {
  return table(['deadline', 'default', 'what happens when nobody acts'], DEADLINE_NAMES.map((name) => [`\`${name}\``, periodOf(name), DEADLINES[name].about]))
}

function periodOf (name: DeadlineName): string {
  const { setting, since } = DEADLINES[name]
  if (setting === null) return `at once, from ${since}`
  const value = DEFAULT_SETTINGS[setting]
  const told = typeof value === 'object' ? Object.entries(value).map(([kind, ms]) => `${kind} ${duration(ms)}`).join(', ') : duration(Number(value))
  return `${told}, from ${since} (\`${setting}\`)`
}

function duration (ms: number): string {
  if (ms === 0) return 'at once'
  return ms % DAY_MS === 0 && ms > DAY_MS ? `${ms / DAY_MS} days` : `${ms / HOUR_MS} hours`
}

function postings (rows: readonly PlayedRow[]): string {
  return table(['step', 'what posts: debited / credited'], rows.map((row) => [row.step, tellPostings(row.play())]))
}

function attempts (): string {
  return table(['the attempt is', ...REPORTS], (['untold', ...OUTCOMES] as const).map((before) =>
    [before === 'untold' ? 'not known' : `\`${before}\``, ...REPORTS.map((report) => OUTCOME_AFTER[before][report] === before ? '=' : `\`${OUTCOME_AFTER[before][report]}\``)]))
}
