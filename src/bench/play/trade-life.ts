import { randomUUID } from 'node:crypto'
import type { ProposedTrade } from '../../escrow/trade/terms.ts'

/** How the steps of a trade are taken: in process, or over HTTP. Each answers once the step is committed, or throws. Ids are outside ones. */
export interface TradeSteps {
  /** The same key twice is the same trade, which the second answer says. */
  readonly create: (proposed: ProposedTrade, idempotencyKey?: string) => Promise<{ readonly id: string, readonly replayed: boolean }>
  /** With that amount, or with all of {@link PRICE}. */
  readonly pay: (trade: string, providerRef: string, amount?: string) => Promise<void>
  readonly ship: (trade: string) => Promise<void>
  /** Throws unless the trade is completed by it. */
  readonly confirm: (trade: string) => Promise<void>
}

/** Who trades: outside ids. */
export interface Cast {
  readonly buyers: readonly string[]
  readonly sellers: readonly string[]
  readonly partners: readonly string[]
}

/** What each trade of a measurement costs. */
export const PRICE = '44.80'

/** Coins that pay a part of a trade: how many, and what is left to be paid. */
export interface PaidWithCoins {
  readonly coins: number
  readonly due: string
}

/** The most coins that such a trade takes where a hundred of them are worth one unit and they may pay 30 % of its goods. */
export const COINS: PaidWithCoins = { coins: 1194, due: '32.86' }

/** A trade of one line, with 5 % commission and 10 % for a partner. */
export function propose (cast: Cast): ProposedTrade {
  return {
    external_ref: `ORD-${randomUUID()}`,
    buyer: anyOf(cast.buyers),
    currency: 'CNY',
    lines: [{
      ref: '1', seller: anyOf(cast.sellers), description: 'Tea bowl', quantity: 2, unit_price: '19.90', shipping: '5.00', fulfilment: 'express',
      commission_rate: '0.05', splits: [{ partner: anyOf(cast.partners), rate: '0.10' }]
    }]
  }
}

/** Plays a trade from its creation to its completion: four operations, one after the other. */
export async function playTrade (steps: TradeSteps, cast: Cast, paid: PaidWithCoins | null = null): Promise<void> {
  const { id } = await steps.create({ ...propose(cast), ...paid === null ? {} : { coins: paid.coins } })
  await steps.pay(id, randomUUID(), paid?.due)
  await steps.ship(id)
  await steps.confirm(id)
}

/** The id that an answer begins with. An answer is not parsed for it: the time of that would be taken from what is measured. */
export function idIn (answer: string): string {
  const id = /^\{"id":"(\w+)"/.exec(answer)?.[1]
  if (id === undefined) throw new Error(`an answer does not begin with an id: ${answer}`)
  return id
}

/** Throws unless an answer is of a completed trade. */
export function requireCompleted (answer: string): void {
  if (!answer.includes('"state":"completed"')) throw new Error(`a confirmed trade is not completed: ${answer}`)
}

function anyOf (ids: readonly string[]): string {
  const id = ids[Math.floor(Math.random() * ids.length)]
  if (id === undefined) throw new Error('nobody to choose from')
  return id
}
