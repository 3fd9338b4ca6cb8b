import fc from 'fast-check'
import type { TradeAnswer } from '../../src/escrow/trade/show-trade.ts'
import { Refusal } from '../../src/kernel/refusals.ts'
import { DAY_MS } from '../../src/kernel/time.ts'
import type { CoinBooks } from './coin-books.ts'
import { pick, type LineTerms } from './trade-desk.ts'

const KINDS = ['grant', 'grant', 'buy', 'buy', 'sell', 'sell', 'pay', 'ship', 'confirm', 'cancel', 'refund', 'refund', 'reprice', 'chargeback', 'wait'] as const

/** Something that happens in a shop, with a number that each kind reads in its own way. */
export interface CoinCommand {
  readonly kind: typeof KINDS[number]
  readonly which: number
  readonly size: number
}

/** A shop's life, to be played by {@link liveWithCoins}. */
export const coinLife: fc.Arbitrary<CoinCommand[]> = fc.array(fc.record({ kind: fc.constantFrom(...KINDS), which: fc.nat(4), size: fc.nat(10_000) }), { minLength: 35, maxLength: 50 })

/** Plays a life; what the rules refuse is left out. Answers how much was done. */
export async function liveWithCoins (books: CoinBooks, life: readonly CoinCommand[]): Promise<number> {
  const trades: Array<{ readonly trade: TradeAnswer, payment: string | null }> = []
  let done = 0
  for (const command of life) {
    try {
      await play(books, trades, command)
      done += 1
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
    }
  }
  return done
}

async function play (books: CoinBooks, trades: Array<{ readonly trade: TradeAnswer, payment: string | null }>, { kind, which, size }: CoinCommand): Promise<void> {
  const { buyer, other, shop, funding, partner } = books.parties
  const who = size % 3 === 0 ? other : buyer
  const line = (number: number): LineTerms => ({
    seller: number % 2 === 0 ? shop : funding, quantity: 1 + number % 3, unit_price: String(1 + number % 60), shipping: number % 4 === 0 ? '3' : '0', splits: number % 5 === 0 ? [{ partner, rate: '0.10' }] : []
  })
  const lines = size % 2 === 0 ? [line(size)] : [line(size), line(size * 7)]
  switch (kind) {
    case 'grant': await books.grant(1 + size % 900, { buyer: who, ...size % 4 === 0 ? { funder: funding } : {} }); return
    case 'buy': trades.push({ trade: await books.open(lines, size % 5 === 0 ? 1 + size % 40 : 'max', who), payment: null }); return
    case 'sell': {
      const trade = await books.pay(await books.open(lines, which % 2 === 0 ? 'max' : undefined, who))
      trades.push({ trade, payment: books.lastPayment() })
      await books.ship(trade)
      await books.confirm(trade)
      return
    }
    case 'wait': await books.wait((1 + size % 9) * DAY_MS); return
    case 'pay': case 'ship': case 'confirm': case 'cancel': case 'refund': case 'reprice': case 'chargeback': break
  }
  const known = trades.at(-1 - which % Math.max(trades.length, 1))
  if (known === undefined) return
  const { trade, payment } = known
  const place = size % trade.lines.length
  const some = size % 2 === 0 ? null : [pick(trade, place, 1 + size % 2)]
  switch (kind) {
    case 'pay':
      await books.pay(trade)
      known.payment = books.lastPayment()
      break
    case 'ship': await books.ship(trade, some); break
    case 'confirm': await books.confirm(trade, some); break
    case 'cancel': await books.cancel(trade, some); break
    case 'refund': await books.refund(trade, size % 3 === 0 ? {} : size % 3 === 1 ? { amount: String(1 + size % 40) } : { quantity: 1 }, place); break
    case 'reprice': await books.reprice(trade, String(1 + size % 30)); break
    case 'chargeback': if (payment !== null) await books.chargeBack(payment, String(1 + size % 50), size % 2 === 0 ? 'won' : 'lost')
  }
}
