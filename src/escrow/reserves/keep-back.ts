import { externalId } from '../../kernel/ids.ts'
import { formatAmount, portion } from '../../kernel/money.ts'
import { DAY_MS } from '../../kernel/time.ts'
import { unitOf } from '../../kernel/units.ts'
import { partyAccounts, reserveOf } from '../trade/accounts.ts'
import type { Draft } from '../../journal/draft.ts'
import type { Line, Trade } from '../trade/trade.ts'
import { RESERVE_SLICES } from './reserve-slices.ts'

/** A release to a seller: of which line, in which currency, and what is left of it for him after all shares. Minor units of `unit`. */
export interface SellersNet {
  readonly trade: Trade
  readonly line: Line
  readonly unit: string
  readonly net: bigint
}

/**
 * Puts a part of a seller's net into his reserve, where the line's terms say so, and remembers it as a slice that matures; at most what he
 * has left after what he owed. The caller has named his reserve account.
 */
export function draftReserve (draft: Draft, { trade, line, unit, net }: SellersNet): void {
  const { reserve: terms } = line.sellerTerms
  if (terms === null) return
  const { available } = partyAccounts(line.sellerId, 'seller', unit)
  const [share, means] = [portion(terms.rate, net), draft.balance(available)]
  const amount = share < means ? share : means
  if (amount === 0n) return
  const reserve = reserveOf(line.sellerId, unit)
  draft.add(available, reserve, amount)
  const { books } = draft
  const slice = {
    id: books.newId(),
    partyId: line.sellerId,
    tradeId: trade.id,
    lineId: line.id,
    unit,
    amount,
    upto: draft.credits(reserve),
    createdAt: books.now,
    maturesAt: new Date(books.now.getTime() + terms.days * DAY_MS),
    maturedAt: null,
    released: null
  }
  books.save(RESERVE_SLICES, slice)
  books.append({
    type: 'reserve.held',
    subject: externalId('rsv', slice.id),
    data: {
      party: externalId('pty', line.sellerId),
      trade: externalId('trd', trade.id),
      line: externalId('lin', line.id),
      currency: unit,
      amount: formatAmount(amount, unitOf(unit)),
      matures_at: slice.maturesAt.toISOString()
    }
  })
}
