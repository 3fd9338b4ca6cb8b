import { coinLiability, coinsHeld, walletAccounts } from '../../src/coins/coin-accounts.ts'
import { escrowOf, commissionIncome, partyAccounts } from '../../src/escrow/trade/accounts.ts'
import type { TradeJson } from '../../src/escrow/trade/show-trade.ts'
import { TRADES } from '../../src/escrow/trade/trade-rows.ts'
import { internalId } from '../../src/kernel/ids.ts'
import { formatAmount } from '../../src/kernel/money.ts'
import { unitOf } from '../../src/kernel/units.ts'
import { DAY_MS } from '../../src/kernel/time.ts'
import type { AccountName } from '../../src/ledger/accounts.ts'
import { CoinDesk } from './coin-desk.ts'
import { table, tellPostings, type PageParts } from './made-page.ts'
import { pick } from './trade-desk.ts'

/** The parts of `docs/coins.md` that really happened. */
export const COIN_PARTS: PageParts = { example, balances }

interface Step {
  readonly step: string
  /** What is so after it. */
  readonly state: string
  readonly act: (desk: CoinDesk, trade: TradeJson | null) => TradeJson | null
}

/** The life of a thing for 200.00 that was paid with coins, and half given back. */
const STEPS: readonly Step[] = [
  {
    step: 'A campaign grants 6,000 coins',
    state: 'granted',
    act (desk) {
      desk.grant(6_000)
      return null
    }
  },
  {
    step: 'The buyer opens the trade with `"coins": "max"`: the cap of 30 % of 200.00 is 60.00',
    state: 'opened',
    act: (desk) => desk.buy([{ unit_price: '200.00', commission_rate: '0.05', splits: [{ partner: desk.partners[0] ?? '', rate: '0.10' }] }])
  },
  { step: 'He pays the other 140.00', state: 'paid', act: (desk, trade) => trade && desk.pay(trade) },
  { step: 'The seller ships, and the buyer confirms: it earns a hundredth of 140.00', state: 'confirmed', act: (desk, trade) => trade && desk.confirm(desk.ship(trade)) },
  { step: 'Half of it is refunded: 100.00, of which 30.00 are coins', state: 'half refunded', act: (desk, trade) => trade && desk.refund(trade, [{ ...pick(trade, 0), amount: '100.00' }], { sellerAgreed: true }) },
  {
    step: 'The after-sale window ends',
    state: 'after the window',
    act (desk, trade) {
      desk.wait(15 * DAY_MS)
      desk.sweepWallet()
      return trade
    }
  }
]

interface Played extends Pick<Step, 'step' | 'state'> {
  readonly postings: readonly string[]
  readonly balances: readonly string[]
}

function playExample (): Played[] {
  const desk = new CoinDesk()
  let trade: TradeJson | null = null
  return STEPS.map(({ step, state, act }) => {
    const before = desk.books.transactions.length
    trade = act(desk, trade) ?? trade
    const balances = balancesOf(desk).map(([, name]) => name === null ? '' : formatAmount(desk.books.balance(name), unitOf(name.unit)))
    return { step, state, postings: desk.postingsSince(before), balances }
  })
}

/** The accounts whose balances the example follows, under their headings; null where the trade is not open yet. */
function balancesOf ({ books, programme, buyer, seller, partners: [partner = ''] }: CoinDesk): Array<readonly [string, AccountName | null]> {
  const inside = (id: string): string => internalId('pty', id) ?? ''
  const trade = books.rows(TRADES)[0] ?? null
  const { pending, available } = walletAccounts(inside(buyer), programme)
  return [
    ['escrow', trade && escrowOf(trade)],
    ['seller', partyAccounts(inside(seller), 'seller', 'CNY').available],
    ['partner', partyAccounts(inside(partner), 'partner', 'CNY').available],
    ['commission', commissionIncome('CNY')],
    ['owed for coins', coinLiability(programme)],
    ['coins available', available],
    ['coins held', trade && coinsHeld(trade.id, programme)],
    ['coins pending', pending]
  ]
}

function example (): string {
  return table(['step', 'what posts: debited / credited'], playExample().map(({ step, postings }) => [step, tellPostings(postings)]))
}

function balances (): string {
  return table(['after', ...balancesOf(new CoinDesk()).map(([heading]) => heading)], playExample().map(({ state, balances }) => [state, ...balances]))
}
