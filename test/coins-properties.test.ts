import fc from 'fast-check'
import t from 'tap'
import { coinSources } from '../src/coins/coin-accounts.ts'
import { returnToLots, takeFromLots, type CoinLot } from '../src/coins/wallet.ts'
import { WALLETS } from '../src/coins/wallet-rows.ts'
import { cashOf, earnedOn, heldCashOf } from '../src/escrow/trade/coin-shares.ts'
import { heldOfLine, type Trade } from '../src/escrow/trade/trade.ts'
import { TRADES } from '../src/escrow/trade/trade-rows.ts'
import type { TradeAnswer, TradeJson } from '../src/escrow/trade/show-trade.ts'
import { externalId, newId } from '../src/kernel/ids.ts'
import { Refusal } from '../src/kernel/refusals.ts'
import { DAY_MS } from '../src/kernel/time.ts'
import { chargeBack, decide } from './support/chargeback-desk.ts'
import { CoinDesk } from './support/coin-desk.ts'
import { setTerms } from './support/exchange-steps.ts'
import { pick, type LineTerms } from './support/trade-desk.ts'

/** A shop's day: what happens to which trade, with a number that each kind of event reads in its own way. */
const COMMANDS = ['grant', 'buy', 'buy', 'open', 'pay', 'pay', 'ship', 'ship', 'confirm', 'confirm', 'cancel', 'refund', 'refund', 'reprice', 'dispute', 'chargeback', 'outcome', 'wait'] as const
const command = fc.record({ kind: fc.constantFrom(...COMMANDS), which: fc.nat(3), size: fc.nat(10_000) })

const programme = fc.record({
  currency: fc.constantFrom('CNY', 'JPY'),
  earnRate: fc.constantFrom('0', '0.01', '0.1', '0.5'),
  cap: fc.constantFrom('0.30', '0.9', '0.05'),
  coinsPerUnit: fc.constantFrom(100, 50, 10, 1),
  expiryMonths: fc.constantFrom(null, 0, 1),
  fundsCoins: fc.boolean()
})

interface Shop {
  readonly desk: CoinDesk
  readonly trades: TradeAnswer[]
  readonly chargebacks: string[]
  granted: bigint
}

function lineOf (size: number): LineTerms {
  return { unit_price: `${size % 97}`, quantity: 1 + size % 4, shipping: size % 3 === 0 ? '7' : '0', commission_rate: '0.05' }
}

function play (shop: Shop, { kind, which, size }: { kind: typeof COMMANDS[number], which: number, size: number }): void {
  const { desk, trades, chargebacks } = shop
  if (kind === 'grant') {
    desk.grant(1 + size)
    shop.granted += BigInt(1 + size)
    return
  }
  if (kind === 'buy' || kind === 'open') {
    const lines = size % 2 === 0 ? [lineOf(size)] : [lineOf(size), lineOf(size * 7)]
    trades.push(kind === 'open' ? desk.open(lines, desk.currency) : desk.buy(lines, size % 5 === 0 ? 1 + size % 50 : 'max'))
    return
  }
  if (kind === 'wait') {
    desk.wait((size % 20) * DAY_MS)
    for (const trade of trades.map((each) => desk.show(each))) for (const time of Object.values(trade.deadlines)) if (new Date(time) <= desk.books.now) desk.sweep(desk.show(trade), time)
    desk.sweepWallet()
    return
  }
  const known = trades.at(-1 - which % Math.max(trades.length, 1))
  if (known === undefined) return
  const trade = desk.show(known)
  const place = size % trade.lines.length
  const some = 1 + size % 3
  switch (kind) {
    case 'pay': desk.pay(trade, size % 4 === 0 ? { amount: '1' } : {}); break
    case 'ship': desk.ship(trade, size % 2 === 0 ? null : [pick(trade, place, some)]); break
    case 'confirm': desk.confirm(trade, size % 2 === 0 ? null : [pick(trade, place, some)]); break
    case 'cancel': desk.cancel(trade, size % 2 === 0 ? null : [pick(trade, place, some)]); break
    case 'refund': desk.refund(trade, [size % 3 === 0 ? pick(trade, place) : size % 3 === 1 ? { ...pick(trade, place), amount: amountOf(desk, size) } : pick(trade, place, some)], { sellerAgreed: true }); break
    case 'reprice': desk.reprice(trade, [{ unit_price: String(size % 50) }]); break
    case 'dispute': awardHalf(desk, trade, place, size); break
    case 'chargeback': {
      const payment = desk.books.transactions.length
      const { provider_ref: providerRef } = chargeBack(desk, { amount: amountOf(desk, size), providerRef: `C${payment}` })
      chargebacks.push(providerRef)
      break
    }
    case 'outcome': {
      const providerRef = chargebacks.shift()
      if (providerRef !== undefined) decide(desk, providerRef, size % 2 === 0 ? 'won' : 'lost')
    }
  }
}

function amountOf ({ currency }: CoinDesk, size: number): string {
  return currency === 'JPY' ? String(1 + size % 200) : `${size % 60}.${String(1 + size % 99).padStart(2, '0')}`
}

function awardHalf (desk: CoinDesk, trade: TradeJson, place: number, size: number): void {
  const { dispute } = desk.dispute(trade, [{ line: pick(trade, place).line }])
  const whole = desk.books.rows(TRADES).find(({ id }) => externalId('trd', id) === trade.id)?.disputes.at(-1)?.lines[0]
  if (whole === undefined) return
  const contested = whole.frozen.goods + whole.frozen.shipping + whole.released.goods + whole.released.shipping
  const buyer = contested * BigInt(size % 11) / 10n
  const text = (minor: bigint): string => desk.currency === 'JPY' ? String(minor) : `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`
  desk.award(dispute, [{ line: pick(trade, place).line, buyer: text(buyer), seller: text(contested - buyer) }])
}

/** That nothing came from nothing: every coin was granted, or earned on cash that stayed; and every pool of a line is coins and cash, none of them below zero. */
function wrongWith ({ desk, granted }: Shop): string[] {
  const faults = desk.faults()
  const trades = desk.books.rows(TRADES)
  const earned = trades.reduce((sum, trade) => sum + trade.lines.reduce((all, line) => all + line.coins.earned, 0n), 0n)
  const issued = desk.books.balance(coinSources(desk.programme).issuance)
  if (issued !== granted + earned) faults.push(`${issued} issued, ${granted} granted and ${earned} earned`)
  for (const trade of trades) faults.push(...wrongWithLines(trade))
  return faults
}

function wrongWithLines (trade: Trade): string[] {
  return trade.lines.flatMap((line) => {
    const { taken, redeemed, returned, earned, funded } = line.coins
    const faults: string[] = []
    if (redeemed + returned > taken || redeemed < 0n || returned < 0n) faults.push(`coins ${taken} ${redeemed} ${returned}`)
    if (earned > earnedOn(line.releasedAmount.goods, redeemed, trade) || earned < 0n || funded > earned || funded < 0n) faults.push(`earned ${earned}, paid for ${funded}`)
    if (trade.closedUnpaidAt === null && heldCashOf(trade, line) < 0n) faults.push(`held ${heldCashOf(trade, line)} of ${heldOfLine(line).goods}`)
    if (cashOf(line.releasedAmount, redeemed, trade) < 0n) faults.push('released below zero')
    return faults
  })
}

t.test('2,000 shops: after whatever happens lots are what wallets hold, coins are what is owed for them, and no coin comes from nothing', async (t) => {
  let refused = 0
  let done = 0
  const seen = new Map<string, number>()
  fc.assert(fc.property(programme, fc.array(command, { minLength: 10, maxLength: 24 }), ({ currency, earnRate, cap, coinsPerUnit, expiryMonths, fundsCoins }, commands) => {
    const desk = new CoinDesk({
      currency, earn_rate: earnRate, cap, coins_per_unit: currency === 'JPY' ? 1 : coinsPerUnit, expiry: expiryMonths === null ? null : { months: expiryMonths, until: 'end_of_day' }
    })
    if (fundsCoins) setTerms(desk, { fundsCoins })
    const shop: Shop = { desk, trades: [], chargebacks: [], granted: 0n }
    for (const each of commands) {
      try {
        play(shop, each)
        done += 1
        seen.set(each.kind, (seen.get(each.kind) ?? 0) + 1)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        refused += 1
      }
      const wrong = wrongWith(shop)
      if (wrong.length > 0) throw new Error(`after ${each.kind}: ${wrong.join('; ')}`)
    }
  }), { numRuns: Number(process.env['COIN_RUNS'] ?? 2_000) })
  t.comment(`${done} done, ${refused} refused: ${[...seen].map(([kind, count]) => `${kind} ${count}`).join(', ')}`)
  for (const kind of new Set(COMMANDS)) t.ok((seen.get(kind) ?? 0) > 50, `${kind} happened often enough to mean something`)
})

t.test('a trade that is cancelled restores the exact wallet, whatever its lots are', async (t) => {
  const lot = fc.record({ coins: fc.integer({ min: 1, max: 300 }), days: fc.option(fc.integer({ min: 8, max: 60 })), })
  fc.assert(fc.property(fc.array(lot, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 4 }), (lots, percent, parts) => {
    const now = new Date('2026-01-31T08:00:00Z')
    const wallet = {
      buyerId: newId(), currency: 'CNY', version: 1, createdAt: now,
      lots: lots.map(({ coins, days }): CoinLot => ({
        id: newId(), originId: newId(), source: 'granted', sourceId: 'cmp', tradeId: null, funderId: null, issued: BigInt(coins), earnedOn: null, pending: 0n, available: BigInt(coins),
        maturesAt: null, expiresAt: days === null ? null : new Date(now.getTime() + days * DAY_MS), warnedDays: null, createdAt: now
      }))
    }
    const all = wallet.lots.reduce((sum, { available }) => sum + available, 0n)
    const coins = all * BigInt(percent) / 100n
    const taken = takeFromLots(wallet, coins)
    let left = coins
    let back = { wallet: taken.wallet, lots: taken.taken }
    for (let part = parts; part > 0; part -= 1) {
      const some = left / BigInt(part)
      left -= some
      back = returnToLots(back.wallet, back.lots, { coins: some, stillHeld: 0n, now, lifeDays: 7, newId, sourceId: 'trd' })
    }
    t.ok(JSON.stringify(back.wallet.lots, tell) === JSON.stringify(wallet.lots, tell))
  }), { numRuns: 500 })
  t.ok(WALLETS.rank > TRADES.rank, 'wallets are locked after the trades that lead to them')
})

function tell (_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
