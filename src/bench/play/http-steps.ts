import { randomUUID } from 'node:crypto'
import type { HttpCaller } from './http-caller.ts'
import { idIn, PRICE, requireCompleted, type TradeSteps } from './trade-life.ts'

/** The steps of a trade as requests to the service, with authentication and idempotency keys. */
export function httpSteps (caller: HttpCaller): TradeSteps {
  return {
    create: async (proposed, key = randomUUID()) => {
      const { body, replayed } = await caller.post('/v1/trades', key, proposed)
      return { id: idIn(body), replayed }
    },
    pay: async (trade, providerRef, amount = PRICE) => {
      await caller.post(`/v1/trades/${trade}/payments`, randomUUID(), { amount, provider: 'bench', provider_ref: providerRef })
    },
    ship: async (trade) => { await caller.post(`/v1/trades/${trade}/shipments`, randomUUID(), {}) },
    confirm: async (trade) => { requireCompleted((await caller.post(`/v1/trades/${trade}/confirmations`, randomUUID(), {})).body) }
  }
}
