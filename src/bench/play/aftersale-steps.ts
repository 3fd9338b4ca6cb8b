import { awardDispute } from '../../escrow/disputes/award.ts'
import { disputeTrade } from '../../escrow/disputes/open-dispute.ts'
import { requestRefund } from '../../escrow/refund-cases/request-refund.ts'
import type { TradeTarget } from '../../escrow/trade/trade-operation.ts'
import type { Journal } from '../../journal/journal.ts'
import { internalId } from '../../kernel/ids.ts'
import { originOf } from './journal-steps.ts'
import { PRICE } from './trade-life.ts'

/** A trade of a measurement, by its outside id, and its one line. */
export interface SoldTrade {
  readonly trade: string
  readonly line: string
}

/** What may follow a sale, as operations of the Journal. Each answers once it is committed, or throws. */
export interface AfterSaleSteps {
  /** All of the line goes back, as its seller agrees. */
  readonly refund: (sold: SoldTrade) => Promise<void>
  /** The buyer disputes all of the line; answers the dispute. */
  readonly dispute: (sold: SoldTrade) => Promise<string>
  /** The buyer gets a quarter of what is in dispute, the seller the rest. */
  readonly award: (disputed: SoldTrade & { readonly dispute: string }) => Promise<void>
}

const TO_BUYER = '11.20'
const TO_SELLER = '33.60'

/** The after-sale steps of a tenant's trades, each of which cost {@link PRICE}; `person` is the inside id of the key that acts. */
export function afterSaleSteps (journal: Journal, tenantId: number, person: string): AfterSaleSteps {
  if (Number(TO_BUYER) + Number(TO_SELLER) !== Number(PRICE)) throw new Error('an award divides the price')
  return {
    refund: async ({ trade, line }) => {
      await journal.submit(requestRefund(originOf(tenantId), target(trade), {
        lines: [{ line, kind: 'refund_only' }], reason: 'damaged', actor: { by: 'buyer', key: person }, sellerAgreed: true, occurredAt: null
      }))
    },
    dispute: async ({ trade, line }) => {
      const { answer } = await journal.submit(disputeTrade(originOf(tenantId), target(trade), { by: 'buyer', person, reason: 'damaged', lines: [{ line }] }))
      return (JSON.parse(answer) as { dispute: string }).dispute
    },
    award: async ({ trade, line, dispute }) => {
      const arbitration = { disputeId: internalId('dsp', dispute), tradeId: internalId('trd', trade), person }
      await journal.submit(awardDispute(originOf(tenantId), arbitration, [{ line, buyer: TO_BUYER, seller: TO_SELLER }]))
    }
  }
}

function target (trade: string): TradeTarget {
  return { tradeId: internalId('trd', trade), expectedVersion: null }
}
