import { createHash, randomUUID } from 'node:crypto'
import { confirmTrade } from '../escrow/confirm.ts'
import { createTrade } from '../escrow/create-trade.ts'
import { payTrade } from '../escrow/record-payment.ts'
import { shipTrade } from '../escrow/ship.ts'
import type { TradeAnswer } from '../escrow/show-trade.ts'
import { parseTerms } from '../escrow/terms.ts'
import type { TradeTarget } from '../escrow/trade-operation.ts'
import type { Journal } from '../journal/journal.ts'
import type { Operation, Origin } from '../journal/operation.ts'
import { internalId } from '../kernel/ids.ts'
import { createParty } from '../parties/create-party.ts'
import type { PartyKind } from '../parties/party.ts'
import { PRICE, type Cast, type TradeSteps } from './trade-life.ts'

const BUYERS = 100
const SELLERS = 50
const PARTNERS = 10

/** The steps of a trade as operations of the Journal, in this process. */
export function journalSteps (journal: Journal, tenantId: number): TradeSteps {
  const take = async (operation: Operation<TradeAnswer>): Promise<TradeAnswer> =>
    // The Journal answers the text of what the operation decided.
    JSON.parse((await journal.submit(operation)).answer) as TradeAnswer
  return {
    create: async (proposed) => (await take(createTrade(origin(tenantId), parseTerms(proposed)))).id,
    pay: async (trade, providerRef) => {
      await take(payTrade(origin(tenantId), target(trade), { provider: 'bench', providerRef, amount: PRICE, currency: null, occurredAt: null }))
    },
    ship: async (trade) => {
      await take(shipTrade(origin(tenantId), target(trade), { lines: null, carrier: null, trackingNumber: null, occurredAt: null }))
    },
    confirm: async (trade) => {
      const { state } = await take(confirmTrade(origin(tenantId), target(trade), { lines: null, occurredAt: null }))
      if (state !== 'completed') throw new Error(`a confirmed trade is ${state}`)
    }
  }
}

/** Makes the parties that trade with each other. */
export async function openCast (journal: Journal, tenantId: number): Promise<Cast> {
  const party = async (kind: PartyKind, number: number): Promise<string> => {
    const { answer } = await journal.submit(createParty(origin(tenantId), { kind, externalRef: `${kind}-${number}`, name: `${kind} ${number}` }))
    return (JSON.parse(answer) as { id: string }).id
  }
  const some = async (kind: PartyKind, count: number): Promise<string[]> => await Promise.all(Array.from({ length: count }, async (_, number) => await party(kind, number)))
  const [buyers, sellers, partners] = await Promise.all([some('buyer', BUYERS), some('seller', SELLERS), some('partner', PARTNERS)])
  return { buyers, sellers, partners }
}

function origin (tenantId: number): Origin {
  const key = `api:${randomUUID()}`
  return { tenantId, key, fingerprint: createHash('sha256').update(key).digest() }
}

function target (trade: string): TradeTarget {
  return { tradeId: internalId('trd', trade), expectedVersion: null }
}
