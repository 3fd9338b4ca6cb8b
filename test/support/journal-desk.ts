import { attest } from '../../src/escrow/conditions/attest.ts'
import { cancelTrade } from '../../src/escrow/steps/cancel.ts'
import { confirmTrade } from '../../src/escrow/steps/confirm.ts'
import { createTrade } from '../../src/escrow/steps/create-trade.ts'
import { openGroup, parseOffer } from '../../src/escrow/groups/open-group.ts'
import type { GroupJson } from '../../src/escrow/groups/show-group.ts'
import { payTrade } from '../../src/escrow/payments/record-payment.ts'
import { requestRefund } from '../../src/escrow/refund-cases/request-refund.ts'
import { shipTrade } from '../../src/escrow/steps/ship.ts'
import type { TradeAnswer } from '../../src/escrow/trade/show-trade.ts'
import { parseTerms, type ProposedTrade } from '../../src/escrow/trade/terms.ts'
import type { Operation } from '../../src/journal/operation.ts'
import { createParty } from '../../src/parties/create-party.ts'
import { origin } from './memory-books.ts'
import { ATTESTER, KEY, pick, target } from './trade-desk.ts'

type Submit = <Answer>(operation: Operation<Answer>) => Promise<Answer>

/** One buyer, seller and partner of a tenant on a real database, and trades between them. */
export class Desk {
  readonly submit: Submit
  readonly #tenantId: number
  readonly #parties: readonly [buyer: string, seller: string, partner: string]

  private constructor (submit: Submit, tenantId: number, parties: readonly [string, string, string]) {
    this.submit = submit
    this.#tenantId = tenantId
    this.#parties = parties
  }

  static async open (submit: Submit, tenantId: number): Promise<Desk> {
    const party = async (kind: 'buyer' | 'seller' | 'partner'): Promise<string> =>
      (await submit(createParty(origin(tenantId), { kind, externalRef: kind, name: kind }))).id
    return new Desk(submit, tenantId, [await party('buyer'), await party('seller'), await party('partner')])
  }

  /** Three units at 10.00 and 3.00 shipping; commission 5 %, split 10 %. */
  async openTrade (externalRef: string, more: Partial<ProposedTrade['lines'][number]> = {}): Promise<TradeAnswer> {
    const [buyer, seller, partner] = this.#parties
    return await this.submit(createTrade(origin(this.#tenantId), parseTerms({
      external_ref: externalRef,
      buyer,
      currency: 'CNY',
      lines: [{
        ref: '1', seller, quantity: 3, unit_price: '10.00', shipping: '3.00', fulfilment: 'mail', commission_rate: '0.05', splits: [{ partner, rate: '0.1' }], ...more
      }]
    })))
  }

  /** A trade that is paid, shipped and confirmed in full. */
  async confirmed (externalRef: string): Promise<TradeAnswer> {
    const trade = await this.openTrade(externalRef)
    await this.submit(payTrade(origin(this.#tenantId), target(trade), { provider: 'sandbox', providerRef: externalRef, amount: '33.00', currency: null, occurredAt: null }))
    await this.submit(shipTrade(origin(this.#tenantId), target(trade), { lines: null, carrier: null, trackingNumber: null, occurredAt: null }))
    return await this.submit(confirmTrade(origin(this.#tenantId), target(trade), { lines: null, occurredAt: null }))
  }

  /** A group for goods at 10.00. */
  async gather (size: number): Promise<GroupJson> {
    const [, seller] = this.#parties
    return await this.submit(openGroup(origin(this.#tenantId), parseOffer({ seller, currency: 'CNY', unit_price: '10.00', size }), null))
  }

  /** The outside id of the seller. */
  seller (): string {
    return this.#parties[1]
  }

  /** A member of that group: one unit, without shipping. */
  async join (group: GroupJson, externalRef: string): Promise<TradeAnswer> {
    const [buyer, seller] = this.#parties
    const lines = [{ ref: '1', seller, quantity: 1, unit_price: '10.00', fulfilment: 'mail' as const }]
    return await this.submit(createTrade(origin(this.#tenantId), parseTerms({ external_ref: externalRef, buyer, currency: 'CNY', group: group.id, lines })))
  }

  /** Pays a trade in full, under its own reference. */
  async pay (trade: TradeAnswer): Promise<TradeAnswer> {
    const fact = { provider: 'sandbox', providerRef: trade.external_ref, amount: trade.total, currency: null, occurredAt: null }
    return await this.submit(payTrade(origin(this.#tenantId), target(trade), fact))
  }

  /** A paid trade of two milestones, the first of which, a deposit of 30 %, is met. */
  async depositPaid (): Promise<TradeAnswer> {
    const inspected = { fact: 'inspection_passed' as const }
    const milestones = [{ ref: 'deposit', share: '0.3', when: inspected }, { ref: 'rest', share: '0.7', when: inspected }]
    const trade = await this.openTrade('DEPOSIT', { release: { milestones } })
    const paid = await this.submit(payTrade(origin(this.#tenantId), target(trade), { provider: 'sandbox', providerRef: 'D-1', amount: '33.00', currency: null, occurredAt: null }))
    const attestation = { line: trade.lines[0]?.id ?? '', kind: 'inspection_passed' as const, milestone: 'deposit', evidence: 'a'.repeat(64), by: ATTESTER }
    await this.submit(attest(origin(this.#tenantId), target(trade), attestation))
    return paid
  }

  /** A trade paid in two parts, of whose three units one is confirmed, one shipped and one cancelled. */
  async halfWay (): Promise<TradeAnswer> {
    const trade = await this.openTrade('HALF')
    for (const [amount, providerRef] of [['20.00', 'H-1'], ['13.00', 'H-2']] as const) {
      await this.submit(payTrade(origin(this.#tenantId), target(trade), { provider: 'sandbox', providerRef, amount, currency: null, occurredAt: null }))
    }
    const shipment = { lines: [pick(trade, 0, 2)], carrier: null, trackingNumber: null, occurredAt: null }
    await this.submit(shipTrade(origin(this.#tenantId), target(trade), shipment))
    await this.submit(confirmTrade(origin(this.#tenantId), target(trade), { lines: [pick(trade, 0, 1)], occurredAt: null }))
    return await this.submit(cancelTrade(origin(this.#tenantId), target(trade), { lines: null, by: 'platform', occurredAt: null }))
  }

  /** A paid trade of whose three units two are shipped, after a refund of 4.00 and with an open case of 5.00. */
  async refunding (): Promise<TradeAnswer> {
    const trade = await this.openTrade('REFUNDING')
    await this.submit(payTrade(origin(this.#tenantId), target(trade), { provider: 'sandbox', providerRef: 'R-1', amount: '33.00', currency: null, occurredAt: null }))
    await this.submit(shipTrade(origin(this.#tenantId), target(trade), { lines: [pick(trade, 0, 2)], carrier: null, trackingNumber: null, occurredAt: null }))
    await this.ask(trade, '4.00', true)
    return await this.ask(trade, '5.00', false)
  }

  /** Asks for an amount of the first line, and has it where the seller has agreed. */
  async ask (trade: TradeAnswer, amount: string, sellerAgreed: boolean): Promise<TradeAnswer> {
    return await this.submit(requestRefund(origin(this.#tenantId), target(trade), {
      lines: [{ ...pick(trade, 0), kind: 'refund_only', amount }], reason: 'damaged', actor: { by: 'buyer', key: KEY }, sellerAgreed, occurredAt: null
    }))
  }
}
