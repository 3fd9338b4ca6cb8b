import { GROUPS } from '../../src/escrow/groups/group-rows.ts'
import { awaitsGroup, tradeState, type TradeState } from '../../src/escrow/trade/states.ts'
import type { Trade } from '../../src/escrow/trade/trade.ts'
import { TRADES } from '../../src/escrow/trade/trade-rows.ts'
import { TRANSITIONS } from '../../src/escrow/trade/transitions.ts'
import type { Operation } from '../../src/journal/operation.ts'
import type { Outcome } from '../../src/journal/outcome.ts'
import { MemoryBooks } from './memory-books.ts'

/** Books that hold every change of a trade's state against the table of transitions, and tell which they saw. */
export class WatchedBooks extends MemoryBooks {
  readonly #last = new Map<string, Trade>()
  /** Each as `from operation to`. */
  readonly seen: Set<string>

  constructor (seen = new Set<string>()) {
    super()
    this.seen = seen
  }

  override run (operations: ReadonlyArray<Operation<unknown>>): Outcome[] {
    const outcomes = super.run(operations)
    for (const trade of this.rows(TRADES)) {
      const before = this.#last.get(trade.id)
      this.#last.set(trade.id, trade)
      const [operation] = operations
      // Of several operations nobody can say which it was, and what a test does by itself is no step.
      if (before === undefined || before === trade || operation === undefined || operations.length > 1 || operation.name.startsWith('test.')) continue
      this.#see(this.#followed(before, trade), operation.name, tradeState(trade))
    }
    return outcomes
  }

  /** The state in which an operation found a trade: where the decision of its group had led it, if the trade followed that first. */
  #followed (before: Trade, after: Trade): TradeState {
    const from = tradeState(before)
    const outcome = after.group?.outcome ?? null
    if (!awaitsGroup(before) || outcome === null || (outcome === 'filled' && from === 'awaiting_payment')) return from
    const to = outcome === 'filled' ? tradeState({ ...before, group: { ...before.group, outcome } }) : before.paid > 0n ? 'closed_refunded' : 'closed_unpaid'
    const group = this.rows(GROUPS).find(({ id }) => id === before.group.id)
    this.#see(from, `group.${String(group?.state)}`, to)
    return to
  }

  #see (from: TradeState, word: string, to: TradeState): void {
    if (from === to) return
    if (TRANSITIONS[from][to]?.includes(word) !== true) throw new Error(`${word} led a trade from ${from} to ${to}: the table of transitions does not say so`)
    this.seen.add(`${from} ${word} ${to}`)
  }
}

/** Every transition of the table as one text. */
export function tableOfTransitions (): string[] {
  return Object.entries(TRANSITIONS).flatMap(([from, all]) => Object.entries(all).flatMap(([to, names]) => names.map((name) => `${from} ${name} ${to}`)))
}
