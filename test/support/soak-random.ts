/** Chance that a seed decides, so that a run can be told to make the same choices again. */
export class Random {
  #state: number

  constructor (seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 to below 1: Weyl's sequence, stirred by a multiplicative hash. */
  fraction (): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
  }

  /** A whole number from `min` to `max`, both included. */
  whole (min: number, max: number): number {
    return min + Math.floor(this.fraction() * (max - min + 1))
  }

  chance (probability: number): boolean {
    return this.fraction() < probability
  }

  one<Item> (items: readonly Item[]): Item {
    const chosen = items[this.whole(0, items.length - 1)]
    if (chosen === undefined) throw new Error('nothing to choose from')
    return chosen
  }

  /** A stream of its own, for what runs beside others. */
  fork (): Random {
    return new Random(this.whole(0, 2 ** 32 - 1))
  }
}
