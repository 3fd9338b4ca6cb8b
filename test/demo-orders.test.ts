import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import t from 'tap'
import fc from 'fast-check'
import { sumFiles } from '../src/demo/csv-sums.ts'
import { readOrders, type RawOrder } from '../src/demo/csv.ts'
import { FINDINGS } from '../src/demo/findings.ts'
import { centsOf, sameAmount, showCents, sumOf } from '../src/demo/money.ts'
import { planOrder, type Expectation, type OrderPlan } from '../src/demo/orders.ts'

const FOLDER = resolve(import.meta.dirname, '../../test/fixtures/orders')
const { orders, unreadable } = await readOrders(FOLDER)
const plans = new Map(orders.map((order) => [order.id, planOrder(order)]))

function plan (id: string): OrderPlan {
  const found = plans.get(id)
  if (found === undefined) throw new Error(`the fixture has no ${id}`)
  return found
}

/** A plan on one line: its steps, how it should end, and what was found. */
function gist (id: string): string {
  const { steps, expected, findings } = plan(id)
  return `${steps.map((step) => step.name).join(' ')} → ${expected.state ?? 'no trade'} [${findings.map(({ code }) => code).join(' ')}]`
}

t.test('each kind of order becomes these steps, ends in this state, and its oddities are named', async (t) => {
  const table = {
    'order-plain': 'payment:1 shipment confirmation → completed []',
    'order-two-sellers': 'payment:1 payment:2 shipment confirmation → completed []',
    'order-vouchers': 'payment:1 payment:2 payment:3 payment:4 payment:5 payment:6 shipment confirmation → completed []',
    'order-shipped': 'payment:1 shipment → awaiting_confirmation []',
    'order-invoiced': 'payment:1 → awaiting_shipment []',
    'order-processing': 'payment:1 → awaiting_shipment []',
    'order-approved': 'payment:1 → awaiting_shipment []',
    'order-cancelled': 'payment:1 refund → closed_refunded []',
    'order-unavailable': 'payment:1 cancellation → closed_refunded []',
    'order-no-items': 'payment:1 → no trade [no_items]',
    'order-short': 'payment:1 → awaiting_payment [paid_short]',
    'order-over': 'payment:1 shipment confirmation → completed [paid_over]',
    'order-zero': ' → no trade [zero_payment undefined_payment_type no_items]',
    'order-no-delivery-time': 'payment:1 shipment confirmation → completed [no_delivery_time]',
    'order-no-carrier-time': 'payment:1 shipment confirmation → completed [no_carrier_time]',
    'order-no-approval': 'payment:1 shipment confirmation → completed [no_approval_time]',
    'order-no-time-at-all': 'payment:1 shipment confirmation → completed [no_approval_time no_carrier_time no_delivery_time]',
    'order-backwards': 'payment:1 shipment confirmation → completed [times_disordered]',
    'order-cancelled-shipped': 'payment:1 shipment refund return-shipment return-receipt → closed_refunded [cancelled_after_shipping]',
    'order-cancelled-carried': 'payment:1 shipment refund → closed_refunded [cancelled_after_shipping]',
    'order-unpaid': ' → awaiting_payment [no_payments]',
    'order-unpaid-cancelled': 'cancellation → closed_unpaid [no_payments]',
    'order-created-paid': 'payment:1 → awaiting_shipment [status_behind]',
    'order-half-cancelled': 'payment:1 cancellation → closed_unpaid [paid_short]',
    'order-odd-status': 'payment:1 → awaiting_shipment [unknown_status]',
    'order-shipped-delivered': 'payment:1 shipment → awaiting_confirmation [status_behind]',
    'order-odd-price': 'payment:1 → no trade [unreadable_item]',
    'order-free': 'payment:1 → no trade [free_goods]',
    'order-nobody': 'payment:1 → no trade [no_party]',
    'order-odd-time': 'payment:1 shipment confirmation → completed [unreadable_time no_approval_time]',
    'order-twice': 'payment:1 shipment confirmation → completed [repeated_row repeated_row repeated_row repeated_row]',
    'order-negative': 'payment:1 shipment confirmation → completed [unreadable_payment]',
    'order-undefined-type': 'payment:1 shipment confirmation → completed [undefined_payment_type]',
    'order-unheard-of': 'payment:1 → no trade [no_order_row]'
  }
  t.same(Object.fromEntries([...plans.keys()].map((id) => [id, gist(id)])), table)
  const found = new Set([...plans.values()].flatMap(({ findings }) => findings.map(({ code }) => code)))
  t.same(Object.keys(FINDINGS).filter((code) => !found.has(code as keyof typeof FINDINGS)), [], 'the fixture has every kind of dirt')
})

t.test('every step carries the time of the file, as UTC', async (t) => {
  t.same(plan('order-plain').steps.map(({ occurredAt }) => occurredAt), ['2024-03-01T09:20:30Z', '2024-03-03T14:00:00Z', '2024-03-08T17:45:10Z'])
  t.same(plan('order-no-carrier-time').steps.map(({ occurredAt }) => occurredAt), ['2024-03-01T09:20:30Z', '2024-03-01T09:20:30Z', '2024-03-08T17:45:10Z'], 'or that of the step before')
  t.same(plan('order-cancelled').steps.map(({ occurredAt }) => occurredAt), ['2024-03-01T09:20:30Z', '2024-03-01T09:20:30Z'])
  t.same(plan('order-odd-time').steps[0]?.occurredAt, '2024-03-01T09:15:00Z', 'a day that does not exist is no time')
  t.same(plan('order-no-time-at-all').steps.map((step) => 'occurredAt' in step), [false, false, false])
})

t.test('items become lines with their freight, and payments keep their provider and their own reference', async (t) => {
  const { trade, steps } = plan('order-two-sellers')
  t.match(trade, { buyer: { kind: 'buyer', ref: 'customer-two-sellers' }, currency: 'BRL' })
  t.match(trade?.lines, [
    { ref: '1', seller: { kind: 'seller', ref: 'seller-birch' }, quantity: 1, unitPrice: '19.90', shipping: '5.10', fulfilment: 'express' },
    { ref: '2', seller: { kind: 'seller', ref: 'seller-maple' }, quantity: 1, unitPrice: '30.00', shipping: '0.00', description: 'product rug, 2 m' }
  ])
  t.match(steps, [
    { kind: 'payment', amount: '40.00', provider: 'credit_card', providerRef: 'order-two-sellers:1' },
    { kind: 'payment', amount: '15.00', provider: 'voucher', providerRef: 'order-two-sellers:2' }
  ])
  t.match(plan('order-unheard-of').steps, [{ kind: 'unknown_payment', tradeRef: 'order-unheard-of', amount: '77.70', currency: 'BRL' }])
})

t.test('rows that belong to no order or have missing fields are reported with their line', async (t) => {
  t.same(unreadable, [
    { file: 'order_items.csv', line: 36, reason: 'the row has 3 fields instead of 7' },
    { file: 'order_payments.csv', line: 43, reason: 'the row names no order' }
  ])
})

t.test('what the plans expect is what the files add up to by themselves', async (t) => {
  t.same(await sumFiles(FOLDER), expectedSums([...plans.values()]))
})

t.test('an order ends as its status says, or something was found about it; and its money is always somewhere', async () => {
  const texts = <Text extends string> (...values: readonly Text[]) => fc.constantFrom(...values)
  const times = texts('', '2024-03-01 10:00:00', '2024-02-28 09:00:00', '2024-02-30 09:00:00', 'soon')
  const row = fc.record({
    customer: texts('', 'c-1'),
    status: texts('created', 'approved', 'processing', 'invoiced', 'shipped', 'delivered', 'canceled', 'unavailable', 'lost'),
    purchasedAt: times, approvedAt: times, carrierAt: times, deliveredAt: times
  })
  const amount = texts('0.00', '0.01', '10.00', '9.99', '10', '-1.00', 'x', '')
  const item = fc.record({ ref: texts('1', '2', '3'), product: texts('p'), seller: texts('', 's-1', 's-2'), price: amount, freight: amount })
  const payment = fc.record({ sequence: texts('1', '2', '3'), type: texts('', 'boleto', 'not_defined'), value: amount })
  const order: fc.Arbitrary<RawOrder> = fc.record({
    id: texts('o-1'), rows: fc.array(row, { maxLength: 2 }), items: fc.array(item, { maxLength: 3 }), payments: fc.array(payment, { maxLength: 4 })
  })
  fc.assert(fc.property(order, (raw) => {
    const { expected, findings, asTheDataSays, steps, trade } = planOrder(raw)
    const given = steps.reduce((sum, step) => sum + ('amount' in step ? centsOf(step.amount) ?? -1n : 0n), 0n)
    return (asTheDataSays || findings.length > 0) && (trade === null) === (expected.state === null) &&
      given === expected.paid + expected.suspense && expected.paid === expected.held + expected.released + expected.refunded &&
      new Set(steps.map(({ name }) => name)).size === steps.length
  }), { numRuns: 2000 })
})

t.test('a file with another line ending, a byte order mark or quotes reads the same', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-orders-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await cp(FOLDER, folder, { recursive: true })
  const header = 'order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,order_delivered_customer_date'
  await writeFile(join(folder, 'orders.csv'), `\uFEFF${header}\r\n"order-plain","customer-plain","delivered","2024-03-01 09:15:00","2024-03-01 09:20:30",,\r\n`)
  const [first] = (await readOrders(folder)).orders
  t.same(first?.rows, [{ customer: 'customer-plain', status: 'delivered', purchasedAt: '2024-03-01 09:15:00', approvedAt: '2024-03-01 09:20:30', carrierAt: '', deliveredAt: '' }])
  t.equal(first?.items.length, 1)
})

t.test('a folder without the three files or their columns is refused with a sentence that names what is missing', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-orders-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await t.rejects(readOrders(folder), { message: /orders\.csv/ })
  await writeFile(join(folder, 'orders.csv'), 'order_id,customer_id\n1,2\n')
  await t.rejects(readOrders(folder), { message: /has no column "order_status"/ })
  await writeFile(join(folder, 'orders.csv'), 'order_id,"customer_id\n1,2\n')
  await t.rejects(readOrders(folder), { message: /is not readable as CSV/ })
})

t.test('amounts add up exactly in every number of decimals', async (t) => {
  t.equal(sumOf(['0.10', '0.20', '-0.05']), '0.25')
  t.equal(sumOf(['1.250', '3']), '4.250')
  t.equal(sumOf(['900', '-1000']), '-100')
  t.equal(sumOf([]), '0')
  t.ok(sameAmount('0', '0.000'))
  t.notOk(sameAmount('0.01', '0.001'))
  t.same(['58.9', '58.90', '58', '1.234', '-1', '', '1e2', ' 7 '].map(centsOf), [5890n, 5890n, 5800n, null, null, null, null, 700n])
  t.throws(() => sumOf(['1,0']))
})

function expectedSums (all: readonly OrderPlan[]): Record<string, string> {
  const sum = (name: Exclude<keyof Expectation, 'state'>) => all.reduce((total, { expected }) => total + expected[name], 0n)
  return {
    payments: showCents(sum('paid') + sum('suspense')),
    ...Object.fromEntries((['total', 'paid', 'held', 'released', 'refunded', 'suspense'] as const).map((name) => [name, showCents(sum(name))]))
  }
}
