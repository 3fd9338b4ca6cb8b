import { cancelTrade, type NewCancellation } from '../../src/escrow/steps/cancel.ts'
import { confirmTrade } from '../../src/escrow/steps/confirm.ts'
import { createTrade } from '../../src/escrow/steps/create-trade.ts'
import { extendTrade, type NewExtension } from '../../src/escrow/steps/extend.ts'
import { attest, type NewAttestation } from '../../src/escrow/conditions/attest.ts'
import type { ProgressAnswer } from '../../src/escrow/conditions/show-progress.ts'
import { liftHold, placeHold } from '../../src/escrow/steps/hold.ts'
import { meetGroupDeadline } from '../../src/escrow/groups/meet-group-deadline.ts'
import { openGroup, parseOffer, type ProposedGroup } from '../../src/escrow/groups/open-group.ts'
import type { GroupJson } from '../../src/escrow/groups/show-group.ts'
import { meetDeadline } from '../../src/escrow/timers/meet-deadline.ts'
import { payTrade, type PaymentFact } from '../../src/escrow/payments/record-payment.ts'
import { repriceTrade, type NewPrice } from '../../src/escrow/steps/reprice.ts'
import { shipTrade } from '../../src/escrow/steps/ship.ts'
import { actOnCase, type CaseMove } from '../../src/escrow/refund-cases/act-on-case.ts'
import { requestRefund, type NewRefund, type WantedRefund } from '../../src/escrow/refund-cases/request-refund.ts'
import { showTrade, type TradeAnswer, type TradeJson } from '../../src/escrow/trade/show-trade.ts'
import type { WantedUnits } from '../../src/escrow/trade/pick-units.ts'
import { parseTerms, type ProposedTrade } from '../../src/escrow/trade/terms.ts'
import type { PostedTransaction } from '../../src/journal/batch-state.ts'
import type { StaffHoldKind } from '../../src/escrow/trade/trade.ts'
import { TRADES } from '../../src/escrow/trade/trade-rows.ts'
import type { TradeTarget } from '../../src/escrow/trade/trade-operation.ts'
import { externalId, internalId } from '../../src/kernel/ids.ts'
import { formatAmount } from '../../src/kernel/money.ts'
import { Refusal, type RefusalCode } from '../../src/kernel/refusals.ts'
import { unitOf } from '../../src/kernel/units.ts'
import { createParty } from '../../src/parties/create-party.ts'
import type { PartyKind } from '../../src/parties/party.ts'
import { origin } from './memory-books.ts'
import { WatchedBooks } from './watched-books.ts'

/** The key of who attests. */
export const ATTESTER = 'key_01kaj6n8k2f5rvt4r9e8q7m3zd'

export type LineTerms = Partial<ProposedTrade['lines'][number]>

/** The key that tests act with. */
export const KEY = '0191d6a0-0000-7000-8000-00000000000a'

/** A marketplace of a few words, on books in memory: what tests of single rules trade with. */
export class TradeDesk {
  readonly books = new WatchedBooks()
  readonly buyer = this.party('buyer', 'B')
  readonly seller = this.party('seller', 'S')
  readonly other = this.party('seller', 'S2')
  readonly partners = ['P1', 'P2', 'P3'].map((ref) => this.party('partner', ref))
  #count = 0

  party (kind: PartyKind, externalRef: string): string {
    return this.books.submit(createParty(origin(), { kind, externalRef, name: externalRef })).id
  }

  propose (lines: readonly LineTerms[], currency = 'CNY', externalRef = `ORD-${++this.#count}`): ProposedTrade {
    return {
      external_ref: externalRef,
      buyer: this.buyer,
      currency,
      lines: lines.map((line, index) => ({
        ref: String(index + 1), seller: this.seller, quantity: 1, unit_price: '10', fulfilment: 'express' as const, ...line
      }))
    }
  }

  open (lines: readonly LineTerms[] = [{}], currency = 'CNY'): TradeAnswer {
    return this.books.submit(createTrade(origin(), parseTerms(this.propose(lines, currency))))
  }

  /** Opens a group for goods of the first seller at 10.00, of two unless told otherwise. */
  gather (offer: Partial<ProposedGroup> = {}, fillBy: Date | null = null): GroupJson {
    return this.books.submit(openGroup(origin(), parseOffer({ seller: this.seller, currency: 'CNY', unit_price: '10', size: 2, ...offer }), fillBy))
  }

  /** Opens a trade that is a member of a group. */
  join (group: GroupJson, line: LineTerms = {}): TradeAnswer {
    return this.books.submit(createTrade(origin(), parseTerms({ ...this.propose([line], group.currency), group: group.id })))
  }

  /** Another member of a trade's group takes a seat. */
  fill ({ currency, group, lines: [line] }: TradeJson): TradeAnswer {
    const { unit_price: unitPrice = '10' } = line ?? {}
    return this.pay(this.books.submit(createTrade(origin(), parseTerms({ ...this.propose([{ unit_price: unitPrice }], currency), group: group ?? '' }))))
  }

  /** Sweeps one group as if it had been found as it is shown. */
  sweepGroup (group: GroupJson): void {
    const groupId = internalId('grp', group.id) ?? ''
    this.books.submit(meetGroupDeadline({ tenantId: 1, groupId, deadline: new Date(group.decided_at ?? group.fill_by), version: group.version }))
  }

  /** Pays what is due, or an amount. */
  pay (trade: TradeJson, fact: Partial<PaymentFact> = {}): TradeAnswer {
    return this.books.submit(payTrade(origin(), target(trade), {
      provider: 'sandbox', providerRef: `P-${++this.#count}`, amount: trade.amount_due, currency: null, occurredAt: null, ...fact
    }))
  }

  ship (trade: TradeJson, lines: readonly WantedUnits[] | null = null): TradeAnswer {
    return this.books.submit(shipTrade(origin(), target(trade), { lines, carrier: null, trackingNumber: null, occurredAt: null }))
  }

  confirm (trade: TradeJson, lines: readonly WantedUnits[] | null = null): TradeAnswer {
    return this.books.submit(confirmTrade(origin(), target(trade), { lines, occurredAt: null }))
  }

  cancel (trade: TradeJson, lines: readonly WantedUnits[] | null = null, more: Partial<NewCancellation> = {}): TradeAnswer {
    return this.books.submit(cancelTrade(origin(), target(trade), { lines, by: 'platform', occurredAt: null, ...more }))
  }

  /** Reprices lines by their places; without prices the first line costs twice as much. */
  reprice (trade: TradeJson, prices: ReadonlyArray<Omit<NewPrice, 'line'> | null> = [{ unit_price: '20' }]): TradeAnswer {
    const lines = prices.flatMap((price, place) => price === null ? [] : [{ ...pick(trade, place), ...price }])
    return this.books.submit(repriceTrade(origin(), target(trade), { lines, occurredAt: null }))
  }

  /** Extends by three days as the seller, or as the extension says. */
  extend (trade: TradeJson, extension: Partial<NewExtension> = {}): TradeAnswer {
    const whole = extension.by === 'buyer' ? { by: extension.by, lines: null, ...extension } : { by: 'seller' as const, days: 3 as const, lines: null, ...extension }
    return this.books.submit(extendTrade(origin(), target(trade), whole))
  }

  /** Asks for money back of lines; without them all of the first line. */
  refund (trade: TradeJson, lines: ReadonlyArray<Partial<WantedRefund> & { readonly line: string }> = [pick(trade, 0)], more: Partial<NewRefund> = {}): TradeAnswer {
    return this.books.submit(requestRefund(origin(), target(trade), {
      lines: lines.map((line) => ({ kind: 'refund_only', ...line })), reason: 'damaged', actor: { by: 'buyer', key: KEY }, sellerAgreed: false, occurredAt: null, ...more
    }))
  }

  /** Does something to the first open case of the trade as it was answered. */
  act (trade: TradeJson, action: CaseMove['action'], more: Partial<CaseMove> = {}): TradeAnswer {
    const by = action === 'withdraw' || action === 'ship_return' ? 'buyer' as const : 'seller' as const
    const goal = { ...target(trade), caseId: internalId('cas', trade.refund_cases[0]?.id ?? '') }
    return this.books.submit(actOnCase(origin(), goal, { action, by, key: KEY, ...more }))
  }

  hold (trade: TradeJson, kind: StaffHoldKind = 'compliance'): TradeAnswer {
    return this.books.submit(placeHold(origin(), target(trade), kind))
  }

  /** Lifts the oldest hold of the trade as it was answered. */
  lift (trade: TradeJson): TradeAnswer {
    return this.books.submit(liftHold(origin(), target(trade), internalId('hld', trade.holds[0]?.id ?? '')))
  }

  /** Attests something of the first line. */
  attest (trade: TradeJson, attestation: Partial<NewAttestation> = {}): ProgressAnswer {
    const { line = '' } = pick(trade, 0)
    return this.books.submit(attest(origin(), target(trade), { line, kind: 'carrier_delivered', milestone: null, evidence: null, by: ATTESTER, ...attestation }))
  }

  /** Sweeps one trade as if that deadline had been found at that version of it; answers how many transactions that posted. */
  sweep (trade: TradeJson, deadline: Date | string): number {
    const tradeId = internalId('trd', trade.id) ?? ''
    return this.books.submit(meetDeadline({ tenantId: 1, tradeId, deadline: new Date(deadline), version: trade.version })).transactions.length
  }

  /** The trade as it stands now. */
  show (trade: TradeJson): TradeJson {
    const row = this.books.rows(TRADES).find(({ id }) => externalId('trd', id) === trade.id)
    return row === undefined ? trade : showTrade(row)
  }

  wait (ms: number): void {
    this.books.now = new Date(this.books.now.getTime() + ms)
  }

  /** The transfers of all transactions after so many, each as in {@link lastPostings}. */
  postingsSince (count: number): string[] {
    return this.books.transactions.slice(count).flatMap((transaction) => this.#tell(transaction))
  }

  /** The transfers of the last transaction: debit, credit and amount, with parties, trades and payments by their class only. */
  lastPostings (): string[] {
    return this.books.transactions.slice(-1).flatMap((transaction) => this.#tell(transaction))
  }

  #tell ({ transfers }: PostedTransaction): string[] {
    return transfers.map(({ debit, credit, amount, unit }) =>
      `${this.#name(debit.account)} / ${this.#name(credit.account)} ${formatAmount(amount, unitOf(unit))}`)
  }

  #name ({ class: name, owner }: { class: string, owner: string }): string {
    if (owner === this.other) return `${name} S2`
    const partner = this.partners.indexOf(owner)
    return partner > 0 ? `${name} P${partner + 1}` : name
  }
}

/** The trade, at whatever version. */
export function target (trade: TradeJson, expectedVersion: number | null = null): TradeTarget {
  return { tradeId: internalId('trd', trade.id), expectedVersion }
}

/** A line of a trade by its place, for steps that pick lines. */
export function pick (trade: TradeJson, place: number, quantity?: number): WantedUnits {
  const line = trade.lines[place]?.id ?? ''
  return quantity === undefined ? { line } : { line, quantity }
}

/** What an attempt is refused with; throws when it is not refused. */
export function refusalOf (attempt: () => unknown): Refusal {
  try {
    attempt()
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  throw new Error('it was not refused')
}

/** The code that an attempt is refused with, or `answered`. */
export function codeOf (attempt: () => unknown): RefusalCode | 'answered' {
  try {
    attempt()
    return 'answered'
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}
