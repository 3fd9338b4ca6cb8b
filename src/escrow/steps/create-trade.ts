import { externalId } from '../../kernel/ids.ts'
import type { Books, Operation, Origin } from '../../journal/operation.ts'
import { PARTIES } from '../../parties/party-rows.ts'
import { coinTermsOf } from '../../coins/programme.ts'
import { PROGRAMMES } from '../../coins/programme-rows.ts'
import { needWallet } from '../../coins/wallet-rows.ts'
import { walletAccounts } from '../../coins/coin-accounts.ts'
import type { SharingTerms } from '../trade/coin-shares.ts'
import { requireFittingShares } from '../trade/fitting-terms.ts'
import { joinGroup } from '../groups/join-group.ts'
import { GROUPS } from '../groups/group-rows.ts'
import { refuseAt } from '../trade/named-lines.ts'
import { requireParty, type RequiredParty } from '../trade/required-party.ts'
import type { TradeAnswer } from '../trade/show-trade.ts'
import type { TradeTerms } from '../trade/terms.ts'
import { newLine, type Trade } from '../trade/trade.ts'
import { answerTrade } from '../trade/trade-operation.ts'
import { takeCoins } from './take-coins.ts'
import { TRADES, tradeClaim } from '../trade/trade-rows.ts'

/**
 * Opens a trade that awaits its payment. Refuses `external_ref_taken`; `unknown_party` and `wrong_party_kind` with a pointer;
 * `terms_exceed_price` where commission, splits and coins that its seller pays for would take more than a line brings; what joining its group and
 * {@link takeCoins} refuse.
 */
export function createTrade (origin: Origin, terms: TradeTerms): Operation<TradeAnswer> {
  const claim = tradeClaim(terms.externalRef)
  const groupId = terms.groupId === null ? [] : [terms.groupId]
  return {
    ...origin,
    name: 'trade.create',
    lane: 'request',
    weight: 4 + terms.lines.length,
    claims: [claim],
    needs: [
      { kind: PARTIES, ids: () => [...new Set(partiesOf(terms).map(({ id }) => id))] },
      { kind: PROGRAMMES, ids: () => [terms.currency] },
      { kind: GROUPS, ids: () => groupId },
      needWallet(() => terms.coins === null ? null : { ...terms, parts: ['soonest'] })
    ],
    accounts (rows) {
      const programme = terms.coins === null ? null : rows.find(PROGRAMMES, terms.currency)
      return programme === null ? [] : [walletAccounts(terms.buyerId, programme).available]
    },
    decide (books) {
      if (books.holder(claim) !== null) throw refuseAt('external_ref_taken', '/external_ref')
      for (const party of partiesOf(terms)) requireParty(books, party)
      const opened = openTrade(books, terms)
      const owner = externalId('trd', opened.id)
      books.take(claim, opened.id)
      // Its escrow may be paid into by the very batch that creates it: a payment may know the trade by its reference.
      books.introduce(owner)
      books.append({ type: 'trade.created', subject: owner, data: { external_ref: terms.externalRef, state: 'awaiting_payment', ...opened.group === null ? {} : { group: externalId('grp', opened.group.id) } } })
      const { trade, transactions } = terms.coins === null ? { trade: opened, transactions: [] } : takeCoins(books, opened, terms.coins)
      books.save(TRADES, trade)
      return answerTrade(trade, transactions)
    }
  }
}

function openTrade (books: Books, terms: TradeTerms): Trade {
  const programme = books.find(PROGRAMMES, terms.currency)
  const sharing: SharingTerms = { feeBase: books.settings.fee_base, coins: programme === null ? null : { terms: coinTermsOf(programme), lots: [] } }
  const lines = terms.lines.map((line) => newLine(books.newId(), line, books.find(PARTIES, line.sellerId)?.terms))
  lines.forEach((line, index) => { requireFittingShares(line, sharing, `/lines/${index}`) })
  const group = terms.groupId === null ? null : joinGroup(books, terms.groupId, terms)
  const payBy = new Date(books.now.getTime() + books.settings.unpaid_close_ms)
  return {
    id: books.newId(),
    externalRef: terms.externalRef,
    buyerId: terms.buyerId,
    currency: terms.currency,
    revision: 1,
    version: 1,
    total: terms.total,
    coinsValue: 0n,
    ...sharing,
    paid: 0n,
    released: 0n,
    refunded: 0n,
    refundPending: 0n,
    chargedBack: 0n,
    createdAt: books.now,
    // Who pays after the end of his group has no use of it.
    payBy: group !== null && group.fillBy < payBy ? group.fillBy : payBy,
    closedUnpaidAt: null,
    group,
    shipBy: null,
    shipOverdueAt: null,
    afterSaleBy: null,
    afterSaleEndedAt: null,
    holds: [],
    refundCases: [],
    disputes: [],
    declared: [],
    declaredLoweredAt: null,
    lines,
    allocations: []
  }
}

function partiesOf (terms: TradeTerms): RequiredParty[] {
  return [
    { id: terms.buyerId, kind: 'buyer', pointer: '/buyer' },
    ...terms.lines.flatMap((line, index) => [
      { id: line.sellerId, kind: 'seller' as const, pointer: `/lines/${index}/seller` },
      ...line.splits.map((split, place) => ({ id: split.partnerId, kind: 'partner' as const, pointer: `/lines/${index}/splits/${place}/partner` }))
    ])
  ]
}
