import { propose, type Cast, type TradeSteps } from './trade-life.ts'

/** Fewer than may wait for one tenant. */
const AT_ONCE = 2000

/** Trades made beforehand, so that nobody is measured making them. */
export class UnpaidTrades {
  readonly #steps: TradeSteps
  readonly #cast: Cast
  readonly #trades: string[] = []

  constructor (steps: TradeSteps, cast: Cast) {
    this.#steps = steps
    this.#cast = cast
  }

  /** Makes new ones until there are so many. */
  async fill (count: number): Promise<void> {
    while (this.#trades.length < count) {
      const missing = Math.min(count - this.#trades.length, AT_ONCE)
      const made = await Promise.all(Array.from({ length: missing }, async () => await this.#steps.create(propose(this.#cast))))
      this.#trades.push(...made.map(({ id }) => id))
    }
  }

  /** Takes one, or null when none is left. */
  take (): string | null {
    return this.#trades.pop() ?? null
  }
}
