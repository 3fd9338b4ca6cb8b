import { randomUUID } from 'node:crypto'
import type { ProposedTrade } from '../escrow/terms.ts'

/** How the steps of a trade are taken: in process, or over HTTP. Each answers once the step is committed, or throws. */
export interface TradeSteps {
  /** Answers the trade's outside id. */
  create (proposed: ProposedTrade): Promise<string>
  pay (trade: string, providerRef: string): Promise<void>
  ship (trade: string): Promise<void>
  /** Throws unless the trade is completed by it. */
  confirm (trade: string): Promise<void>
}

/** Who trades: outside ids. */
export interface Cast {
  readonly buyers: readonly string[]
  readonly sellers: readonly string[]
  readonly partners: readonly string[]
}

/** What each trade of a measurement costs. */
export const PRICE = '44.80'

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
export async function playTrade (steps: TradeSteps, cast: Cast): Promise<void> {
  const trade = await steps.create(propose(cast))
  await steps.pay(trade, randomUUID())
  await steps.ship(trade)
  await steps.confirm(trade)
}

function anyOf (ids: readonly string[]): string {
  const id = ids[Math.floor(Math.random() * ids.length)]
  if (id === undefined) throw new Error('nobody to choose from')
  return id
}
