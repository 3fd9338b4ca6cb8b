import { createHash, randomUUID } from 'node:crypto'
import { confirmTrade } from '../../escrow/steps/confirm.ts'
import { createTrade } from '../../escrow/steps/create-trade.ts'
import { payTrade } from '../../escrow/payments/record-payment.ts'
import { shipTrade } from '../../escrow/steps/ship.ts'
import { parseTerms } from '../../escrow/trade/terms.ts'
import type { TradeTarget } from '../../escrow/trade/trade-operation.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Origin } from '../../journal/operation.ts'
import { internalId } from '../../kernel/ids.ts'
import { createParty } from '../../parties/create-party.ts'
import type { PartyKind } from '../../parties/party.ts'
import { idIn, PRICE, requireCompleted, type Cast, type TradeSteps } from './trade-life.ts'

const BUYERS = 100
const SELLERS = 50
const PARTNERS = 10

/** The steps of a trade as operations of the Journal, in this process. */
export function journalSteps (journal: Journal, tenantId: number): TradeSteps {
  return {
    create: async (proposed, key) => {
      const { answer, replayed } = await journal.submit(createTrade(originOf(tenantId, key), parseTerms(proposed)))
      return { id: idIn(answer), replayed }
    },
    pay: async (trade, providerRef, amount = PRICE) => {
      await journal.submit(payTrade(originOf(tenantId), target(trade), { provider: 'bench', providerRef, amount, currency: null, occurredAt: null }))
    },
    ship: async (trade) => {
      await journal.submit(shipTrade(originOf(tenantId), target(trade), { lines: null, carrier: null, trackingNumber: null, occurredAt: null }))
    },
    confirm: async (trade) => {
      requireCompleted((await journal.submit(confirmTrade(originOf(tenantId), target(trade), { lines: null, occurredAt: null }))).answer)
    }
  }
}

/** Makes the parties that trade with each other. */
export async function openCast (journal: Journal, tenantId: number): Promise<Cast> {
  const party = async (kind: PartyKind, number: number): Promise<string> =>
    idIn((await journal.submit(createParty(originOf(tenantId), { kind, externalRef: `${kind}-${number}`, name: `${kind} ${number}` }))).answer)
  const some = async (kind: PartyKind, count: number): Promise<string[]> => await Promise.all(Array.from({ length: count }, async (_, number) => await party(kind, number)))
  const [buyers, sellers, partners] = await Promise.all([some('buyer', BUYERS), some('seller', SELLERS), some('partner', PARTNERS)])
  return { buyers, sellers, partners }
}

/** The origin of a request with that idempotency key, or one nobody has used. */
export function originOf (tenantId: number, idempotencyKey: string = randomUUID()): Origin {
  const key = `api:${idempotencyKey}`
  return { tenantId, key, fingerprint: createHash('sha256').update(key).digest() }
}

function target (trade: string): TradeTarget {
  return { tradeId: internalId('trd', trade), expectedVersion: null }
}
