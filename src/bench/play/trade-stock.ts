/** Fewer than may wait for one tenant. */
const AT_ONCE = 2000

/** Trades made beforehand, and brought as far as a measurement needs them, so that nobody is measured doing that. */
export class TradeStock {
  readonly #make: () => Promise<string>
  readonly #trades: string[] = []

  /** `make` makes one trade and answers its id. */
  constructor (make: () => Promise<string>) {
    this.#make = make
  }

  /** Makes new ones until there are so many. */
  async fill (count: number): Promise<void> {
    while (this.#trades.length < count) {
      const missing = Math.min(count - this.#trades.length, AT_ONCE)
      this.#trades.push(...await Promise.all(Array.from({ length: missing }, async () => await this.#make())))
    }
  }

  /** Takes one, or null when none is left. */
  take (): string | null {
    return this.#trades.pop() ?? null
  }
}
