import { randomUUID } from 'node:crypto'
import type { Sample } from '../drive.ts'
import { propose, type Cast, type TradeSteps } from './trade-life.ts'
import { TradeStock } from './trade-stock.ts'

/** How many operations a run may need for each client and second, and in all, before one has shown it. */
const RATE_GUESS_PER_CLIENT = 500
const RATE_GUESS_MAX = 5000
/** A run may be faster than the fastest before it. */
const SPARE = 1.3
const STEPS = 3

interface Life {
  readonly trade: string
  /** Steps taken, of pay, ship and confirm. */
  taken: number
}

/**
 * Payments, shipments and confirmations in equal numbers, of trades that were made beforehand: each client takes a trade through its three
 * steps and then takes the next one; neighbouring clients are at different steps, at every moment.
 */
export class MixedSteps {
  readonly #steps: TradeSteps
  readonly #preparing: TradeSteps
  readonly #unpaid: TradeStock
  readonly #lives: Array<Life | undefined>
  #ratePerSecond: number

  constructor ({ steps, preparing, cast, clients }: { readonly steps: TradeSteps, readonly preparing: TradeSteps, readonly cast: Cast, readonly clients: number }) {
    this.#steps = steps
    this.#preparing = preparing
    this.#unpaid = new TradeStock(async () => (await preparing.create(propose(cast))).id)
    this.#lives = Array.from({ length: clients })
    this.#ratePerSecond = Math.min(RATE_GUESS_PER_CLIENT * clients, RATE_GUESS_MAX)
  }

  /** Makes the trades of a run of so many seconds, and brings each client's first one as far as its neighbours' are not. */
  async prepare (seconds: number): Promise<void> {
    const clients = this.#lives.length
    await this.#unpaid.fill(Math.ceil(this.#ratePerSecond * seconds * SPARE / STEPS) + clients)
    await Promise.all(this.#lives.map(async (life, client) => {
      if (life !== undefined) return
      const taken = client % STEPS
      for (let step = 0; step < taken; step += 1) await this.#advance(client, this.#preparing)
    }))
  }

  /** Remembers how fast a run was, for the next one's preparation, and answers it as it is. */
  learn (sample: Sample): Sample {
    this.#ratePerSecond = Math.max(this.#ratePerSecond, sample.ratePerSecond)
    return sample
  }

  /** Takes the next step of a client's trade and answers 1, or 0 when all trades are used up. */
  async next (client: number): Promise<number> {
    return await this.#advance(client, this.#steps)
  }

  async #advance (client: number, steps: TradeSteps): Promise<number> {
    const life = this.#lives[client] ?? this.#begin()
    if (life === null) return 0
    switch (life.taken) {
      case 0: await steps.pay(life.trade, randomUUID()); break
      case 1: await steps.ship(life.trade); break
      default: await steps.confirm(life.trade)
    }
    life.taken += 1
    this.#lives[client] = life.taken === STEPS ? undefined : life
    return 1
  }

  #begin (): Life | null {
    const trade = this.#unpaid.take()
    return trade === null ? null : { trade, taken: 0 }
  }
}
