import type { TradeJson } from '../../src/escrow/trade/show-trade.ts'
import { DAY_MS, HOUR_MS } from '../../src/kernel/time.ts'
import { chargeBack, decide } from './chargeback-desk.ts'
import type { CoinDesk } from './coin-desk.ts'
import { setTerms } from './exchange-steps.ts'
import { opened, type PostingRow } from './posting-row.ts'
import { pick, type LineTerms } from './trade-desk.ts'

/** One thing for 200.00, with 5 % commission and 10 % for a partner; 6,000 coins pay 60.00 of it. */
function bought (desk: CoinDesk): TradeJson {
  desk.grant(6_000)
  return desk.buy([lineOf(desk)])
}

function lineOf (desk: CoinDesk): LineTerms {
  return { unit_price: '200.00', commission_rate: '0.05', splits: [{ partner: desk.partners[0] ?? '', rate: '0.10' }] }
}

const paid = (desk: CoinDesk): TradeJson => desk.pay(bought(desk))
const shipped = (desk: CoinDesk): TradeJson => desk.ship(paid(desk))
const confirmed = (desk: CoinDesk): TradeJson => desk.confirm(shipped(desk))
/** Paid in cash alone, and confirmed: it earned 200 coins. */
const earned = (desk: CoinDesk): TradeJson => desk.confirm(desk.ship(desk.pay(desk.open([lineOf(desk)]))))

/** After a programme's days what was earned is available, while its trade can still be refunded. */
function matured (desk: CoinDesk, trade: TradeJson): TradeJson {
  desk.wait(7 * DAY_MS)
  desk.sweepWallet()
  return trade
}

const refund = (desk: CoinDesk, trade: TradeJson, amount?: string): unknown =>
  desk.refund(trade, [{ ...pick(trade, 0), ...amount === undefined ? {} : { amount } }], { sellerAgreed: true })

/** What the steps post that have to do with coins. */
export const COIN_ROWS: ReadonlyArray<PostingRow<CoinDesk>> = [
  {
    step: 'A campaign grants 6,000 coins',
    before: opened,
    act: (desk) => { desk.grant(6_000) },
    posts: ['coin_expense / coin_liability 60.00', 'coin_issuance / coins_available 6000']
  },
  {
    step: 'Buy, and pay 60.00 with coins (buyer)',
    before (desk) {
      desk.grant(6_000)
      return opened(desk)
    },
    act: (desk) => desk.buy([lineOf(desk)]),
    posts: ['coins_available / coins_held 6000']
  },
  {
    step: 'Reprice to 100.00, when 100.00 were paid beside the coins (seller)',
    before: (desk) => desk.pay(bought(desk), { amount: '100.00' }),
    act: (desk, trade) => desk.reprice(trade, [{ unit_price: '100.00' }]),
    posts: ['coins_held / coins_available 3000', 'escrow / refund_payable 30.00']
  },
  {
    step: 'Close unpaid, when 40.00 were paid beside the coins (timer)',
    before: (desk) => desk.pay(bought(desk), { amount: '40.00' }),
    act (desk, trade) {
      desk.wait(24 * HOUR_MS)
      desk.sweep(trade, trade.deadlines.pay_by ?? '')
    },
    posts: ['coins_held / coins_available 6000', 'escrow / refund_payable 40.00']
  },
  {
    step: 'Cancel before shipment (buyer, or the seller rejects)',
    before: paid,
    act: (desk, trade) => desk.cancel(trade),
    posts: ['coins_held / coins_available 6000', 'escrow / refund_payable 140.00']
  },
  {
    step: 'Confirm (buyer, or silence)',
    before: shipped,
    act: (desk, trade) => desk.confirm(trade),
    posts: [
      'escrow / seller_available 140.00', 'coin_liability / seller_available 60.00', 'coins_held / coins_redeemed 6000',
      'seller_available / commission_income 10.00', 'seller_available / partner_available 20.00', 'coin_issuance / coins_pending 140',
      'coin_expense / coin_liability 1.40'
    ]
  },
  {
    step: 'Confirm, when the seller pays for the coins that his buyers earn',
    before (desk) {
      setTerms(desk, { fundsCoins: true })
      return shipped(desk)
    },
    act: (desk, trade) => desk.confirm(trade),
    posts: [
      'escrow / seller_available 140.00', 'coin_liability / seller_available 60.00', 'coins_held / coins_redeemed 6000',
      'seller_available / commission_income 10.00', 'seller_available / partner_available 20.00', 'coin_issuance / coins_pending 140',
      'seller_available / coin_liability 1.40'
    ]
  },
  {
    step: 'Confirm, when the buyer owes 100 coins',
    before (desk) {
      const source = matured(desk, desk.confirm(desk.ship(desk.pay(desk.open([{ unit_price: '100.00' }])))))
      desk.buy([{ unit_price: '10.00' }], 100)
      refund(desk, source)
      return shipped(desk)
    },
    act: (desk, trade) => desk.confirm(trade),
    posts: [
      'escrow / seller_available 140.00', 'coin_liability / seller_available 60.00', 'coins_held / coins_redeemed 6000',
      'seller_available / commission_income 10.00', 'seller_available / partner_available 20.00', 'coin_issuance / coins_owed 100',
      'coin_issuance / coins_pending 40', 'coin_expense / coin_liability 0.40'
    ]
  },
  {
    step: 'Refund 100.00 before release (the seller agrees, or his silence)',
    before: shipped,
    act: (desk, trade) => refund(desk, trade, '100.00'),
    posts: ['coins_held / coins_available 3000', 'escrow / refund_payable 70.00']
  },
  {
    step: 'Refund 100.00 after release: half of what was earned is clawed back, pending as it is',
    before: confirmed,
    act: (desk, trade) => refund(desk, trade, '100.00'),
    posts: [
      'partner_available / seller_available 10.00', 'commission_income / seller_available 5.00', 'coins_pending / coin_issuance 70',
      'coin_liability / coin_expense 0.70', 'seller_available / escrow 70.00', 'seller_available / coin_liability 30.00',
      'coins_redeemed / coins_available 3000', 'escrow / refund_payable 70.00'
    ]
  },
  {
    step: 'Refund it all after release, when 200 coins were earned on 200.00, and are available',
    before: (desk) => matured(desk, earned(desk)),
    act: (desk, trade) => refund(desk, trade),
    posts: [
      'partner_available / seller_available 20.00', 'commission_income / seller_available 10.00', 'coins_available / coin_issuance 200',
      'coin_liability / coin_expense 2.00', 'seller_available / escrow 200.00', 'escrow / refund_payable 200.00'
    ]
  },
  {
    step: 'Refund it all after release, when these 200 coins have been spent',
    before (desk) {
      const trade = matured(desk, earned(desk))
      desk.buy([{ unit_price: '20.00' }], 200)
      return trade
    },
    act: (desk, trade) => refund(desk, trade),
    posts: [
      'partner_available / seller_available 20.00', 'commission_income / seller_available 10.00', 'coins_owed / coin_issuance 200',
      'seller_available / escrow 200.00', 'escrow / refund_payable 200.00'
    ]
  },
  {
    step: 'Award of 50.00 to the buyer and 150.00 to the seller, out of what is frozen (arbitrator)',
    before: (desk) => desk.dispute(shipped(desk)),
    act: (desk, trade) => desk.award(trade.disputes[0]?.id ?? '', [{ line: trade.lines[0]?.id ?? '', buyer: '50.00', seller: '150.00' }]),
    posts: [
      'escrow / seller_available 105.00', 'coin_liability / seller_available 45.00', 'coins_held / coins_redeemed 4500',
      'seller_available / commission_income 7.50', 'seller_available / partner_available 15.00', 'coin_issuance / coins_pending 105',
      'coin_expense / coin_liability 1.05', 'coins_held / coins_available 1500', 'escrow / refund_payable 35.00'
    ]
  },
  {
    step: 'The provider takes the payment back, before anything is released',
    before: paid,
    act: (desk) => chargeBack(desk, { amount: '140.00' }),
    posts: ['escrow / provider_clearing 140.00']
  },
  {
    step: 'That chargeback is lost: the coins go back',
    before (desk) {
      const trade = paid(desk)
      chargeBack(desk, { amount: '140.00' })
      return trade
    },
    act: (desk) => decide(desk, 'C1', 'lost'),
    posts: ['coins_held / coins_available 6000']
  },
  {
    step: 'The provider takes the payment back, when everything is released: the seller keeps what the coins were worth',
    before: confirmed,
    act: (desk) => chargeBack(desk, { amount: '140.00' }),
    posts: [
      'partner_available / seller_available 14.00', 'commission_income / seller_available 7.00', 'coins_pending / coin_issuance 140',
      'coin_liability / coin_expense 1.40', 'seller_available / escrow 140.00', 'escrow / provider_clearing 140.00'
    ]
  },
  {
    step: 'Earned coins become available (timer)',
    before: earned,
    act: (desk, trade) => matured(desk, trade),
    posts: ['coins_pending / coins_available 200']
  },
  {
    step: 'Coins come to their end (timer)',
    before (desk) {
      desk.grant(6_000)
      return opened(desk)
    },
    act (desk) {
      desk.wait(400 * DAY_MS)
      desk.sweepWallet()
    },
    posts: ['coins_available / coins_expired 6000', 'coin_liability / coin_breakage_income 60.00']
  }
]
