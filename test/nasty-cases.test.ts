/**
 * The cases that every build must survive, each from its beginning to the last cent, one by one and by name. Those that are races are raced
 * once more by several processes in race.test.ts, disputes-http.test.ts, groups-http.test.ts and coins-http.test.ts.
 */
import t from 'tap'
import { awardDispute } from '../src/escrow/disputes/award.ts'
import { confirmTrade } from '../src/escrow/steps/confirm.ts'
import { meetDeadline } from '../src/escrow/timers/meet-deadline.ts'
import { PAYMENTS } from '../src/escrow/payments/payment-rows.ts'
import { recordPayment } from '../src/escrow/payments/record-payment.ts'
import { matchPayment } from '../src/escrow/payments/match-payment.ts'
import { REFUNDS } from '../src/escrow/refunds/refund-rows.ts'
import type { TradeJson } from '../src/escrow/trade/show-trade.ts'
import { externalId, internalId } from '../src/kernel/ids.ts'
import { formatAmount } from '../src/kernel/money.ts'
import { DAY_MS, HOUR_MS } from '../src/kernel/time.ts'
import { unitOf } from '../src/kernel/units.ts'
import type { AccountClass } from '../src/ledger/account-classes.ts'
import { chargeBack, decide } from './support/chargeback-desk.ts'
import { CoinDesk } from './support/coin-desk.ts'
import { DisputeDesk } from './support/dispute-desk.ts'
import { origin } from './support/memory-books.ts'
import { owe } from './support/owe.ts'
import { tellRefund } from './support/refund-desk.ts'
import { codeOf, pick, TradeDesk } from './support/trade-desk.ts'

/** What an account holds, as a decimal string. */
function holds (desk: TradeDesk, accountClass: AccountClass, owner = '', unit = 'CNY'): string {
  return formatAmount(desk.books.balance({ class: accountClass, owner, unit }), unitOf(unit))
}

/** All balances of one class together, minor units. */
function total (desk: TradeDesk, accountClass: AccountClass): bigint {
  return [...desk.books.accounts.values()].reduce((sum, account) => account.class === accountClass ? sum + account.credits - account.debits : sum, 0n)
}

t.test('1. confirmation, timer and award race in every order, alone and in one batch: one release', async (t) => {
  const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
  for (const isDisputed of [false, true]) {
    for (const isOneBatch of [false, true]) {
      for (const order of orders) {
        const desk = new DisputeDesk()
        const trade = desk.ship(desk.pay(desk.open([{ unit_price: '100', commission_rate: '0.05' }])))
        const tradeId = internalId('trd', trade.id) ?? ''
        const disputed = isDisputed ? desk.dispute(trade) : trade
        const dispute = 'dispute' in disputed ? String(disputed.dispute) : ''
        desk.wait(10 * DAY_MS)
        const acts = [
          confirmTrade(origin(), { tradeId, expectedVersion: null }, { lines: null, occurredAt: null }),
          meetDeadline({ tenantId: 1, tradeId, deadline: new Date(trade.deadlines.confirm_by ?? ''), version: trade.version }),
          awardDispute(origin(), desk.arbitration(dispute), [{ line: pick(trade, 0).line, buyer: '40.00', seller: '60.00' }])
        ]
        const inOrder = order.flatMap((each) => acts[each] ?? [])
        for (const batch of isOneBatch ? [inOrder] : inOrder.map((act) => [act])) desk.books.run(batch)
        const name = `${isDisputed ? 'disputed' : 'undisputed'}, ${order.join()}, ${isOneBatch ? 'one batch' : 'one by one'}`
        t.match(desk.show(trade), isDisputed ? { released: '60.00', refunded: '40.00', held: '0.00' } : { released: '100.00', refunded: '0.00', held: '0.00' }, name)
        t.equal(holds(desk, 'seller_available', desk.seller), isDisputed ? '57.00' : '95.00', name)
        t.equal(holds(desk, 'commission_income'), isDisputed ? '3.00' : '5.00', name)
      }
    }
  }
})

t.test('2. a refund request opens the instant the timer fires; the worker was down three days and catches up', async (t) => {
  for (const isLate of [false, true]) {
    const desk = new TradeDesk()
    const trade = desk.ship(desk.pay(desk.open([{ unit_price: '100' }])))
    const confirmBy = trade.deadlines.confirm_by ?? ''
    desk.wait(10 * DAY_MS + (isLate ? 3 * DAY_MS : 0))
    const asked = desk.refund(trade)
    t.equal(desk.sweep(asked, confirmBy), 0, 'the timer finds the case, and confirms nothing')
    t.match(asked, { state: 'awaiting_confirmation', held: '100.00', refund_cases: [{ state: 'requested' }] })
    const withdrawn = desk.act(asked, 'withdraw')
    desk.sweep(withdrawn, withdrawn.deadlines.confirm_by ?? '')
    t.equal(holds(desk, 'seller_available', desk.seller), '100.00', 'no time was left: silence confirms as soon as the case is over')
  }
  const desk = new TradeDesk()
  const trade = desk.ship(desk.pay(desk.open([{ unit_price: '100' }])))
  desk.wait(10 * DAY_MS)
  t.equal(desk.sweep(trade, trade.deadlines.confirm_by ?? ''), 1)
  const asked = desk.refund(trade)
  t.match(asked, { state: 'completed', released: '100.00', refund_cases: [{ state: 'requested' }] }, 'who comes after the timer asks for released money')
})

t.test('3. the provider\'s success arrives after the unpaid close, twice, or before the trade exists; two checkout sessions both pay', async (t) => {
  const desk = new TradeDesk()
  const fact = { provider: 'sandbox', providerRef: 'EARLY', amount: '10.00', currency: 'CNY', occurredAt: null }
  const early = desk.books.submit(recordPayment(origin(), fact, 'ORD-EARLY'))
  t.match(early, { in_suspense: '10.00', suspense_reason: 'unknown_trade' })
  t.match(desk.books.submit(recordPayment(origin(), fact, 'ORD-EARLY')), { id: early.id, transactions: [] }, 'told twice')
  const trade = desk.open()
  desk.books.submit(matchPayment(origin(), { paymentId: internalId('pay', early.id), tradeId: internalId('trd', trade.id), amount: null }))

  const late = desk.open()
  desk.wait(24 * HOUR_MS)
  desk.sweep(late, late.deadlines.pay_by ?? '')
  t.match(desk.pay(late, { amount: '10.00' }), { state: 'closed_unpaid', paid: '0.00' })

  const both = desk.open()
  desk.pay(both)
  t.match(desk.pay(both), { state: 'awaiting_shipment', paid: '10.00' })
  t.equal(total(desk, 'suspense'), 2000n, 'the late one and the second one wait')
  t.equal(total(desk, 'escrow'), 2000n)
})

t.test('4. the refund succeeds at the provider and the seller has no money: a receivable, not silence', async (t) => {
  const desk = new TradeDesk()
  const trade = desk.confirm(desk.ship(desk.pay(desk.open([{ unit_price: '100' }]))))
  desk.books.submit(owe(origin(), { party: desk.seller, role: 'seller', unit: 'CNY', amount: 10000n }))
  desk.refund(trade, undefined, { sellerAgreed: true })
  t.match(tellRefund(desk, 'success', 'R1'), { status: 'succeeded' })
  t.equal(holds(desk, 'party_receivable', desk.seller), '100.00')
  const next = desk.confirm(desk.ship(desk.pay(desk.open([{ unit_price: '130' }]))))
  t.equal(next.released, '130.00')
  t.equal(holds(desk, 'party_receivable', desk.seller), '0.00', 'his next release pays it')
  t.equal(holds(desk, 'seller_available', desk.seller), '30.00')
})

t.test('5. an order of 52 and 10 shipping, refunds of 32, 9, 8, 3, 6, 3: no cap is exceeded; 100 over 3 lines and 3 partners leaves no residue', async (t) => {
  const desk = new TradeDesk()
  let trade: TradeJson = desk.confirm(desk.ship(desk.pay(desk.open([{ unit_price: '52', shipping: '10', commission_rate: '0.05' }]))))
  for (const amount of ['32.00', '9.00', '8.00', '3.00', '6.00', '3.00']) trade = desk.refund(trade, [{ ...pick(trade, 0), amount }], { sellerAgreed: true })
  t.match(trade, { paid: '62.00', released: '1.00', refunded: '61.00' })
  t.equal(codeOf(() => desk.refund(trade, [{ ...pick(trade, 0), amount: '1.01' }])), 'refund_exceeded')

  const shared = new TradeDesk()
  const splits = shared.partners.map((partner) => ({ partner, rate: '0.333' }))
  const three = shared.confirm(shared.ship(shared.pay(shared.open(['33.34', '33.33', '33.33'].map((price) => ({ unit_price: price, splits }))))))
  t.equal(total(shared, 'seller_available') + total(shared, 'partner_available'), 10000n)
  const back = shared.refund(three, three.lines.map((_, place) => pick(three, place)), { sellerAgreed: true })
  t.match(back, { state: 'closed_refunded', refunded: '100.00', released: '0.00' })
  t.equal(total(shared, 'seller_available'), 0n)
  t.equal(total(shared, 'partner_available'), 0n)
})

t.test('6. commission changed between two confirmations; the first is refunded at its own rate', async (t) => {
  const desk = new TradeDesk()
  const before = desk.confirm(desk.ship(desk.pay(desk.open([{ unit_price: '100', commission_rate: '0.05' }]))))
  desk.confirm(desk.ship(desk.pay(desk.open([{ unit_price: '100', commission_rate: '0.08' }]))))
  t.equal(holds(desk, 'commission_income'), '13.00')
  desk.refund(before, undefined, { sellerAgreed: true })
  t.equal(holds(desk, 'commission_income'), '8.00')
  t.equal(holds(desk, 'seller_available', desk.seller), '92.00')
})

t.test('7. a split below one minor unit, of yen and won: zero, and nothing jams', async (t) => {
  for (const currency of ['JPY', 'KRW']) {
    const desk = new TradeDesk()
    const [partner = ''] = desk.partners
    const line = { quantity: 3, unit_price: '1', commission_rate: '0.1', splits: [{ partner, rate: '0.1' }] }
    const trade = desk.confirm(desk.ship(desk.pay(desk.open([line], currency))))
    t.match(trade, { state: 'completed', released: '3' })
    t.equal(holds(desk, 'partner_available', partner, currency), '0')
    t.match(desk.refund(trade, undefined, { sellerAgreed: true }), { state: 'closed_refunded', refunded: '3' })
    t.equal(holds(desk, 'seller_available', desk.seller, currency), '0')
  }
})

t.test('8. coins are spent, and then what earned them is refunded: the buyer owes them, no money moves, and his next earnings pay', async (t) => {
  const desk = new CoinDesk({ earn_rate: '0.10', after_sale_days: 0 })
  const source = desk.pay(desk.open([{ unit_price: '100' }]))
  desk.ship(source)
  desk.confirm(source)
  desk.sweepWallet()
  const spent = desk.pay(desk.buy([{ unit_price: '100' }]))
  t.match(spent, { coins_value: '10.00', paid: '90.00' })
  const expense = holds(desk, 'coin_expense')
  desk.refund(source, [pick(source, 0)], { sellerAgreed: true })
  t.strictSame(desk.coins(), { pending: 0n, available: 0n, owed: 1_000n })
  t.equal(holds(desk, 'coin_expense'), expense)
  desk.ship(spent)
  t.match(desk.confirm(spent), { released: '90.00', coins: { redeemed: '1000', earned: '900' } })
  t.strictSame(desk.coins(), { pending: 0n, available: 0n, owed: 100n })
  t.equal(holds(desk, 'coin_expense'), expense, 'what settles a debt costs nobody anything')
  t.equal(holds(desk, 'seller_available', desk.seller), '100.00')
  t.strictSame(desk.faults(), [])
})

t.test('9. two buyers take a group\'s last seat; the deadline and the last payment share a millisecond', async (t) => {
  const desk = new TradeDesk()
  const group = desk.gather({ size: 2 })
  const [first, second, third] = [desk.join(group), desk.join(group), desk.join(group)]
  desk.pay(first)
  desk.pay(second)
  t.match(desk.pay(third), { state: 'closed_refunded', refunded: '10.00' }, 'two seats, and not one more')

  const late = desk.gather({ size: 2 })
  const [one, two] = [desk.join(late), desk.join(late)]
  desk.pay(one)
  desk.books.now = new Date(late.fill_by)
  t.match(desk.pay(two), { state: 'closed_refunded', refunded: '10.00' }, 'at its deadline a group has failed, whoever is first to say so')
  desk.sweepGroup(late)
  desk.sweep(one, late.fill_by)
  t.equal(total(desk, 'refund_payable'), 3000n, 'whoever missed a group is owed what he paid')
  t.equal(total(desk, 'escrow'), 2000n, 'the group that filled has its two seats\' money')
})

t.test('10. a chargeback on a trade already part-refunded, split three ways and paid out, whose seller has closed', async (t) => {
  const desk = new TradeDesk()
  const splits = desk.partners.map((partner) => ({ partner, rate: '0.05' }))
  const trade = desk.confirm(desk.ship(desk.pay(desk.open([{ unit_price: '100', commission_rate: '0.10', splits }]))))
  desk.refund(trade, [{ ...pick(trade, 0), amount: '20.00' }], { sellerAgreed: true })
  tellRefund(desk, 'success', 'R1')
  for (const [party, role, amount] of [[desk.seller, 'seller', 6000n], ...desk.partners.map((partner) => [partner, 'partner', 400n] as const)] as const) {
    t.equal(desk.books.balance({ class: `${role}_available`, owner: party, unit: 'CNY' }), amount)
    desk.books.submit(owe(origin(), { party, role, unit: 'CNY', amount }))
  }
  const lost = total(desk, 'chargeback_loss')
  const opened = chargeBack(desk, { amount: '100.00', fee: '15.00' })
  t.equal(holds(desk, 'party_receivable', desk.seller), '60.00', 'what he kept of the 80.00 that were still his to answer for')
  t.equal(total(desk, 'party_receivable'), -7200n, 'and the partners what they had of it')
  t.equal(holds(desk, 'commission_income'), '0.00')
  t.equal(total(desk, 'chargeback_loss') - lost, -3500n, 'ours to lose: what was refunded before, and the fee')
  t.equal(holds(desk, 'provider_clearing', 'sandbox'), '-35.00')
  decide(desk, opened, 'lost')
  t.equal(total(desk, 'escrow'), 0n)
})

t.test('11. repriced below what was already paid', async (t) => {
  const desk = new TradeDesk()
  const trade = desk.pay(desk.open([{ unit_price: '80' }]), { amount: '70.00' })
  const repriced = desk.reprice(trade, [{ unit_price: '60.00' }])
  t.match(repriced, { state: 'awaiting_shipment', revision: 2, paid: '70.00', held: '60.00', refunded: '10.00' })
  t.match(desk.confirm(desk.ship(repriced)), { state: 'completed', released: '60.00', refunded: '10.00' })
})

t.test('12. a refund is re-routed to the bank, and then the original succeeds too', async (t) => {
  const desk = new TradeDesk()
  desk.cancel(desk.pay(desk.open()))
  tellRefund(desk, 'failure', 'R1')
  tellRefund(desk, 'success', 'B1')
  t.match(tellRefund(desk, 'success', 'R2'), { paid_twice: true })
  t.equal(holds(desk, 'unidentified_debits', 'sandbox'), '10.00', 'what left twice is found by finance')
  t.equal(holds(desk, 'refund_payable', externalId('rfd', desk.books.rows(REFUNDS)[0]?.id ?? '')), '0.00')
  t.equal(holds(desk, 'provider_clearing', 'sandbox'), '0.00')
  t.equal(holds(desk, 'bank_safeguarding', 'main'), '-10.00')
  t.equal(desk.books.rows(PAYMENTS).length, 1)
})
