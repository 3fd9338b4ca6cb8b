import { lineMoney, rounded, sum, type ModelLine, type ModelTrade } from './trade-model.ts'

export interface ModelReserveTerms {
  /** Thousandths. */
  readonly rate: number
  readonly days: number
}

/** What was kept back of a release, while any of it is there. */
interface ModelSlice {
  readonly place: number
  readonly maturesAt: number
  left: bigint
}

/** What a seller has and owes in one currency; the reserve in the order in which it was put in. */
interface ModelPurse {
  available: bigint
  owed: bigint
  reserve: ModelSlice[]
}

const DAY_MS = 86_400_000

/**
 * Sellers' purses, moved by what lines say after each step: what they release more is earned, what they release less is taken back. It
 * knows nothing of accounts and their sums: a reserve is a queue.
 */
export class ModelReserves {
  /** Of each seller, as they are now. */
  readonly terms = new Map<string, ModelReserveTerms>()
  /** Every slice there ever was, in their order: whose, and when it matures. */
  readonly slices: Array<{ readonly key: string, readonly maturesAt: number, matured: boolean }> = []
  readonly #frozen = new Map<ModelLine, ModelReserveTerms | null>()
  readonly #nets = new Map<ModelLine, bigint>()
  readonly #purses = new Map<string, ModelPurse>()

  /** A trade is opened: its lines keep the terms of now. */
  open ({ lines }: ModelTrade): void {
    for (const line of lines) this.#frozen.set(line, this.terms.get(line.seller) ?? null)
  }

  /** What lines released or took back since the last time. */
  follow (trade: ModelTrade, now: number): void {
    for (const line of trade.lines) {
      const { released, taken } = lineMoney(line, trade.feeBase)
      const net = released - sum(taken)
      const more = net - (this.#nets.get(line) ?? 0n)
      this.#nets.set(line, net)
      const key = `${line.seller}\n${trade.currency}`
      if (more > 0n) this.#earn(key, more, this.#frozen.get(line) ?? null, now)
      if (more < 0n) this.charge(key, -more)
    }
  }

  /** Takes from a purse: what is available, then the oldest of the reserve, and the rest is owed. */
  charge (key: string, amount: bigint): void {
    const purse = this.#purse(key)
    const take = (from: bigint, wanted: bigint): bigint => from < wanted ? from : wanted
    let left = amount
    const fromAvailable = take(purse.available, left)
    purse.available -= fromAvailable
    left -= fromAvailable
    for (const slice of purse.reserve) {
      const part = take(slice.left, left)
      slice.left -= part
      left -= part
    }
    purse.owed += left
  }

  /** A slice matures, with everything that is still there of what was put in before it. */
  mature (place: number): void {
    const slice = this.slices[place]
    if (slice === undefined || slice.matured) return
    slice.matured = true
    const purse = this.#purse(slice.key)
    const due = purse.reserve.filter((each) => each.place <= place)
    purse.reserve = purse.reserve.filter((each) => each.place > place)
    purse.available += sum(due.map(({ left }) => left))
    this.#settle(purse)
  }

  /** When the next slice matures, or null while none waits. */
  nextMaturity (): number | null {
    const times = this.slices.flatMap(({ matured, maturesAt }) => matured ? [] : [maturesAt])
    return times.length === 0 ? null : Math.min(...times)
  }

  reserveOf (key: string): bigint {
    return sum(this.#purse(key).reserve.map(({ left }) => left))
  }

  /** What the purse holds, less what it owes. */
  worthOf (key: string): bigint {
    const { available, owed } = this.#purse(key)
    return available + this.reserveOf(key) - owed
  }

  #earn (key: string, net: bigint, terms: ModelReserveTerms | null, now: number): void {
    const purse = this.#purse(key)
    purse.available += net
    this.#settle(purse)
    if (terms === null) return
    const share = rounded(BigInt(terms.rate) * net, 1000n)
    const kept = share < purse.available ? share : purse.available
    if (kept === 0n) return
    purse.available -= kept
    const slice = { key, maturesAt: now + terms.days * DAY_MS, matured: false }
    purse.reserve.push({ place: this.slices.length, maturesAt: slice.maturesAt, left: kept })
    this.slices.push(slice)
  }

  #settle (purse: ModelPurse): void {
    const paid = purse.owed < purse.available ? purse.owed : purse.available
    purse.owed -= paid
    purse.available -= paid
  }

  #purse (key: string): ModelPurse {
    const purse = this.#purses.get(key) ?? { available: 0n, owed: 0n, reserve: [] }
    this.#purses.set(key, purse)
    return purse
  }
}
