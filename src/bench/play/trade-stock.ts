/** Fewer than may wait for one tenant. */
const AT_ONCE = 2000

/** Trades made beforehand, and brought as far as a measurement needs them, so that nobody is measured doing that. */
export class TradeStock<Trade = string> {
  readonly #make: () => Promise<Trade>
  readonly #trades: Trade[] = []

  /** `make` makes one trade and answers what it is known by, such as its id. */
  constructor (make: () => Promise<Trade>) {
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
  take (): Trade | null {
    return this.#trades.pop() ?? null
  }
}
