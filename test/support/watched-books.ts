import { tradeState, type TradeState } from '../../src/escrow/trade/states.ts'
import { TRADES } from '../../src/escrow/trade/trade-rows.ts'
import { TRANSITIONS } from '../../src/escrow/trade/transitions.ts'
import type { Operation } from '../../src/journal/operation.ts'
import type { Outcome } from '../../src/journal/outcome.ts'
import { MemoryBooks } from './memory-books.ts'

/** Books that hold every change of a trade's state against the table of transitions, and tell which they saw. */
export class WatchedBooks extends MemoryBooks {
  readonly #states = new Map<string, TradeState>()
  /** Each as `from operation to`. */
  readonly seen: Set<string>

  constructor (seen = new Set<string>()) {
    super()
    this.seen = seen
  }

  override run (operations: ReadonlyArray<Operation<unknown>>): Outcome[] {
    const outcomes = super.run(operations)
    for (const trade of this.rows(TRADES)) {
      const [from, to] = [this.#states.get(trade.id), tradeState(trade)]
      this.#states.set(trade.id, to)
      const [operation] = operations
      // Of several operations nobody can say which it was.
      if (from === undefined || from === to || operation === undefined || operations.length > 1) continue
      if (TRANSITIONS[from][to]?.includes(operation.name) !== true) throw new Error(`${operation.name} led a trade from ${from} to ${to}: the table of transitions does not say so`)
      this.seen.add(`${from} ${operation.name} ${to}`)
    }
    return outcomes
  }
}

/** Every transition of the table as one text. */
export function tableOfTransitions (): string[] {
  return Object.entries(TRANSITIONS).flatMap(([from, all]) => Object.entries(all).flatMap(([to, names]) => names.map((name) => `${from} ${name} ${to}`)))
}
