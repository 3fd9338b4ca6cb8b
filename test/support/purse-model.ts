import { lineMoney, rounded, sum, type ModelLine, type ModelQuote, type ModelQuotes, type ModelStep, type ModelTrade } from './trade-model.ts'

/**
 * What sellers have, owe and wait for, said a second time. It knows nothing of accounts and their sums: a reserve is a queue, and what was exchanged
 * a list of quotes. It shares no code with the service.
 */

export interface ModelReserveTerms {
  /** Thousandths. */
  readonly rate: number
  readonly days: number
}

/** How a seller gets his money. */
export interface ModelTerms {
  readonly reserve: ModelReserveTerms | null
  /** What he is paid in, where that is not each trade's own. */
  readonly currency: string | null
}

/** What of a line was exchanged by a quote and not taken back. */
export interface ModelExchange {
  readonly quote: ModelQuote
  readonly net: bigint
  readonly paid: bigint
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

/** A line as its seller sees it: his terms of when it was opened, how many of its steps he has heard of, and what was exchanged for him. */
interface SellersLine {
  readonly terms: ModelTerms
  heard: number
  exchanges: readonly ModelExchange[]
}

const DAY_MS = 86_400_000
const DECIMALS: Readonly<Record<string, number>> = { CNY: 2, KRW: 0, KWD: 3 }
const NO_TERMS: ModelTerms = { reserve: null, currency: null }

/** Sellers' purses, moved by the steps of lines: what they release is earned, what they take back is given. */
export class ModelPurses {
  /** Of each seller, as they are now. */
  readonly terms = new Map<string, ModelTerms>()
  /** Every slice there ever was, in their order: whose, and when it matures. */
  readonly slices: Array<{ readonly key: string, readonly maturesAt: number, matured: boolean }> = []
  readonly #lines = new Map<ModelLine, SellersLine>()
  readonly #purses = new Map<string, ModelPurse>()
  /** What chargebacks took in other currencies, by what they took. */
  readonly #taken = new Map<object, readonly ModelExchange[]>()

  /** A trade is opened: its lines keep the terms of now. */
  open ({ lines }: ModelTrade): void {
    for (const line of lines) this.#lines.set(line, { terms: this.terms.get(line.seller) ?? NO_TERMS, heard: 0, exchanges: [] })
  }

  /** What lines released or took back since the last time, line by line, or of one. */
  follow (trade: ModelTrade, now: number, only?: ModelLine): void {
    for (const line of only === undefined ? trade.lines : [only]) {
      const known = this.#known(line)
      for (; known.heard < line.steps.length; known.heard += 1) {
        const step = line.steps[known.heard]
        const [before, after] = [known.heard, known.heard + 1].map((steps) => netOf(line, trade, steps)) as [bigint, bigint]
        if (step !== undefined) this.#hear(trade, line, step, { before, after, now })
      }
    }
  }

  /** What is exchanged of a line. */
  exchangesOf (line: ModelLine): readonly ModelExchange[] {
    return this.#known(line).exchanges
  }

  /** What a line's seller is paid in, where that is not its trade's currency. */
  otherCurrencyOf (trade: ModelTrade, line: ModelLine): string | null {
    const { currency } = this.#known(line).terms
    return currency === trade.currency ? null : currency
  }

  /** Takes from a purse: what is available, then the oldest of the reserve, and the rest is owed. */
  charge (key: string, amount: bigint): void {
    const purse = this.#purse(key)
    let left = amount
    const fromAvailable = least(purse.available, left)
    purse.available -= fromAvailable
    left -= fromAvailable
    for (const slice of purse.reserve) {
      const part = least(slice.left, left)
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
    settle(purse)
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

  #hear (trade: ModelTrade, line: ModelLine, step: ModelStep, { before, after, now }: { before: bigint, after: bigint, now: number }): void {
    switch (step.kind) {
      case 'confirm': case 'release': this.#earn(trade, line, { net: after - before, now, quotes: step.quotes }); break
      case 'uncharge': this.#earn(trade, line, { net: after - before, now, restored: this.#taken.get(step.of) }); break
      case 'take': this.#giveBack(trade, line, { given: before - after, of: before }); break
      case 'charge': this.#taken.set(step.of, this.#giveBack(trade, line, { given: before - after, of: before })); break
      // These move nothing between the trade and its sellers.
      case 'drop': case 'freeze': case 'give': case 'refund': case 'thaw': break
    }
  }

  /** What is left after all shares: it pays debts, and is exchanged where that was asked for, or had been before; a part of it waits. */
  #earn (trade: ModelTrade, line: ModelLine, { net, now, quotes, restored = [] }: { net: bigint, now: number, quotes?: ModelQuotes | undefined, restored?: readonly ModelExchange[] | undefined }): void {
    const { seller } = line
    const purse = this.#purse(`${seller}\n${trade.currency}`)
    const { reserve, currency } = this.#known(line).terms
    purse.available += net
    let left = net - settle(purse)
    const quote = currency === null || currency === trade.currency ? undefined : quotes?.get(currency)
    let [stays, paid] = [net, 0n]
    for (const { quote: by, net: wanted } of quote === undefined ? [...restored].reverse() : [{ quote, net: left }]) {
      const part = least(wanted, left)
      left -= part
      stays -= wanted
      purse.available -= part
      paid += this.#exchange(line, by, part)
    }
    if (quote !== undefined) stays = 0n
    this.#keep(`${seller}\n${trade.currency}`, stays, reserve, now)
    if (currency === null || paid === 0n) return
    const own = `${seller}\n${currency}`
    this.#purse(own).available += paid
    settle(this.#purse(own))
    this.#keep(own, paid, reserve, now)
  }

  /** Answers what a further part by a quote pays: what all of it is worth, less what was paid before. */
  #exchange (line: ModelLine, quote: ModelQuote, part: bigint): bigint {
    if (part === 0n) return 0n
    const known = this.#known(line)
    const before = known.exchanges.find((each) => each.quote.id === quote.id)
    const net = (before?.net ?? 0n) + part
    const paid = worth(net, quote)
    known.exchanges = [...known.exchanges.filter((each) => each !== before), { quote, net, paid }]
    return paid - (before?.paid ?? 0n)
  }

  /** The seller gives so much of what he got of a line, in the currencies in which he got it; what he gains by it pays what he owes. Answers what was exchanged of that. */
  #giveBack (trade: ModelTrade, line: ModelLine, { given, of }: { given: bigint, of: bigint }): ModelExchange[] {
    const known = this.#known(line)
    const key = `${line.seller}\n${trade.currency}`
    const exchanged = sum(known.exchanges.map(({ net }) => net))
    let left = given <= 0n || exchanged === 0n ? 0n : given >= of ? exchanged : rounded(exchanged * given, of)
    const moved: ModelExchange[] = []
    const kept: ModelExchange[] = []
    for (const { quote, net, paid } of [...known.exchanges].reverse()) {
      const part = least(net, left)
      left -= part
      const rest = { quote, net: net - part, paid: part === 0n ? paid : worth(net - part, quote) }
      if (rest.net > 0n) kept.unshift(rest)
      if (part === 0n) continue
      moved.push({ quote, net: part, paid: paid - rest.paid })
      this.charge(`${line.seller}\n${quote.to}`, paid - rest.paid)
      this.#purse(key).available += part
    }
    known.exchanges = kept
    if (given > 0n) this.charge(key, given)
    else this.#purse(key).available -= given
    settle(this.#purse(key))
    return moved
  }

  /** A part of a release waits. */
  #keep (key: string, net: bigint, terms: ModelReserveTerms | null, now: number): void {
    if (terms === null) return
    const purse = this.#purse(key)
    const kept = least(rounded(BigInt(terms.rate) * net, 1000n), purse.available)
    if (kept === 0n) return
    purse.available -= kept
    const slice = { key, maturesAt: now + terms.days * DAY_MS, matured: false }
    purse.reserve.push({ place: this.slices.length, maturesAt: slice.maturesAt, left: kept })
    this.slices.push(slice)
  }

  #known (line: ModelLine): SellersLine {
    const known = this.#lines.get(line)
    if (known === undefined) throw new Error('a line that no trade brought')
    return known
  }

  #purse (key: string): ModelPurse {
    const purse = this.#purses.get(key) ?? { available: 0n, owed: 0n, reserve: [] }
    this.#purses.set(key, purse)
    return purse
  }
}

/** What a line left for its seller after so many steps. */
function netOf (line: ModelLine, { feeBase }: ModelTrade, steps: number): bigint {
  const { released, taken } = lineMoney(line, feeBase, steps)
  return released - sum(taken)
}

/** What an amount is worth by a quote, in minor units. */
function worth (net: bigint, { rate, from, to }: ModelQuote): bigint {
  const [whole = '0', decimals = ''] = rate.split('.')
  return rounded(net * BigInt(whole + decimals) * 10n ** BigInt(DECIMALS[to] ?? 2), 10n ** BigInt(decimals.length + (DECIMALS[from] ?? 2)))
}

/** Pays what is owed as far as it reaches; answers how much that was. */
function settle (purse: ModelPurse): bigint {
  const paid = least(purse.owed, purse.available)
  purse.owed -= paid
  purse.available -= paid
  return paid
}

function least (one: bigint, other: bigint): bigint {
  return one < other ? one : other
}
