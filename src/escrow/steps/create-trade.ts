import { externalId } from '../../kernel/ids.ts'
import type { Books, Operation, Origin } from '../../journal/operation.ts'
import type { PartyKind } from '../../parties/party.ts'
import { PARTIES } from '../../parties/party-rows.ts'
import { requireFittingShares } from '../trade/fitting-terms.ts'
import { refuseAt } from '../trade/named-lines.ts'
import { showTrade, type TradeAnswer } from '../trade/show-trade.ts'
import type { TradeTerms } from '../trade/terms.ts'
import { newLine, type FeeBase, type Trade } from '../trade/trade.ts'
import { TRADES, tradeClaim } from '../trade/trade-rows.ts'

/**
 * Opens a trade that awaits its payment. Refuses `external_ref_taken`; `unknown_party` and `wrong_party_kind` with a pointer;
 * `terms_exceed_price` where commission and splits would take more than a line brings.
 */
export function createTrade (origin: Origin, terms: TradeTerms): Operation<TradeAnswer> {
  const claim = tradeClaim(terms.externalRef)
  return {
    ...origin,
    name: 'trade.create',
    lane: 'request',
    weight: 4 + terms.lines.length,
    claims: [claim],
    needs: [{ kind: PARTIES, ids: () => [...new Set(partiesOf(terms).map(({ id }) => id))] }],
    decide (books) {
      if (books.holder(claim) !== null) throw refuseAt('external_ref_taken', '/external_ref')
      for (const { id, kind, pointer } of partiesOf(terms)) requireParty(books, id, kind, pointer)
      const feeBase = books.settings.fee_base
      terms.lines.forEach((line, index) => { requireFittingShares(line, feeBase, `/lines/${index}`) })
      const trade = openTrade(books, terms, feeBase)
      const owner = externalId('trd', trade.id)
      books.take(claim, trade.id)
      // Its escrow may be paid into by the very batch that creates it: a payment may know the trade by its reference.
      books.introduce(owner)
      books.save(TRADES, trade)
      books.append({ type: 'trade.created', subject: owner, data: { external_ref: terms.externalRef, state: 'awaiting_payment' } })
      return { ...showTrade(trade), transactions: [] }
    }
  }
}

function openTrade (books: Books, terms: TradeTerms, feeBase: FeeBase): Trade {
  return {
    id: books.newId(),
    externalRef: terms.externalRef,
    buyerId: terms.buyerId,
    currency: terms.currency,
    feeBase,
    revision: 1,
    version: 1,
    total: terms.total,
    coinsValue: 0n,
    paid: 0n,
    released: 0n,
    refunded: 0n,
    refundPending: 0n,
    chargedBack: 0n,
    createdAt: books.now,
    payBy: new Date(books.now.getTime() + books.settings.unpaid_close_ms),
    closedUnpaidAt: null,
    shipBy: null,
    shipOverdueAt: null,
    afterSaleBy: null,
    afterSaleEndedAt: null,
    holds: [],
    lines: terms.lines.map((line) => newLine(books.newId(), line, books.find(PARTIES, line.sellerId)?.terms)),
    allocations: []
  }
}

function partiesOf (terms: TradeTerms): Array<{ id: string, kind: PartyKind, pointer: string }> {
  return [
    { id: terms.buyerId, kind: 'buyer', pointer: '/buyer' },
    ...terms.lines.flatMap((line, index) => [
      { id: line.sellerId, kind: 'seller' as const, pointer: `/lines/${index}/seller` },
      ...line.splits.map((split, place) => ({ id: split.partnerId, kind: 'partner' as const, pointer: `/lines/${index}/splits/${place}/partner` }))
    ])
  ]
}

function requireParty (books: Books, id: string, kind: PartyKind, pointer: string): void {
  const party = books.find(PARTIES, id)
  if (party === null) throw refuseAt('unknown_party', pointer)
  if (party.kind !== kind) throw refuseAt('wrong_party_kind', pointer, `A ${party.kind} cannot be named where a ${kind} belongs.`)
}
