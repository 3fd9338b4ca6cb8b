import type { Result } from './rounds.ts'
import { SHAPES } from './shapes.ts'

/** Two measurements of one run beside each other. */
export interface Ratio {
  readonly name: string
  readonly about: string
  readonly value: number
  /** What we aim at: at least this; null where the number is for orientation. */
  readonly aim: number | null
}

const LIMIT_AIM = 0.5
const SINGLE_AIM = 5
const HTTP_AIM = 0.4

/** What the results say beside each other. Machines differ, and these differ less than any rate. */
export function ratiosOf (results: readonly Result[]): Ratio[] {
  const { best, named } = finders(results)
  const shapes = SHAPES.flatMap(({ name, about }): Ratio[] => {
    const ours = best(`journal.${name}.`)
    return [
      { name: `journal/limit ${name}`, about: `the Journal beside SQL alone, ${about}`, value: ours / best(`limit.${name}.`), aim: LIMIT_AIM },
      { name: `journal/single ${name}`, about: `the Journal beside the best of one transaction each, ${about}`, value: ours / best(`single.${name}.`), aim: SINGLE_AIM }
    ]
  })
  const http = named('trades.http.64').rate_per_second
  return [
    ...shapes,
    {
      name: 'journal/unordered spread',
      about: 'the Journal beside one transaction each without order, among 10,000 accounts',
      value: best('journal.spread.') / best('unordered.spread.'),
      aim: null
    },
    { name: 'http/journal 64', about: 'whole trades over HTTP beside those in process, 64 in flight', value: http / named('trades.journal.64').rate_per_second, aim: HTTP_AIM },
    { name: 'http/journal best', about: 'the same beside the best rate in process', value: http / best('trades.journal.'), aim: null },
    {
      name: 'alone',
      about: 'p50 of a payment over HTTP, alone, beside that of one bare transaction',
      value: named('payment.http.1').p50_ms / named('single.clearing.1').p50_ms,
      aim: null
    }
  ]
}

function finders (results: readonly Result[]) {
  return {
    /** The best rate of those whose name begins so. */
    best: (start: string): number => Math.max(...results.filter(({ name }) => name.startsWith(start)).map((result) => result.rate_per_second)),
    named: (wanted: string): Result => {
      const found = results.find(({ name }) => name === wanted)
      if (found === undefined) throw new Error(`${wanted} was not measured`)
      return found
    }
  }
}
