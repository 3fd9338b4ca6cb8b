import { externalId } from '../../kernel/ids.ts'
import type { Books } from '../../journal/operation.ts'
import { commissionIncome, escrowOf, partyAccounts } from '../trade/accounts.ts'
import { draftReserve } from '../reserves/keep-back.ts'
import { Draft } from '../trade/draft.ts'
import { sumOf } from '../trade/line-amount.ts'
import { confirmUnits, type ShareStep } from '../trade/line-money.ts'
import type { PickedUnits } from '../trade/pick-units.ts'
import { isConditioned } from '../trade/release-conditions.ts'
import { unconfirmedOf, withLines, type Line, type Trade } from '../trade/trade.ts'
import { appendTradeEvent, type Changed } from '../trade/trade-operation.ts'
import { meetFact, settleLine } from './met-facts.ts'

/** What is told of a release. */
export interface ReleaseFacts {
  readonly description: string
  readonly occurredAt: Date
}

/**
 * Confirms shipped units and releases their money, in one transaction that explains itself line by line: escrow to the seller,
 * from him the commission and each partner's split, from both what they owe us, and from him what is kept back for a time. Of a line with
 * release conditions the confirmation is recorded as one of them, and releases what it completes.
 * The caller has named {@link confirmationAccounts} of these lines and made sure that the units are shipped and unconfirmed.
 */
export function confirmLines (
  books: Books, trade: Trade, picked: readonly PickedUnits[], { by, ...facts }: ReleaseFacts & { readonly by: 'buyer' | 'silence' }
): Changed {
  const steps = picked.map(({ line, units }) => {
    if (!isConditioned(line)) return confirmUnits(line, units, trade.feeBase)
    const fact = by === 'buyer' ? 'buyer_confirmed' as const : 'confirmed' as const
    return settleLine(meetFact(books, trade, line, { fact, milestone: null, by, evidence: null }), trade.feeBase)
  })
  return postRelease(books, trade, steps, { ...facts, kind: 'trade.confirmation', event: 'trade.confirmed' })
}

interface Release extends ReleaseFacts {
  readonly kind: 'trade.confirmation' | 'trade.release'
  readonly event: 'trade.confirmed' | 'trade.released'
}

/** Posts releases of lines' money in one transaction, and tells of it. A line of which nothing waits any more has no time to confirm. */
export function postRelease (books: Books, trade: Trade, steps: readonly ShareStep[], { event, ...facts }: Release): Changed {
  const draft = new Draft(books)
  let released = trade.released
  const lines = steps.map((step) => {
    draftRelease(draft, trade, step.line, step)
    released += sumOf(step.amount)
    return unconfirmedOf(step.line) > 0 ? step.line : { ...step.line, confirmBy: null }
  })
  const confirmed = { ...withLines(trade, lines), released }
  const transaction = books.post({ subject: externalId('trd', trade.id), ...facts, postings: draft.postings })
  appendTradeEvent(books, event, confirmed, { released: released - trade.released })
  return { trade: confirmed, transactions: [transaction] }
}

/** Drafts what a release of a line's money posts, in the order in which it explains itself. */
export function draftRelease (draft: Draft, trade: Trade, line: Line, step: ShareStep): void {
  const seller = partyAccounts(line.sellerId, 'seller', trade.currency)
  draft.add(escrowOf(trade), seller.available, sumOf(step.amount))
  draft.add(seller.available, commissionIncome(trade.currency), step.commission)
  const partners = line.splits.map((split) => partyAccounts(split.partnerId, 'partner', trade.currency))
  partners.forEach((partner, index) => { draft.add(seller.available, partner.available, step.splits[index] ?? 0n) })
  for (const { available, owed } of [seller, ...partners]) {
    const debt = draft.balance(owed)
    const means = draft.balance(available)
    draft.add(available, owed, debt < means ? debt : means)
  }
  const shares = step.splits.reduce((sum, split) => sum + split, step.commission)
  draftReserve(draft, { trade, line, unit: trade.currency, net: sumOf(step.amount) - shares })
}
