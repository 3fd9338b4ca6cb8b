import { Refusal } from '../../kernel/refusals.ts'
import { parseAmount } from '../../kernel/money.ts'
import { unitOf } from '../../kernel/units.ts'
import { Draft } from '../../journal/draft.ts'
import type { Operation, Origin } from '../../journal/operation.ts'
import { heldAccounts } from '../trade/accounts.ts'
import { capOf, coinValueOf } from '../trade/coin-shares.ts'
import { requireFittingShares, totalOf } from '../trade/fitting-terms.ts'
import { giveBack } from '../refunds/give-back.ts'
import { namedLines, refuseAt } from '../trade/named-lines.ts'
import type { TradeAnswer } from '../trade/show-trade.ts'
import { returnCoins } from '../trade/trade-coins.ts'
import { heldOf, withLines, type Line, type Trade } from '../trade/trade.ts'
import { appendTradeEvent, type TradeTarget } from '../trade/trade-operation.ts'
import { tradeOperation } from './trade-step.ts'

/** What a line shall cost: decimal strings; what is left out stays. Its quantity stays as well. */
export interface NewPrice {
  readonly line: string
  readonly unit_price?: string
  readonly shipping?: string
}

/** What the seller proposes, and when he did; the decision's time where that is not told. */
export interface NewPrices {
  readonly lines: readonly NewPrice[]
  readonly occurredAt: Date | null
}

/**
 * Gives a trade that awaits its payment new prices and the next revision; the time to pay it stays. The buyer agrees by paying that
 * revision. Coins above the cap of the new prices go back, and cash above what is left to pay, the newest payment first; a trade that its cash fills is paid by that.
 * Refuses `illegal_in_state`, `unknown_line`, `invalid_amount`, `price_unchanged`, `group_offer_differs`, and what creation refuses: `terms_exceed_price`,
 * `amount_too_large`.
 */
export function repriceTrade (origin: Origin, target: TradeTarget, { lines, occurredAt }: NewPrices): Operation<TradeAnswer> {
  return tradeOperation(origin, target, {
    name: 'trade.reprice',
    action: 'reprice',
    weight: 8 + lines.length,
    movesCoins: true,
    accounts: heldAccounts,
    decide (books, trade) {
      const repriced = withPrices(trade, lines)
      const surplus = heldOf(repriced) - (repriced.total - repriced.coinsValue)
      const refunded = surplus > 0n ? surplus : 0n
      const facts = { kind: 'trade.reprice' as const, description: `revision ${repriced.revision}`, occurredAt: occurredAt ?? books.now }
      const draft = new Draft(books)
      const changed = giveBack(books, returnCoins(draft, repriced, { held: takenCoins(trade) - takenCoins(repriced) }), refunded, facts, draft)
      appendTradeEvent(books, 'trade.repriced', changed.trade, { total: repriced.total, refunded }, { revision: repriced.revision })
      return changed
    }
  })
}

function requireGroupPrice (trade: Trade, before: Line, after: Line, pointer: string): void {
  if (trade.group === null || before.unitPrice === after.unitPrice) return
  throw refuseAt('group_offer_differs', `${pointer}/unit_price`, 'The goods of a group have its price; only shipping can change.')
}

function withPrices (trade: Trade, prices: readonly NewPrice[]): Trade {
  const unit = unitOf(trade.currency)
  const lines = namedLines(trade, prices).map(({ line, wanted, pointer }) => {
    const repriced = {
      ...line,
      unitPrice: wanted.unit_price === undefined ? line.unitPrice : parseAmount(wanted.unit_price, unit, `${pointer}/unit_price`),
      shipping: wanted.shipping === undefined ? line.shipping : parseAmount(wanted.shipping, unit, `${pointer}/shipping`)
    }
    requireGroupPrice(trade, line, repriced, pointer)
    requireFittingShares(repriced, trade, pointer)
    return { repriced: withinCap(repriced, trade), isChanged: repriced.unitPrice !== line.unitPrice || repriced.shipping !== line.shipping }
  })
  if (!lines.some(({ isChanged }) => isChanged)) throw new Refusal('price_unchanged')
  const changed = withLines(trade, lines.map(({ repriced }) => repriced))
  return { ...changed, revision: trade.revision + 1, total: totalOf(changed.lines, unit), coinsValue: takenCoins(changed) * coinValueOf(trade) }
}

/** The line with no more coins than the cap of its goods: a dearer line keeps what it took. */
function withinCap (line: Line, { coins }: Trade): Line {
  if (coins === null || line.coins.taken === 0n) return line
  const cap = capOf(line, coins.terms)
  return line.coins.taken <= cap ? line : { ...line, coins: { ...line.coins, taken: cap } }
}

function takenCoins ({ lines }: Trade): bigint {
  return lines.reduce((sum, { coins: { taken } }) => sum + taken, 0n)
}
