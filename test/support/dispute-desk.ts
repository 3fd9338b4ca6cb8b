import { approveAward, awardDispute, rejectAward, withdrawAward, type Arbitration } from '../../src/escrow/disputes/award.ts'
import type { WantedAward } from '../../src/escrow/disputes/award-terms.ts'
import type { Disputant, Dispute } from '../../src/escrow/disputes/dispute.ts'
import { DISPUTES } from '../../src/escrow/disputes/dispute-rows.ts'
import type { DisputeTarget } from '../../src/escrow/disputes/find-dispute.ts'
import { escalateCase } from '../../src/escrow/disputes/escalate-case.ts'
import type { WantedDispute } from '../../src/escrow/disputes/freeze.ts'
import { handInEvidence } from '../../src/escrow/disputes/hand-in-evidence.ts'
import { disputeTrade, type DisputedTradeAnswer } from '../../src/escrow/disputes/open-dispute.ts'
import type { DisputeAnswer, EvidenceJson } from '../../src/escrow/disputes/show-dispute.ts'
import { withdrawDispute } from '../../src/escrow/disputes/withdraw-dispute.ts'
import { showTrade, type TradeJson } from '../../src/escrow/trade/show-trade.ts'
import { TRADES } from '../../src/escrow/trade/trade-rows.ts'
import { externalId, internalId } from '../../src/kernel/ids.ts'
import { origin } from './memory-books.ts'
import { target, TradeDesk } from './trade-desk.ts'

/** Inside ids of keys: those of two arbitrators, and the marketplace's. */
export const [ARBITRATOR, SECOND, SHOP] = ['0191d6a0-0000-7000-8000-00000000000a', '0191d6a0-0000-7000-8000-00000000000b', '0191d6a0-0000-7000-8000-00000000000c'] as const

const SHA256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'

/** A marketplace whose trades are disputed, on books in memory. */
export class DisputeDesk extends TradeDesk {
  /** Disputes lines as the buyer does, or all of the first. */
  dispute (trade: TradeJson, lines: readonly WantedDispute[] = [{ line: trade.lines[0]?.id ?? '' }], by: Disputant = 'buyer'): DisputedTradeAnswer {
    return this.books.submit(disputeTrade(origin(), target(trade), { by, person: SHOP, reason: 'damaged', lines }))
  }

  /** Escalates the first open case of the trade as it was answered. */
  escalate (trade: TradeJson, by: 'buyer' | 'platform' = 'buyer'): DisputedTradeAnswer {
    const goal = { ...target(trade), caseId: internalId('cas', trade.refund_cases[0]?.id ?? '') }
    return this.books.submit(escalateCase(origin(), goal, { by, key: SHOP }))
  }

  handIn (dispute: string, by: Disputant = 'buyer'): EvidenceJson {
    return this.books.submit(handInEvidence(origin(), internalId('dsp', dispute), { by, keyId: SHOP, kind: 'photo', attachments: [{ sha256: SHA256 }] }))
  }

  award (dispute: string, lines: readonly WantedAward[], person: string = ARBITRATOR): DisputeAnswer {
    return this.books.submit(awardDispute(origin(), this.arbitration(dispute, person), lines))
  }

  approve (dispute: string, person: string = SECOND): DisputeAnswer {
    return this.books.submit(approveAward(origin(), this.arbitration(dispute, person)))
  }

  reject (dispute: string, person: string = SECOND): DisputeAnswer {
    return this.books.submit(rejectAward(origin(), this.arbitration(dispute, person)))
  }

  withdrawAward (dispute: string, person: string = ARBITRATOR): DisputeAnswer {
    return this.books.submit(withdrawAward(origin(), this.arbitration(dispute, person)))
  }

  withdraw (dispute: string, by: Disputant = 'buyer'): DisputeAnswer {
    return this.books.submit(withdrawDispute(origin(), { ...this.#target(dispute), by, person: SHOP }))
  }

  arbitration (dispute: string, person: string = ARBITRATOR): Arbitration {
    return { ...this.#target(dispute), person }
  }

  /** The trade as it now stands. */
  now (trade: TradeJson): TradeJson {
    const row = this.books.rows(TRADES).find(({ id }) => externalId('trd', id) === trade.id)
    if (row === undefined) throw new Error('no such trade')
    return showTrade(row)
  }

  #target (dispute: string): DisputeTarget {
    const row = this.books.rows<Dispute>(DISPUTES).find(({ id }) => externalId('dsp', id) === dispute)
    return { disputeId: internalId('dsp', dispute), tradeId: row?.tradeId ?? null }
  }
}

/** Ends of disputes that lives of trades seldom come to: all that is in dispute goes one way, by two arbitrators, or is given up after everything else was settled. */
export function decidedByTwo (): string[] {
  const seen: string[] = []
  const decide = (limit: string | null, isReleased: boolean, buyer: '0' | '10' | null): void => {
    const desk = new DisputeDesk()
    desk.books.settings = { ...desk.books.settings, dispute_award_limit: limit }
    const shipped = desk.ship(desk.pay(desk.open()))
    const line = shipped.lines[0]?.id ?? ''
    if (isReleased) desk.confirm(shipped)
    const { dispute } = desk.dispute(shipped, [buyer === null ? { line, amount: '1' } : { line }])
    if (buyer === null) {
      desk.confirm(shipped)
      desk.withdraw(dispute)
    } else {
      desk.award(dispute, [{ line, buyer, seller: buyer === '0' ? '10' : '0' }])
      if (limit !== null) desk.approve(dispute)
    }
    seen.push(...desk.books.seen)
  }
  for (const limit of [null, '1.00']) for (const isReleased of [false, true]) for (const buyer of ['0', '10'] as const) decide(limit, isReleased, buyer)
  decide(null, false, null)
  return seen
}
