import t from 'tap'
import { matchPayment } from '../src/escrow/payments/match-payment.ts'
import { PAYMENTS } from '../src/escrow/payments/payment-rows.ts'
import { recordPayment, type PaymentFact } from '../src/escrow/payments/record-payment.ts'
import { returnPayment } from '../src/escrow/payments/return-payment.ts'
import { REFUNDS } from '../src/escrow/refunds/refund-rows.ts'
import { reportRefund } from '../src/escrow/refunds/report-refund.ts'
import { openChargeback } from '../src/escrow/chargebacks/open-chargeback.ts'
import { planTake, spread } from '../src/escrow/chargebacks/plan-take.ts'
import type { TradeAnswer, TradeJson } from '../src/escrow/trade/show-trade.ts'
import { TRADES } from '../src/escrow/trade/trade-rows.ts'
import { internalId } from '../src/kernel/ids.ts'
import { formatAmount } from '../src/kernel/money.ts'
import { DAY_MS } from '../src/kernel/time.ts'
import { unitOf } from '../src/kernel/units.ts'
import type { AccountClass } from '../src/ledger/account-classes.ts'
import { chargeBack, decide, readingOf } from './support/chargeback-desk.ts'
import { DisputeDesk } from './support/dispute-desk.ts'
import { origin } from './support/memory-books.ts'
import { owe } from './support/owe.ts'
import { codeOf, pick, refusalOf, TradeDesk } from './support/trade-desk.ts'

/** Two bowls at 19.90 with 5.00 shipping, commission 5 %, split 10 %: paid, shipped, and so many of them confirmed. */
function bowls (desk: TradeDesk, confirmed: 0 | 1 | 2): TradeAnswer {
  const [partner = ''] = desk.partners
  const trade = desk.ship(desk.pay(desk.open([{ quantity: 2, unit_price: '19.90', shipping: '5.00', commission_rate: '0.05', splits: [{ partner, rate: '0.10' }] }])))
  return confirmed === 0 ? trade : desk.confirm(trade, [pick(trade, 0, confirmed)])
}

/** The postings of the last transactions, each with its kind. */
function posted (desk: TradeDesk, count: number): string[][] {
  const all = desk.books.transactions.slice()
  return all.slice(-count).map((transaction) => {
    desk.books.transactions.splice(0, Infinity, transaction)
    const postings = desk.lastPostings()
    desk.books.transactions.splice(0, Infinity, ...all)
    return [transaction.kind, ...postings]
  })
}

function holds (desk: TradeDesk, accountClass: AccountClass, owner = '', unit = 'CNY'): string {
  return formatAmount(desk.books.balance({ class: accountClass, owner, unit }), unitOf(unit))
}

/** What every account holds, to be compared. */
function balances (desk: TradeDesk): Record<string, string> {
  return Object.fromEntries([...desk.books.accounts.values()]
    .map(({ class: name, owner, unit }): [string, string] => [`${name} ${owner}`, holds(desk, name, owner, unit)])
    .filter(([, balance]) => !/^0(\.0+)?$/.test(balance)).sort())
}

function adds (trade: TradeJson): void {
  const minor = (text: string): number => Math.round(Number(text) * 100)
  if (minor(trade.paid) !== minor(trade.held) + minor(trade.released) + minor(trade.refunded) + minor(trade.charged_back)) throw new Error('paid is not what it became')
}

t.test('a chargeback takes what is held, then what sellers, partners and the commission got; won, everything is as it was', async (t) => {
  const desk = new TradeDesk()
  const trade = bowls(desk, 1)
  const before = balances(desk)
  const opened = chargeBack(desk, { amount: '44.80', fee: '15.00' })
  t.strictSame(posted(desk, 2), [
    ['trade.chargeback',
      'partner_available / seller_available 1.99', 'commission_income / seller_available 1.00', 'seller_available / escrow 22.40', 'escrow / provider_clearing 44.80'],
    ['chargeback.opening', 'chargeback_loss / provider_clearing 15.00']
  ])
  t.match(opened, {
    state: 'open', amount: '44.80', fee: '15.00', outcome: null, transactions: [/^txn_/, /^txn_/],
    taken: { suspense: '0.00', returned: '0.00', trades: [{ trade: trade.id, refunded: '0.00', held: '22.40', released: '22.40' }], loss: '0.00' }
  })
  t.match(desk.show(trade), { state: 'awaiting_confirmation', held: '0.00', released: '0.00', charged_back: '44.80', holds: [{ kind: 'chargeback' }], deadlines: {} })
  t.strictSame(balances(desk), { 'chargeback_loss ': '15.00', 'provider_clearing sandbox': '-15.00' })
  const won = decide(desk, opened, 'won')
  t.match(won, { state: 'won', outcome: 'won', transactions: [/^txn_/] })
  t.strictSame(posted(desk, 1), [
    ['trade.chargeback_won',
      'provider_clearing / escrow 44.80', 'escrow / seller_available 22.40', 'seller_available / commission_income 1.00', 'seller_available / partner_available 1.99']
  ])
  const { version, transactions, ...same } = trade
  t.equal(transactions.length, 1)
  t.match(desk.show(trade), { ...same, holds: [] }, 'the trade is what it was')
  t.ok(desk.show(trade).version > version)
  t.strictSame(balances(desk), { ...before, 'chargeback_loss ': '15.00', 'provider_clearing sandbox': '29.80' }, 'the fee stays lost')
  desk.confirm(desk.show(trade))
  t.match(desk.show(trade), { state: 'completed', released: '44.80', held: '0.00', charged_back: '0.00' })
})

t.test('lost, the money stays gone: the trade goes on with what is left, or is closed', async (t) => {
  const desk = new TradeDesk()
  for (const confirmed of [0, 1, 2] as const) {
    const trade = bowls(desk, confirmed)
    decide(desk, chargeBack(desk, { providerRef: `whole ${confirmed}`, amount: '44.80' }), 'lost')
    t.match(desk.show(trade), { state: 'closed_charged_back', holds: [], held: '0.00', released: '0.00', charged_back: '44.80', deadlines: {}, allowed_actions: [], lines: [{ state: 'refunded', confirm_by: null }] })
    t.match(desk.books.events.filter(({ type }) => type === 'trade.closed').at(-1), { subject: trade.id, data: { state: 'closed_charged_back', charged_back: '44.80' } })
  }
  const trade = bowls(desk, 0)
  decide(desk, chargeBack(desk, { providerRef: 'half', amount: '22.40' }), 'lost')
  t.match(desk.show(trade), { state: 'awaiting_confirmation', held: '22.40', charged_back: '22.40', holds: [], allowed_actions: ['confirm', 'extend'] })
  desk.confirm(trade, [pick(trade, 0, 1)])
  t.match(desk.show(trade), { state: 'awaiting_confirmation', released: '11.20', held: '11.20' }, 'each bowl has its even part of what is left')
  desk.confirm(trade)
  t.match(desk.show(trade), { state: 'completed', released: '22.40', charged_back: '22.40' })
})

t.test('nothing of a trade moves while a chargeback is open, and its timers sleep', async (t) => {
  const desk = new TradeDesk()
  const trade = desk.ship(desk.pay(desk.open([{ quantity: 2 }, { quantity: 1 }])), null)
  const unshipped = desk.pay(desk.open([{ quantity: 2 }]))
  chargeBack(desk, { providerRef: 'C2', amount: '1.00' })
  const opened = chargeBack(desk, { paymentProviderRef: desk.books.rows(PAYMENTS)[0]?.providerRef ?? '', amount: '1.00' })
  for (const [attempt, on] of [['confirm', trade], ['ship', unshipped], ['cancel', unshipped]] as const) {
    const refusal = refusalOf(() => desk[attempt](on))
    t.match({ code: refusal.code, facts: refusal.facts }, { code: 'chargeback_open', facts: { allowed_actions: on === trade ? ['extend'] : [] } }, attempt)
  }
  t.equal(codeOf(() => desk.extend(trade)), 'answered', 'time may be given')
  t.match(desk.hold(trade), { holds: [{ kind: 'chargeback' }, { kind: 'compliance' }] })
  t.equal(codeOf(() => desk.lift(desk.show(trade))), 'chargeback_open', 'nobody lifts it by hand')
  desk.wait(60 * DAY_MS)
  t.equal(desk.sweep(trade, trade.deadlines.confirm_by ?? ''), 0)
  t.equal(desk.sweep(unshipped, unshipped.deadlines.ship_by ?? ''), 0)
  t.notOk(desk.books.events.some(({ type }) => type === 'trade.ship_overdue'))
  decide(desk, opened, 'lost')
  decide(desk, 'C2', 'lost')
  t.match(desk.show(trade), { holds: [{ kind: 'compliance' }], held: '29.00' })
  t.same(Date.parse(desk.show(unshipped).deadlines.ship_by ?? '') - desk.books.now.getTime(), 2 * DAY_MS, 'the time to ship begins again')
})

t.test('a trade that is not paid takes no money while a chargeback is open, and closes when it is lost', async (t) => {
  for (const outcome of ['won', 'lost'] as const) {
    const desk = new TradeDesk()
    const trade = desk.pay(desk.open([{ unit_price: '100' }]), { amount: '40.00', providerRef: 'A' })
    desk.pay(trade, { amount: '30.00', providerRef: 'B' })
    const opened = chargeBack(desk, { paymentProviderRef: 'A', amount: '40.00' })
    t.match(desk.show(trade), { state: 'awaiting_payment', amount_due: '0.00', held: '30.00', charged_back: '40.00', allowed_actions: [] })
    t.match(desk.pay(trade, { amount: '30.00', providerRef: 'C' }), { paid: '70.00', state: 'awaiting_payment' })
    t.match(desk.books.rows(PAYMENTS).at(-1), { suspenseReason: 'not_awaiting_payment', inSuspense: 3000n })
    desk.wait(2 * DAY_MS)
    t.equal(desk.sweep(trade, trade.deadlines.pay_by ?? ''), 0)
    decide(desk, opened, outcome)
    const after = desk.show(trade)
    adds(after)
    t.match(after, outcome === 'won' ? { state: 'awaiting_payment', amount_due: '30.00', held: '70.00' } : { state: 'closed_unpaid', refunded: '30.00', charged_back: '40.00', held: '0.00' })
  }
})

t.test('refunds that have not left are kept back first: what they were for beyond the chargeback stays owed, and is owed again when it is won', async (t) => {
  const desk = new TradeDesk()
  const trade = desk.pay(desk.open([{ quantity: 3 }]))
  desk.cancel(trade, [pick(trade, 0, 1)])
  desk.cancel(trade, [pick(trade, 0, 1)])
  const [sent, kept] = desk.books.rows(REFUNDS)
  const attempt = { channel: 'provider', account: 'sandbox', reference: 'R1', reason: null, occurredAt: null } as const
  desk.books.submit(reportRefund(origin(), sent?.id ?? '', { ...attempt, report: 'sending' }))
  const opened = chargeBack(desk, { amount: '4.00' })
  t.strictSame(posted(desk, 1), [['trade.chargeback', 'refund_payable / escrow 10.00', 'escrow / refund_payable 6.00', 'escrow / provider_clearing 4.00']])
  t.strictSame(desk.books.rows(REFUNDS).map(({ status, amount }) => `${status} ${amount}`), ['sent 1000', 'charged_back 1000', 'payable 600'])
  t.equal(kept?.status, 'payable')
  t.match(desk.show(trade), { held: '10.00', refunded: '16.00', refund_pending: '16.00', charged_back: '4.00' })
  t.match(desk.books.submit(reportRefund(origin(), sent?.id ?? '', { ...attempt, report: 'success' })), { status: 'succeeded' }, 'what was on its way arrives')
  decide(desk, opened, 'won')
  t.strictSame(posted(desk, 1), [['trade.chargeback_won', 'provider_clearing / escrow 4.00', 'escrow / refund_payable 4.00']])
  t.match(desk.show(trade), { held: '10.00', refunded: '20.00', refund_pending: '10.00', charged_back: '0.00' })
  adds(desk.show(trade))
})

t.test('a chargeback beyond what a payment put in and has not got back is our loss', async (t) => {
  const desk = new TradeDesk()
  const trade = desk.pay(desk.open())
  desk.cancel(trade)
  const refund = desk.books.rows(REFUNDS)[0]?.id ?? ''
  desk.books.submit(reportRefund(origin(), refund, { channel: 'provider', account: 'sandbox', reference: 'R1', report: 'success', reason: null, occurredAt: null }))
  const opened = chargeBack(desk, { amount: '10.00', fee: '2.00' })
  t.strictSame(posted(desk, 1), [['chargeback.opening', 'chargeback_loss / provider_clearing 2.00', 'chargeback_loss / provider_clearing 10.00']])
  t.match(opened, { taken: { trades: [{ refunded: '0.00', held: '0.00', released: '0.00' }], loss: '10.00' } })
  t.match(decide(desk, opened, 'won', { fee: '1.00', feeReturned: '2.00' }), { outcome_fee: '1.00', fee_returned: '2.00' })
  t.strictSame(posted(desk, 1), [['chargeback.outcome',
    'chargeback_loss / provider_clearing 1.00', 'provider_clearing / chargeback_loss 2.00', 'provider_clearing / chargeback_loss 10.00']])
  t.equal(holds(desk, 'chargeback_loss'), '1.00')
  t.match(desk.show(trade), { state: 'closed_refunded', holds: [] })
})

const WAITING: PaymentFact = { provider: 'sandbox', providerRef: 'W', amount: '100.00', currency: 'CNY', occurredAt: null }

t.test('money in suspense is taken there, and back again; then refunds of it, then its trades, the one matched last first', async (t) => {
  const desk = new TradeDesk()
  const { id } = desk.books.submit(recordPayment(origin(), WAITING, null))
  const paymentId = internalId('pay', id)
  const trades = [desk.open([{ unit_price: '30' }]), desk.open([{ unit_price: '40' }])]
  for (const trade of trades) desk.books.submit(matchPayment(origin(), { paymentId, tradeId: internalId('trd', trade.id), amount: trade.amount_due }))
  desk.books.submit(returnPayment(origin(), paymentId, '20.00'))
  const first = chargeBack(desk, { amount: '75.00' })
  t.match(first, { taken: { suspense: '10.00', returned: '20.00', trades: [{ trade: trades[1]?.id, held: '40.00' }, { trade: trades[0]?.id, held: '5.00' }], loss: '0.00' } })
  t.strictSame(posted(desk, 3), [
    ['trade.chargeback', 'escrow / provider_clearing 40.00'],
    ['trade.chargeback', 'escrow / provider_clearing 5.00'],
    ['chargeback.opening', 'refund_payable / suspense 20.00', 'suspense / provider_clearing 30.00']
  ])
  const payment = (): object | undefined => desk.books.rows(PAYMENTS).at(-1)
  t.match(payment(), { applied: 7000n, inSuspense: 0n, returned: 0n, chargedBack: 3000n })
  decide(desk, first, 'won')
  t.match(payment(), { applied: 7000n, inSuspense: 1000n, returned: 2000n, chargedBack: 0n })
  t.strictSame(posted(desk, 1), [['chargeback.outcome', 'provider_clearing / suspense 30.00', 'suspense / refund_payable 20.00']])
  for (const trade of trades) t.match(desk.show(trade), { charged_back: '0.00', holds: [] })
})

t.test('two chargebacks of one trade, by two payments: each takes its own, and the trade thaws with the last outcome', async (t) => {
  for (const order of [['A', 'B'], ['B', 'A']]) {
    const desk = new TradeDesk()
    const opened = desk.open([{ unit_price: '33.33', commission_rate: '0.07' }, { unit_price: '66.67', seller: desk.other }])
    desk.pay(opened, { amount: '40.00', providerRef: 'A' })
    const trade = desk.pay(opened, { amount: '60.00', providerRef: 'B' })
    desk.ship(trade, [pick(trade, 0)])
    desk.confirm(trade, [pick(trade, 0)])
    for (const ref of ['A', 'B']) chargeBack(desk, { providerRef: `C-${ref}`, paymentProviderRef: ref, amount: ref === 'A' ? '40.00' : '60.00' })
    t.match(desk.show(trade), { held: '0.00', released: '0.00', charged_back: '100.00', holds: [{ kind: 'chargeback' }, { kind: 'chargeback' }] })
    const [first = '', last = ''] = order
    decide(desk, `C-${first}`, 'won')
    t.equal(desk.show(trade).holds.length, 1)
    t.equal(codeOf(() => desk.ship(trade)), 'chargeback_open')
    decide(desk, `C-${last}`, 'lost')
    const after = desk.show(trade)
    adds(after)
    t.match(after, { holds: [], charged_back: last === 'A' ? '40.00' : '60.00' })
    t.not(after.state, 'closed_charged_back')
  }
})

t.test('a chargeback on a trade already part-refunded, split three ways and paid out, whose seller has closed', async (t) => {
  const desk = new TradeDesk()
  const splits = desk.partners.map((partner) => ({ partner, rate: '0.05' }))
  const opened = desk.open([{ quantity: 4, unit_price: '25.00', commission_rate: '0.10', splits }])
  const trade = desk.pay(opened)
  desk.cancel(trade, [pick(trade, 0, 1)])
  const refund = desk.books.rows(REFUNDS)[0]?.id ?? ''
  desk.books.submit(reportRefund(origin(), refund, { channel: 'provider', account: 'sandbox', reference: 'R1', report: 'success', reason: null, occurredAt: null }))
  desk.confirm(desk.ship(trade))
  // Everything that was earned is paid out: nobody has anything left.
  const earned: Array<[string, 'seller' | 'partner', string]> = [[desk.seller, 'seller', '56.25'], ...desk.partners.map((id): [string, 'partner', string] => [id, 'partner', '3.75'])]
  for (const [party, role, amount] of earned) {
    t.equal(holds(desk, `${role}_available`, party), amount)
    desk.books.submit(owe(origin(), { party, role, unit: 'CNY', amount: BigInt(amount.replace('.', '')) }))
  }
  const answer = chargeBack(desk, { amount: '100.00', fee: '15.00' })
  t.match(answer, { taken: { trades: [{ refunded: '0.00', held: '0.00', released: '75.00' }], loss: '25.00' } })
  t.strictSame(posted(desk, 2), [
    ['trade.chargeback',
      'party_receivable / seller_available 3.75', 'party_receivable P2 / seller_available 3.75', 'party_receivable P3 / seller_available 3.75',
      'commission_income / seller_available 7.50', 'seller_available / escrow 18.75', 'party_receivable / escrow 56.25', 'escrow / provider_clearing 75.00'],
    ['chargeback.opening', 'chargeback_loss / provider_clearing 15.00', 'chargeback_loss / provider_clearing 25.00']
  ])
  t.match(desk.show(trade), { state: 'completed', paid: '100.00', refunded: '25.00', charged_back: '75.00', released: '0.00', held: '0.00', holds: [{ kind: 'chargeback' }] })
  for (const [party, role, amount] of earned) {
    t.equal(holds(desk, `${role}_available`, party), '0.00')
    t.equal(holds(desk, 'party_receivable', party), amount, 'what is gone is owed, not lost')
  }
  decide(desk, answer, 'lost')
  t.match(desk.show(trade), { state: 'closed_charged_back', refunded: '25.00', charged_back: '75.00', holds: [] })
})

t.test('a payment that is not known: its money is not identified until the same is told again, or it is won', async (t) => {
  const desk = new TradeDesk()
  const trade = desk.open()
  const opened = chargeBack(desk, { paymentProviderRef: 'P', amount: '10.00', fee: '1.00', currency: 'CNY' })
  t.match(opened, { state: 'open', payment: null, taken: null })
  t.strictSame(posted(desk, 1), [['chargeback.opening', 'chargeback_loss / provider_clearing 1.00', 'unidentified_debits / provider_clearing 10.00']])
  const paid = desk.pay(trade, { providerRef: 'P' })
  t.match(paid, { state: 'awaiting_shipment', holds: [] })
  const found = chargeBack(desk, { paymentProviderRef: 'P', amount: '10.00', fee: '1.00' })
  t.match(found, { id: opened.id, payment: /^pay_/, taken: { trades: [{ trade: trade.id, held: '10.00' }] } })
  t.strictSame(posted(desk, 2), [['trade.chargeback', 'escrow / provider_clearing 10.00'], ['chargeback.match', 'provider_clearing / unidentified_debits 10.00']])
  t.match(chargeBack(desk, { paymentProviderRef: 'P', amount: '10.00', fee: '1.00' }), { transactions: [], version: 2 })
  t.match(desk.show(trade), { holds: [{ kind: 'chargeback' }] })
  const other = chargeBack(desk, { providerRef: 'C2', paymentProviderRef: 'nobody', amount: '7.00' })
  t.match(decide(desk, other, 'won'), { state: 'won', payment: null })
  t.strictSame(posted(desk, 1), [['chargeback.outcome', 'provider_clearing / unidentified_debits 7.00']])
  const third = chargeBack(desk, { providerRef: 'C3', paymentProviderRef: 'late', amount: '10.00' })
  decide(desk, third, 'lost')
  t.equal(holds(desk, 'unidentified_debits', 'sandbox'), '10.00', 'lost, it waits for finance')
  const late = desk.pay(desk.open(), { providerRef: 'late' })
  chargeBack(desk, { providerRef: 'C3', paymentProviderRef: 'late', amount: '10.00' })
  t.match(desk.show(late), { state: 'closed_charged_back', holds: [] })
  t.equal(holds(desk, 'unidentified_debits', 'sandbox'), '0.00')
})

t.test('an outcome that is told before its opening is kept, and applied when that comes', async (t) => {
  for (const outcome of ['won', 'lost'] as const) {
    const desk = new TradeDesk()
    const trade = bowls(desk, 2)
    const before = balances(desk)
    const early = decide(desk, 'C1', outcome, { fee: '3.00' })
    t.match(early, { state: 'awaiting_opening', outcome, amount: null, currency: 'CNY', transactions: [/^txn_/] })
    t.match(decide(desk, 'C1', outcome, { fee: '3.00' }), { id: early.id, transactions: [], version: 1 })
    const opened = chargeBack(desk, { amount: '44.80' })
    t.match(opened, { id: early.id, state: outcome })
    t.match(desk.show(trade), { state: outcome === 'won' ? 'completed' : 'closed_charged_back', holds: [] })
    if (outcome === 'won') t.strictSame(balances(desk), { ...before, 'chargeback_loss ': '3.00', 'provider_clearing sandbox': '41.80' })
    t.strictSame(desk.books.events.map(({ type }) => type).filter((type) => type.startsWith('chargeback.')), ['chargeback.outcome_told', 'chargeback.opened', `chargeback.${outcome}`])
  }
})

t.test('one reference is one chargeback with one outcome: told again it changes nothing, told otherwise it is refused', async (t) => {
  const desk = new TradeDesk()
  bowls(desk, 1)
  const opened = chargeBack(desk, { amount: '44.80', fee: '1.00' })
  const transactions = desk.books.transactions.length
  t.match(chargeBack(desk, { amount: '44.80', fee: '1.00', currency: 'CNY' }), { id: opened.id, transactions: [], version: 1 })
  for (const other of [{ amount: '44.79', fee: '1.00' }, { amount: '44.80' }, { amount: '44.80', fee: '1.00', currency: 'KRW' }, { amount: '44.80', fee: '1.00', paymentProviderRef: 'X' }]) {
    t.equal(codeOf(() => chargeBack(desk, other)), 'chargeback_known')
  }
  t.equal(codeOf(() => chargeBack(desk, { providerRef: 'C2', amount: '1', currency: 'KRW' })), 'currency_mismatch')
  t.equal(codeOf(() => chargeBack(desk, { providerRef: 'C2', amount: '1', currency: 'XXX' })), 'unknown_currency')
  t.equal(codeOf(() => chargeBack(desk, { providerRef: 'C2', amount: '0' })), 'invalid_amount')
  t.equal(desk.books.transactions.length, transactions)
  decide(desk, opened, 'lost')
  t.match(decide(desk, 'C1', 'lost'), { id: opened.id, transactions: [], version: 2 })
  t.equal(codeOf(() => decide(desk, opened, 'won')), 'chargeback_known')
  t.equal(codeOf(() => decide(desk, opened, 'lost', { fee: '1.00' })), 'chargeback_known')
  t.equal(codeOf(() => decide(desk, opened, 'lost', { currency: 'KRW' })), 'currency_mismatch')
  t.equal(codeOf(() => decide(desk, { ...opened, id: 'chb_1' }, 'lost')), 'not_found')
})

t.test('a refund that was not read is found missing before anything is decided', async (t) => {
  const desk = new TradeDesk()
  const trade = desk.pay(desk.open([{ quantity: 2 }]))
  const ref = desk.books.rows(PAYMENTS)[0]?.providerRef ?? ''
  const reading = readingOf(desk.books, ref)
  desk.cancel(trade, [pick(trade, 0, 1)])
  const fact = { provider: 'sandbox', providerRef: 'C1', paymentProviderRef: ref, amount: '20.00', fee: null, currency: null, occurredAt: null }
  t.throws(() => desk.books.submit(openChargeback(origin(), fact, reading)), { name: 'StaleReading' })
  t.match(chargeBack(desk, { amount: '20.00' }), { taken: { trades: [{ refunded: '10.00', held: '10.00' }] } })
})

t.test('what was paid above a lowered price is no line\'s: a chargeback keeps its refund back like any other', async (t) => {
  const desk = new TradeDesk()
  const opened = desk.open([{ unit_price: '80' }, { unit_price: '20' }])
  desk.pay(opened, { amount: '80.00' })
  const trade = desk.reprice(opened, [{ unit_price: '40' }])
  t.match(trade, { state: 'awaiting_shipment', paid: '80.00', refunded: '20.00' })
  const chargeback = chargeBack(desk, { amount: '80.00' })
  t.match(chargeback, { taken: { trades: [{ refunded: '20.00', held: '60.00' }], loss: '0.00' } })
  t.match(desk.show(trade), { charged_back: '80.00', refunded: '0.00', held: '0.00' })
  decide(desk, chargeback, 'won')
  t.match(desk.show(trade), { charged_back: '0.00', refunded: '20.00', held: '60.00', state: 'awaiting_shipment' })
})

t.test('an amount is spread over pools by what they hold, to the last unit, and none gives more than it has', async (t) => {
  const pools = [{ goods: 3n, shipping: 1n }, { goods: 0n, shipping: 0n }, { goods: 3n, shipping: 0n }]
  t.strictSame(spread(7n, pools), pools)
  t.strictSame(spread(1n, [{ goods: 1n, shipping: 1n }]), [{ goods: 1n, shipping: 0n }], 'the earlier one on a tie')
  t.strictSame(spread(0n, pools.slice(1, 2)), [{ goods: 0n, shipping: 0n }])
})

t.test('a refund on its way is not kept back: the chargeback takes what else there is, and the rest is our loss', async (t) => {
  const desk = new TradeDesk()
  desk.cancel(desk.pay(desk.open()))
  const attempt = { channel: 'provider', account: 'sandbox', reference: 'R1', reason: null, occurredAt: null } as const
  desk.books.submit(reportRefund(origin(), desk.books.rows(REFUNDS)[0]?.id ?? '', { ...attempt, report: 'sending' }))
  t.match(chargeBack(desk), { taken: { trades: [{ refunded: '0.00' }], loss: '10.00' } })
})

t.test('lines end with the last outcome only: what another chargeback gives back finds its units', async (t) => {
  const desk = new TradeDesk()
  const trade = desk.open()
  for (const ref of ['A', 'B']) desk.pay(trade, { amount: '5.00', providerRef: ref })
  for (const ref of ['A', 'B']) chargeBack(desk, { providerRef: ref, paymentProviderRef: ref, amount: '5.00' })
  decide(desk, 'A', 'lost')
  decide(desk, 'B', 'won')
  t.match(desk.show(trade), { state: 'awaiting_shipment', held: '5.00', charged_back: '5.00', lines: [{ refunded: 0 }] })
})

t.test('a dispute divides what a lost chargeback left of what is in dispute, and nobody decides it before', async (t) => {
  for (const [lost, left] of [['30.00', '14.80'], ['44.80', '0.00']] as const) {
    const desk = new DisputeDesk()
    const trade = bowls(desk, 0)
    const { dispute } = desk.dispute(trade)
    const opened = chargeBack(desk, { amount: lost })
    const award = (buyer: string): unknown => desk.award(dispute, [{ ...pick(trade, 0), buyer, seller: '0' }])
    t.equal(codeOf(() => award(left)), 'chargeback_open')
    t.equal(codeOf(() => desk.withdraw(dispute)), 'chargeback_open')
    decide(desk, opened, 'lost')
    t.equal(codeOf(() => award('44.80')), 'award_mismatch')
    award(left)
    t.match(desk.show(trade), { held: '0.00', refunded: left, released: '0.00', charged_back: lost, state: 'closed_charged_back', disputes: [], lines: [{ frozen: '0.00', frozen_units: 0 }] })
  }
})

t.test('what is in dispute goes last of a line, and is told apart, so that it comes back into dispute', async (t) => {
  const desk = new TradeDesk()
  bowls(desk, 0)
  const row = desk.books.rows(TRADES).at(-1)
  if (row === undefined) throw new Error('no trade')
  const disputed = { ...row, lines: row.lines.map((line) => ({ ...line, frozenAmount: { goods: 1990n, shipping: 0n } })) }
  t.match(planTake(disputed, 2240n, 0n).lines, [{ held: { goods: 1990n, shipping: 250n }, frozen: { goods: 0n, shipping: 0n } }])
  t.match(planTake(disputed, 4480n, 0n).lines, [{ held: { goods: 3980n, shipping: 500n }, frozen: { goods: 1990n, shipping: 0n } }])
})
