import type { TradeJson } from '../../src/escrow/trade/show-trade.ts'
import type { DisputeDesk } from './dispute-desk.ts'
import { setReserve } from './reserve-steps.ts'
import type { TradeDesk } from './trade-desk.ts'

/** A step of a trade and exactly what it posts: a test and the documentation follow the same rows. */
export interface PostingRow<Desk extends TradeDesk = DisputeDesk> {
  /** What is done and by whom, as the documentation says it. */
  readonly step: string
  /** Brings a trade to where the step can be done. */
  readonly before: (desk: Desk) => TradeJson
  readonly act: (desk: Desk, trade: TradeJson) => unknown
  /** Debit, credit and amount of each transfer, in order; none where nothing posts. */
  readonly posts: readonly string[]
}

const LINE = { unit_price: '200.00', commission_rate: '0.05' }

/** Each row begins with one thing for 200.00, of which 5 % are our commission and 10 % a partner's. */
export function opened (desk: TradeDesk): TradeJson {
  return desk.open([{ ...LINE, splits: [{ partner: desk.partners[0] ?? '', rate: '0.10' }] }])
}

/** What a row's step really posts, on a marketplace where nothing has happened. */
export function play<Desk extends TradeDesk> ({ before, act }: PostingRow<Desk>, desk: Desk): string[] {
  const trade = before(desk)
  const posted = desk.books.transactions.length
  act(desk, trade)
  return desk.postingsSince(posted)
}

/** A member of a group of two. */
export function member (desk: TradeDesk): TradeJson {
  return desk.join(desk.gather({ unit_price: '200.00' }), { unit_price: '200.00' })
}

export const paid = (desk: TradeDesk): TradeJson => desk.pay(opened(desk))
export const partlyPaid = (desk: TradeDesk): TradeJson => desk.pay(opened(desk), { amount: '180.00' })
/** Paid, with a deposit of 30 % that waits for an inspection and a rest that waits for the carrier and the buyer. */
export function staged (desk: TradeDesk): TradeJson {
  const milestones = [{ ref: 'deposit', share: '0.3', when: { fact: 'inspection_passed' as const } }, { ref: 'rest', share: '0.7', when: { fact: 'carrier_delivered' as const } }]
  return desk.pay(desk.open([{ ...LINE, splits: [{ partner: desk.partners[0] ?? '', rate: '0.10' }], release: { milestones } }]))
}

export const shipped = (desk: TradeDesk): TradeJson => desk.ship(paid(desk))
export const disputed = (before: (desk: DisputeDesk) => TradeJson) => (desk: DisputeDesk): TradeJson => desk.dispute(before(desk))
export const refunded = (desk: TradeDesk): TradeJson => desk.cancel(paid(desk))

export const reserved = (desk: TradeDesk): TradeJson => {
  setReserve(desk, { rate: '0.10', days: 30 })
  return shipped(desk)
}
