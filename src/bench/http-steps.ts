import { randomUUID } from 'node:crypto'
import type { HttpCaller } from './http-caller.ts'
import { PRICE, type TradeSteps } from './trade-life.ts'

/** The steps of a trade as requests to the service. */
export function httpSteps (caller: HttpCaller): TradeSteps {
  return {
    create: async (proposed) => (await caller.post('/v1/trades', randomUUID(), proposed)).body.id,
    pay: async (trade, providerRef) => {
      await caller.post(`/v1/trades/${trade}/payments`, randomUUID(), { amount: PRICE, provider: 'bench', provider_ref: providerRef })
    },
    ship: async (trade) => { await caller.post(`/v1/trades/${trade}/shipments`, randomUUID(), {}) },
    confirm: async (trade) => {
      const { body: { state } } = await caller.post(`/v1/trades/${trade}/confirmations`, randomUUID(), {})
      if (state !== 'completed') throw new Error(`a confirmed trade is ${state}`)
    }
  }
}
